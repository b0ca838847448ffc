from django.apps import AppConfig


class DayendConfig(AppConfig):
    name = "clinic.dayend"

    def ready(self) -> None:
        from clinic.dayend.rules import GUARDS
        from clinic.guards import keep

        keep(self, GUARDS)
