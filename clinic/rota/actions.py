"""How the week of a branch, a practitioner or a chair is changed."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from clinic.practice.models import Branch
from clinic.rota.models import Absence, Pattern, Stretch
from clinic.rota.queries import Owner, Rota, Week
from clinic.staff.models import User


def ids_of(owner: Owner) -> dict[str, int | None]:
    """Return the `practitioner_id` and `chair_id` of what belongs to an owner."""
    kind, pk = owner
    return {f"{one}_id": pk if one == kind else None for one in ("practitioner", "chair")}


@transaction.atomic
def set_week(
    branch: Branch, owner: Owner, week: Week | None, *, begins: date, until: date | None = None, by: User | None = None
) -> None:
    """Let an owner keep a week at a branch from `begins` on; None is the branch's week.

    Without `until` it holds until the next week that begins later. With it, what was planned for the days in between
    is dropped, and the day after goes on as it would have been.
    """
    if until:
        after = until + timedelta(days=1)
        planned = Rota.of(branch, begins, after).week_of(owner, after)
        Pattern.objects.filter(branch=branch, begins__gt=begins, begins__lte=after, **ids_of(owner)).delete()
        _write(branch, owner, planned, after, by)
    _write(branch, owner, week, begins, by)


@transaction.atomic
def replace(old: Absence, new: Absence) -> None:
    """Put one absence in the place of another; it counts as entered now."""
    Absence.objects.filter(pk=old.pk).delete()
    new.save()


def _write(branch: Branch, owner: Owner, week: Week | None, begins: date, by: User | None) -> None:
    Pattern.objects.filter(branch=branch, begins=begins, **ids_of(owner)).delete()
    pattern = Pattern.objects.create(branch=branch, begins=begins, as_branch=week is None, made_by=by, **ids_of(owner))
    Stretch.objects.bulk_create(
        Stretch(pattern=pattern, weekday=weekday, starts=start, ends=end)
        for weekday, stretches in (week or {}).items()
        for start, end in stretches
    )
