from django.apps import AppConfig


class RotaConfig(AppConfig):
    name = "clinic.rota"
