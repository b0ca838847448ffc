"""The forms that change hours. Each says, once it is valid, which change it asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clinic.forms import Styled, date_input, time_input
from clinic.hours.queries import Change, branches_with
from clinic.practice.clock import FIRST_DAY, LAST_DAY
from clinic.practice.models import Branch, Closure
from clinic.rota.actions import ids_of, replace, set_week
from clinic.rota.models import Absence, Opening
from clinic.rota.queries import Owner, Week
from clinic.rota.stretches import DAY
from clinic.rota.words import minute_of, read_stretches, write_stretches
from clinic.staff.models import Practitioner, User


def owner_named(text: str) -> Owner | None:
    """Return the owner that "practitioner-3" means, or None for what means nobody."""
    kind, _dash, pk = text.partition("-")
    known = kind in {"branch", "practitioner", "chair"} and pk.isascii() and pk.isdigit() and len(pk) < 19
    return (kind, int(pk)) if known else None


def owners_at(branch: Branch) -> dict[Owner, str]:
    """Return those whose hours are kept at a branch, and what they are called: the branch itself comes first."""
    people = Practitioner.objects.filter(is_active=True, branches=branch)
    found = {("branch", branch.pk): str(branch)}
    found |= {("practitioner", one.pk): one.name for one in people}
    return found | {("chair", one.pk): one.name for one in branch.chairs.filter(is_active=True)}


class HoursForm(Styled, forms.Form):
    """What the forms of hours have in common: the branch, who asks, and days that a clinic can mean."""

    def __init__(self, *args: Any, branch: Branch, user: User, owners: dict[Owner, str], **kwargs: Any) -> None:
        self.branch, self.user, self.owners = branch, user, owners
        super().__init__(*args, **kwargs)
        if "who" in self.fields:
            self.fields["who"].choices = self._choices()

    def _choices(self) -> list[tuple[str, Any]]:
        kinds = {"practitioner": _("Practitioners"), "chair": _("Chairs")}
        groups = [
            (label, [(f"{kind}-{pk}", name) for (one, pk), name in self.owners.items() if one == kind])
            for kind, label in kinds.items()
        ]
        return [group for group in groups if group[1]]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name, value in list(data.items()):
            if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY - timedelta(days=1):
                self.add_error(name, _("Check the year of this date."))
        return data

    def _in_order(self, first: str, last: str) -> None:
        data = self.cleaned_data
        if data.get(first) and data.get(last) and data[last] < data[first]:
            self.add_error(last, _("This is before the day it begins on."))


class WeekForm(HoursForm):
    """The week of a branch, a practitioner or a chair. A day's hours are typed as "8:30-13, 14-17:30"."""

    begins = forms.DateField(label=_lazy("From"), widget=date_input())
    until = forms.DateField(
        label=_lazy("Until"), widget=date_input(), required=False, help_text=_lazy("Leave empty if it stays like this.")
    )

    def __init__(self, *args: Any, owner: Owner, week: Week | None, of_branch: Week | None, **kwargs: Any) -> None:
        self.owner, shown = owner, (of_branch if week is None else week) or {}
        super().__init__(*args, **kwargs)
        if owner[0] != "branch":
            self.fields["as_branch"] = forms.BooleanField(
                label=_("Keeps the hours of %(branch)s") % {"branch": self.branch},
                required=False,
                initial=week is None,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input", "data-as-branch": ""}),
            )
        for weekday, name in WEEKDAYS.items():
            self.fields[f"day{weekday}"] = forms.CharField(
                label=name,
                required=False,
                max_length=120,
                initial=write_stretches(shown.get(weekday, [])),
                widget=forms.TextInput(attrs={"class": "form-control num", "autocomplete": "off", "dir": "ltr"}),
            )

    def days(self) -> list[forms.BoundField]:
        """Return the fields of the days of the week."""
        return [self[f"day{weekday}"] for weekday in WEEKDAYS]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._in_order("begins", "until")
        week: Week = {}
        for weekday in WEEKDAYS:
            try:
                if stretches := read_stretches(data.get(f"day{weekday}", "")):
                    week[weekday] = stretches
            except ValueError as error:
                if not data.get("as_branch"):
                    self.add_error(f"day{weekday}", str(error))
        data["week"] = None if data.get("as_branch") else week
        if self.owner[0] == "branch" and not week and not self.errors:
            self.add_error(None, _("Say when the branch is open. To close it for some days, add a closure instead."))
        return data

    def change(self) -> Change:
        data = self.cleaned_data
        span = {"begins": data["begins"], "until": data["until"]}
        return Change(
            make=lambda: set_week(self.branch, self.owner, data["week"], by=self.user, **span),
            branches=[self.branch],
            owner=self.owner,
            first=data["begins"],
            last=data["until"],
        )


