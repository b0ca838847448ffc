"""Customers: contacts of Odoo that are sold to."""

from __future__ import annotations

import re
from typing import Any

from odoo_bridge.client.cells import cells, column
from odoo_bridge.client.core import Client, Record
from odoo_bridge.client.domains import Condition, F, all_of, any_of
from odoo_bridge.client.model import Model
from odoo_bridge.client.outgoing import Many2one
from odoo_bridge.client.session import Values
from odoo_bridge.errors import Rejected

FIELDS = ("name", "email", "phone", "ref", "street", "city", "zip", "country_id", "is_company", "active")
_QUIET = {"tracking_disable": True}
"""Leaves out the message and the follower that Odoo adds to each new contact (observed on 16, 17 and 19)."""


class Customers:
    """The customers of one Odoo. Values and records are typed; see `typed`."""

    def __init__(self, client: Client) -> None:
        self.model = Model(client, "res.partner", context=_QUIET)

    def find(
        self,
        *,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        ref: str | None = None,
        limit: int = 20,
    ) -> list[Record]:
        """Contacts that fit all that is given, without archived ones, each with `FIELDS`; the oldest first.

        `name`: part of it. `email`: in capital or small letters. `phone`: as written, or with its blanks and
        signs left out. `ref`: as it is. Raises Rejected when nothing is given.
        """
        conditions = []
        if name:
            conditions.append(F("name").ilike(name))
        if email:
            conditions.append(F("email_normalized") == email.strip().lower())
        if phone:
            conditions.append(self._has_number(phone))
        if ref:
            conditions.append(F("ref") == ref)
        if not conditions:
            raise Rejected("A customer is found by name, e-mail, phone or reference.", model="res.partner")
        return self.model.find(all_of(*conditions), FIELDS, limit=limit, order="id")

    def _has_number(self, phone: str) -> Condition:
        """`mobile` is gone on Odoo 19; `phone_sanitized` holds an international number (observed)."""
        known = self.model.schema.fields
        compact = re.sub(r"[^\d+]", "", phone)
        numbers = [F(name) == phone.strip() for name in ("phone", "mobile") if name in known]
        return any_of(*numbers, F("phone_sanitized") == compact)

    def create(self, values: Values, *, external_id: str | None = None) -> int:
        """Make a customer; its id.

        With an `external_id` ('module.name') that is new each time a customer is meant to be made, the call may
        be repeated after Uncertain: it then gives the same customer, with these values.
        """
        values = {"customer_rank": 1, **values}
        if external_id is None:
            return self.model.create(values)
        schema = self.model.schema
        columns = ["id", *(column(schema, name) for name in values)]
        row = [external_id, *cells(schema, values)]
        loaded = self.model.client.load("res.partner", columns, [row], context=_QUIET)
        return loaded.raise_if_refused()[0]

    def update(self, customer: int, values: Values) -> list[str]:
        """Write what differs from what Odoo holds; the names of those fields.

        Nothing is written when nothing differs, since Odoo takes an equal write for a change (observed on 16,
        17 and 19). Raises Missing when the customer is gone.
        """
        self.model.schema.values(values)  # refuses before anything is asked
        held = self.model.one(customer, list(values))
        changed = {name: value for name, value in values.items() if _plain(value) != _plain(held[name])}
        if changed:
            self.model.write(customer, changed)
        return list(changed)


def _plain(value: Any) -> Any:
    """What decides whether two values are the same: of a record the id, of several the set of them."""
    if isinstance(value, Many2one):
        return value.id
    if isinstance(value, list | tuple | set | frozenset):
        return frozenset(value) if all(isinstance(one, int) for one in value) else value
    return value
