"""What the web page can change, each in the way Odoo's own screens do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from odoo_bridge.sandbox.errors import UserError

Call = Callable[..., Any]
Form = Mapping[str, str]

CONTACT = ("name", "phone", "email", "street", "street2", "city", "zip", "ref")
TIMES = ("start", "stop")


@dataclass(frozen=True, slots=True)
class Change:
    """A change, and the sentence that reports it."""

    make: Callable[[Call, int, Form], None]
    done: str


def _save_contact(call: Call, record: int, form: Form) -> None:
    call(
        "res.partner",
        "write",
        [record],
        {name: form[name].strip() or False for name in CONTACT if name in form},
    )


def _save_event(call: Call, record: int, form: Form) -> None:
    vals: dict[str, Any] = {name: _moment(form[name]) for name in TIMES if form.get(name)}
    vals.update({name: form[name].strip() or False for name in ("name", "location") if name in form})
    call("calendar.event", "write", [record], vals)


def _moment(text: str) -> str:
    """A browser's ``2026-11-24T09:00`` as Odoo's ``2026-11-24 09:00:00``."""
    moment = text.replace("T", " ")
    return moment if len(moment) > 16 else f"{moment}:00"


def _calls(model: str, method: str) -> Callable[[Call, int, Form], None]:
    def make(call: Call, record: int, form: Form) -> None:
        call(model, method, [record])

    return make


def _pay(call: Call, record: int, form: Form) -> None:
    """The wizard "Register Payment", as its button calls it."""
    try:
        amount = float(form.get("amount", ""))
        journal = int(form.get("journal", ""))
    except ValueError:
        raise UserError("An amount and a journal are needed.") from None
    context = {"active_model": "account.move", "active_ids": [record]}
    vals: dict[str, Any] = {"amount": amount, "journal_id": journal}
    if form.get("date"):
        vals["payment_date"] = form["date"]
    wizard = call("account.payment.register", "create", vals, context=context)
    call("account.payment.register", "action_create_payments", [wizard], context=context)


CHANGES: dict[tuple[str, str], Change] = {
    ("contacts", "save"): Change(_save_contact, "Saved."),
    ("contacts", "archive"): Change(_calls("res.partner", "action_archive"), "Archived."),
    ("contacts", "restore"): Change(_calls("res.partner", "action_unarchive"), "Restored."),
    ("events", "save"): Change(_save_event, "Saved."),
    ("events", "archive"): Change(_calls("calendar.event", "action_archive"), "Archived."),
    ("events", "restore"): Change(_calls("calendar.event", "action_unarchive"), "Restored."),
    ("invoices", "post"): Change(_calls("account.move", "action_post"), "Posted."),
    ("invoices", "reset"): Change(_calls("account.move", "button_draft"), "Reset to draft."),
    ("invoices", "cancel"): Change(_calls("account.move", "button_cancel"), "Cancelled."),
    ("invoices", "pay"): Change(_pay, "Payment registered."),
    ("payments", "reset"): Change(
        _calls("account.payment", "action_draft"), "Reset to draft; its invoices are open again."
    ),
    ("payments", "cancel"): Change(
        _calls("account.payment", "action_cancel"), "Cancelled; its invoices are open again."
    ),
}
