from django.urls import path

from odoo_bridge import metrics
from odoo_bridge.views import adoption, audit, connection, doubt, hook, owners, plan, posting, record, standing

app_name = "sync"

urlpatterns = [
    path("", standing.status, name="status"),
    path("light/", standing.light, name="light"),
    path("records/<int:pk>/<str:decision>/", standing.decide, name="decide"),
    path("connections/", connection.connections, name="connections"),
    path("connections/new/", connection.new, name="new_connection"),
    path("connection/<int:pk>/", connection.connection, name="connection"),
    path("connection/<int:pk>/edit/", connection.edit, name="edit_connection"),
    path("connection/<int:pk>/check/", connection.check, name="check"),
    path("connection/<int:pk>/go/", connection.go, name="go"),
    path("connection/<int:pk>/pause/", connection.pause, name="pause"),
    path("connection/<int:pk>/settings/", connection.settings, name="settings"),
    path("connection/<int:pk>/archive/", connection.archive, name="archive"),
    path("connection/<int:pk>/bring-back/", connection.bring_back, name="bring_back"),
    path("connection/<int:pk>/remove/", connection.remove, name="remove"),
    path("connection/<int:connection>/plan/", plan.plan, name="plan"),
    path("connection/<int:connection>/plan/make/", plan.make, name="plan_make"),
    path("connection/<int:connection>/plan/<int:pk>/apply/", plan.apply, name="plan_apply"),
    path("connection/<int:connection>/adoption/", adoption.adoption, name="adoption"),
    path("connection/<int:connection>/adoption/search/", adoption.search, name="adoption_search"),
    path("connection/<int:connection>/adoption/certain/", adoption.confirm_certain, name="adoption_certain"),
    path("connection/<int:connection>/adoption/<int:pk>/<str:decision>/", adoption.decide, name="adoption_decide"),
    path("connection/<int:connection>/audit/", audit.audit, name="audit"),
    path("connection/<int:connection>/audit/make/", audit.make, name="audit_make"),
    path("connection/<int:connection>/audit/<int:pk>/repair/", audit.repair, name="audit_repair"),
    path("connection/<int:connection>/owners/", owners.owners, name="owners"),
    path("connection/<int:connection>/books/", posting.postings, name="postings"),
    path("doubts/<int:pk>/<str:what>/", doubt.answer, name="doubt"),
    path("records/<str:mapping>/<uuid:uid>/", record.record, name="record"),
    path("records/<str:mapping>/<uuid:uid>/resync/", record.resync, name="resync"),
    path("disclosures/<uuid:uid>/", record.disclosures, name="disclosures"),
    path("hooks/<int:pk>/<str:secret>/", hook.hook, name="hook"),
    path("metrics", metrics.metrics, name="metrics"),
]
