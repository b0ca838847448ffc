"""Patients and payers as contacts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from clinic.patients.models import SEARCHED
from odoo_bridge.fields import Bool, Char, Const, Lookup, Phone, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.proposed import AdoptionProposal
from odoo_bridge.said import _

HELD = _("Odoo may have this person already. Look at the proposals under Connection, and say whether it is the same.")


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
    identity = ("name", "email", "phone")
    fixed = {"name": _("The name says who the patient is. An edit in Odoo waits for you, and its parts are kept here.")}
    one, called = _("patient"), _("patients")
    labels = {
        "active": _("archived or not"),
        "customer_rank": _("is a customer"),
        "name": _("full name"),
        "email": _("e-mail"),
        "phone": _("other phone"),
        "mobile": _("mobile"),
        "street": _("street"),
        "street2": _("street, second line"),
        "city": _("city"),
        "zip": _("postcode"),
        "country_id": _("country"),
    }

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
    active = Bool("is_active", one_way=True, words=(_("archived"), _("in use")))

    def fetch(self, uids: Iterable[UUID]) -> dict[UUID, Any]:
        """Return the patients, and note on each whether an open proposal of a counterpart holds it back."""
        found = super().fetch(uids)
        proposals = AdoptionProposal.objects.filter(connection=self.scope.connection, uid__in=list(found))
        held = set(proposals.filter(state__in=AdoptionProposal.OPEN).values_list("uid", flat=True))
        for uid, record in found.items():
            record.held = uid in held
        return found

    def taken_with(self, names: Iterable[str]) -> list[str]:
        """Return the fields' attributes; all that the search looks at where it is written anew."""
        own = {str(self.present[name].source) for name in names}
        return [] if own & SEARCHED else ["uid", *own]

    def ours(self, record: Any, *, new: bool = False) -> Values:
        if getattr(record, "held", False):
            raise Refused(HELD)
        return super().ours(record, new=new)

    def is_wanted(self, record: Any) -> bool:
        """Those who are archived have no business in Odoo, unless something there refers to them."""
        return bool(
            record.is_active
            or record.invoices_to_pay.issued().exists()
            or record.appointments.occupying().exists()
            or record.payments.exists()
            or record.plans_to_pay.exclude(status__in=["draft", "declined"]).exists()
        )
