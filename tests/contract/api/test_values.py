"""Values of every kind come back as they went, as Python's own, on models that every Odoo has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from odoo_bridge.client import Client, Many2one, Model
from odoo_bridge.errors import Rejected

from .conftest import Made

QUIET = {"no_mail_to_attendees": True, "tracking_disable": True, "mail_create_nosubscribe": True}
TEXTS = [
    "Zoë O’Brien-Łukasz 日本 🦷",
    "  two  blanks around  ",
    "<b>&amp;</b> \"quoted\" 'too' \\ %s",
    "one line\nand another\tthen a tab",
    "ß" * 2000,
]


@pytest.mark.parametrize("text", TEXTS, ids=["unicode", "blanks", "markup", "lines", "long"])
def test_text_comes_back_as_it_went(odoo: Client, made: Made, unique: str, text: str) -> None:
    partners = Model(odoo, "res.partner")
    partner = made("res.partner", partners.create({"name": unique, "street": text, "ref": text}))
    assert partners.one(partner, ["street", "ref"]) == {"id": partner, "street": text, "ref": text}


def test_nothing_is_none(odoo: Client, made: Made, unique: str) -> None:
    partners = Model(odoo, "res.partner")
    empty: dict[str, Any] = {"email": None, "country_id": None, "category_id": (), "is_company": False, "lang": None}
    partner = made("res.partner", partners.create({"name": unique, **empty, "city": "Cork"}))
    assert partners.one(partner, list(empty)) == {"id": partner, **empty}
    partners.write(partner, {"city": None})
    assert odoo.read("res.partner", [partner], ["city"]) == [{"id": partner, "city": False}]
    with pytest.raises(Rejected) as caught:
        partners.write(partner, {"name": None})
    assert caught.value.field == "name" or "require a name" in caught.value.message


def test_numbers_and_flags_come_back(odoo: Client, made: Made, unique: str) -> None:
    partners = Model(odoo, "res.partner")
    for color in (0, 1, -7, 2**31 - 1):
        partner = made("res.partner", partners.create({"name": unique, "color": color, "is_company": color == 1}))
        assert partners.one(partner, ["color", "is_company"]) == {
            "id": partner,
            "color": color,
            "is_company": color == 1,
        }
    with pytest.raises(Rejected) as caught:
        partners.write(partner, {"color": 2**31})
    assert caught.value.field == "color"


def test_a_record_is_pointed_at(odoo: Client, made: Made, unique: str) -> None:
    partners = Model(odoo, "res.partner")
    (country,) = Model(odoo, "res.country").find([("code", "=", "BE")], ["name"])
    pointer = Many2one(country["id"], country["name"])
    partner = made("res.partner", partners.create({"name": unique, "country_id": pointer, "type": "invoice"}))
    assert partners.one(partner, ["country_id", "type"]) == {"id": partner, "country_id": pointer, "type": "invoice"}
    partners.write(partner, {"country_id": country["id"], "type": "other"})
    assert partners.one(partner, ["country_id", "type"]) == {"id": partner, "country_id": pointer, "type": "other"}


def test_moments_come_back_in_utc(odoo: Client, made: Made, unique: str) -> None:
    events = Model(odoo, "calendar.event", context=QUIET)
    start = datetime(2031, 7, 4, 11, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=2)))
    event = made("calendar.event", events.create({"name": unique, "start": start, "stop": start + timedelta(hours=1)}))
    row = events.one(event, ["start", "stop", "allday", "duration", "privacy"])
    assert (row["start"], row["stop"]) == (
        datetime(2031, 7, 4, 9, 30, 15, tzinfo=UTC),
        datetime(2031, 7, 4, 10, 30, 15, tzinfo=UTC),
    )
    assert (row["start"].utcoffset(), row["allday"], row["duration"]) == (timedelta(0), False, 1.0)
    with pytest.raises(Rejected, match="no time zone"):
        events.write(event, {"start": datetime(2031, 7, 4, 11, 30)})  # noqa: DTZ001 - what is refused


def test_days_come_back(odoo: Client, made: Made, unique: str) -> None:
    events = Model(odoo, "calendar.event", context=QUIET)
    days = {"start_date": date(2032, 2, 28), "stop_date": date(2032, 2, 29)}
    event = made("calendar.event", events.create({"name": unique, "allday": True, **days, **_bounds(days)}))
    assert events.one(event, ["start_date", "stop_date", "allday"]) == {"id": event, "allday": True, **days}


def _bounds(days: dict[str, date]) -> dict[str, datetime]:
    """Odoo wants both to be there, and sets them by the days."""
    first, last = days["start_date"], days["stop_date"]
    return {
        "start": datetime(first.year, first.month, first.day, 8, tzinfo=UTC),
        "stop": datetime(last.year, last.month, last.day, 18, tzinfo=UTC),
    }


def test_money_is_exact(odoo: Client, invoice: int) -> None:
    moves = Model(odoo, "account.move")
    line = {"name": "Film", "quantity": 3, "price_unit": Decimal("0.1"), "tax_ids": [[6, 0, []]]}
    moves.write(invoice, {"invoice_line_ids": [[0, 0, line]]})
    row = moves.one(invoice, ["amount_total", "invoice_date", "state", "currency_id", "amount_tax"])
    assert (row["amount_total"], row["amount_tax"]) == (Decimal("80.3"), 0)
    assert isinstance(row["amount_total"], Decimal)
    assert (row["invoice_date"], row["state"]) == (date(2026, 3, 2), "draft")
    assert isinstance(row["currency_id"], Many2one)


@pytest.mark.parametrize("content", [b"\0\1\2\xff" * 50, b"text", b"P\xc3\xa9"], ids=["bytes", "text", "UTF-8"])
def test_bytes_come_back(odoo: Client, partner: int, made: Made, content: bytes) -> None:
    files = Model(odoo, "ir.attachment")
    values = {"name": "file.bin", "datas": content, "res_model": "res.partner", "res_id": partner}
    attachment = made("ir.attachment", files.create(values))
    row = files.one(attachment, ["datas", "res_model", "res_id", "type"])
    assert (row["datas"], row["res_model"], row["res_id"]) == (content, "res.partner", partner)
    assert row["type"] == "binary"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("no_field", 1),
        ("name", 5),
        ("color", "red"),
        ("is_company", "yes"),
        ("type", "no such type"),
        ("country_id", -1),
        ("country_id", "BE"),
        ("category_id", [[9, 0, 0]]),
        ("create_date", datetime(2026, 1, 1, tzinfo=UTC)),
        ("ref", "a\0b"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_here(odoo: Client, field: str, value: Any) -> None:
    with pytest.raises(Rejected) as caught:
        Model(odoo, "res.partner").create({"name": "Nobody", field: value})
    assert caught.value.field == field


def test_what_is_required_has_to_be_given(odoo: Client) -> None:
    with pytest.raises(Rejected) as caught:
        Model(odoo, "calendar.event").create({"start": datetime(2031, 1, 1, tzinfo=UTC)})
    assert caught.value.field == "name"
