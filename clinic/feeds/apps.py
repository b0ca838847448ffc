from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeedsConfig(AppConfig):
    name = "clinic.feeds"
    verbose_name = _("calendar feeds")