class AbsenceForm(HoursForm):
    """A practitioner is away, or a chair is out of service; `replacing` is the absence that is changed, if one is."""

    who = forms.ChoiceField(label=_lazy("Who"))
    kind = forms.ChoiceField(label=_lazy("Why"), choices=Absence.Kind.choices)
    first_day = forms.DateField(label=_lazy("First day"), widget=date_input())
    last_day = forms.DateField(label=_lazy("Last day"), widget=date_input())
    starts = forms.TimeField(
        label=_lazy("From"), widget=time_input(), required=False, help_text=_lazy("On the first day. Empty: all day.")
    )
    ends = forms.TimeField(
        label=_lazy("Until"), widget=time_input(), required=False, help_text=_lazy("On the last day. Empty: all day.")
    )
    note = forms.CharField(
        label=_lazy("Note"), max_length=80, required=False, help_text=_lazy("For those who manage the hours.")
    )

    def __init__(self, *args: Any, replacing: Absence | None = None, **kwargs: Any) -> None:
        self.replacing = replacing
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._in_order("first_day", "last_day")
        data["starts"] = minute_of(data["starts"]) if data.get("starts") else 0
        data["ends"] = (minute_of(data["ends"]) or DAY) if data.get("ends") else DAY
        if data.get("first_day") and data.get("first_day") == data.get("last_day") and data["ends"] <= data["starts"]:
            self.add_error("ends", _("This is before the time it begins at."))
        owner = owner_named(data.get("who", ""))
        out = data.get("kind") == Absence.Kind.OUT_OF_SERVICE
        if owner and data.get("kind") and out != (owner[0] == "chair"):
            told = _("Only a chair is out of service.") if out else _("A chair can only be out of service.")
            self.add_error("kind", told)
        return data

    def change(self) -> Change:
        data, owner, old = self.cleaned_data, owner_named(self.cleaned_data["who"]), self.replacing
        facts = {name: data[name] for name in ("kind", "first_day", "last_day", "starts", "ends", "note")}
        away = Absence(**facts, **ids_of(owner), made_by=self.user)
        branches = branches_with(away.practitioner) if away.practitioner_id else [self.branch]
        if old is None:
            return Change(away.save, branches, owner, data["first_day"], data["last_day"])
        first, last = min(data["first_day"], old.first_day), max(data["last_day"], old.last_day)
        return Change(lambda: replace(old, away), branches, owner, first, last)


class OpeningForm(HoursForm):
    """The branch, a practitioner or a chair is open once."""

    who = forms.ChoiceField(label=_lazy("Who"))
    day = forms.DateField(label=_lazy("Day"), widget=date_input())
    starts = forms.TimeField(label=_lazy("From"), widget=time_input())
    ends = forms.TimeField(label=_lazy("Until"), widget=time_input())
    reason = forms.CharField(label=_lazy("Reason"), max_length=80, required=False)

    def _choices(self) -> list[tuple[str, Any]]:
        whole = (f"branch-{self.branch.pk}", _("All of %(branch)s") % {"branch": self.branch})
        return [whole, *super()._choices()]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("starts") and data.get("ends"):
            data["starts"], data["ends"] = minute_of(data["starts"]), minute_of(data["ends"]) or DAY
            if data["ends"] <= data["starts"]:
                self.add_error("ends", _("This is before the time it begins at."))
        return data

    def change(self) -> Change:
        data, owner = self.cleaned_data, owner_named(self.cleaned_data["who"])
        facts = {name: data[name] for name in ("day", "starts", "ends", "reason")}
        opening = Opening(branch=self.branch, **facts, **ids_of(owner), made_by=self.user)
        return Change(opening.save, [self.branch], owner, data["day"], data["day"])


class ClosureForm(HoursForm):
    """The branch is closed for whole days."""

    first_day = forms.DateField(label=_lazy("First day"), widget=date_input())
    last_day = forms.DateField(
        label=_lazy("Last day"), widget=date_input(), required=False, help_text=_lazy("Leave empty for one day.")
    )
    reason = forms.CharField(
        label=_lazy("Reason"), max_length=80, help_text=_lazy("Everybody reads it in the day: Training day.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data["last_day"] = data.get("last_day") or data.get("first_day")
        self._in_order("first_day", "last_day")
        return data

    def change(self) -> Change:
        data = self.cleaned_data
        closure = Closure(branch=self.branch, **{name: data[name] for name in ("first_day", "last_day", "reason")})
        return Change(closure.save, [self.branch], ("branch", self.branch.pk), data["first_day"], data["last_day"])


class HolidaysForm(HoursForm):
    """Public holidays to close on: those that are ticked."""

    days = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, holidays: dict[date, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holidays = holidays
        self.fields["days"].choices = [(day.isoformat(), name) for day, name in holidays.items()]

    def clean_days(self) -> list[date]:
        ticked = [date.fromisoformat(day) for day in self.cleaned_data["days"]]
        if not ticked:
            raise forms.ValidationError(_("Tick the days on which the branch is closed."))
        return sorted(ticked)

    def change(self) -> Change:
        ticked = self.cleaned_data["days"]
        closures = [
            Closure(branch=self.branch, first_day=day, last_day=day, reason=self.holidays[day][:80]) for day in ticked
        ]
        owner = ("branch", self.branch.pk)
        return Change(lambda: Closure.objects.bulk_create(closures), [self.branch], owner, ticked[0], ticked[-1])
