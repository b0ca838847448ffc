"""The form of somebody who waits, and the gap that an address or a form names."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clinic.appointments.forms import VisitTypeSelect
from clinic.appointments.models import MOVABLE, Appointment
from clinic.forms import Several, Styled, date_input, read_number, time_input
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at
from clinic.practice.models import AppointmentType, Branch, Chair
from clinic.staff.models import Practitioner
from clinic.waiting.models import EVERY_DAY, NOON, Entry, Part
from clinic.waiting.queries import Gap


class EntryForm(Styled, forms.ModelForm):
    """Whom to call when a time becomes free, and what they would like. Nothing chosen means anything will do."""

    uid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    patient = forms.ModelChoiceField(Patient.objects.none(), widget=forms.HiddenInput)
    days = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=list(WEEKDAYS_ABBR.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Entry
        fields = [
            "patient",
            "appointment_type",
            "minutes",
            "practitioners",
            "part",
            "not_before",
            "not_after",
            "earliest",
            "latest",
            "urgency",
            "instead_of",
            "note",
        ]
        field_classes = {"practitioners": Several}
        labels = {
            "not_before": _("Certain hours: from"),
            "not_after": _("Certain hours: until"),
            "earliest": _("First day that suits"),
            "latest": _("Last day that suits"),
        }
        widgets = {
            "appointment_type": VisitTypeSelect,
            "practitioners": forms.CheckboxSelectMultiple,
            "minutes": forms.NumberInput(attrs={"step": 5}),
            "not_before": time_input(),
            "not_after": time_input(),
            "earliest": date_input(),
            "latest": date_input(),
        }

    def __init__(self, *args: Any, branch: Branch, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branch = branch
        self.fields["uid"].initial = uuid.uuid4()
        self.fields["patient"].queryset = patients_at(branches).with_alerts()
        self.fields["appointment_type"].queryset = AppointmentType.objects.filter(is_active=True)
        self.fields["appointment_type"].empty_label = None
        self.fields["appointment_type"].widget.attrs["data-reslot"] = "appointment_type"
        self.fields["minutes"].required = False
        here = Practitioner.objects.filter(is_active=True, branches=branch)
        self.fields["practitioners"].queryset = here
        self.fields["instead_of"].empty_label = _("No, it is one more visit")
        self.fields["instead_of"].queryset = self._movable()
        self.fields["instead_of"].label_from_instance = _in_words
        if self.instance.pk:
            self.fields["days"].initial = [day for day in WEEKDAYS_ABBR if self.instance.suits_weekday(day)]

    def _movable(self) -> Any:
        """The visits of the patient that could be moved forward."""
        patient = read_number(self["patient"].value())
        found = Appointment.objects.at(self.branch).filter(patient=patient, status__in=MOVABLE)
        return found.select_related("appointment_type", "chair__branch")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = data.get("appointment_type")
        if kind and not data.get("minutes") and "minutes" not in self.errors:
            data["minutes"] = kind.minutes
        if data.get("earliest") and data.get("latest") and data["latest"] < data["earliest"]:
            self.add_error("latest", _("This is before the first day that would do."))
        self._settle_hours(data)
        return data

    def _settle_hours(self, data: dict[str, Any]) -> None:
        part = data.get("part")
        if part != Part.HOURS:
            data["not_before"] = NOON if part == Part.AFTERNOON else None
            data["not_after"] = NOON if part == Part.MORNING else None
        elif not data.get("not_before") and not data.get("not_after"):
            self.add_error("not_before", _("Say from when, or until when."))
        elif data.get("not_before") and data.get("not_after") and data["not_after"] <= data["not_before"]:
            self.add_error("not_after", _("This is before the time it begins."))

    def save(self, commit: bool = True) -> Entry:
        days = self.cleaned_data["days"]
        self.instance.weekdays = sum(1 << day for day in set(days)) or EVERY_DAY
        return super().save(commit)


def _in_words(visit: Appointment) -> str:
    when = date_format(visit.local_start, "D j M H:i")
    return _("%(what)s, %(when)s") % {"what": visit.appointment_type, "when": when}


class GapForm(forms.Form):
    """A gap as an address or a form names it: moments in ISO 8601 with their offset."""

    start = forms.DateTimeField()
    end = forms.DateTimeField()
    practitioner = forms.ModelChoiceField(Practitioner.objects.filter(is_active=True))
    chair = forms.ModelChoiceField(Chair.objects.none())

    def __init__(self, *args: Any, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chairs = Chair.objects.filter(branch__in=branches, is_active=True)
        self.fields["chair"].queryset = chairs.select_related("branch")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("start") and data.get("end") and data["end"] <= data["start"]:
            self.add_error("end", _("A time cannot end before it begins."))
        return data

    def gap(self) -> Gap:
        return Gap(**{name: self.cleaned_data[name] for name in ("start", "end", "practitioner", "chair")})
