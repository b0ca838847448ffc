from django.apps import AppConfig


class FeesConfig(AppConfig):
    name = "clinic.fees"
    verbose_name = "fees"
