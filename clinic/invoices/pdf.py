"""Papers as PDF files: what an invoice, a receipt, a statement and an estimate say, in their reader's language."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from clinic.invoices import paper, typeset
from clinic.invoices.models import Allocation, BookCredit, Invoice, InvoiceLine, Payment
from clinic.invoices.paper import Paper, Table, facts, name_in_text, plain
from clinic.invoices.statements import AGES, Account, Entry, statement
from clinic.invoices.templatetags.money import money
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.treatments.models import PlanItem, TreatmentPlan
from clinic.treatments.signatures import as_svg

DESCRIPTION = pgettext_lazy("heading over the lines of a document", "Description")

INK = "#1c2b33"
"""In which colour papers are written, and signatures on them; `paper.typ` has the same."""
VALID_DAYS = 90
"""How long the fees of an estimate are offered after the patient was asked."""


def of_invoice(invoice: Invoice) -> bytes:
    """Return an invoice as a PDF, in the payer's language. The same invoice gives the same bytes."""
    with paper.in_the_language_of(invoice.payer):
        return _set(invoice_says(invoice))


def of_receipt(payment: Payment) -> bytes:
    """Return the receipt of a payment as a PDF, in the payer's language."""
    with paper.in_the_language_of(payment.payer):
        return _set(receipt_says(payment))


def of_statement(payer: Patient, branch: Branch, first: date, last: date) -> bytes:
    """Return what a payer was billed and paid from `first` to `last`, as a PDF in their language."""
    with paper.in_the_language_of(payer):
        return _set(statement_says(payer, branch, first, last))


def of_estimate(plan: TreatmentPlan) -> bytes:
    """Return what a treatment plan would cost as a PDF, in the language of whoever would pay."""
    with paper.in_the_language_of(plan.payer):
        return _set(estimate_says(plan))


def _set(said: Paper) -> bytes:
    return typeset.compiled(json.dumps(said.content()))


def title_of(invoice: Invoice) -> str:
    """Return what a paper calls an invoice."""
    if invoice.is_credit_note:
        return _("Credit note")
    return pgettext("document", "Invoice") if invoice.is_issued else _("Draft invoice")


def invoice_says(invoice: Invoice) -> Paper:
    """Return what an invoice says, in the language that is active."""
    lines = list(invoice.lines.all())
    for line in lines:
        line.invoice = invoice
    number = plain(str(invoice)) if invoice.is_issued else ""
    return Paper(
        branch=invoice.branch,
        title=title_of(invoice),
        name=f"{title_of(invoice)} {invoice.number or ''}".strip(),
        party_label=_("Payer"),
        party=invoice.payer,
        facts=facts(
            (_("Number"), number),
            (_("Issued"), _day(invoice.issued_on)),
            (_("Due"), "" if invoice.is_credit_note else _day(invoice.due_on)),
            (pgettext("an invoice", "Credits"), plain(str(invoice.credits)) if invoice.credits else ""),
            (_("Reason"), name_in_text(invoice.reason)),
            (_("Patient"), _other(invoice.patient, invoice.payer)),
        ),
        tables=[Table(_columns(), [_line(line, invoice.currency) for line in lines])],
        sums=_sums(lines, invoice.untaxed, invoice.tax, invoice.total, invoice.currency),
    )


def _day(of: date | None) -> str:
    return paper.day(of) if of else ""


def _other(patient: Patient, payer: Patient) -> str:
    return "" if patient.pk == payer.pk else name_in_text(patient.full_name)


def _columns() -> list[str]:
    return [str(DESCRIPTION), _("Quantity"), _("Price"), _("Tax"), _("Amount")]


def _line(line: InvoiceLine | PlanItem, currency: str) -> list[str]:
    price = line.fee if isinstance(line, PlanItem) else line.unit_price
    return [
        paper.discounted(str(line), line.discount),
        paper.number(Decimal(line.quantity)),
        money(price, currency),
        _tax(line),
        money(line.amounts.total, currency),
    ]


def _tax(line: InvoiceLine | PlanItem) -> str:
    """Return what a line says of its tax."""
    return " + ".join(paper.rate(tax.rate) for tax in line.priced.taxes) or "–"


def _sums(
    lines: Iterable[InvoiceLine | PlanItem], untaxed: Decimal, tax: Decimal, total: Decimal, currency: str
) -> list[list[str]]:
    """Return the totals, with the tax by rate where there are several; the whole tax where its parts do not add up."""
    by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in lines:
        # What each of several taxes on a line comes to is not kept, and shows as one sum.
        if len(taxes := line.priced.taxes) == 1:
            by_rate[taxes[0].rate] += line.amounts.tax
    parts = [(_("Tax"), tax)]
    if by_rate and sum(by_rate.values()) == tax:
        named = pgettext("tax and its rate", "Tax %(rate)s")
        parts = [(named % {"rate": paper.rate(rate)}, by_rate[rate]) for rate in sorted(by_rate)]
    sums = [(_("Without tax"), untaxed), *parts, (_("Total"), total)]
    return [[label, money(amount, currency)] for label, amount in sums]


