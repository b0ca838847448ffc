"""The form of a patient's record."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.forms import Styled, date_input
from clinic.overtaken import NothingOverwritten
from clinic.patients.columns import FIELDS
from clinic.patients.imports import Import
from clinic.patients.models import Alert, Kinship, Patient
from clinic.patients.queries import patients_at
from clinic.practice.models import Branch
from clinic.staff.models import User

NOT_A_PHONE = _(
    "This is not a phone number. Write it as it is dialled here, like 087 123 4567, "
    "or with its country code, like +353 87 123 4567."
)


class PatientForm(NothingOverwritten, Styled, forms.ModelForm):
    """Everything about a patient that the person at the desk may see."""

    uid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    alerts = forms.CharField(
        label=_("Alerts"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One a line, like “Penicillin allergy”. They stay in the clinic and show wherever the patient does."
        ),
    )

    class Meta:
        model = Patient
        fields = [
            "family_name",
            "given_name",
            "date_of_birth",
            "mobile",
            "phone",
            "email",
            "contact_by",
            "language",
            "street",
            "street2",
            "postcode",
            "city",
            "country",
            "branch",
            "usual_practitioner",
            "payer",
            "clinical_notes",
            "is_active",
        ]
        widgets = {
            "date_of_birth": date_input(),
            "payer": forms.HiddenInput(attrs={"data-picker-value": True}),
            "clinical_notes": forms.Textarea(attrs={"rows": 4}),
        }
        labels = {"contact_by": _("Reach them by"), "is_active": _("Active patient"), "payer": _("Invoices go to")}
        help_texts = {"clinical_notes": _("These never leave the clinic.")}

    def __init__(self, *args: Any, branches: list[Branch], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = self.instance.uid if self.instance.pk else uuid.uuid4()
        at = {branch.pk for branch in branches} | {self.instance.branch_id}
        for name, field in self.fields.items():
            if name in {"mobile", "phone"}:
                field.region = branches[0].country.code or None
                field.error_messages["invalid"] = NOT_A_PHONE
                field.widget.region = field.region
                field.widget.input_type = "tel"
        self.fields["branch"].queryset = self.fields["branch"].queryset.filter(pk__in=at)
        practitioner = self.fields["usual_practitioner"]
        practitioner.queryset = practitioner.queryset.filter(is_active=True, branches__in=at).distinct()
        practitioner.empty_label, self.fields["branch"].empty_label = _("Anybody"), None
        # The payer is picked by searching: the whole list is never rendered.
        self.fields["payer"].queryset = patients_at(branches) | Patient.objects.filter(pk=self.instance.payer_id)
        self.fields["is_active"].help_text = _("Patients who are not active are not found by searching.")
        if not self.instance.pk:
            del self.fields["is_active"]
            self.fields["branch"].initial = self.fields["branch"].initial or branches[0].pk
        if "alerts" not in user.abilities:
            del self.fields["alerts"]
        elif self.instance.pk:
            self.fields["alerts"].initial = "\n".join(alert.text for alert in self.instance.alerts.all())
        if "clinical" not in user.abilities:
            del self.fields["clinical_notes"]
        self.show_what_was_seen()

    def clean_date_of_birth(self) -> Any:
        born = self.cleaned_data["date_of_birth"]
        if born and born > timezone.localdate():
            raise forms.ValidationError(_("This date of birth is in the future."))
        return born

    def clean_payer(self) -> Patient | None:
        payer = self.cleaned_data["payer"]
        if payer and payer.pk == self.instance.pk:
            raise forms.ValidationError(_("A patient who pays for themselves needs no payer. Leave this empty."))
        return payer

    def clean_alerts(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["alerts"].splitlines() if line.strip()]
        longest = Alert._meta.get_field("text").max_length
        if any(len(line) > longest for line in lines):
            raise forms.ValidationError(
                _("An alert has at most %(most)s characters. Put details in the notes.") % {"most": longest}
            )
        return lines

    def wanted(self) -> Patient:
        """Return the patient as the form wants them, not saved yet."""
        patient = self.save(commit=False)
        if not patient.pk and self.cleaned_data["uid"]:
            patient.uid = self.cleaned_data["uid"]
        return patient


class KinForm(Styled, forms.Form):
    """Somebody of a patient's family, and what they are to the patient."""

    other = forms.ModelChoiceField(Patient.objects.none(), widget=forms.HiddenInput, label=_("Who"))
    kind = forms.ChoiceField(label=_("They are the patient’s"), choices=Kinship.Kind.choices)
    pays = forms.BooleanField(label=_("The patient’s invoices go to them"), required=False)

    def __init__(self, *args: Any, patient: Patient, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = patients_at(branches).exclude(pk=patient.pk)
        self.fields["other"].error_messages["required"] = _("Search for somebody, and choose them from the list.")


class FileForm(Styled, forms.Form):
    """A file of patients."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("With headings in the first row. Nothing is imported before you have seen what would be."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        error_messages={"empty": _("This file is empty.")},
    )


class MappingForm(Styled, forms.Form):
    """For each thing that is known of a patient, the column that holds it."""

    def __init__(self, *args: Any, file: Import, **kwargs: Any) -> None:
        self.base_fields = {}
        super().__init__(*args, **kwargs)
        columns = [
            ("", _("Not in this file")),
            *((str(at), name or f"#{at + 1}") for at, name in enumerate(file.columns)),
        ]
        for name, label in FIELDS.items():
            initial = str(file.mapping.get(name, ""))
            self.fields[name] = forms.ChoiceField(label=label, choices=columns, required=False, initial=initial)
            self.fields[name].widget.attrs["class"] = "form-select"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("full_name") and not (data.get("family_name") and data.get("given_name")):
            self.add_error(None, _("Say which columns hold the surname and the first name, or which holds both."))
        return data

    def mapping(self) -> dict[str, int]:
        """Return the number of the column for each field that has one."""
        return {name: int(at) for name, at in self.cleaned_data.items() if at}
