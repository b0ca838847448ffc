from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "clinic.appointments"

    def ready(self) -> None:
        from clinic.appointments.overlap import GUARD
        from clinic.guards import keep

        keep(self, [GUARD])
