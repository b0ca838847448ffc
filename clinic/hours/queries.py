"""Which visits stand outside of the hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.appointments.models import MOVABLE, Appointment, AppointmentQuerySet
from clinic.hours.models import Stranded
from clinic.practice.models import Branch, Chair
from clinic.rota.queries import Owner, Rota
from clinic.staff.models import Practitioner


@dataclass(frozen=True)
class Change:
    """A change of somebody's hours: `make` makes it, at `branches`, and it holds from `first` to `last` or for good."""

    make: Callable[[], object]
    branches: list[Branch]
    owner: Owner
    first: date
    last: date | None = None


@dataclass(frozen=True)
class Stranding:
    """A visit outside of the hours, and the sentence that says why."""

    visit: Appointment
    why: str


def visits_of(branch: Branch, change: Change) -> AppointmentQuerySet:
    """Return the visits to come at a branch that a change of hours may touch."""
    kind, pk = change.owner
    start = max(branch.day(change.first)[0], timezone.now())
    visits = _since(start).filter(chair__branch=branch, status__in=MOVABLE)
    if change.last:
        visits = visits.filter(starts_at__lt=branch.day(change.last)[1])
    return visits if kind == "branch" else visits.filter(**{f"{kind}_id": pk})


def _since(start: datetime) -> AppointmentQuerySet:
    """Return the visits that are not over at `start`. Indexes know when visits begin, and none lasts a day."""
    return Appointment.objects.filter(starts_at__gt=start - timedelta(days=1), ends_at__gt=start)


# Of many visits only as much is read as decides whether they are within the hours.
Times = tuple[int, int, int, datetime, datetime]


def times_of(visits: AppointmentQuerySet) -> list[Times]:
    """Return the id, practitioner, chair, start and end of visits."""
    return list(visits.order_by().values_list("pk", "practitioner_id", "chair_id", "starts_at", "ends_at"))


def within(branch: Branch, times: Iterable[Times]) -> set[int]:
    """Return the ids of those visits that are within the hours, as the rota is now."""
    times = list(times)
    rota = rota_around(branch, [at for one in times for at in one[3:]])
    return {pk for pk, *facts in times if rota and rota.covers(*facts)}


def rota_around(branch: Branch, moments: list[datetime]) -> Rota | None:
    """Return the rota of the days that the moments lie in, if there are any."""
    if not moments:
        return None
    first, last = (at.astimezone(branch.zone).date() for at in (min(moments), max(moments)))
    return Rota.of(branch, first, last)


def strandings(branch: Branch, visits: Iterable[Appointment]) -> list[Stranding]:
    """Return those of the visits, fetched with their people, that are outside of the hours, and why."""
    visits = list(visits)
    rota = rota_around(branch, [at for visit in visits for at in (visit.starts_at, visit.ends_at)])
    found = (
        Stranding(visit, rota.why_not(visit.practitioner, visit.chair, visit.starts_at, visit.ends_at))
        for visit in visits
    )
    return [one for one in found if one.why]


def _stranded(branch: Branch) -> AppointmentQuerySet:
    """Return the visits that a change stranded, that stand where they stood then, and that nobody has accepted."""
    return Appointment.objects.at(branch).filter(
        stranded__accepted_at=None, stranded__starts_at=F("starts_at"), starts_at__gt=timezone.now(), status__in=MOVABLE
    )


def deserted(branch: Branch) -> AppointmentQuerySet:
    """Return the visits to come whose practitioner left, or whose chair is gone, and that nobody has accepted."""
    accepted = Stranded.objects.filter(appointment=OuterRef("pk"), starts_at=OuterRef("starts_at"))
    gone = Q(practitioner__in=Practitioner.objects.filter(is_active=False).values("pk"))
    gone |= Q(chair__in=Chair.objects.filter(branch=branch, is_active=False).values("pk"))
    visits = Appointment.objects.at(branch).filter(gone, starts_at__gt=timezone.now(), status__in=MOVABLE)
    return visits.exclude(Exists(accepted.exclude(accepted_at=None)))


def unsettled(branch: Branch) -> list[Stranding]:
    """Return the visits at a branch that a change stranded and that nobody has dealt with yet, by their time."""
    found = {one.visit.pk: one for one in strandings(branch, _stranded(branch).with_people())}
    found |= {visit.pk: Stranding(visit, _why_deserted(visit)) for visit in deserted(branch).with_people()}
    return sorted(found.values(), key=lambda one: (one.visit.starts_at, one.visit.pk))


def _why_deserted(visit: Appointment) -> str:
    if not visit.practitioner.is_active:
        return _("%(practitioner)s does not work here any more") % {"practitioner": visit.practitioner}
    return _("%(chair)s is not used any more") % {"chair": visit.chair.name}


def count_unsettled(branch: Branch) -> int:
    """Return how many visits at a branch are stranded and wait for somebody."""
    times = times_of(_stranded(branch))
    outside = {one[0] for one in times} - within(branch, times)
    return len(outside | set(deserted(branch).values_list("pk", flat=True)))


def branches_with(practitioner: Practitioner) -> list[Branch]:
    """Return the branches at which a practitioner's absence counts: theirs, and where they have visits to come."""
    ids = _since(timezone.now()).filter(practitioner=practitioner).order_by().values("chair__branch").distinct()
    return list(Branch.objects.filter(Q(practitioners=practitioner) | Q(pk__in=ids)).distinct())
