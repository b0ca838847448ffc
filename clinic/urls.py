"""The addresses of everything, by concept."""

from django.contrib import admin
from django.urls import include, path

from clinic import health
from clinic.feeds.views import feed

urlpatterns = [
    path("", include("clinic.desk.urls")),
    path("", include("clinic.staff.urls")),
    path("patients/", include("clinic.patients.urls")),
    path("appointments/", include("clinic.appointments.urls")),
    path("reminders/", include("clinic.reminders.urls")),
    path("v/", include("clinic.reminders.answers")),
    path("feed/<str:secret>.ics", feed, name="feed"),
    path("feeds/", include("clinic.feeds.urls")),
    path("recalls/", include("clinic.recalls.urls")),
    path("waiting/", include("clinic.waiting.urls")),
    path("hours/", include("clinic.hours.urls")),
    path("treatments/", include("clinic.treatments.urls")),
    path("supplies/", include("clinic.supplies.urls")),
    path("fees/", include("clinic.fees.urls")),
    path("invoices/", include("clinic.invoices.urls")),
    path("day-end/", include("clinic.dayend.urls")),
    path("reports/", include("clinic.reports.urls")),
    path("sync/", include("odoo_bridge.urls")),
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
    path("admin/", admin.site.urls),
]
