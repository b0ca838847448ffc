"""The doorbell: tells whoever follows the journal that there is something new.

Which bell rings is a setting, since the clinic does not know its followers. A lost ring costs one sweep
interval, so a failing bell must never fail or delay the page that rang it.
"""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def _bell(path: str) -> Callable[[], None]:
    return import_string(path)


def ring() -> None:
    """Ring the bell named by `settings.JOURNAL_DOORBELL`, if any."""
    if settings.JOURNAL_DOORBELL:
        _bell(settings.JOURNAL_DOORBELL)()
