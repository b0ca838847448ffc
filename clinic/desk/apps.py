from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "clinic.desk"
