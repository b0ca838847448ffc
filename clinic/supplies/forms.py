"""The form of a supply."""

from __future__ import annotations

from django import forms

from clinic.forms import Styled
from clinic.supplies.models import Supply


class LowForm(Styled, forms.ModelForm):
    """Below which quantity a supply is low; nothing, if it never is."""

    class Meta:
        model = Supply
        fields = ["low_below"]
