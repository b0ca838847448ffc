from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecallsConfig(AppConfig):
    name = "clinic.recalls"
    verbose_name = _("recalls")

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.patients.hooks import after_merge
        from clinic.recalls.actions import follow, refresh

        after_step(follow)
        after_merge(refresh)
