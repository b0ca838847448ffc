"""Invoices as PDF files: what they say."""

from __future__ import annotations

import json
from typing import Any

from django.utils import translation
from django.utils.formats import date_format

from clinic.invoices import typeset
from clinic.invoices.models import Invoice, InvoiceLine
from clinic.invoices.templatetags.money import money
from clinic.patients.models import Patient
from clinic.practice.models import Branch


def of_invoice(invoice: Invoice) -> bytes:
    """Return an invoice as a PDF. The same invoice gives the same bytes."""
    with translation.override("en"):
        return typeset.compiled(json.dumps(_content(invoice)))


def _content(invoice: Invoice) -> dict[str, Any]:
    """Return what the template sets: text and nothing else, so that no name can be taken for markup."""
    lines = list(invoice.lines.all())
    for line in lines:
        line.invoice = invoice
    sums = [("Without tax", invoice.untaxed), ("Tax", invoice.tax), ("Total", invoice.total)]
    return {
        "branch": str(invoice.branch),
        "sender": _lines_of(_address(invoice.branch), str(invoice.branch.phone), invoice.branch.email),
        "title": "Invoice" if invoice.is_issued else "Draft invoice",
        "payer": [invoice.payer.full_name, *_lines_of(_address(invoice.payer))],
        "facts": _facts(invoice),
        "lines": [_line(line, invoice.currency) for line in lines],
        "sums": [[label, money(amount, invoice.currency)] for label, amount in sums],
    }


def _facts(invoice: Invoice) -> list[list[str]]:
    found = [["Number", str(invoice)]] if invoice.is_issued else []
    for label, day in (("Issued", invoice.issued_on), ("To be paid by", invoice.due_on)):
        if day:
            found.append([label, date_format(day, "j F Y")])
    if invoice.patient_id != invoice.payer_id:
        found.append(["Patient", invoice.patient.full_name])
    return found


def _line(line: InvoiceLine, currency: str) -> list[str]:
    what = f"{line.description}, {_number(line.discount)} % off" if line.discount else line.description
    tax = " + ".join(f"{_number(rate)} %" for rate in line.tax_rates) or "–"
    return [
        what,
        _number(line.quantity),
        money(line.unit_price, currency),
        tax,
        money(line.amounts.total, currency),
    ]


def _number(value: Any) -> str:
    return f"{value.normalize():f}"


def _address(of: Branch | Patient) -> list[str]:
    second = getattr(of, "street2", "")
    return [of.street, second, f"{of.postcode} {of.city}".strip(), of.country.name if of.country else ""]


def _lines_of(address: list[str], *more: str) -> list[str]:
    return [text for text in (*address, *more) if text]
