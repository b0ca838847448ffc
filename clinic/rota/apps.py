from django.apps import AppConfig


class RotaConfig(AppConfig):
    name = "clinic.rota"

    def ready(self) -> None:
        from clinic.guards import keep
        from clinic.practice.keeping import restamping

        tables = ("rota_pattern", "rota_stretch", "rota_absence", "rota_opening")
        keep(self, [restamping(table) for table in tables])
