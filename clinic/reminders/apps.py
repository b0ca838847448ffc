from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "clinic.reminders"
    verbose_name = "reminders"

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.reminders.actions import follow

        after_step(follow)
