from django.urls import path

from odoo_bridge import metrics
from odoo_bridge.views import connection, standing

app_name = "sync"

urlpatterns = [
    path("", standing.status, name="status"),
    path("light/", standing.light, name="light"),
    path("records/<int:pk>/<str:decision>/", standing.decide, name="decide"),
    path("connection/", connection.connection, name="connection"),
    path("connection/check/", connection.check, name="check"),
    path("connection/go/", connection.go, name="go"),
    path("connection/pause/", connection.pause, name="pause"),
    path("connection/settings/", connection.settings, name="settings"),
    path("metrics", metrics.metrics, name="metrics"),
]
