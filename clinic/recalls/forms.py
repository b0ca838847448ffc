"""What came of a call."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import Styled, date_input
from clinic.recalls.models import Attempt

BY_HAND = [choice for choice in Attempt.Outcome.choices if choice[0] != Attempt.Outcome.BOOKED]


class AttemptForm(Styled, forms.ModelForm):
    """Outcome, the day that goes with it, a note. A booking is noted by itself."""

    outcome = forms.ChoiceField(label=_("What came of it"), choices=BY_HAND)

    class Meta:
        model = Attempt
        fields = ["outcome", "on", "note"]
        labels = {"on": _("Day"), "note": _("Note")}
        widgets = {"on": date_input()}

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("outcome") in {Attempt.Outcome.CALL_BACK, Attempt.Outcome.DECLINED} and "on" not in self.errors:
            if not data.get("on"):
                self.add_error("on", _("Say on which day to call again, or until when they decline."))
            elif data["on"] <= self.today:
                self.add_error("on", _("Choose a day to come."))
        return data
