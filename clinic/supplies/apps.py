from django.apps import AppConfig


class SuppliesConfig(AppConfig):
    name = "clinic.supplies"
    verbose_name = "supplies"
