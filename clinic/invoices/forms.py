"""The forms of checking out: what was done, and the money for it."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from typing import Any

from django import forms

from clinic.forms import Styled
from clinic.invoices.models import Invoice, Payment
from clinic.practice.models import Procedure
from clinic.totals import minor_unit, round_money
from clinic.treatments.forms import offer_procedures
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
        offer_procedures(self.fields["procedure"], currency)


class MoneyField(forms.DecimalField):
    """An amount in a currency, typed with a point or a comma before its decimals, and nothing else."""

    widget = forms.TextInput

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.places = -int(minor_unit(currency).as_tuple().exponent)
        kwargs.setdefault("max_digits", 14)
        super().__init__(decimal_places=self.places, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        decimals = rf"([.,][0-9]{{1,{self.places}}})?" if self.places else ""
        if text and not re.fullmatch(rf"-?[0-9]+{decimals}", text):
            example = f"with at most {self.places} decimals, like 1250.50" if self.places else "without decimals"
            raise forms.ValidationError(f"Write the amount in digits {example}.")
        return super().to_python(text.replace(",", "."))


class PaymentForm(Styled, forms.Form):
    """Money for one invoice. `uid` is the one that the payment will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(choices=Payment.Method.choices, widget=forms.RadioSelect, initial=Payment.Method.CARD)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = uuid.uuid4()
        owed = round_money(invoice.balance, invoice.currency)
        self.fields["amount"] = MoneyField(currency=invoice.currency, initial=owed)
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control"}
