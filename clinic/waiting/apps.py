from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WaitingConfig(AppConfig):
    name = "clinic.waiting"
    verbose_name = _("waiting list")

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.waiting.actions import follow

        after_step(follow)
