from django.urls import path

from odoo_bridge import metrics, views

app_name = "sync"

urlpatterns = [
    path("", views.status, name="status"),
    path("light/", views.light, name="light"),
    path("records/<int:pk>/<str:decision>/", views.decide, name="decide"),
    path("connection/", views.connection, name="connection"),
    path("connection/check/", views.check, name="check"),
    path("connection/go/", views.go, name="go"),
    path("connection/pause/", views.pause, name="pause"),
    path("connection/settings/", views.settings, name="settings"),
    path("metrics", metrics.metrics, name="metrics"),
]
