"""What is done with money that is not owed any more: credit notes, deposits, credit that is used, money paid back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.invoices.actions import InvoiceError, check_amount, next_number, no_other_form, room_of, total_up
from clinic.invoices.models import Allocation, CreditUse, Invoice, InvoiceLine, Kind, Payment, Standing
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.staff.models import User
from clinic.totals import Rounding, round_money


@dataclass(frozen=True)
class Taken:
    """How much of a line a credit note takes back: a quantity, at a price of one, in the invoice's currency."""

    line: InvoiceLine
    quantity: Decimal
    unit_price: Decimal

    @property
    def worth(self) -> Decimal:
        """What it comes to at full precision, without the line's discount and taxes."""
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Left:
    """What of a line no credit note has taken back: `worth`, in quantity times price, as in `Taken`."""

    line: InvoiceLine
    worth: Decimal

    @property
    def taken(self) -> Taken:
        """All of it: as many as are left at the line's price, or else one at what is left."""
        price = self.line.unit_price
        quantity = (self.worth / price).quantize(Decimal("0.01"), ROUND_DOWN) if price else Decimal(0)
        if quantity * price == self.worth:
            return Taken(self.line, quantity, price)
        return Taken(self.line, Decimal(1), self.worth)


def left_of(invoice: Invoice) -> list[Left]:
    """Return what of each line of an invoice was not credited yet, in two queries."""
    found = []
    for line in invoice.lines.prefetch_related("credits"):
        back = sum((one.quantity * one.unit_price for one in line.credits.all()), Decimal(0))
        found.append(Left(line, max(line.quantity * line.unit_price - back, Decimal(0))))
    return found


@transaction.atomic
def credit(
    invoice: Invoice, taken: Iterable[Taken], reason: str, *, by: User | None = None, uid: UUID | None = None
) -> Invoice:
    """Issue a credit note for parts of an issued invoice, and use it for what is still owed of that invoice.

    What is left of it is the payer's credit. `uid` is the one the credit note will have: the same form sent twice
    issues one. Raises `InvoiceError` when the invoice is not issued, was taken back in the books, nothing is credited,
    more than is left here and in the books, or no reason is given.
    """
    invoice = _locked(invoice)
    if uid and (made := Invoice.objects.filter(uid=uid).first()):
        return made
    taken = [one for one in taken if one.quantity]
    _check_credit(invoice, taken, reason)
    left = invoice.not_credited
    note = Invoice.objects.create(
        uid=uid or uuid4(),
        kind=Kind.CREDIT_NOTE,
        credits=invoice,
        reason=reason.strip(),
        branch=invoice.branch,
        patient=invoice.patient,
        payer=invoice.payer,
        appointment=invoice.appointment,
        currency=invoice.currency,
        rounding=invoice.rounding,
    )
    InvoiceLine.objects.bulk_create(_credited(note, position, one) for position, one in enumerate(taken))
    total_up(note, Rounding(invoice.rounding))
    _check_total(note, left)
    _issue(note, by)
    _use(note, invoice)
    return note


def _locked(invoice: Invoice) -> Invoice:
    return Invoice.objects.select_for_update(of=("self",)).select_related("branch").get(pk=invoice.pk)


def _check_credit(invoice: Invoice, taken: list[Taken], reason: str) -> None:
    if not invoice.is_issued or invoice.is_credit_note:
        raise InvoiceError(_("Only an issued invoice can be credited."))
    standing = Standing.objects.filter(invoice=invoice).first()
    if standing and standing.state == Standing.State.CANCELLED:
        raise InvoiceError(_("This invoice was cancelled in the books already."))
    # Also where only a part was credited here: the rest was, there.
    if standing and standing.state == Standing.State.REVERSED:
        raise InvoiceError(_("This invoice was credited in the books already."))
    if not reason.strip():
        raise InvoiceError(_("Say why it is credited: the reason is written on the credit note."))
    if not taken:
        raise InvoiceError(_("Say what is credited: give at least one line a quantity."))
    left = {one.line.pk: one for one in left_of(invoice)}
    for one in taken:
        rest = left.get(one.line.pk)
        if rest is None or one.quantity < 0 or one.unit_price < 0:
            raise InvoiceError(_("%(line)s cannot be credited like this.") % {"line": one.line})
        if one.worth > rest.worth:
            raise InvoiceError(_("More of %(line)s would be credited than is left of it.") % {"line": one.line})


def _credited(note: Invoice, position: int, taken: Taken) -> InvoiceLine:
    line = taken.line
    return InvoiceLine(
        invoice=note,
        position=position,
        credited_line=line,
        description=line.description,
        category=line.category,
        quantity=taken.quantity,
        unit_price=taken.unit_price,
        discount=line.discount,
        taxes=line.taxes,
    )


def _check_total(note: Invoice, left: Decimal) -> None:
    """Credit nothing, or more than is left, and the books would not add up: rounding can do that to small parts."""
    if note.total <= 0:
        raise InvoiceError(_("The amount must be more than zero."))
    if note.total <= left:
        return
    told = {"amount": round_money(left, note.currency), "currency": note.currency}
    if there := list(note.credits.book_credits.all()):
        told |= {
            "there": round_money(sum((one.amount for one in there), Decimal(0)), note.currency),
            "numbers": ", ".join(map(str, there)),
        }
        raise InvoiceError(
            _(
                "Only %(amount)s %(currency)s of this invoice is left to be credited: the books credited %(there)s "
                "%(currency)s of it already (%(numbers)s)."
            )
            % told
        )
    raise InvoiceError(_("Only %(amount)s %(currency)s of this invoice is left to be credited.") % told)


