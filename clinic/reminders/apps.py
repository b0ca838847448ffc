from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    name = "clinic.reminders"
    verbose_name = _("reminders")

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.reminders.actions import follow

        after_step(follow)
