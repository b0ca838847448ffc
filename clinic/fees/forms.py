"""The forms of the fee schedule."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import Several, Styled
from clinic.invoices.forms import MoneyField
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at
from clinic.practice.models import Branch, Procedure, Tax
from clinic.practice.taxes import refuse_unworkable
from clinic.totals import round_money
from clinic.treatments.models import PriceList

HIGHEST_DIGITS = 12
"""As many digits as a fee's column holds, those after the point among them."""


def fee_field(currency: str) -> MoneyField:
    """Return the field of a fee in a currency: not negative, and no finer than its minor unit."""
    return MoneyField(label=_("Fee"), currency=currency, min_value=0, max_digits=HIGHEST_DIGITS)


class PriceListForm(Styled, forms.ModelForm):
    """What a price list is called."""

    class Meta:
        model = PriceList
        fields = ["name"]
        labels = {"name": _("Name")}


class PayerForm(forms.Form):
    """Somebody who is to pay by a price list."""

    payer = forms.ModelChoiceField(
        Patient.objects.none(),
        error_messages={"required": _("Choose who pays."), "invalid_choice": _("Choose who pays.")},
    )

    def __init__(self, *args: Any, branches: Iterable[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = patients_at(branches)


class ListedFeeForm(Styled, forms.Form):
    """What a procedure costs by a price list; nothing: it is not on it."""

    def __init__(self, *args: Any, currency: str, fee: Decimal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fee"] = fee_field(currency)
        self.fields["fee"].required = False
        self.fields["fee"].initial = None if fee is None else round_money(fee, currency)
        self.fields["fee"].help_text = _("Leave it empty for a procedure that costs what it costs everybody.")
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "form-control num", "autofocus": True}
        self.fields["fee"].widget.attrs |= attrs


class ProcedureForm(Styled, forms.ModelForm):
    """An entry of the fee schedule. What was done at the fee before keeps that fee."""

    class Meta:
        model = Procedure
        fields = ["code", "name", "category", "fee", "taxes", "is_active"]
        labels = {"is_active": _("Offered at the desk"), "taxes": _("Taxes")}
        widgets = {"taxes": forms.CheckboxSelectMultiple}
        field_classes = {"taxes": Several}

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.currency = currency
        self.fields["fee"] = fee_field(currency)
        self.fields["fee"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control num"}
        self.fields["code"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}
        self.fields["category"].widget.attrs |= {"list": "categories", "autocomplete": "off"}
        self.fields["code" if self.instance.pk is None else "fee"].widget.attrs["autofocus"] = True

    def clean_taxes(self) -> Iterable[Tax]:
        """Return the taxes that were ticked. Raises ValidationError for those that cannot be computed together."""
        refuse_unworkable(self.cleaned_data["taxes"])
        return self.cleaned_data["taxes"]