def _issue(note: Invoice, by: User | None) -> None:
    note.issued_on = note.due_on = note.branch.today()
    note.number = next_number(note.branch, note.issued_on.year, Kind.CREDIT_NOTE)
    note.issued_at, note.issued_by, note.status = timezone.now(), by, Invoice.Status.ISSUED
    note.save()


def _use(note: Invoice, invoice: Invoice) -> Decimal:
    """Use a credit note for what is owed of an invoice; return how much."""
    amount = min(note.balance, invoice.balance, room_of(invoice))
    if amount <= 0 or CreditUse.objects.filter(credit_note=note, invoice=invoice).exists():
        return Decimal(0)
    CreditUse.objects.create(credit_note=note, invoice=invoice, amount=amount)
    return amount


# Credit


@dataclass(frozen=True)
class Credit:
    """What is left of a payment or a credit note, in its currency."""

    of: Payment | Invoice
    amount: Decimal


def credits_of(payer: Patient, branch: Branch | None = None, *, currency: str = "") -> list[Credit]:
    """Return what a payer has to their credit, the oldest first: at one branch, in whose books it is, or at all."""
    where = {"branch": branch} if branch else {}
    if currency:
        where["currency"] = currency
    whose = Q(payer=payer) | Q(payer__merged_into=payer)
    notes = Invoice.objects.issued().credit_notes().with_balance().filter(whose, **where, owed__gte=Decimal("0.001"))
    received = Payment.objects.filter(whose, **where, direction=Payment.Direction.IN, origin=Payment.Origin.DESK)
    payments = received.with_credit().filter(left__gte=Decimal("0.001"))
    dated = [(note.issued_at, Credit(note, note.balance)) for note in notes.select_related("branch")]
    dated += [
        (one.received_at, Credit(one, round_money(one.left, one.currency))) for one in payments.select_related("branch")
    ]
    return [one for _at, one in sorted(dated, key=lambda pair: pair[0])]


@transaction.atomic
def use_credit(invoice: Invoice) -> Decimal:
    """Pay an issued invoice from its payer's credit at the branch, the oldest first. Returns how much was used.

    Of each as much is used as there is and is owed: that is how Odoo reconciles. Raises `InvoiceError` when the
    invoice is not issued, or there is no credit for it.
    """
    invoice = _locked(invoice)
    if not invoice.is_issued or invoice.is_credit_note:
        raise InvoiceError(_("Issue the invoice before taking money for it."))
    used = Decimal(0)
    for one in credits_of(invoice.payer, invoice.branch, currency=invoice.currency):
        if isinstance(one.of, Invoice):
            used += _use(_locked(one.of), invoice)
        else:
            used += _allocate(Payment.objects.select_for_update(of=("self",)).get(pk=one.of.pk), invoice)
    if not used:
        raise InvoiceError(_("There is no credit that could be used for this invoice."))
    return used


def _allocate(payment: Payment, invoice: Invoice) -> Decimal:
    amount = min(payment.credit, Invoice.objects.get(pk=invoice.pk).balance, room_of(invoice))
    if amount <= 0 or payment.allocations.filter(invoice=invoice).exists():
        return Decimal(0)
    Allocation.objects.create(payment=payment, invoice=invoice, amount=amount)
    return amount


@transaction.atomic
def take_deposit(
    payer: Patient, branch: Branch, amount: Decimal, method: str, *, by: User | None = None, uid: UUID | None = None
) -> Payment:
    """Take money that no invoice asks for yet, in the branch's currency; it is the payer's credit.

    Raises `InvoiceError` for an amount that is not positive, or finer than the currency's minor unit.
    """
    if uid and (taken := Payment.objects.filter(uid=uid).first()):
        no_other_form(taken, amount, method, payer=payer)
        return taken
    check_amount(amount, branch.currency)
    return _moved(Payment.Direction.IN, payer, branch, amount, branch.currency, method, by, uid)


@transaction.atomic
def refund(
    of: Payment | Invoice, amount: Decimal, method: str, *, by: User | None = None, uid: UUID | None = None
) -> Payment:
    """Pay back what is left of a credit note or of a payment, or a part of that. Returns the money that went out.

    `uid` is the one it will have: the same form sent twice pays once. Raises `InvoiceError` when the amount is not
    positive, finer than the currency's minor unit, or more than is left.
    """
    is_note = isinstance(of, Invoice)
    of = type(of).objects.select_for_update(of=("self",)).select_related("branch", "payer").get(pk=of.pk)
    if uid and (paid := Payment.objects.filter(uid=uid).first()):
        no_other_form(paid, amount, method, payer=of.payer)
        return paid
    check_amount(amount, of.currency)
    left = (of.balance if of.is_credit_note and of.is_issued else Decimal(0)) if is_note else of.credit
    if amount > left:
        raise InvoiceError(
            _("Only %(amount)s %(currency)s is left to be paid back.")
            % {"amount": round_money(left, of.currency), "currency": of.currency}
        )
    returns = None if is_note else of
    paid = _moved(Payment.Direction.OUT, of.payer, of.branch, amount, of.currency, method, by, uid, returns)
    if is_note:
        Allocation.objects.create(payment=paid, invoice=of, amount=amount)
    return paid


def _moved(
    direction: str,
    payer: Patient,
    branch: Branch,
    amount: Decimal,
    currency: str,
    method: str,
    by: User | None,
    uid: UUID | None,
    returns: Payment | None = None,
    on: date | None = None,
) -> Payment:
    return Payment.objects.create(
        uid=uid or uuid4(),
        direction=direction,
        returns=returns,
        branch=branch,
        payer=payer,
        amount=amount,
        currency=currency,
        method=method,
        received_on=on or branch.today(),
        taken_by=by,
    )
