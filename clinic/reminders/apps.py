from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    name = "clinic.reminders"
    verbose_name = _("reminders")

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.reminders.actions import follow
        from clinic.reminders.checks import reach

        after_step(follow)
        register(reach, deploy=True)
