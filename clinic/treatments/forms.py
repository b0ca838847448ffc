"""The forms of treatment plans."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.forms import Styled
from clinic.overtaken import NothingOverwritten
from clinic.practice.models import Branch, Procedure
from clinic.staff.models import Practitioner
from clinic.treatments.models import ClinicalNote, TreatmentPlan, fdi_tooth, surface_letters


def offer_procedures(field: forms.ModelChoiceField, currency: str) -> None:
    """Offer the fee schedule in a currency, by category."""
    procedures = Procedure.objects.filter(is_active=True, currency=currency).order_by("category", "code")
    field.queryset = procedures
    by_category = groupby(procedures, lambda procedure: procedure.category or gettext("Other"))
    field.choices = [
        ("", _("Choose a procedure")),
        *((category, [(one.pk, str(one)) for one in group]) for category, group in by_category),
    ]


class NoteForm(NothingOverwritten, Styled, forms.ModelForm):
    """What was found and done in a visit. Whoever else wrote meanwhile is not overwritten."""

    class Meta:
        model = ClinicalNote
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5, "dir": "auto"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].show_hidden_initial = True


class PlanForm(Styled, forms.ModelForm):
    """What a plan is called, and whose it is. `uid` is the one that it will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = TreatmentPlan
        fields = ["name", "practitioner"]
        labels = {"name": _("Name"), "practitioner": _("Practitioner")}

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = uuid.uuid4()
        self.fields["name"].widget.attrs |= {"placeholder": _("e.g. Crown on 36"), "autofocus": True}
        self.fields["practitioner"].queryset = Practitioner.objects.filter(is_active=True, branches=branch)
        self.fields["practitioner"].empty_label = None


class Surfaces(forms.CharField):
    """Letters of a tooth's surfaces, whichever case they are typed in."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).upper()


class ItemForm(Styled, forms.Form):
    """A procedure of the fee schedule for a phase; the fee is the schedule's unless another is given."""

    procedure = forms.ModelChoiceField(
        Procedure.objects.none(), label=_("Procedure"), empty_label=_("Choose a procedure")
    )
    tooth = forms.CharField(label=_("Tooth"), max_length=2, required=False, validators=[fdi_tooth])
    surfaces = Surfaces(label=_("Surfaces"), max_length=5, required=False, validators=[surface_letters])
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=99, initial=1)
    fee = forms.DecimalField(label=_("Fee"), min_value=0, max_digits=12, decimal_places=2, required=False)
    discount = forms.DecimalField(
        label=_("Discount %"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tooth"].widget.attrs |= {"inputmode": "numeric", "placeholder": "36"}
        self.fields["surfaces"].widget.attrs |= {"placeholder": _("e.g. MOD"), "autocapitalize": "characters"}
        self.fields["fee"].widget.attrs["placeholder"] = _("As listed")
        offer_procedures(self.fields["procedure"], currency)


class NameForm(Styled, forms.Form):
    """Who accepted, or what a phase is called."""

    name = forms.CharField(label=_("Name"), max_length=60)


class ReasonForm(Styled, forms.Form):
    """Why a plan is declined, if somebody said so."""

    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)
