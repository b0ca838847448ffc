"""Records that our own code stumbles over: set aside for a person, so that they do not hold up the others."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import InterfaceError, OperationalError

from odoo_bridge.errors import OdooError
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.models import Link
from odoo_bridge.said import _

log = logging.getLogger(__name__)

DELETED = _("It was deleted in Odoo. Restore it there, or send it again as a new record.")
DELETED_HERE = _("It was deleted in the clinic, and changed in Odoo since. Archive it there, or leave it.")
DELETED_HERE_FOR_GOOD = _(
    "It was deleted in the clinic. Odoo's books still have it: put it right there, then leave it."
)

EXPECTED = (OdooError, NotYet, Refused, OperationalError, InterfaceError)
"""What has a meaning of its own, or is not the record's fault: the database is away."""


@contextmanager
def set_aside(link: Link) -> Iterator[None]:
    """Let a link wait for a person when the block fails in a way that nobody foresaw."""
    try:
        yield
    except EXPECTED:
        raise
    except Exception as error:
        ask(link, error)


def ask(link: Link, error: Exception) -> None:
    """Let a link wait for a person because of an error. Neither the reason nor the log says what the record holds."""
    link.needs_person, link.reason = True, _sentence(error)
    log.error("%s %s of connection %s: %s", link.mapping, link.uid, link.connection_id, _place(error))


def _sentence(error: Exception) -> str:
    if isinstance(error, OdooError):
        return _("Odoo does not accept it: %(message)s", message=error.message)
    return _(
        "The sync cannot handle this record (%(kind)s). Nothing else is held up by it. Tell whoever "
        "looks after this system, then try again.",
        kind=type(error).__name__,
    )


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"
