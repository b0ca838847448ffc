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
from clinic.practice.models import Branch, Notation, Procedure
from clinic.staff.models import Practitioner
from clinic.treatments import teeth
from clinic.treatments.models import ClinicalNote, TreatmentPlan
from clinic.treatments.signatures import refuse_other_than_strokes


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
        example = gettext("e.g. Crown on %(tooth)s") % {"tooth": teeth.written("36", branch.notation)}
        self.fields["name"].widget.attrs |= {"placeholder": example, "autofocus": True}
        self.fields["practitioner"].queryset = Practitioner.objects.filter(is_active=True, branches=branch)
        self.fields["practitioner"].empty_label = None


class OnTooth(Styled, forms.Form):
    """A procedure of the fee schedule, and the tooth and surfaces it is done on, typed in a branch's notation."""

    procedure = forms.ModelChoiceField(
        Procedure.objects.none(), label=_("Procedure"), empty_label=_("Choose a procedure")
    )
    tooth = forms.CharField(label=_("Tooth"), required=False)
    surfaces = forms.CharField(label=_("Surfaces"), required=False)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=99, initial=1)

    def __init__(self, *args: Any, currency: str, notation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notation = notation
        # A phone shows digits, except where milk teeth are letters.
        digits = {"inputmode": "numeric"} if notation == Notation.FDI else {"autocapitalize": "characters"}
        example = gettext("e.g. %(tooth)s") % {"tooth": teeth.written("36", notation)}
        self.fields["tooth"].widget.attrs |= digits | {"placeholder": example, "maxlength": 4, "autocomplete": "off"}
        letters = {"placeholder": _("e.g. MOD"), "autocapitalize": "characters", "maxlength": 12, "autocomplete": "off"}
        self.fields["surfaces"].widget.attrs |= letters
        offer_procedures(self.fields["procedure"], currency)

    def clean_tooth(self) -> str:
        """Return the tooth as it is kept, in FDI notation, or nothing."""
        typed = self.cleaned_data["tooth"]
        return teeth.parse(typed, self.notation) if typed else ""

    def clean_surfaces(self) -> str:
        """Return the surfaces in their order. Those of a tooth that was refused cannot be judged yet."""
        typed, tooth = self.cleaned_data["surfaces"], self.cleaned_data.get("tooth")
        if not typed or tooth is None:
            return typed
        if not tooth:
            raise forms.ValidationError(_("Say which tooth these surfaces are of."))
        return teeth.parse_surfaces(typed, tooth)


class ItemForm(OnTooth):
    """A procedure of the fee schedule for a phase; the fee is the schedule's unless another is given."""

    fee = forms.DecimalField(label=_("Fee"), min_value=0, max_digits=12, decimal_places=2, required=False)
    discount = forms.DecimalField(
        label=_("Discount %"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fee"].widget.attrs["placeholder"] = _("As listed")


class NameForm(Styled, forms.Form):
    """Who somebody is, or what a phase is called."""

    name = forms.CharField(label=_("Name"), max_length=60)


class AcceptForm(NameForm):
    """Who accepted a plan, and their signature if they drew one."""

    signature = forms.CharField(required=False, validators=[refuse_other_than_strokes], widget=forms.HiddenInput)


class ReasonForm(Styled, forms.Form):
    """Why a plan is declined, if somebody said so."""

    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)
