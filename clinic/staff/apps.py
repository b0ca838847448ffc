from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "clinic.staff"
    verbose_name = _("people who work here")

    def ready(self) -> None:
        from clinic.guards import keep
        from clinic.practice.keeping import restamping

        keep(
            self,
            [
                restamping(table)
                for table in ("staff_practitioner", "staff_practitioner_branches", "staff_practitioner_types")
            ],
        )
