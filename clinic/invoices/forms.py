"""The forms of checking out: what was done, and the money for it."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clinic.forms import Styled
from clinic.invoices.models import Invoice, Payment
from clinic.practice.models import Branch
from clinic.totals import minor_unit, round_money
from clinic.treatments.forms import OnTooth


class TreatmentForm(OnTooth):
    """A procedure of the fee schedule that was done in a visit."""

    form_uid = forms.UUIDField(widget=forms.HiddenInput)
    discount = forms.DecimalField(
        label=_("Discount %"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, currency=branch.currency, notation=branch.notation, **kwargs)
        self.fields["form_uid"].initial = uuid.uuid4()


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
            if not self.places:
                raise forms.ValidationError(_("Write the amount in digits without decimals."))
            says = ngettext_lazy(
                "Write the amount in digits with at most %(places)s decimal, like 1250.5.",
                "Write the amount in digits with at most %(places)s decimals, like 1250.50.",
                self.places,
            )
            raise forms.ValidationError(says % {"places": self.places})
        return super().to_python(text.replace(",", "."))


class PaymentForm(Styled, forms.Form):
    """Money for one invoice. `uid` is the one that the payment will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("Method"), choices=Payment.Method.choices, widget=forms.RadioSelect, initial=Payment.Method.CARD
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = uuid.uuid4()
        owed = round_money(invoice.balance, invoice.currency)
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=invoice.currency, initial=owed)
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control"}
