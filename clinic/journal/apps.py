from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "clinic.journal"
