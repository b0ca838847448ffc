"""How recalls follow the visits, and what is written down about the attempts."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.appointments.hooks import Step
from clinic.appointments.models import Appointment, Status
from clinic.patients.models import Patient
from clinic.recalls.models import Attempt, Recall, Rule
from clinic.staff.models import User

DERIVED = ["branch", "practitioner", "due_on", "because", "visit", "call_on", "declined_until"]
COMING = (Status.BOOKED, Status.CONFIRMED, Status.ARRIVED, Status.IN_CHAIR)
# A visit that was booked and never came to anything holds a recall back until the first night after this.
PATIENCE = timedelta(days=1)
CHUNK = 500


def follow(steps: Sequence[Step]) -> None:
    """Keep recalls in line with visits that took a step; in the same transaction, and in a fixed number of queries."""
    rules = _rules()
    concerned = {kind for rule in rules for kind in (rule.after_id, rule.kind_id)}
    steps = [step for step in steps if step.visit.appointment_type_id in concerned]
    if not steps:
        return
    refresh({step.visit.patient_id for step in steps}, rules)
    booked = [step.visit for step in steps if step.was is None]
    if booked:
        _note_bookings(booked)


def _note_bookings(visits: list[Appointment]) -> None:
    by = {visit.pk: visit.booked_by for visit in visits}
    Attempt.objects.bulk_create(
        Attempt(recall=recall, outcome=Attempt.Outcome.BOOKED, by=by[recall.visit_id], about_id=recall.because_id)
        for recall in Recall.objects.filter(visit__in=by, due_on__isnull=False)
    )


def _rules() -> list[Rule]:
    return list(Rule.objects.filter(is_active=True))


@dataclass
class _Facts:
    """What visits say about one patient and one kind of recall."""

    because: Appointment | None = None
    months: int = 0
    visit: Appointment | None = None

    @property
    def due_on(self) -> date | None:
        return add_months(self.because.local_start.date(), self.months) if self.because else None


@dataclass
class _Ledger:
    facts: dict[tuple[int, int], _Facts] = field(default_factory=lambda: defaultdict(_Facts))

    def completed(self, visit: Appointment, rules: Iterable[Rule]) -> None:
        for rule in rules:
            facts = self.facts[visit.patient_id, rule.kind_id]
            facts.because, facts.months = visit, rule.months

    def coming(self, visit: Appointment) -> None:
        self.facts[visit.patient_id, visit.appointment_type_id].visit = visit


@transaction.atomic
def refresh(patients: Collection[int], rules: list[Rule] | None = None) -> None:
    """Make the recalls of some patients (their ids) what their visits say, in a fixed number of queries.

    Nothing is carried on from before: whatever is completed, undone, moved or cancelled, in whichever order it comes,
    leads to the same recalls.
    """
    rules = _rules() if rules is None else rules
    # Locked before the visits are read, so that the last of two transactions sees what both did.
    existing = Recall.objects.select_for_update(of=("self",)).filter(patient__in=patients).order_by("pk")
    recalls = {(recall.patient_id, recall.kind_id): recall for recall in existing}
    ledger = _read(patients, rules)
    changed, fresh = [], []
    for key, facts in ledger.facts.items():
        if key not in recalls and facts.because:
            fresh.append(_write(Recall(patient_id=key[0], kind_id=key[1]), facts))
    for key, recall in recalls.items():
        before = recall.due_on, recall.because_id, recall.visit_id
        _write(recall, ledger.facts[key])
        if (recall.due_on, recall.because_id, recall.visit_id) != before:
            changed.append(recall)
    _recollect(changed)
    # Somebody who was quicker with the same recall wrote the same, or the night puts it right.
    Recall.objects.bulk_create(fresh, ignore_conflicts=True)
    Recall.objects.bulk_update(changed, DERIVED)


def _read(patients: Collection[int], rules: list[Rule]) -> _Ledger:
    ledger, by_type = _Ledger(), defaultdict(list)
    for rule in rules:
        by_type[rule.after_id].append(rule)
    visits = (
        Appointment.objects.filter(patient__in=patients).select_related("chair__branch").order_by("starts_at", "id")
    )
    for visit in visits.filter(status=Status.COMPLETED, appointment_type__in=by_type):
        ledger.completed(visit, by_type[visit.appointment_type_id])
    kinds = {rule.kind_id for rule in rules}
    # The nearest comes last, and stays.
    coming = visits.filter(status__in=COMING, starts_at__gte=timezone.now() - PATIENCE)
    for visit in coming.filter(appointment_type__in=kinds).reverse():
        ledger.coming(visit)
    return ledger


def _write(recall: Recall, facts: _Facts) -> Recall:
    recall.due_on, recall.because, recall.visit = facts.due_on, facts.because, facts.visit
    if facts.because:
        recall.branch, recall.practitioner_id = facts.because.branch, facts.because.practitioner_id
    return recall


def _recollect(recalls: list[Recall]) -> None:
    """Let the last attempt since the visit that a recall comes from say again when to call; older ones are history."""
    if not recalls:
        return
    last: dict[tuple[int, Any], Attempt] = {}
    for attempt in Attempt.objects.filter(recall__in=recalls).order_by("at", "id"):
        last[attempt.recall_id, attempt.about_id] = attempt
    for recall in recalls:
        _heed(recall, last.get((recall.pk, recall.because_id)))


def _heed(recall: Recall, attempt: Attempt | None) -> None:
    outcome = attempt.outcome if attempt else None
    recall.call_on = attempt.on if outcome == Attempt.Outcome.CALL_BACK else None
    recall.declined_until = attempt.on if outcome == Attempt.Outcome.DECLINED else None


def record_attempt(recall: Recall, outcome: str, *, by: User, on: date | None = None, note: str = "") -> Attempt:
    """Write down an attempt to reach somebody, and let it decide when they are called next.

    `on` is the day to call again or until which they declined, and means nothing with other outcomes.
    """
    dated = outcome in {Attempt.Outcome.CALL_BACK, Attempt.Outcome.DECLINED}
    with transaction.atomic():
        held = Recall.objects.select_for_update(of=("self",)).get(pk=recall.pk)
        attempt = Attempt.objects.create(
            recall=held, outcome=outcome, on=on if dated else None, note=note, by=by, about_id=held.because_id
        )
        _heed(held, attempt)
        held.save(update_fields=["call_on", "declined_until"])
    return attempt


def catch_up() -> int:
    """Make everybody's recalls what rules and visits say, chunk by chunk; return how many patients were seen."""
    rules, seen, after = _rules(), 0, 0
    while ids := list(Patient.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        refresh(ids, rules)
        seen, after = seen + len(ids), ids[-1]
    return seen


def add_months(day: date, months: int) -> date:
    """Return the same day some months on, or the last of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
