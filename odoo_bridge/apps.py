from django.apps import AppConfig


class OdooBridgeConfig(AppConfig):
    name = "odoo_bridge"
