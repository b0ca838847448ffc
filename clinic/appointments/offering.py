"""What the desk offers somebody on the phone: who they are, what they need, and the next times that are free for it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.appointments.models import Appointment
from clinic.appointments.slots import Diary, FreeSlot, Part, Wish, free_slots, linked_slots
from clinic.forms import PlainSelect, RecordField, Styled, date_input
from clinic.patients.duplicates import Likely, likely_duplicates
from clinic.patients.guessing import guess_newcomer
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at
from clinic.practice.clock import read_day
from clinic.practice.models import AppointmentType, Branch
from clinic.rota.models import Weekday
from clinic.rota.roster import Roster

OFFERED = 3
NEWCOMER = ("given_name", "family_name", "mobile")
"""What somebody new has to say, and below what they may have said as well."""
BESIDES = ("date_of_birth", "email")


class OfferForm(Styled, forms.Form):
    """What would suit. It never refuses: what it cannot read counts as not said."""

    appointment_type = RecordField(label=_("Visit type"))
    practitioner = RecordField(label=_("Practitioner"), required=False, empty_label=_("Anybody"))
    then = RecordField(label=_("Followed by"), required=False, empty_label=_("Nothing"))
    then_with = RecordField(label=_("With"), required=False, empty_label=_("Anybody"))
    part = forms.ChoiceField(
        label=_("Time of day"), choices=[("", _("Any")), *Part.choices], required=False, widget=PlainSelect
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"),
        choices=[("", _("Any")), *Weekday.choices],
        coerce=int,
        empty_value=None,
        required=False,
        widget=PlainSelect,
    )
    start = forms.DateField(label=_("From"), widget=date_input(), required=False)

    def __init__(self, *args: Any, roster: Roster, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, kinds = roster.practitioners(), roster.kinds()
        for name, records in (
            ("practitioner", people),
            ("then_with", people),
            ("appointment_type", kinds),
            ("then", kinds),
        ):
            self.fields[name].offer(records)


class Offer:
    """Somebody who needs a visit at a branch: known (`patient`) or new (`newcomer`, as far as it was said)."""

    def __init__(self, asked: Any, branch: Branch, branches: list[Branch]) -> None:
        self.branch = branch
        self.patient = self._patient(asked, branches)
        self.newcomer = {} if self.patient else self._newcomer(asked)
        self.uid = asked.get("uid") or uuid.uuid4()
        self.errors: list[str] = []
        roster = Roster.of(branch)
        self.form = OfferForm(self._filled_in(asked, roster), roster=roster, auto_id="offer-%s")
        self.form.is_valid()
        self.wanted = self.form.cleaned_data

    def _patient(self, asked: Any, branches: list[Branch]) -> Patient | None:
        chosen = asked.get("patient", "")
        found = patients_at(branches).with_alerts()
        return found.filter(pk=chosen).first() if chosen.isdecimal() and len(chosen) < 10 else None

    def _newcomer(self, asked: Any) -> dict[str, str]:
        guess = guess_newcomer(asked.get("q", ""))
        return {name: asked.get(name, guess.get(name, "")) for name in (*NEWCOMER, *BESIDES)}

    def likely(self, branches: list[Branch]) -> list[Likely]:
        """Return the patients who may be the one that is about to be registered anew."""
        new = self.newcomer
        if not (new.get("family_name") or new.get("mobile") or new.get("email")):
            return []
        born = read_day(new["date_of_birth"])
        return likely_duplicates(new["given_name"], new["family_name"], born, new["mobile"], new["email"], branches)

    def _filled_in(self, asked: Any, roster: Roster) -> dict[str, Any]:
        """What was asked for, and for the rest the likeliest: the first type, the patient's usual practitioner."""
        known = {name: asked[name] for name in OfferForm.base_fields if name in asked}
        kinds, people = roster.kinds(), roster.practitioners()
        usual = self.patient.usual_practitioner_id if self.patient else None
        here = any(one.pk == usual for one in people)
        likely = {"appointment_type": kinds[0].pk if kinds else "", "practitioner": usual if here else ""}
        return likely | known

    @property
    def kind(self) -> AppointmentType | None:
        return self.wanted.get("appointment_type")

    def wish(self) -> Wish:
        weekday = self.wanted.get("weekday")
        practitioner = self.wanted.get("practitioner")
        return Wish(
            branch=self.branch,
            duration=self.kind.duration if self.kind else timedelta(minutes=30),
            practitioners=(practitioner,) if practitioner else (),
            kind=self.kind,
            weekdays=frozenset() if weekday is None else frozenset({weekday}),
            part=Part(self.wanted["part"]) if self.wanted.get("part") else None,
            patient=self.patient,
        )

    def after(self) -> datetime:
        """Return when to begin looking: now, or the day that was said."""
        day = read_day(self.wanted.get("start"))
        return max(timezone.now(), self.branch.day(day)[0]) if day else timezone.now()

    @property
    def then(self) -> AppointmentType | None:
        """The visit that follows right after, as the hygienist's follows an examination."""
        return self.wanted.get("then")

    def slots(self) -> list[tuple[FreeSlot, ...]]:
        """Return the next free times: of one visit each, or of the two that follow one another."""
        if not self.then:
            return [(slot,) for slot in free_slots(self.wish(), after=self.after(), limit=OFFERED)]
        who = self.wanted.get("then_with")
        second = replace(
            self.wish(),
            duration=self.then.duration,
            practitioners=(who,) if who else (),
            kind=self.then,
            weekdays=frozenset(),
            part=None,
        )
        return linked_slots([self.wish(), second], after=self.after(), limit=OFFERED)

    @property
    def fields(self) -> list[Any]:
        """The fields to show: who comes second is asked only where somebody does."""
        return [field for field in self.form if field.name != "then_with" or self.then]

    @property
    def missing(self) -> str:
        """The first thing that a new patient still has to say."""
        return next((name for name in NEWCOMER if not self.newcomer.get(name)), "") if not self.patient else ""


def shown(offer: Offer, branches: list[Branch]) -> dict[str, Any]:
    """Return what the template of an offer asks for."""
    return {"offer": offer, "slots": offer.slots(), "likely": offer.likely(branches)}


WEEKS = [(1, _("Next week")), (2, _("In two weeks"))]


def other_times(visit: Appointment) -> list[tuple[str, FreeSlot]]:
    """Return times that a visit could be moved to, each with what is special about it.

    First its own time in one and in two weeks, or the nearest that is free on that day, then the next times from now
    on; all of them in the visit's length and with its practitioner.
    """
    branch = visit.branch
    who = {"practitioners": (visit.practitioner,), "patient": visit.patient, "moving": visit}
    wish = Wish(branch=branch, duration=visit.duration, **who)
    now = timezone.now()
    days = [visit.local_start.date() + timedelta(weeks=weeks) for weeks, says in WEEKS]
    diary = Diary(wish, days[0], days[-1])
    found: list[tuple[str, FreeSlot]] = []
    for day, (_weeks, says) in zip(days, WEEKS, strict=True):
        wanted = datetime.combine(day, visit.local_start.time(), branch.zone)
        begin, end = branch.day(day)
        free = [slot for slot in diary.free(max(begin, now), until=end) if slot.starts_at < end]
        if exactly := diary.at(visit.practitioner, wanted) if wanted > now else None:
            free.append(exactly)
        if free:
            found.append((says, min(free, key=lambda slot: abs(slot.starts_at - wanted))))
    soon = free_slots(wish, after=now, limit=OFFERED)
    return found + [(_("Next free"), slot) for slot in soon if slot.starts_at != visit.starts_at]
