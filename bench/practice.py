"""A clinic made in bulk: patients, two appointments and an issued invoice each, a payment for every tenth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat, LPad

from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    PatientFactory,
    PractitionerFactory,
    TaxFactory,
    nobodys_mobile,
)
from clinic.invoices.models import Allocation, Invoice, InvoiceLine, Payment
from clinic.patients.models import Patient
from clinic.practice.taxes import copied
from clinic.totals import Rounding, invoice_amounts

CODE = "NORTH"
PRICES = (Decimal("120.00"), Decimal("45.50"))
VISIT = timedelta(minutes=30)
PART = 500


class Practice:
    """A branch with one practitioner, and what is made of it: no two runs make records of the same names."""

    def __init__(self, next_number: int) -> None:
        """`next_number`: the first invoice number that Odoo has not got."""
        self.next_number = next_number
        self.unique = uuid4().hex[:8]
        self.branch = BranchFactory(code=CODE, name="Clinic North", currency="EUR")
        self.year = self.branch.today().year
        self._chair = ChairFactory(branch=self.branch, name="Chair 1")
        self._practitioner = PractitionerFactory(name="Dr Okafor")
        self._type = AppointmentTypeFactory()
        self._tax = TaxFactory(rate=Decimal("13.5"))
        self._people, self._visits = count(), count()

    def patients(self, many: int) -> list[Patient]:
        made = []
        for number in (next(self._people) for _ in range(many)):
            values = {
                "family_name": f"Ó Súilleabháin {self.unique}-{number}",
                "email": f"zoe.{self.unique}.{number}@post.example",
                "mobile": nobodys_mobile(number),
                "phone": "+35316714000",
                "street2": "Flat 2",
            }
            made.append(PatientFactory.build(branch=self.branch, **values))
        return _created(Patient, made)

    def appointments(self, patients: Iterable[Patient]) -> list[Appointment]:
        """A visit for each, one after the other from tomorrow on."""
        first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        visits = []
        for patient in patients:
            starts_at = first + next(self._visits) * VISIT
            visits.append(
                Appointment(
                    patient=patient,
                    chair=self._chair,
                    practitioner=self._practitioner,
                    appointment_type=self._type,
                    starts_at=starts_at,
                    ends_at=starts_at + VISIT,
                )
            )
        return _created(Appointment, visits)

    def invoices(self, patients: Iterable[Patient]) -> list[Invoice]:
        """An issued invoice of two lines for each; their numbers follow one another."""
        today = self.branch.today()
        drafts = [
            Invoice(
                branch=self.branch,
                patient=patient,
                payer=patient,
                currency="EUR",
                issued_on=today,
                due_on=today + timedelta(days=14),
            )
            for patient in patients
        ]
        lines = [line for draft in drafts for line in self._lines(draft)]
        _created(Invoice, drafts)
        _created(InvoiceLine, lines)
        for part in _parts(drafts):
            padded = LPad(Cast(F("pk") + (self.next_number - drafts[0].pk), CharField()), 6, Value("0"))
            number = Concat(Value(f"{CODE}/{self.year}/"), padded)
            mine = Invoice.objects.filter(pk__gte=part[0].pk, pk__lte=part[-1].pk)
            mine.update(status=Invoice.Status.ISSUED, number=number)
        self.next_number += len(drafts)
        return list(Invoice.objects.filter(pk__gte=drafts[0].pk, pk__lte=drafts[-1].pk).order_by("pk"))

    def _lines(self, draft: Invoice) -> list[InvoiceLine]:
        lines = [
            InvoiceLine(
                invoice=draft,
                position=position,
                description="Composite filling on 36",
                category="Restorative",
                unit_price=price,
                taxes=copied([self._tax]),
            )
            for position, price in enumerate(PRICES)
        ]
        amounts = invoice_amounts([line.priced for line in lines], draft.currency, Rounding(draft.rounding))
        draft.untaxed, draft.tax, draft.total = amounts.untaxed, amounts.tax, amounts.total
        return lines

    def payments(self, invoices: Iterable[Invoice]) -> list[Payment]:
        """A payment by card of a part of each."""
        invoices = list(invoices)
        payments = [
            Payment(
                branch=self.branch,
                payer=invoice.payer,
                amount=Decimal("40.00"),
                currency="EUR",
                method=Payment.Method.CARD,
                received_on=self.branch.today(),
            )
            for invoice in invoices
        ]
        _created(Payment, payments)
        allocations = [
            Allocation(payment=payment, invoice=invoice, amount=payment.amount)
            for payment, invoice in zip(payments, invoices, strict=True)
        ]
        _created(Allocation, allocations)
        return payments

    def all_of_it(self, many: int) -> None:
        """Make so many patients, twice as many appointments, as many invoices, and a tenth as many payments."""
        patients = self.patients(many)
        self.appointments([*patients, *patients])
        self.payments(self.invoices(patients)[::10])


def _created(model: Any, records: list[Any]) -> list[Any]:
    for part in _parts(records):
        model.objects.bulk_create(part)
    return records


def _parts(records: Sequence[Any], size: int = PART) -> Iterable[Sequence[Any]]:
    return (records[start : start + size] for start in range(0, len(records), size))
