"""Patients and payers as contacts."""

from __future__ import annotations

from typing import Any

from odoo_bridge.fields import Bool, Char, Const, Lookup, Phone
from odoo_bridge.mapping import Mapping


class MainPhone(Phone):
    """The other phone; where Odoo has no field for mobiles (19 on), the mobile unless there is only the other."""

    def _attribute(self, record: Any, scope: Any) -> str:
        return "phone" if scope.has("res.partner", "mobile") or not record.mobile else "mobile"

    def ours(self, record: Any, scope: Any) -> str | None:
        return self.plain(getattr(record, self._attribute(record, scope)), scope)

    def take_over(self, record: Any, value: Any, scope: Any) -> str:
        attribute = self._attribute(record, scope)
        setattr(record, attribute, self.native(value, scope))
        return attribute


class Partner(Mapping):
    """The parts of a name are the clinic's: an edit of the whole in Odoo waits for a person."""

    key, odoo, local = "partner", "res.partner", "patients.Patient"
    branch, shared = "branch", True
    person = "uid"

    name = Char("full_name", one_way=True)
    email = Char("email")
    phone = MainPhone("phone")
    mobile = Phone("mobile", optional=True)
    street = Char("street")
    street2 = Char("street2")
    city = Char("city")
    zip = Char("postcode")
    country_id = Lookup("res.country", "country", key=lambda country: country.code)
    customer_rank = Const(1)
    active = Bool("is_active", one_way=True)

    def is_wanted(self, record: Any) -> bool:
        """Those who are archived have no business in Odoo, unless something there refers to them."""
        return bool(
            record.is_active
            or record.invoices_to_pay.issued().exists()
            or record.appointments.occupying().exists()
            or record.payments.exists()
        )
