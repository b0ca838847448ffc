"""What is done with invoices: draw one up from a visit, issue it, take money for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.appointments.actions import advance
from clinic.appointments.models import NEXT_STATUS, Appointment, Status
from clinic.invoices.models import Allocation, Invoice, InvoiceLine, Kind, NumberSeries, Payment
from clinic.patients.models import Patient
from clinic.practice.models import Branch, Procedure
from clinic.practice.taxes import copied
from clinic.staff.models import User
from clinic.totals import Rounding, invoice_amounts, round_money
from clinic.treatments.actions import open_again
from clinic.treatments.models import Treatment
from clinic.treatments.queries import fee_of

NUMBERED = {Kind.INVOICE: "", Kind.CREDIT_NOTE: "R"}
"""What stands before the running number of each kind of document. Odoo marks credit notes by an R as well."""


class InvoiceError(Exception):
    """What was asked cannot be done; the message is for the person who asked."""


def record_treatment(
    appointment: Appointment,
    procedure: Procedure,
    *,
    tooth: str = "",
    surfaces: str = "",
    quantity: int = 1,
    discount: Decimal | None = None,
    form_uid: UUID | None = None,
) -> Treatment:
    """Record that a procedure was done in a visit; once for each `form_uid`. `discount` in percent.

    The fee is what it costs today where those pay whom the patient's invoices go to.
    """
    done = {
        "patient": appointment.patient,
        "appointment": appointment,
        "practitioner": appointment.practitioner,
        "procedure": procedure,
        "tooth": tooth,
        "surfaces": surfaces,
        "quantity": quantity,
        "fee": fee_of(procedure, appointment.patient.invoiced_to),
        "discount": discount or Decimal(0),
    }
    if form_uid is None:
        return Treatment.objects.create(**done)
    return Treatment.objects.get_or_create(form_uid=form_uid, defaults=done)[0]


@transaction.atomic
def strike_treatment(treatment: Treatment) -> None:
    """Take back a treatment that was recorded by mistake. Raises `InvoiceError` once it is on an issued invoice."""
    line = InvoiceLine.objects.filter(treatment=treatment).select_related("invoice").first()
    if line:
        draft = Invoice.objects.select_for_update(of=("self",)).get(pk=line.invoice_id)
        if draft.is_issued:
            raise InvoiceError(
                _("%(treatment)s is on invoice %(invoice)s, which is issued and cannot change.")
                % {"treatment": treatment, "invoice": draft}
            )
        line.delete()
        total_up(draft)
    open_again(treatment)
    treatment.delete()


@transaction.atomic
def bill(appointment: Appointment, *, by: User | None = None) -> Invoice:
    """Issue the invoice for what was done in a visit and is not billed yet, and complete the visit.

    Asking again returns the invoice that is there. Raises `InvoiceError` when there is nothing to bill.
    """
    visit = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    left = visit.treatments.unbilled().exists() or visit.invoices.filter(status=Invoice.Status.DRAFT).exists()
    billed = None if left else visit.invoices.issued().invoices().order_by("issued_at").last()
    if billed:
        return billed
    invoice = issue(draft_from(visit), by=by)
    if Status.COMPLETED in NEXT_STATUS[Status(visit.status)]:
        advance(visit, Status.COMPLETED)
    return invoice


@transaction.atomic
def draft_from(appointment: Appointment) -> Invoice:
    """Return the visit's draft invoice, made if need be, with a line for every treatment not billed yet.

    Raises `InvoiceError` when nothing is left to bill, or a fee is in another currency than the branch's.
    """
    # The visit's row is the lock: two desks checking out one visit must not both bill it.
    Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    branch = appointment.branch
    draft = appointment.invoices.filter(status=Invoice.Status.DRAFT).first()
    unbilled = list(appointment.treatments.unbilled().select_related("procedure").prefetch_related("procedure__taxes"))
    if draft is None and not unbilled:
        raise InvoiceError(_("There is nothing to invoice: no treatment of this visit is left unbilled."))
    if foreign := [t for t in unbilled if t.procedure.currency != branch.currency]:
        raise InvoiceError(
            _("The fee of %(procedure)s is not in %(currency)s, which %(branch)s invoices in.")
            % {"procedure": foreign[0].procedure, "currency": branch.currency, "branch": branch}
        )
    draft = draft or Invoice.objects.create(
        branch=branch,
        patient=appointment.patient,
        payer=appointment.patient.invoiced_to,
        appointment=appointment,
        currency=branch.currency,
    )
    _add_lines(draft, unbilled)
    total_up(draft)
    return draft


def _add_lines(draft: Invoice, treatments: Iterable[Treatment]) -> None:
    first = draft.lines.count()
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=draft,
            position=position,
            treatment=treatment,
            description=str(treatment),
            category=treatment.procedure.category,
            quantity=treatment.quantity,
            unit_price=treatment.fee,
            discount=treatment.discount,
            taxes=copied(treatment.procedure.taxes.all()),
        )
        for position, treatment in enumerate(treatments, start=first)
    )


def total_up(draft: Invoice, rounding: Rounding | None = None) -> None:
    """Compute what a draft comes to from its lines, rounded as said, or else as its branch's books do."""
    rounding = rounding or Rounding(draft.branch.rounding)
    draft.rounding = rounding.value
    amounts = invoice_amounts((line.priced for line in draft.lines.all()), draft.currency, rounding)
    draft.untaxed, draft.tax, draft.total = amounts.untaxed, amounts.tax, amounts.total
    draft.save()


