from django.apps import AppConfig


class HoursConfig(AppConfig):
    name = "clinic.hours"

    def ready(self) -> None:
        from clinic.appointments.hooks import after_step
        from clinic.hours.actions import follow

        after_step(follow)
