"""A small clinic, whose records are unlike those of any earlier run on the same Odoo."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentFactory,
    BranchFactory,
    ChairFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PatientFactory,
    PractitionerFactory,
    ProcedureFactory,
    TaxFactory,
    next_morning,
)
from clinic.invoices import actions, credits
from clinic.invoices.actions import NUMBERED
from clinic.invoices.models import Invoice, NumberSeries, Payment
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.practice.taxes import copied
from clinic.treatments import actions as plans
from clinic.treatments.models import TreatmentPlan
from odoo_bridge.client import Client
from tests.contract.peers import Peer, administrator


class Practice:
    """Makes the records of one test."""

    def __init__(self, odoo: Client, peer: Peer | None = None, code: str = "NORTH") -> None:
        self.odoo, self.peer = odoo, peer
        self.unique = uuid4().hex[:10]
        self.branch: Branch = BranchFactory(code=code, name="Clinic North", currency="EUR")
        # The visits of other tests in the same Odoo are at the same times: they are in other chairs.
        self.chair = ChairFactory(branch=self.branch, name=f"Chair {self.unique}")
        self.practitioner = PractitionerFactory(name="Dr Okafor")
        self._numbers = count()
        self._go_on_numbering(odoo)

    def _go_on_numbering(self, odoo: Client) -> None:
        year = self.branch.today().year
        begin = f"{self.branch.code}/{year}/"
        taken = [row["name"] for row in odoo.search_read("account.move", [["name", "=like", f"{begin}%"]], ["name"])]
        for kind, mark in NUMBERED.items():
            numbers = (re.fullmatch(rf"{re.escape(begin)}{mark}([0-9]+)", name) for name in taken)
            last = max((int(number[1]) for number in numbers if number), default=0)
            NumberSeries.objects.create(branch=self.branch, year=year, kind=kind, last=last)

    def patient(self, **values: Any) -> Patient:
        number = next(self._numbers)
        own = {
            "given_name": "Zoë",
            "family_name": f"Ó Súilleabháin {self.unique}-{number}",
            "email": f"zoe.{self.unique}.{number}@post.example",
            "street2": "Flat 2",
            "phone": "+35316714000",
        }
        return PatientFactory(**{"branch": self.branch, **own, **values})

    def appointment(self, **values: Any) -> Appointment:
        own = {"chair": self.chair, "practitioner": self.practitioner, "starts_at": self.morning()}
        patient = values.pop("patient", None) or self.patient()
        return AppointmentFactory(patient=patient, **{**own, **values})

    def morning(self, hours: float = 0) -> datetime:
        """Return a time on a day of its own, some hours after nine o'clock UTC."""
        return next_morning(next(self._numbers)) + timedelta(hours=hours)

    def invoice(self, *prices: str, rate: str = "13.5", **values: Any) -> Invoice:
        """Return an issued invoice with a line for each price, 120.00 unless said otherwise."""
        patient = values.pop("patient", None) or self.patient()
        draft = InvoiceFactory(branch=self.branch, patient=patient, **values)
        tax = TaxFactory(rate=Decimal(rate))
        for position, price in enumerate(prices or ("120.00",)):
            InvoiceLineFactory(invoice=draft, position=position, unit_price=Decimal(price), taxes=copied([tax]))
        return actions.issue(draft)

    def plan(self, *fees: str, rate: str = "13.5", **values: Any) -> TreatmentPlan:
        """Return a proposed plan with an item for each fee, 850.00 unless said otherwise."""
        self.service()
        patient = values.pop("patient", None) or self.patient()
        plan = plans.draw_up(patient, self.practitioner, self.branch, values.pop("name", "Crown on 36"))
        phase, tax = plan.phases.get(), TaxFactory(rate=Decimal(rate))
        for fee in fees or ("850.00",):
            procedure = ProcedureFactory(name="Ceramic crown", category="Prosthetics", fee=Decimal(fee), taxes=[tax])
            plans.add_item(phase, procedure, tooth="36", **values)
        return plans.propose(plan)

    def service(self) -> None:
        """See that Odoo has the product that plans are sold as; where it has not, an administrator adds it."""
        if not self.odoo.search("product.product", [["default_code", "=", "TREAT"]], limit=1):
            with self.office() as office:
                service = {"name": "Dental treatment", "default_code": "TREAT", "type": "service", "list_price": 0}
                office.create("product.product", service)

    def office(self) -> Client:
        """Return a client of somebody with all rights in Odoo."""
        assert self.peer
        return administrator(self.peer)

    def payment(self, amount: str = "40.00", invoice: Invoice | None = None, method: str = "card") -> Payment:
        """Return a payment taken at the desk."""
        return actions.take_payment(invoice or self.invoice(), Decimal(amount), method)

    def credit_note(self, invoice: Invoice, amount: str = "") -> Invoice:
        """Return a credit note for all that is left of an invoice, or at an amount before taxes of its first line."""
        taken = [left.taken for left in credits.left_of(invoice) if left.worth]
        if amount:
            taken = [credits.Taken(taken[0].line, Decimal(1), Decimal(amount))]
        return credits.credit(invoice, taken, "Billed by mistake")
