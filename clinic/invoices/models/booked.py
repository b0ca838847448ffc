"""What the books did by themselves with invoices, as far as it is known here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from clinic.invoices.models.documents import MONEY, Invoice


class BookCredit(models.Model):
    """What a credit note that was made in the books takes back of an invoice. It comes and goes as the books say."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="book_credits")
    number = models.CharField(max_length=64)
    issued_on = models.DateField()
    amount = models.DecimalField(**MONEY)

    class Meta:
        ordering = ["issued_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="one_credit_per_invoice_and_number_in_books"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="credit_in_books_is_positive"),
        ]

    def __str__(self) -> str:
        return self.number