def receipt_says(payment: Payment) -> Paper:
    """Return what the receipt of a payment says: what it paid, and what is left. Money paid back has one as well."""
    allocations = payment.allocations.select_related("invoice__patient", "invoice__branch", "invoice__standing")
    title = _("Refund") if payment.is_refund else _("Receipt")
    amount = money(payment.amount, payment.currency)
    sums = [[_("Paid back") if payment.is_refund else pgettext("receipt", "Received"), amount]]
    if payment.credit:
        sums.insert(0, [_("Kept as credit"), money(payment.credit, payment.currency)])
    columns = [_("Credit note"), _("Total"), _("Paid back now"), _("Credit left")]
    if not payment.is_refund:
        columns = [_("For invoice"), _("Total"), _("Paid now"), _("Still to pay")]
    rows = [_paid(allocation, payment) for allocation in allocations.order_by("invoice__number")]
    return Paper(
        branch=payment.branch,
        title=title,
        name=f"{title} {payment.received_on:%Y-%m-%d}",
        party_label=_("Paid back to") if payment.is_refund else _("Received from"),
        party=payment.payer,
        facts=facts(
            (pgettext("date", "On"), paper.day(payment.received_on)),
            (pgettext("means of payment", "By"), payment.get_method_display()),
        ),
        tables=[Table(columns, rows)] if rows else [],
        sums=sums,
    )


def _paid(allocation: Allocation, payment: Payment) -> list[str]:
    invoice = allocation.invoice
    what = plain(str(invoice))
    if patient := _other(invoice.patient, payment.payer):
        what = pgettext("invoice and its patient", "%(number)s, %(name)s") % {"number": what, "name": patient}
    amounts = (invoice.total, allocation.amount, invoice.balance)
    return [what, *(money(amount, payment.currency) for amount in amounts)]


def statement_says(payer: Patient, branch: Branch, first: date, last: date) -> Paper:
    """Return what a statement says: each invoice and payment of the period, and what is open today, by age."""
    title = pgettext("document", "Statement of account")
    accounts = statement(payer, branch, first, last)
    return Paper(
        branch=branch,
        title=title,
        name=f"{title} {first:%Y-%m-%d} {last:%Y-%m-%d}",
        party_label=_("Payer"),
        party=payer,
        facts=facts((_("From"), paper.day(first)), (pgettext("period", "Until"), paper.day(last))),
        tables=[table for account in accounts for table in (_ledger(account, first, last), *_aging(account, branch))],
    )


def _ledger(account: Account, first: date, last: date) -> Table:
    opening = [_("Opening balance"), paper.day(first), "", "", money(account.opening, account.currency)]
    closing = [_("Closing balance"), paper.day(last), "", "", money(account.closing, account.currency)]
    rows = [_entry(entry, account.currency) for entry in account.entries]
    columns = [
        str(DESCRIPTION),
        _("Date"),
        pgettext("statement", "Invoiced"),
        pgettext("statement", "Paid"),
        _("Balance"),
    ]
    return Table(columns, [opening, *rows, closing])


def _entry(entry: Entry, currency: str) -> list[str]:
    amount, balance = money(abs(entry.amount), currency), money(entry.balance, currency)
    what = entry.of.get_method_display() if isinstance(entry.of, Payment) else plain(str(entry.of))
    if isinstance(entry.of, Payment) and entry.of.is_refund:
        what = pgettext("money and the means of payment", "Paid back: %(method)s") % {"method": what}
    if isinstance(entry.of, BookCredit) or (isinstance(entry.of, Invoice) and entry.of.is_credit_note):
        what = _("Credit note %(number)s") % {"number": what}
    return [what, paper.day(entry.day), *(("", amount) if entry.amount < 0 else (amount, "")), balance]


def _aging(account: Account, branch: Branch) -> list[Table]:
    """Return how old is what is open, if anything is."""
    if not any(account.ages):
        return []
    heading = _("Open on %(day)s, by days past due") % {"day": paper.day(branch.today())}
    spans = [plain(f"{lower + 1}–{upper}") for lower, upper in pairwise(AGES)]
    older = ngettext("More than %(days)s day", "More than %(days)s days", AGES[-1]) % {"days": AGES[-1]}
    amounts = [money(amount, account.currency) for amount in account.ages]
    return [Table([_("Not due yet"), *spans, older], [amounts], heading)]


def estimate_says(plan: TreatmentPlan) -> Paper:
    """Return what an estimate says: the plan's phases, what they would cost, and where to sign or who accepted."""
    phases = list(plan.phases.prefetch_related("items__procedure"))
    items = {phase: [item.within(plan) for item in phase.items.all()] for phase in phases}
    every = [item for of_phase in items.values() for item in of_phase]
    zone, amounts = plan.branch.zone, plan.amounts
    asked = timezone.localtime(plan.proposed_at, zone).date() if plan.proposed_at else None
    accepted = timezone.localtime(plan.accepted_at, zone) if plan.accepted_at else None
    valid = asked + timedelta(days=VALID_DAYS) if asked and not accepted else None
    notes = [_("The fees may change if something else is found during treatment.")]
    if accepted:
        words = {"name": name_in_text(plan.accepted_by), "day": paper.day(accepted), "time": f"{accepted:%H:%M}"}
        notes.append(_("Accepted by %(name)s on %(day)s at %(time)s.") % words)
    return Paper(
        branch=plan.branch,
        title=_("Estimate"),
        name=_("Estimate"),
        party_label=_("Payer"),
        party=plan.payer,
        facts=facts(
            (pgettext("date of an estimate", "Drawn up"), _day(asked)),
            (_("Valid until"), _day(valid)),
            (_("Patient"), _other(plan.patient, plan.payer)),
            (_("Practitioner"), name_in_text(str(plan.practitioner))),
        ),
        tables=[
            Table(_columns(), [_line(item, plan.currency) for item in items[phase]], name_in_text(phase.name))
            for phase in phases
            if items[phase]
        ],
        sums=_sums(every, amounts.untaxed, amounts.tax, amounts.total, plan.currency),
        notes=notes,
        to_sign=[] if accepted else [_("Name"), _("Date"), pgettext("on paper", "Signature")],
        signature=as_svg(plan.signature, INK) if accepted and plan.signature else "",
    )
