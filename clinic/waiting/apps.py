from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "clinic.waiting"
    verbose_name = "waiting list"
