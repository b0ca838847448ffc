from django.apps import AppConfig


class HoursConfig(AppConfig):
    name = "clinic.hours"
