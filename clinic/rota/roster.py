"""Who and what there is to book: practitioners, chairs and visit types, kept by the process until any of it changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from clinic.practice.keeping import Kept
from clinic.practice.models import AppointmentType, Branch, Chair
from clinic.staff.models import Practitioner

M = TypeVar("M", bound=models.Model)
Rows = list[tuple[Any, ...]]
KEPT = 64
"""Branches of which the roster is kept."""


@dataclass(frozen=True)
class Roster:
    """The people, chairs and types that can be booked at a branch, as rows in their order, and what all are called.

    Whoever asks gets records of their own to work with. The names are also of those who have left, of chairs that are
    gone and of what is not booked any more: visits keep them.
    """

    people: Rows
    seats: Rows
    types: Rows
    does: dict[int, frozenset[int]]
    """The types that a practitioner does, of those who do not do everything."""
    practitioner_names: dict[int, str]
    chair_names: dict[int, str]
    kind_names: dict[int, tuple[str, int]]
    """Each type's name and tint."""

    @classmethod
    def of(cls, branch: Branch, *, stamp: str | None = None) -> Roster:
        """Return the roster of a branch: in one query while nothing has changed, else in six.

        Asked for after the visits, it knows everybody who has one.
        """
        return _kept.get(branch.pk, stamp=stamp)

    def practitioners(self, kind: AppointmentType | None = None) -> list[Practitioner]:
        """Return the practitioners: all of them, or those who do visits of a type."""
        people = _records(Practitioner, self.people)
        return [one for one in people if kind is None or kind.pk in self.does.get(one.pk, {kind.pk})]

    def chairs(self, branch: Branch) -> list[Chair]:
        """Return the chairs, of `branch`."""
        found = _records(Chair, self.seats)
        for chair in found:
            chair.branch = branch
        return found

    def kinds(self) -> list[AppointmentType]:
        return _records(AppointmentType, self.types)


def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _row(record: models.Model) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in _names(type(record)))


def _records(model: type[M], rows: Rows) -> list[M]:
    names = _names(model)
    return [model.from_db("default", names, row) for row in rows]


def _read(branch: int) -> Roster:
    through = Practitioner.branches.through.objects.filter(branch=branch)
    here = set(through.values_list("practitioner", flat=True))
    does: dict[int, set[int]] = defaultdict(set)
    for practitioner, kind in Practitioner.types.through.objects.values_list("practitioner", "appointmenttype"):
        does[practitioner].add(kind)
    people = list(Practitioner.objects.all())
    seats = list(Chair.objects.filter(branch=branch).order_by("position", "name"))
    types = list(AppointmentType.objects.all())
    return Roster(
        people=[_row(one) for one in people if one.is_active and one.pk in here],
        seats=[_row(one) for one in seats if one.is_active],
        types=[_row(one) for one in types if one.is_active],
        does={one: frozenset(kinds) for one, kinds in does.items()},
        practitioner_names={one.pk: one.name for one in people},
        chair_names={one.pk: one.name for one in seats},
        kind_names={one.pk: (one.name, one.tint) for one in types},
    )


_kept = Kept(_read, KEPT)
