"""Recalls follow the visits, whatever order things happen in."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.appointments import actions as appointments
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import AppointmentFactory, AppointmentTypeFactory, PatientFactory, UserFactory
from clinic.patients.merging import merge, undo
from clinic.recalls import actions
from clinic.recalls.models import Attempt, Recall, Rule
from clinic.recalls.queries import call_list, recalls_of
from clinic.recalls.tasks import catch_up
from tests.desk.practice import TUESDAY, open_practice

WAY = [Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED]


@pytest.fixture
def hygiene(practice):
    kind = AppointmentTypeFactory(name="Hygiene", minutes=30)
    Rule.objects.create(after=practice.exam, kind=kind, months=6)
    Rule.objects.create(after=kind, kind=kind, months=6)
    return kind


def complete(visit):
    for status in WAY:
        visit = appointments.advance(visit, status)
    return visit


def the_recall():
    return Recall.objects.get()


def booked(practice, kind, day, **facts):
    return appointments.book(
        **{
            "patient": practice.ana,
            "practitioner": practice.okafor,
            "chair": practice.chairs[0],
            "appointment_type": kind,
            "starts_at": practice.at(10, day=day),
        }
        | facts
    )


def test_a_completed_visit_makes_the_recall_of_its_rule(practice, hygiene):
    visit = practice.visit(9)
    for status in WAY[:2]:
        visit = appointments.advance(visit, status)
    assert not Recall.objects.exists()
    visit = appointments.advance(visit, Status.COMPLETED)
    recall = the_recall()
    assert (recall.patient, recall.kind, recall.due_on) == (practice.ana, hygiene, date(2030, 7, 15))
    assert (recall.branch, recall.practitioner, recall.because) == (practice.branch, practice.okafor, visit)
    assert recalls_of(practice.ana) == [recall]


def test_a_later_visit_moves_the_recall_and_undoing_its_completion_moves_it_back(practice, hygiene):
    complete(practice.visit(9))
    later = complete(practice.visit(9, starts_at=practice.at(9, day=TUESDAY + timedelta(days=31))))
    assert the_recall().due_on == date(2030, 8, 15)
    appointments.advance(later, Status.IN_CHAIR)
    assert the_recall().due_on == date(2030, 7, 15)


def test_undoing_the_only_completion_takes_the_recall_back(practice, hygiene):
    visit = complete(practice.visit(9))
    appointments.advance(visit, Status.IN_CHAIR)
    assert the_recall().due_on is None
    assert recalls_of(practice.ana) == []
    assert not call_list(practice.branch, "due", date(2031, 1, 1)).exists()


def test_a_booked_visit_of_the_kind_is_the_recall_s_until_it_is_cancelled(practice, hygiene):
    complete(practice.visit(9))
    visit = booked(practice, hygiene, date(2030, 7, 9))
    assert the_recall().visit == visit
    assert not call_list(practice.branch, "due", date(2030, 7, 15)).exists()
    assert call_list(practice.branch, "booked", date(2030, 7, 15)).exists()
    appointments.advance(visit, Status.CANCELLED, reason="Ill")
    assert the_recall().visit is None
    assert call_list(practice.branch, "due", date(2030, 7, 15)).exists()


def test_the_visit_it_asked_for_completed_begins_the_next_round(practice, hygiene):
    complete(practice.visit(9))
    recall = the_recall()
    actions.record_attempt(recall, "declined", by=UserFactory(), on=date(2031, 1, 1))
    complete(booked(practice, hygiene, date(2030, 7, 9)))
    again = the_recall()
    assert (again.pk, again.due_on, again.visit) == (recall.pk, date(2031, 1, 9), None)
    assert again.declined_until is None
    assert again.attempts.count() == 2


def test_taking_a_completion_back_brings_back_what_was_agreed_before_it(practice, hygiene):
    complete(practice.visit(9))
    actions.record_attempt(the_recall(), "declined", by=UserFactory(), on=date(2031, 1, 1))
    later = complete(practice.visit(9, starts_at=practice.at(9, day=TUESDAY + timedelta(days=31))))
    assert the_recall().declined_until is None
    appointments.advance(later, Status.IN_CHAIR)
    assert the_recall().declined_until == date(2031, 1, 1)


def test_a_booking_is_noted_among_the_attempts_with_who_made_it(practice, hygiene):
    complete(practice.visit(9))
    maria = UserFactory()
    booked(practice, hygiene, date(2030, 7, 9), by=maria)
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.by, attempt.recall) == ("booked", maria, the_recall())


def test_a_visit_moved_in_bulk_moves_the_recall_with_it(practice, hygiene):
    visit = complete(practice.visit(9))
    moved = practice.at(9, day=TUESDAY + timedelta(days=1))
    appointments.correct_times([(visit, moved, moved + timedelta(minutes=30))])
    assert the_recall().due_on == date(2030, 7, 16)


def test_types_without_a_rule_make_no_recall(practice, hygiene):
    complete(practice.visit(9, appointment_type=AppointmentTypeFactory(name="Emergency")))
    assert not Recall.objects.exists()


def test_a_booking_that_nobody_kept_does_not_hold_the_recall_for_ever(practice, hygiene):
    day = timezone.localdate() - timedelta(days=200)
    complete(practice.visit(9, starts_at=practice.at(9, day=day)))
    with time_machine.travel(timezone.now() - timedelta(days=3)):
        missed = booked(practice, hygiene, TUESDAY, starts_at=timezone.now() + timedelta(hours=1))
    assert the_recall().visit == missed
    catch_up()
    assert call_list(practice.branch, "overdue", timezone.localdate()).exists()


@pytest.mark.parametrize(
    ("outcome", "on", "lists"),
    [
        ("no_answer", None, ["overdue", "due"]),
        ("message", None, ["overdue", "due"]),
        ("call_back", date(2030, 8, 1), ["later"]),
        ("declined", date(2030, 12, 1), ["later"]),
    ],
)
def test_what_came_of_a_call_decides_where_the_recall_is_listed(practice, hygiene, outcome, on, lists):
    complete(practice.visit(9))
    maria = UserFactory()
    attempt = actions.record_attempt(the_recall(), outcome, by=maria, on=on, note="Voicemail")
    assert (attempt.by, attempt.on) == (maria, on)
    today = date(2030, 7, 20)
    assert [
        which for which in ("overdue", "due", "later") if call_list(practice.branch, which, today).exists()
    ] == lists
    if on:
        assert call_list(practice.branch, "due", on + timedelta(days=1)).exists()


def test_whoever_asked_not_to_be_contacted_is_on_no_call_list(practice, hygiene):
    complete(practice.visit(9))
    practice.ana.contact_by = "none"
    practice.ana.save()
    assert not call_list(practice.branch, "due", date(2031, 1, 1)).exists()


def test_a_rule_made_later_counts_for_earlier_visits_once_the_night_has_passed(practice):
    complete(practice.visit(9))
    hygiene = AppointmentTypeFactory(name="Hygiene")
    Rule.objects.create(after=practice.exam, kind=hygiene, months=12)
    assert not Recall.objects.exists()
    catch_up()
    assert the_recall().due_on == date(2031, 1, 15)
    Rule.objects.update(is_active=False)
    catch_up()
    assert the_recall().due_on is None


def test_the_number_of_queries_does_not_grow_with_patients_and_visits(practice, hygiene):
    def cost(patients):
        with CaptureQueriesContext(connection) as queries:
            actions.refresh([patient.pk for patient in patients])
        return len(queries)

    patients = [PatientFactory(branch=practice.branch) for _ in range(8)]
    for number, patient in enumerate(patients):
        for year in range(3):
            day = date(2024 + year, 3, 1 + number)
            AppointmentFactory(
                patient=patient, chair=practice.chairs[0], practitioner=practice.okafor, appointment_type=practice.exam,
                starts_at=practice.at(9, day=day), status=Status.COMPLETED,
            )  # fmt: skip
    assert cost(patients[:1]) == cost(patients[1:])
    assert Recall.objects.count() == 8
    # A second look finds nothing to write.
    assert cost(patients) <= cost(patients[:1])


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["on", "back", "cancel"])), max_size=25)


@pytest.mark.django_db(transaction=True)
def test_any_order_of_steps_leads_to_what_a_fresh_look_finds():
    practice = open_practice()
    kind = AppointmentTypeFactory(name="Hygiene")
    Rule.objects.create(after=practice.exam, kind=kind, months=6)
    Rule.objects.create(after=kind, kind=kind, months=3)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def steps_in_any_order(steps):
        for model in (Attempt, Recall, Appointment):
            model.objects.all().delete()
        visits = [
            booked(practice, one, TUESDAY + timedelta(days=40 * n)) for n, one in enumerate([practice.exam, kind, kind])
        ]
        for which, what in steps:
            visit = Appointment.objects.get(pk=visits[which].pk)
            order = [Status.BOOKED, *WAY]
            at = order.index(visit.status) if visit.status in order else 0
            target = {"on": order[min(at + 1, 3)], "back": order[max(at - 1, 0)], "cancel": Status.CANCELLED}[what]
            try:
                appointments.advance(visit, target, reason="Ill")
            except appointments.AppointmentError:
                continue
        kept = list(Recall.objects.filter(due_on__isnull=False).values("kind", "due_on", "because", "visit"))
        Attempt.objects.all().delete()
        Recall.objects.all().delete()
        actions.catch_up()
        assert kept == list(Recall.objects.values("kind", "due_on", "because", "visit"))

    steps_in_any_order()


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)), st.integers(1, 60))
def test_months_are_added_on_the_calendar(day, months):
    later = actions.add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


def test_a_month_after_the_last_of_january_is_the_last_of_february():
    ends = [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 28)]
    assert all(actions.add_months(before, 1) == after for before, after in pairwise(ends))


def test_a_merge_and_its_undoing_take_recalls_along_at_once(practice, hygiene):
    twin = PatientFactory(family_name="Silva", branch=practice.branch)
    complete(practice.visit(9))
    later = TUESDAY + timedelta(days=31)
    complete(practice.visit(9, starts_at=practice.at(9, day=later), patient=twin))

    def due():
        return {recall.patient.pk: recall.due_on for recall in Recall.objects.all() if recall.due_on}

    apart = {practice.ana.pk: date(2030, 7, 15), twin.pk: date(2030, 8, 15)}
    assert due() == apart
    note = merge(practice.ana, twin)
    assert due() == {practice.ana.pk: date(2030, 8, 15)}, "the last visit of both counts, and there is one recall"
    undo(note)
    assert due() == apart
