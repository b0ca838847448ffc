"""Invoices and credit notes, their lines, the money for them, and what the books say.

A credit note takes back an invoice, or a part of it: it is an `Invoice` of its own kind, with amounts that are not
negative, as in Odoo. Money that is paid back is a `Payment` that goes out. What a credit note or a payment is not
needed for stays the payer's credit, until it is used for another invoice or paid back.

An issued invoice never changes. How much of it is still owed follows from the payments taken here and from what the
books (Odoo) were last seen to say, which is kept in rows of their own: `Standing`, and `BookCredit` for
what was credited there.
"""

from clinic.invoices.models.booked import BookCredit
from clinic.invoices.models.documents import (
    MONEY,
    STATE_WORDS,
    Invoice,
    InvoiceDocument,
    InvoiceLine,
    InvoiceQuerySet,
    Kind,
    NumberSeries,
    Standing,
)
from clinic.invoices.models.payments import Allocation, CreditUse, Payment

__all__ = [
    "MONEY",
    "STATE_WORDS",
    "Allocation",
    "BookCredit",
    "CreditUse",
    "Invoice",
    "InvoiceDocument",
    "InvoiceLine",
    "InvoiceQuerySet",
    "Kind",
    "NumberSeries",
    "Payment",
    "Standing",
]
