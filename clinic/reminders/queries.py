"""What the desk sees of reminders, and of what patients answered."""

from __future__ import annotations

from collections.abc import Iterable

from clinic.appointments.models import Appointment
from clinic.practice.models import Branch
from clinic.reminders.models import Reminder, ReminderQuerySet, Wish


def wishes_of(visits: Iterable[Appointment]) -> set[int]:
    """Return the ids of the visits whose patients say that they cannot come, in one query."""
    return set(Wish.objects.filter(appointment__in=[one.pk for one in visits]).values_list("appointment", flat=True))


def of_today(branch: Branch) -> ReminderQuerySet:
    """Return the reminders that are due today on the branch's clock, or came to their end today."""
    start, end = branch.day(branch.today())
    return Reminder.objects.at([branch]).filter(due_at__gte=start, due_at__lt=end)
