"""What is asked about money: what a visit comes to, who owes what, which invoices are in which state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q

from clinic.appointments.models import Appointment
from clinic.invoices.models import Invoice, InvoiceLine, InvoiceQuerySet, Payment, Standing
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.practice.taxes import copied, of_copies
from clinic.totals import Amounts, Priced, Rounding, invoice_amounts, line_amounts, round_money
from clinic.treatments.models import Treatment

CENT = Decimal("0.001")
STATES = ("unpaid", "overdue", "paid", "draft", "credited", "credit left", "cancelled")


@dataclass(frozen=True)
class Money:
    """An amount and its currency."""

    amount: Decimal
    currency: str


def balances(patients: Iterable[Patient | int]) -> dict[int, list[Money]]:
    """Return what is still owed for each patient's treatment, by patient id, in two queries. Nothing owed, no entry.

    Invoices of records that were merged into a patient's count as the patient's.
    """
    keys = {patient if isinstance(patient, int) else patient.pk for patient in patients}
    merged = dict(Patient.objects.filter(merged_into__in=keys).order_by().values_list("pk", "merged_into"))
    owed: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    unpaid = Invoice.objects.issued().filter(patient__in=[*keys, *merged]).standing_void(void=False).unpaid()
    for patient, currency, amount in unpaid.order_by().values_list("patient_id", "currency", "owed"):
        owed[patient if patient in keys else merged[patient]][currency] += round_money(amount, currency)
    return {
        patient: [Money(amount, currency) for currency, amount in sorted(by_currency.items())]
        for patient, by_currency in owed.items()
    }


def invoices_at(branches: Iterable[Branch]) -> InvoiceQuerySet:
    """Return the branches' invoices, with what a list shows of them."""
    invoices = Invoice.objects.filter(branch__in=list(branches)).with_balance()
    return invoices.select_related("branch", "patient", "payer", "standing")


def in_state(invoices: InvoiceQuerySet, state: str, today: date) -> InvoiceQuerySet:
    """Return the invoices whose `Invoice.state` is one of a list's tabs; "unpaid" counts the part paid ones too."""
    if state == "draft":
        return invoices.filter(status=Invoice.Status.DRAFT)
    issued = invoices.filter(status=Invoice.Status.ISSUED)
    if state == "cancelled":
        return issued.filter(standing__state=Standing.State.CANCELLED)
    if state == "credit left":
        return issued.credit_notes().filter(owed__gte=CENT)
    credited = Q(standing__state=Standing.State.REVERSED) | Q(total__gt=0, credited__gt=F("total") - CENT)
    if state == "credited":
        return issued.invoices().filter(credited)
    issued = issued.invoices().exclude(standing__state=Standing.State.CANCELLED).exclude(credited)
    if state == "paid":
        return issued.filter(owed__lt=CENT)
    if state == "overdue":
        return issued.filter(owed__gte=CENT, due_on__lt=today)
    return issued.filter(owed__gte=CENT)


@dataclass(frozen=True)
class Tab:
    """What is to be invoiced for a visit: the draft's lines, and treatments that no invoice has."""

    lines: list[InvoiceLine]
    treatments: list[tuple[Treatment, Amounts]]
    currency: str
    rounding: Rounding

    @property
    def amounts(self) -> Amounts:
        priced = [line.priced for line in self.lines] + [_priced(treatment) for treatment, _ in self.treatments]
        return invoice_amounts(priced, self.currency, self.rounding)

    def __bool__(self) -> bool:
        return bool(self.lines or self.treatments)


def tab_of(visit: Appointment) -> Tab:
    """Return what issuing the visit's invoice now would bill."""
    currency, rounding = visit.branch.currency, Rounding(visit.branch.rounding)
    lines = InvoiceLine.objects.filter(invoice__appointment=visit, invoice__status=Invoice.Status.DRAFT)
    unbilled = visit.treatments.unbilled().select_related("procedure").prefetch_related("procedure__taxes")
    return Tab(
        list(lines.select_related("invoice", "treatment")),
        [(treatment, line_amounts(_priced(treatment), currency, rounding)) for treatment in unbilled],
        currency,
        rounding,
    )


def _priced(treatment: Treatment) -> Priced:
    taxes = of_copies(copied(treatment.procedure.taxes.all()))
    return Priced(Decimal(treatment.quantity), treatment.fee, treatment.discount, taxes)


def payments_on(branch: Branch, day: date) -> list[Payment]:
    """Return what a branch received or paid back on a day, and for which invoices."""
    payments = Payment.objects.filter(branch=branch, received_on=day).select_related("payer", "taken_by")
    return list(payments.prefetch_related("allocations__invoice").order_by(F("received_at").desc()))


def by_method(payments: Iterable[Payment]) -> list[tuple[str, Money]]:
    """Return what the payments come to, by method and currency."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for payment in payments:
        sums[payment.get_method_display(), payment.currency] += payment.signed_amount
    return [(method, Money(amount, currency)) for (method, currency), amount in sorted(sums.items())]