@transaction.atomic
def round_as(branch: Branch, rounding: Rounding) -> None:
    """Let a branch's amounts be rounded as its books do. Its drafts follow; what is issued stays as it is."""
    if branch.rounding == rounding:
        return
    branch.rounding = rounding.value
    branch.save(update_fields=["rounding"])
    for draft in Invoice.objects.select_for_update(of=("self",)).filter(branch=branch, status=Invoice.Status.DRAFT):
        draft.branch = branch
        total_up(draft)


@transaction.atomic
def issue(invoice: Invoice, *, by: User | None = None, on: date | None = None, days: int = 14) -> Invoice:
    """Issue a draft: give it the branch's next number of the year, a due date `days` later, and freeze it.

    Issuing what is issued already changes nothing. Raises `InvoiceError` for a draft without lines.
    """
    invoice = Invoice.objects.select_for_update(of=("self",)).select_related("branch").get(pk=invoice.pk)
    if invoice.is_issued:
        return invoice
    if not invoice.lines.exists():
        raise InvoiceError(_("An invoice needs at least one line before it is issued."))
    total_up(invoice)
    invoice.issued_on = on or invoice.branch.today()
    invoice.due_on = invoice.issued_on + timedelta(days=days)
    invoice.number = next_number(invoice.branch, invoice.issued_on.year)
    invoice.issued_at, invoice.issued_by = timezone.now(), by
    invoice.status = Invoice.Status.ISSUED
    invoice.save()
    return invoice


def next_number(branch: Branch, year: int, kind: str = Kind.INVOICE) -> str:
    """Return the next number of a branch's year, "NORTH/2026/00001", or of a credit note, "NORTH/2026/R00001"."""
    NumberSeries.objects.get_or_create(branch=branch, year=year, kind=kind)
    series = NumberSeries.objects.select_for_update().get(branch=branch, year=year, kind=kind)
    series.last += 1
    series.save()
    return f"{branch.code}/{year}/{NUMBERED[Kind(kind)]}{series.last:05d}"


def go_on_after(branch: Branch, number: str) -> None:
    """Give no number again that the books gave to a document of their own, if it is one of the branch's series."""
    kinds = {mark: kind for kind, mark in NUMBERED.items()}
    found = re.fullmatch(rf"{re.escape(branch.code)}/([0-9]{{4}})/({'|'.join(kinds)})([0-9]{{1,9}})", number)
    if found:
        series, _is_new = NumberSeries.objects.get_or_create(branch=branch, year=int(found[1]), kind=kinds[found[2]])
        NumberSeries.objects.filter(pk=series.pk, last__lt=int(found[3])).update(last=int(found[3]))


