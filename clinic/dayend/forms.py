"""The forms of the day-end: what was counted, and what turned out later."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.dayend.actions import Count
from clinic.dayend.denominations import coins_and_notes
from clinic.forms import Styled
from clinic.invoices.forms import MoneyField


class CountForm(Styled, forms.Form):
    """What is in the till: by coins and notes, or in one sum. `uid` is the one that the closing will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    note = forms.CharField(label=_("Why it differs"), max_length=200, required=False)

    def __init__(self, *args: Any, currency: str, opening_float: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values = coins_and_notes(currency)
        kept = {"currency": currency, "min_value": Decimal(0)}
        self.fields["opening_float"] = MoneyField(label=_("In the till this morning"), **kept)
        self.fields["counted"] = MoneyField(label=_("Cash counted, in one sum"), required=False, **kept)
        self.fields["left"] = MoneyField(label=_("Stays in the till"), **kept)
        for name in ("opening_float", "left"):
            places = self.fields[name].places
            self.fields[name].initial = f"{opening_float:.{places}f}"
        for name in ("opening_float", "counted", "left"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control"}
        for value in self.values:
            number = forms.IntegerField(label=str(value), min_value=0, max_value=99_999, required=False)
            number.widget.attrs |= {"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}
            self.fields[_field_of(value)] = number

    @property
    def pieces(self) -> list[tuple[Decimal, forms.BoundField]]:
        """Each coin and note by its value, with the field for how many there are."""
        return [(value, self[_field_of(value)]) for value in self.values]

    @property
    def was_counted_by_pieces(self) -> bool:
        return any(field.value() for _value, field in self.pieces)

    def clean(self) -> dict[str, Any]:
        """Add up the pieces; a sum that was given beside them has to agree."""
        data = super().clean()
        numbers = {str(value): data.get(_field_of(value)) or 0 for value in self.values}
        data["denominations"] = {value: number for value, number in numbers.items() if number}
        by_pieces = sum((Decimal(value) * number for value, number in numbers.items()), Decimal(0))
        given = data.get("counted")
        if self.was_counted_by_pieces:
            if given is not None and given != by_pieces:
                self.add_error("counted", _("The coins and notes come to another sum. Leave one of the two empty."))
            data["counted"] = by_pieces
        elif given is None and "counted" not in self.errors:
            self.add_error("counted", _("Count the cash: by coins and notes, or in one sum."))
        return data

    @property
    def count(self) -> Count:
        """What was counted, of a form that is valid."""
        names = ("opening_float", "counted", "left", "denominations", "note")
        return Count(**{name: self.cleaned_data[name] for name in names})


def _field_of(value: Decimal) -> str:
    return f"pieces_{str(value).replace('.', '_')}"


class CorrectionForm(Styled, forms.Form):
    """By how much the count of a closed day is corrected, and why."""

    uid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(
            label=_("Amount"), currency=currency, help_text=_("With a minus for cash that was missing.")
        )
        self.fields["amount"].widget.attrs |= {"autocomplete": "off", "class": "form-control"}
        self.order_fields(["uid", "amount", "reason"])
