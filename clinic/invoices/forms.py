"""The forms of checking out: what was done, and the money for it."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from django import forms

from clinic.forms import Styled
from clinic.invoices.models import Invoice, Payment
from clinic.invoices.totals import minor_unit
from clinic.practice.models import Procedure
from clinic.treatments.models import fdi_tooth


class TreatmentForm(Styled, forms.Form):
    """A procedure of the fee schedule that was done in a visit."""

    form_uid = forms.UUIDField(widget=forms.HiddenInput)
    procedure = forms.ModelChoiceField(Procedure.objects.none(), empty_label="Choose a procedure")
    tooth = forms.CharField(max_length=2, required=False, validators=[fdi_tooth])
    quantity = forms.IntegerField(min_value=1, max_value=99, initial=1)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form_uid"].initial = uuid.uuid4()
        self.fields["tooth"].widget.attrs |= {"inputmode": "numeric", "placeholder": "e.g. 36"}
        procedures = Procedure.objects.filter(is_active=True, currency=currency).order_by("category", "code")
        self.fields["procedure"].queryset = procedures
        by_category = groupby(procedures, lambda procedure: procedure.category or "Other")
        self.fields["procedure"].choices = [
            ("", "Choose a procedure"),
            *((category, [(one.pk, str(one)) for one in group]) for category, group in by_category),
        ]


class PaymentForm(Styled, forms.Form):
    """Money for one invoice. `uid` is the one that the payment will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.DecimalField(max_digits=14, decimal_places=3)
    method = forms.ChoiceField(choices=Payment.Method.choices, widget=forms.RadioSelect, initial=Payment.Method.CARD)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = uuid.uuid4()
        self.fields["amount"].initial = invoice.balance
        unit = minor_unit(invoice.currency)
        self.fields["amount"].widget.attrs |= {"step": str(unit), "min": str(unit), "max": str(invoice.balance)}