@transaction.atomic
def take_payment(
    invoice: Invoice,
    amount: Decimal,
    method: str,
    *,
    by: User | None = None,
    on: date | None = None,
    uid: UUID | None = None,
    keep_rest: bool = False,
) -> Payment:
    """Take money for one issued invoice and return the payment.

    `uid` is the one the payment will have: taking it again, as a form sent twice does, returns the payment that is
    there. `keep_rest`: what is more than owed stays as the payer's credit. Raises `InvoiceError` when the invoice is
    not issued, or the amount is not positive, finer than the currency's minor unit, or more than is still owed.
    """
    invoice = Invoice.objects.select_for_update(of=("self",)).select_related("branch").get(pk=invoice.pk)
    if not invoice.is_issued or invoice.is_credit_note:
        raise InvoiceError(_("Issue the invoice before taking money for it."))
    if uid and (taken := Payment.objects.filter(uid=uid).first()):
        no_other_form(taken, amount, method, invoice=invoice)
        return taken
    check_amount(amount, invoice.currency)
    owed = invoice.balance
    if amount > owed and not keep_rest:
        raise OverPaid(owed, invoice.currency)
    if owed <= 0:
        raise InvoiceError(_("Nothing is left to pay."))
    counted = min(amount, owed)
    _check_room(invoice, counted)
    payment = Payment.objects.create(
        **({"uid": uid} if uid else {}),
        branch=invoice.branch,
        payer=invoice.payer,
        amount=amount,
        currency=invoice.currency,
        method=method,
        received_on=on or invoice.branch.today(),
        taken_by=by,
    )
    Allocation.objects.create(payment=payment, invoice=invoice, amount=counted)
    return payment


class OverPaid(InvoiceError):
    """More was offered than is owed; the rest could be kept as credit."""

    def __init__(self, owed: Decimal, currency: str) -> None:
        super().__init__(
            _("Only %(amount)s %(currency)s is still owed.")
            % {"amount": round_money(owed, currency), "currency": currency}
        )


def no_other_form(
    taken: Payment, amount: Decimal, method: str, *, invoice: Invoice | None = None, payer: Patient | None = None
) -> None:
    """Raise `InvoiceError` when a form that comes again asks for something else than it did the first time."""
    same = (taken.amount, taken.method) == (amount, method)
    same &= invoice is None or taken.allocations.filter(invoice=invoice).exists()
    same &= payer is None or taken.payer_id == payer.pk
    if not same:
        raise InvoiceError(
            _("This form was sent before: %(payment)s was taken with it. Open the invoice again first.")
            % {"payment": taken}
        )


def check_amount(amount: Decimal, currency: str) -> None:
    """Raise `InvoiceError` for an amount that is not positive, or finer than the currency's minor unit."""
    if not amount.is_finite() or amount <= 0:
        raise InvoiceError(_("The amount must be more than zero."))
    if round_money(amount, currency) != amount:
        raise InvoiceError(
            _("%(amount)s is not an amount that can be paid in %(currency)s.")
            % {"amount": amount, "currency": currency}
        )


def room_of(invoice: Invoice) -> Decimal:
    """Return how much can still be allocated to an invoice, in its currency.

    The books may no longer count all of what was paid here; then more seems to be owed than that.
    """
    parts = (invoice.allocations, invoice.credit_uses)
    allocated = sum((part.aggregate(sum=Sum("amount"))["sum"] or Decimal(0) for part in parts), Decimal(0))
    return invoice.total - round_money(allocated, invoice.currency)


def _check_room(invoice: Invoice, amount: Decimal) -> None:
    if amount > room_of(invoice):
        raise InvoiceError(_("Payments of this invoice were undone in the books. Put that right first."))
