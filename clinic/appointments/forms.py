"""The forms that put a visit into the day: booking and moving one."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIteratorValue
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from phonenumber_field.formfields import PhoneNumberField

from clinic.appointments.actions import AppointmentError, OutsideHours, SlotTaken
from clinic.appointments.models import Appointment
from clinic.appointments.queries import taken_chairs
from clinic.appointments.slots import FreeSlot, Wish, alternatives, read_slot, read_slots
from clinic.forms import PlainSelect, RecordField, Styled, date_input, time_input
from clinic.patients.forms import NOT_A_PHONE
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at
from clinic.practice.clock import FIRST_DAY, LAST_DAY, NoSuchTime, TwoSuchTimes, moment
from clinic.practice.models import Branch
from clinic.rota.queries import Rota
from clinic.rota.roster import Roster
from clinic.staff.models import User


class VisitTypeSelect(PlainSelect):
    """Tells the page how long a visit of each type takes."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if isinstance(value, ModelChoiceIteratorValue):
            option["attrs"]["data-minutes"] = value.instance.minutes
        return option


class SlotForm(Styled, forms.Form):
    """When, where and with whom; times are the branch's own.

    `fold`, `outside_hours` and `overbooked_because` answer questions that the form asks only when they arise.
    """

    practitioner = RecordField(label=_lazy("Practitioner"))
    day = forms.DateField(label=_lazy("Date"), widget=date_input())
    at = forms.TimeField(label=_lazy("Time"), widget=time_input())
    minutes = forms.IntegerField(
        label=_lazy("Minutes"),
        min_value=5,
        max_value=12 * 60,
        required=False,
        widget=forms.NumberInput(attrs={"step": 5}),
    )
    chair = RecordField(label=_lazy("Chair"), required=False, empty_label=_lazy("Any free chair"))
    fold = forms.TypedChoiceField(
        label=_lazy("Which of the two?"),
        choices=[
            ("", _lazy("Choose")),
            ("0", _lazy("The first, before the clocks go back")),
            ("1", _lazy("The second, after it")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
    )
    outside_hours = forms.BooleanField(label=_lazy("Book it although it is outside of these hours"), required=False)
    overbooked_because = forms.CharField(
        label=_lazy("Reason to double book"),
        max_length=120,
        required=False,
        help_text=_lazy("Kept with the visit, with your name."),
    )

    def __init__(
        self, data: Any = None, *, branch: Branch, user: User, moving: Appointment | None = None, **kwargs: Any
    ):
        self.branch, self.moving = branch, moving
        data = _with_slot(data, branch) if data else data
        # Other times, where the one that was wanted is taken.
        self.instead: list[FreeSlot] = []
        # What the form has to ask before it can go on: "fold", "outside_hours", "overbooked_because".
        self.asks: set[str] = set()
        self.roster = Roster.of(branch)
        self.chairs = self.roster.chairs(branch)
        super().__init__(data, **kwargs)
        self.fields["practitioner"].offer(self.roster.practitioners())
        self.fields["chair"].offer(self.chairs, label=lambda chair: chair.name)
        # A change of any of these asks the server which chairs are free then.
        for name in ("day", "at", "minutes", "practitioner", "appointment_type"):
            if name in self.fields:
                self.fields[name].widget.attrs["data-reslot"] = name
        if "overbook" not in user.abilities:
            del self.fields["overbooked_because"]

    def duration(self) -> timedelta:
        """Return how long the visit is to last: as typed, or else as long as it usually does."""
        minutes = self.cleaned_data.get("minutes")
        return timedelta(minutes=minutes) if minutes else self.usual_duration()

    def usual_duration(self) -> timedelta:
        return timedelta(minutes=30)

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(_("Check the year of this date."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not {"day", "at"} <= data.keys():
            return data
        try:
            start = moment(self.branch.zone, data["day"], data["at"], data.get("fold"))
        except NoSuchTime as error:
            self.add_error("at", str(error))
            return data
        except TwoSuchTimes as error:
            self.asks.add("fold")
            self.add_error("fold", str(error))
            return data
        data["starts_at"], data["ends_at"] = start, start + self.duration()
        rota = Rota.of(self.branch, *(self._day_of(data[name]) for name in ("starts_at", "ends_at")))
        if not data.get("chair") and "chair" not in self.errors:
            self._choose_chair(data, rota)
        self._check_hours(data, rota)
        return data

    def _day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.branch.zone).date()

    def _check_hours(self, data: dict[str, Any], rota: Rota) -> None:
        if not data.get("practitioner"):
            return
        why = rota.why_not(data["practitioner"], data.get("chair"), data["starts_at"], data["ends_at"])
        if not why:
            return
        self.asks.add("outside_hours")
        if not data.get("outside_hours"):
            self.add_error(None, _outside(why))

    def _choose_chair(self, data: dict[str, Any], rota: Rota) -> None:
        times = data["starts_at"], data["ends_at"]
        taken = taken_chairs(self.branch, *times, but=self.moving)
        # A visit that is moved stays in its chair where it can.
        mine = self.moving.chair_id if self.moving else None
        fitting = sorted(self.chairs, key=lambda chair: (rota.fit(chair.pk, *times), chair.pk != mine))
        free = [chair for chair in fitting if chair.pk not in taken]
        if free:
            data["chair"] = free[0]
        elif data.get("overbooked_because") and fitting:
            data["chair"] = fitting[0]
        else:
            self.ask_to_overbook()
            if data.get("practitioner"):
                self.instead = alternatives(self.wish(), data["starts_at"])
            self.add_error(None, _("No chair is free for all of that time. Choose another time."))

    def ask_to_overbook(self) -> None:
        if "overbooked_because" in self.fields:
            self.asks.add("overbooked_because")

    def refuse(self, error: AppointmentError) -> None:
        """Show why what was asked cannot be done, and other times where it was taken; everything typed stays."""
        if isinstance(error, OutsideHours):
            self.asks.add("outside_hours")
            self.add_error(None, _outside(error.why))
            return
        self.add_error(None, str(error))
        if isinstance(error, SlotTaken):
            self.ask_to_overbook()
            self.instead = alternatives(self.wish(), self.cleaned_data["starts_at"])

    def wish(self) -> Wish:
        """Return what was wanted, for a look at other times: of a form that names a practitioner."""
        return Wish(
            branch=self.branch,
            duration=self.duration(),
            practitioners=(self.cleaned_data["practitioner"],),
            patient=self.patient(),
            moving=self.moving,
        )

    def patient(self) -> Patient | None:
        """Return the patient, if it is one who is known."""
        return self.moving.patient if self.moving else self.cleaned_data.get("patient")

    def slot(self) -> dict[str, Any]:
        """Return what `actions.book` and `actions.reschedule` take."""
        names = ("practitioner", "chair", "starts_at", "ends_at")
        return {name: self.cleaned_data[name] for name in names} | {
            "overbooked_because": self.cleaned_data.get("overbooked_because", ""),
            # Who ticked the box knows that it is not.
            "inside_hours": "outside_hours" not in self.asks,
        }


class BookingForm(SlotForm):
    """A visit for a patient who is known, or for a new one whose name and number are given."""

    uid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    patient = forms.ModelChoiceField(Patient.objects.none(), required=False, widget=forms.HiddenInput)
    given_name = forms.CharField(label=_lazy("First name"), max_length=80, required=False)
    family_name = forms.CharField(label=_lazy("Surname"), max_length=80, required=False)
    mobile = PhoneNumberField(label=_lazy("Mobile phone"), required=False, error_messages={"invalid": NOT_A_PHONE})
    date_of_birth = forms.DateField(label=_lazy("Date of birth"), required=False, widget=date_input())
    email = forms.EmailField(label=_lazy("E-mail"), required=False)
    appointment_type = RecordField(label=_lazy("Visit type"), widget=VisitTypeSelect)
    note = forms.CharField(
        label=_lazy("Note"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _lazy("For the front desk")}),
    )

    def __init__(self, data: Any = None, *, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["appointment_type"].offer(self.roster.kinds())
        self.fields["patient"].queryset = patients_at(branches)
        self.fields["mobile"].region = self.branch.country.code or None
        self.fields["uid"].initial = uuid.uuid4()

    def usual_duration(self) -> timedelta:
        kind = self.cleaned_data.get("appointment_type")
        return kind.duration if kind else super().usual_duration()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("patient") and "patient" not in self.errors:
            if not (data.get("family_name") or data.get("given_name") or data.get("mobile")):
                self.add_error("patient", _("Choose who the visit is for: search for a patient, or add a new one."))
            else:
                for name in ("family_name", "given_name", "mobile"):
                    if not data.get(name) and name not in self.errors:
                        self.add_error(name, _("A new patient needs a surname, a first name and a phone number."))
        return data

    def newcomer(self) -> Patient | None:
        """Return the new patient that the form describes, or None if it names one who is known."""
        data = self.cleaned_data
        if data.get("patient"):
            return None
        said = {name: data[name] for name in ("given_name", "family_name", "mobile", "date_of_birth", "email")}
        return Patient(branch=self.branch, **said)


class MoveForm(SlotForm):
    """Another time, practitioner or chair for a visit that has not begun."""

    def usual_duration(self) -> timedelta:
        return self.moving.duration


def _outside(why: str) -> str:
    return _("%(why)s. Choose another time, or tick the box to book it all the same.") % {"why": why}


def _with_slot(data: Any, branch: Branch) -> Any:
    """Return the fields with the (first) time of the button that was pressed, if it was one that offers times."""
    try:
        slot = read_slot(read_slots(data.get("slot", ""))[0])
    except ValueError:
        return data
    local = slot.pop("starts_at").astimezone(branch.zone)
    when = {"day": local.date().isoformat(), "at": f"{local:%H:%M}", "fold": str(local.fold)}
    return {name: data.get(name) for name in data} | when | slot


def slot_initial(start: datetime, branch: Branch) -> dict[str, Any]:
    """Return the initial date and time that mean `start` on the branch's wall."""
    local = start.astimezone(branch.zone)
    return {"day": local.date(), "at": local.time(), "fold": str(local.fold) if local.fold else ""}
