"""What people do in the clinic. Each method is one step; what cannot be done is not done, and said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import ProtectedError

from clinic.appointments import actions as visits
from clinic.appointments.models import Appointment, Status
from clinic.invoices import actions as money
from clinic.invoices import credits
from clinic.invoices.models import Invoice, InvoiceLine, Payment
from clinic.patients.models import Patient
from clinic.practice.models import AppointmentType, Branch, Chair, Procedure, Tax
from clinic.practice.taxes import copied
from clinic.staff.models import Practitioner
from clinic.treatments import actions as treatments
from clinic.treatments.models import TreatmentPlan

CLEARABLE = ("email", "street")
"""What the clinic clears; Odoo's people clear other fields, so that both never do the same by chance."""
FIRST_DAY = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)


def value_of(field: str, number: int) -> str:
    """A value that nobody else gives to this field; people in Odoo have odd numbers, those in the clinic even ones."""
    if field == "email":
        return f"person{number}@post.example"
    if field == "phone":
        return f"+35316{710000 + number % 9999}"
    return f"{field.capitalize()} {number}"


class Desk:
    def __init__(self) -> None:
        self._branch = Branch.objects.get()
        self._chairs = list(Chair.objects.order_by("pk"))
        self._practitioners = list(Practitioner.objects.order_by("pk"))
        self._type = AppointmentType.objects.get()
        self._taxes = list(Tax.objects.order_by("pk"))
        self._procedures = list(Procedure.objects.order_by("pk"))
        self._former: dict[tuple[int, str], str] = {}

    # Patients

    def register(self, number: int, bare: bool = False) -> str:
        own = {} if bare else {field: value_of(field, number) for field in ("email", "phone", "street", "city")}
        patient = Patient.objects.create(
            branch=self._branch, given_name=f"Zoë {number}", family_name="Ó Súilleabháin", **own
        )
        return f"{patient.uid} is registered"

    def edit(self, who: int, field: str, number: int) -> str:
        patient = _one(Patient, who)
        self._former[patient.pk, field] = str(getattr(patient, field))
        setattr(patient, field, value_of(field, number))
        patient.save()
        return f"{patient.uid} {field} = {value_of(field, number)}"

    def edit_two(self, who: int, fields: list[str], number: int) -> str:
        patient = _one(Patient, who)
        for field in fields:
            setattr(patient, field, value_of(field, number))
        patient.save(update_fields=fields)
        return f"{patient.uid} {fields} = {number}"

    def clear(self, who: int, field: str) -> str:
        patient = _one(Patient, who)
        self._former[patient.pk, field] = str(getattr(patient, field))
        setattr(patient, field, "")
        patient.save()
        return f"{patient.uid} {field} is cleared"

    def undo(self, who: int, field: str) -> str:
        patient = _one(Patient, who)
        if (patient.pk, field) not in self._former:
            return "nothing to undo"
        setattr(patient, field, self._former.pop((patient.pk, field)))
        patient.save()
        return f"{patient.uid} {field} is put back"

    def save_as_it_is(self, who: int) -> str:
        patient = _one(Patient, who)
        patient.save()
        return f"{patient.uid} is saved as it is"

    def archive(self, who: int) -> str:
        return self._set_active(_one(Patient, who), False)

    def bring_back(self, who: int) -> str:
        return self._set_active(_one(Patient, who), True)

    @staticmethod
    def _set_active(patient: Patient, active: bool) -> str:
        patient.is_active = active
        patient.save()
        return f"{patient.uid} active = {active}"

    def move_house(self, number: int) -> str:
        """A bulk update, of every other patient."""
        keys = list(Patient.objects.order_by("pk").values_list("pk", flat=True))[number % 2 :: 2]
        Patient.objects.filter(pk__in=keys).update(city=value_of("city", number))
        return f"{len(keys)} patients city = {number}"

    def delete(self, who: int) -> str:
        """Only who has no appointments and no invoices can be deleted."""
        patient = _one(Patient, who)
        if Patient.objects.count() == 1:
            return "the last one stays"
        try:
            patient.delete()
        except ProtectedError:
            return f"{patient.uid} cannot be deleted"
        return f"{patient.uid} is deleted"

    # Appointments

    def delete_visit(self, which: int) -> str:
        visit = _one(Appointment, which)
        if visit is None:
            return "no appointment"
        visit.delete()
        return f"{visit.uid} is deleted"

    def book(self, who: int, slot: int) -> str:
        patient = _one(Patient, who)
        try:
            visit = visits.book(
                patient=patient,
                practitioner=self._practitioners[slot % 2],
                chair=self._chairs[slot % 2],
                appointment_type=self._type,
                starts_at=_slot(slot),
            )
        except visits.AppointmentError as error:
            return str(error)
        return f"{visit.uid} is booked for {patient.uid} at {visit.starts_at:%d %H:%M}"

    def reschedule(self, which: int, slot: int, minutes: int) -> str:
        visit = _one(Appointment, which)
        if visit is None:
            return "no appointment"
        starts_at = _slot(slot)
        try:
            visits.reschedule(visit, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes))
        except visits.AppointmentError as error:
            return str(error)
        return f"{visit.uid} is moved to {starts_at:%d %H:%M}, {minutes} minutes"

    def lengthen(self, which: int, minutes: int) -> str:
        visit = _one(Appointment, which)
        if visit is None:
            return "no appointment"
        ends_at = visit.ends_at.replace(minute=0, second=0) + timedelta(minutes=60 + minutes)
        try:
            visits.correct_times([(visit, visit.starts_at, ends_at)])
        except visits.AppointmentError as error:
            return str(error)
        return f"{visit.uid} ends at {ends_at:%H:%M}"

    def cancel(self, which: int) -> str:
        return self._advance(which, Status.CANCELLED, "The patient is ill")

    def take_up(self, which: int) -> str:
        return self._advance(which, Status.BOOKED, "")

    @staticmethod
    def _advance(which: int, status: Status, reason: str) -> str:
        visit = _one(Appointment, which)
        if visit is None:
            return "no appointment"
        try:
            visits.advance(visit, status, reason=reason)
        except visits.AppointmentError as error:
            return str(error)
        return f"{visit.uid} is {status}"

    # Money

    def issue(self, who: int, cents: list[int], rate: int) -> str:
        patient = _one(Patient, who)
        tax = self._taxes[rate % len(self._taxes)]
        draft = Invoice.objects.create(
            branch=self._branch, patient=patient, payer=patient.invoiced_to, currency=self._branch.currency
        )
        for position, price in enumerate(cents):
            InvoiceLine.objects.create(
                invoice=draft,
                position=position,
                description=f"Filling {position}",
                quantity=Decimal(1 + position % 2),
                unit_price=Decimal(price) / 100,
                taxes=copied([tax]),
            )
        invoice = money.issue(draft)
        return f"{invoice.uid} {invoice} is issued, {invoice.total}"

    def draft(self, who: int) -> str:
        """An invoice that is not issued yet stays here."""
        patient = _one(Patient, who)
        draft = Invoice.objects.create(
            branch=self._branch, patient=patient, payer=patient.invoiced_to, currency=self._branch.currency
        )
        return f"{draft.uid} is a draft"

    def pay(self, which: int, percent: int, method: str) -> str:
        invoice = _one(Invoice, which, Invoice.objects.issued().invoices())
        if invoice is None:
            return "no invoice"
        amount = (invoice.balance * percent / 100).quantize(Decimal("0.01"))
        try:
            payment: Payment = money.take_payment(invoice, amount, method)
        except money.InvoiceError as error:
            return str(error)
        return f"{payment.uid} {amount} is paid for {invoice}"

    def credit(self, which: int, percent: int) -> str:
        """Credit an invoice, or a part of its first line."""
        invoice = _one(Invoice, which, Invoice.objects.issued().invoices())
        if invoice is None:
            return "no invoice"
        taken = [left.taken for left in credits.left_of(invoice) if left.worth]
        if taken and percent < 100:
            price = (taken[0].worth * percent / 100).quantize(Decimal("0.01"))
            taken = [credits.Taken(taken[0].line, Decimal(1), price)]
        try:
            note = credits.credit(invoice, taken, "Billed by mistake")
        except money.InvoiceError as error:
            return str(error)
        return f"{note.uid} {note} credits {note.total} of {invoice}"

    def deposit(self, who: int, cents: int, method: str) -> str:
        patient = _one(Patient, who)
        payment = credits.take_deposit(patient.invoiced_to, self._branch, Decimal(cents) / 100, method)
        return f"{payment.uid} {payment} is a deposit"

    def use_credit(self, which: int) -> str:
        invoice = _one(Invoice, which, Invoice.objects.issued().invoices())
        if invoice is None:
            return "no invoice"
        try:
            return f"{credits.use_credit(invoice)} of credit is used for {invoice}"
        except money.InvoiceError as error:
            return str(error)

    def refund(self, which: int, percent: int, method: str) -> str:
        found = [one for patient in Patient.objects.order_by("pk") for one in credits.credits_of(patient)]
        if not found:
            return "no credit"
        credit = found[which % len(found)]
        amount = (credit.amount * percent / 100).quantize(Decimal("0.01"))
        try:
            payment = credits.refund(credit.of, amount, method)
        except money.InvoiceError as error:
            return str(error)
        return f"{payment.uid} {amount} of {credit.of} is paid back"

    # Treatment plans

    def propose(self, who: int, cents: list[int], rate: int) -> str:
        patient = _one(Patient, who)
        plan = treatments.draw_up(patient, self._practitioners[0], self._branch, "Crowns")
        procedure = self._procedures[rate % len(self._procedures)]
        for position, fee in enumerate(cents):
            treatments.add_item(
                plan.phases.get(), procedure, tooth="36", quantity=1 + position % 2, fee=Decimal(fee) / 100
            )
        treatments.propose(plan)
        return f"{plan.uid} is proposed, {plan.amounts.total}"

    def accept(self, which: int) -> str:
        plan = _one(TreatmentPlan, which)
        if plan is None:
            return "no plan"
        try:
            return f"{plan.uid} is {treatments.accept(plan, 'Zoë').status}"
        except treatments.PlanError as error:
            return str(error)

    def decline(self, which: int) -> str:
        plan = _one(TreatmentPlan, which)
        if plan is None:
            return "no plan"
        try:
            return f"{plan.uid} is {treatments.decline(plan, 'Too dear').status}"
        except treatments.PlanError as error:
            return str(error)


def _one(model: Any, number: int, records: Any = None) -> Any:
    """The record of that number, around and around."""
    found = list((model.objects.all() if records is None else records).order_by("pk"))
    return found[number % len(found)] if found else None


def _slot(slot: int) -> datetime:
    """On the hour; people in Odoo move events to ten past."""
    return FIRST_DAY + timedelta(days=slot // 8 % 20, hours=slot % 8)
