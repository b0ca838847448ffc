"""Who on the waiting list fits a time that is free."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import BooleanField, Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.appointments.models import MOVABLE, Appointment
from clinic.appointments.queries import chairs_of
from clinic.listing import listed
from clinic.patients.models import Patient
from clinic.practice.models import Branch, Chair
from clinic.staff.models import Practitioner
from clinic.waiting.models import Entry, EntryQuerySet, Part, Urgency

SHOWN = 12


@dataclass(frozen=True)
class Gap:
    """A time that is free for a practitioner and a chair. Aware times."""

    start: datetime
    end: datetime
    practitioner: Practitioner
    chair: Chair

    @property
    def branch(self) -> Branch:
        return self.chair.branch

    @property
    def minutes(self) -> int:
        return (self.end - self.start) // timedelta(minutes=1)


@dataclass(frozen=True)
class Fit:
    """Somebody who fits a gap: the reasons that speak for it, and the wishes that it does not meet, in words."""

    entry: Entry
    reasons: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    @property
    def patient(self) -> Patient:
        return self.entry.patient


def fits(
    gap_start: datetime,
    gap_end: datetime,
    branch: Branch,
    practitioner: Practitioner,
    chair: Chair | None = None,
    *,
    but: Patient | None = None,
) -> list[Fit]:
    """Return who fits a gap, the best first: fewest wishes unmet, most urgent, waiting longest.

    Nobody is offered who is elsewhere then, who cannot come on that day, whose visit does not fit in, or
    is of a type that the practitioner does not do. `but` is left
    out: the patient who has just cancelled that time. The number of queries does not depend on the length of the list.
    """
    chair = chair or next(iter(chairs_of(branch)), None)
    if chair is None or gap_end <= gap_start:
        return []
    gap = Gap(gap_start, gap_end, practitioner, chair)
    found = _possible(gap, branch)
    if but:
        found = found.exclude(patient=but)
    ranked = found.annotate(unmet=_unmet(gap, branch)).order_by("unmet", "-urgency", "since", "id")
    return [_explained(entry, gap, branch) for entry in ranked.with_people()[:SHOWN]]


def _possible(gap: Gap, branch: Branch) -> EntryQuerySet:
    day = gap.start.astimezone(branch.zone).date()
    elsewhere = Appointment.objects.occupying().between(gap.start, gap.end).filter(patient=OuterRef("patient"))
    does = Practitioner.types.through.objects.filter(practitioner=gap.practitioner)
    theirs = ~Exists(does) | Exists(does.filter(appointmenttype=OuterRef("appointment_type")))
    brought_forward = Q(instead_of=None) | ~Q(instead_of__status__in=MOVABLE) | Q(instead_of__starts_at__gt=gap.start)
    return (
        Entry.objects.at([branch])
        .waiting()
        .filter(Q(earliest=None) | Q(earliest__lte=day), Q(latest=None) | Q(latest__gte=day), brought_forward)
        .filter(theirs)
        .filter(minutes__lte=gap.minutes, patient__is_active=True)
        .exclude(Exists(elsewhere))
    )


def _unmet(gap: Gap, branch: Branch) -> Combinable:
    """Return how many wishes of an entry the gap does not meet, as an expression."""
    start = gap.start.astimezone(branch.zone)
    suiting = [bits for bits in range(128) if bits & 1 << start.weekday()]
    chosen = Entry.practitioners.through.objects.filter(entry=OuterRef("pk"))
    somebody_else = Exists(chosen) & ~Exists(chosen.filter(practitioner=gap.practitioner))
    too_late = Q(not_after__lt=start.time()) | Q(not_after=start.time())
    return (
        _one(~Q(weekdays__in=suiting))
        + _one(Q(not_before__gt=start.time()) | too_late)
        + _one(Q(Case(When(somebody_else, then=True), default=False, output_field=BooleanField())))
    )


def _one(unmet: Q) -> Case:
    return Case(When(unmet, then=Value(1)), default=Value(0), output_field=IntegerField())


def _explained(entry: Entry, gap: Gap, branch: Branch) -> Fit:
    fit = Fit(entry)
    if entry.urgency != Urgency.ROUTINE:
        fit.reasons.append(entry.get_urgency_display())
    _about_practitioner(fit, gap)
    _about_time(fit, gap, branch)
    days = entry.days(timezone.localdate(timezone=branch.zone))
    fit.reasons.append(ngettext("waiting for %(days)d day", "waiting for %(days)d days", days) % {"days": days})
    if entry.brings_forward:
        sooner = (entry.instead_of.starts_at - gap.start).days
        fit.reasons.append(
            ngettext("comes %(days)d day sooner", "comes %(days)d days sooner", sooner) % {"days": sooner}
        )
    return fit


def _about_practitioner(fit: Fit, gap: Gap) -> None:
    wished = list(fit.entry.practitioners.all())
    if gap.practitioner in wished:
        fit.reasons.append(_("wants %(who)s") % {"who": gap.practitioner})
    elif wished:
        fit.misses.append(_("would rather see %(who)s") % {"who": listed(wished)})


def _about_time(fit: Fit, gap: Gap, branch: Branch) -> None:
    entry, start = fit.entry, gap.start.astimezone(branch.zone)
    if not entry.suits_weekday(start.weekday()):
        fit.misses.append(_("would rather come on another weekday"))
    if entry.part == Part.ANY:
        return
    at = start.time()
    suits = (entry.not_before is None or entry.not_before <= at) and (entry.not_after is None or at < entry.not_after)
    words = {
        Part.MORNING: (_("wants the morning"), _("would rather come in the morning")),
        Part.AFTERNOON: (_("wants the afternoon"), _("would rather come in the afternoon")),
        Part.HOURS: (_("wants %(hours)s"), _("would rather come %(hours)s")),
    }[Part(entry.part)]
    hours = " – ".join(time_format(edge, "H:i") for edge in (entry.not_before, entry.not_after) if edge)
    (fit.reasons if suits else fit.misses).append(words[0 if suits else 1] % {"hours": hours})
