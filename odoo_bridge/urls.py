from django.urls import path

from odoo_bridge import metrics
from odoo_bridge.views import connection, doubt, record, standing

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
    path("doubts/<int:pk>/<str:what>/", doubt.answer, name="doubt"),
    path("records/<str:mapping>/<uuid:uid>/", record.record, name="record"),
    path("records/<str:mapping>/<uuid:uid>/resync/", record.resync, name="resync"),
    path("disclosures/<uuid:uid>/", record.disclosures, name="disclosures"),
    path("metrics", metrics.metrics, name="metrics"),
]
