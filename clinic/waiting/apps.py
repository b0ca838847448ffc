from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "clinic.waiting"
    verbose_name = "waiting list"

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.waiting.actions import follow

        after_step(follow)
