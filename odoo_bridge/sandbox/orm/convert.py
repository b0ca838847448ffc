"""The cells of ``load()``: text to values, and the messages for what does not convert.

The words of the messages were recorded on Odoo 17; 16 and 19 use the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from odoo_bridge.sandbox.orm.fields import SECONDS, Field

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.writing import Writing

YES = {"1", "true", "yes"}
NO = {"", "0", "false", "no"}


class BadCell(Exception):
    """A cell that does not convert; ``more`` are further keys of the message."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.message, self.more = message, more


def cell(model: Writing, field: Field, value: Any) -> Any:
    """The value of one cell of a plain field.

    Raises ``BadCell``.
    """
    convert = _CONVERT.get(field.type)
    return convert(model, field, value) if convert else value


def _boolean(model: Writing, field: Field, value: Any) -> bool:
    text = str(value).lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadCell(
        f"Unknown value '{value}' for boolean field '{field.string}'",
        moreinfo="Use '1' for yes and '0' for no",
    )


def _integer(model: Writing, field: Field, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadCell(f"'{value}' does not seem to be an integer for field '{field.string}'") from None


def _number(model: Writing, field: Field, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadCell(f"'{value}' does not seem to be a number for field '{field.string}'") from None


def _date(model: Writing, field: Field, value: Any) -> str:
    try:
        return dt.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise BadCell(
            f"'{value}' does not seem to be a valid date for field '{field.string}'",
            moreinfo="Use the format '2012-12-31'",
        ) from None


def _datetime(model: Writing, field: Field, value: Any) -> str:
    """A time in the context's zone, or the user's, or UTC: ``load()`` alone shifts times (observed)."""
    try:
        local = dt.datetime.strptime(str(value)[:19], SECONDS)  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise BadCell(
            f"'{value}' does not seem to be a valid datetime for field '{field.string}'",
            moreinfo="Use the format '2012-12-31 23:59:59'",
        ) from None
    zone = _zone(model)
    if zone is None:
        return local.strftime(SECONDS)
    return local.replace(tzinfo=zone).astimezone(dt.UTC).strftime(SECONDS)


def _zone(model: Writing) -> ZoneInfo | None:
    name = model.env.context.get("tz") or model.env.value(
        "SELECT p.tz FROM res_users u JOIN res_partner p ON p.id = u.partner_id WHERE u.id = ?",
        (model.env.uid,),
    )
    if not name or name == "UTC":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        return None


def _selection(model: Writing, field: Field, value: Any) -> Any:
    choices = model._described(field)["selection"]
    for key, label in choices:
        if value in (key, label):
            return key
    raise BadCell(
        f"Value '{value}' not found in selection field '{field.string}'",
        moreinfo=[label for _key, label in choices],
    )


def _text(model: Writing, field: Field, value: Any) -> str:
    return str(value)


_CONVERT: dict[str, Callable[[Writing, Field, Any], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "many2one_reference": _integer,
    "float": _number,
    "monetary": _number,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
    "char": _text,
    "text": _text,
    "html": _text,
}


def reference(model: Writing, field: Field, how: str | None, value: Any) -> int | None:
    """The record a relational cell names: by ``.id``, by external ``id``, or by name (``None``).

    Raises ``BadCell`` when there is none.
    """
    if value in ("", False, None):
        return None
    comodel: Writing = model.env[field.relation]
    if how == ".id":
        found = _by_database_id(comodel, field, value)
    elif how == "id":
        found = model.env["ir.model.data"]._target(_qualified(str(value)), comodel.name)
    else:
        names = comodel.name_search(str(value), operator="=")
        found = names[0][0] if names else None
    if found is None:
        kind = {".id": "database id", "id": "external id", None: "name"}[how]
        raise BadCell(
            f"No matching record found for {kind} '{value}' in field '{field.string}'",
            moreinfo=_possible_values(model, field, how),
        )
    return found


def _qualified(xmlid: str) -> str:
    return xmlid if "." in xmlid else f"__import__.{xmlid}"


def _by_database_id(comodel: Writing, field: Field, value: Any) -> int | None:
    try:
        wanted = int(value)
    except (TypeError, ValueError):
        raise BadCell(f"Invalid database id '{value}' for the field '{field.string}'") from None
    return wanted if comodel._existing([wanted]) else None


def _possible_values(model: Writing, field: Field, how: str | None) -> dict[str, Any]:
    """The window action Odoo offers to its own import screen."""
    action: dict[str, Any] = {
        "name": "Possible Values",
        "type": "ir.actions.act_window",
        "target": "new",
        "view_mode": model._text("view_mode"),
        "views": [[False, "list"], [False, "form"]],
        "context": {"create": False},
        "help": "See all possible values",
    }
    if how is None:
        return {**action, "res_model": field.relation}
    return {**action, "res_model": "ir.model.data", "domain": [["model", "=", field.relation]]}
