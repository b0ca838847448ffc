from django.apps import AppConfig


class RecallsConfig(AppConfig):
    name = "clinic.recalls"
    verbose_name = "recalls"

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.recalls.actions import follow

        after_step(follow)
