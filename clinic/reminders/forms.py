"""What a branch sends."""

from __future__ import annotations

from typing import Any

from django import forms

from clinic.forms import Styled, time_input
from clinic.reminders.models import Plan, validate_days


class PlanForm(Styled, forms.ModelForm):
    class Meta:
        model = Plan
        fields = [
            "is_on",
            "after_booking",
            "days_before",
            "quiet_from",
            "quiet_until",
            "texts_for_phone",
            "cancelling",
        ]
        widgets = {
            "quiet_from": time_input(),
            "quiet_until": time_input(),
            # From left to right in every language: a browser would turn "7, 1" round.
            "days_before": forms.TextInput(attrs={"dir": "ltr"}),
        }

    def clean_days_before(self) -> Any:
        text = self.cleaned_data["days_before"]
        validate_days(text)
        return ", ".join(str(day) for day in Plan(days_before=text).days)
