from django.apps import AppConfig
from django.utils import translation

from odoo_bridge import said


class OdooBridgeConfig(AppConfig):
    name = "odoo_bridge"

    def ready(self) -> None:
        from odoo_bridge.wording import dated  # which asks for models

        said.speak_with(translation, dated)
