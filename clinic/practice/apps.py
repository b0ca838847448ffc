from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PracticeConfig(AppConfig):
    name = "clinic.practice"
    verbose_name = _("practice")

    def ready(self) -> None:
        from clinic.guards import keep
        from clinic.practice.keeping import restamping

        tables = ("practice_chair", "practice_closure", "practice_appointmenttype")
        keep(self, [restamping(table) for table in tables])
