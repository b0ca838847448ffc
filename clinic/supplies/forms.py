"""The form of a supply."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from clinic.forms import Styled
from clinic.supplies.models import Supply


class QuantityField(forms.DecimalField):
    """A quantity, typed with a point or a comma before its decimals, whatever the language."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:
        return super().to_python(str(value or "").strip().replace(",", "."))


class LowForm(Styled, forms.ModelForm):
    """Below which quantity a supply is low; nothing, if it never is."""

    class Meta:
        model = Supply
        fields = ["low_below"]
        field_classes = {"low_below": QuantityField}
