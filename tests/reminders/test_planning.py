"""Which reminders are planned, when they are due, and by which way they go."""

from __future__ import annotations

import threading
from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from clinic.appointments import actions as appointments
from clinic.appointments.models import Status
from clinic.demo.factories import AppointmentFactory, BranchFactory, PatientFactory, PractitionerFactory
from clinic.practice.models import Branch
from clinic.reminders.models import Fresh, Plan, Reminder, State, validate_days
from clinic.reminders.planning import channel_for, plan_ahead, why_no_way
from tests.desk.practice import TUESDAY


def planned():
    return list(Reminder.objects.order_by("due_at").values_list("kind", "due_at", "state"))


def test_a_week_and_a_day_before_at_the_same_time_on_the_wall(practice, visit, clock):
    plan_ahead()
    week = practice.at(11, day=TUESDAY - timedelta(days=7))
    assert planned() == [("before_7", week, State.PLANNED)]
    clock.move_to(practice.at(12, day=TUESDAY - timedelta(days=2)))
    plan_ahead()
    assert planned() == [
        ("before_7", week, State.PLANNED),
        ("before_1", practice.at(11, day=TUESDAY - timedelta(days=1)), State.PLANNED),
    ]


def test_planned_again_and_again_it_is_there_once(visit):
    assert [plan_ahead() for _ in range(3)] == [1, 0, 0]
    assert Reminder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_a_time_leave_one(visit):
    together = threading.Barrier(2)

    def work():
        try:
            together.wait()
            plan_ahead()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Reminder.objects.count() == 1


def test_the_wall_decides_across_a_change_of_the_clocks(practice, plan, clock):
    sunday = date(2030, 3, 31)
    visit = practice.visit(0, starts_at=practice.at(9, day=sunday + timedelta(days=1)), booked_at=practice.at(9))
    clock.move_to(practice.at(20, day=sunday - timedelta(days=1)))
    plan_ahead()
    due = Reminder.objects.get(appointment=visit, kind="before_1").due_at
    assert due == practice.at(9, day=sunday)
    assert visit.starts_at - due == timedelta(hours=24)


def test_what_falls_into_quiet_hours_is_due_when_they_end(practice, visit, plan, clock):
    plan.quiet_from, plan.quiet_until = time(10, 30), time(11, 45)
    plan.save()
    plan_ahead()
    assert Reminder.objects.get().due_at == practice.at(11, 45, day=TUESDAY - timedelta(days=7))


@pytest.mark.parametrize(
    ("change", "status"),
    [({"is_on": False}, Status.BOOKED), ({"days_before": ""}, Status.BOOKED), ({}, Status.CANCELLED)],
)
def test_nothing_is_planned_that_nobody_wants(visit, plan, change, status):
    Plan.objects.filter(pk=plan.pk).update(**change)
    type(visit).objects.filter(pk=visit.pk).update(status=status)
    assert plan_ahead() == 0


def test_no_reminder_is_planned_whose_day_was_over_before_the_visit_was_booked(practice, visit, clock):
    type(visit).objects.filter(pk=visit.pk).update(booked_at=practice.at(9, day=TUESDAY - timedelta(days=3)))
    clock.move_to(practice.at(12, day=TUESDAY - timedelta(days=2)))
    plan_ahead()
    assert [kind for kind, _, _ in planned()] == ["before_1"]


def test_reminders_switched_on_late_do_not_go_out_for_days_gone_by(practice, visit, clock):
    clock.move_to(practice.at(10, day=TUESDAY - timedelta(days=5)))
    assert plan_ahead() == 0


def test_a_patient_who_does_not_want_to_be_contacted_gets_none_planned(practice, visit):
    practice.ana.contact_by = "none"
    practice.ana.save()
    assert plan_ahead() == 0


def test_one_without_an_address_is_shown_as_left_out(practice, visit):
    practice.ana.email, practice.ana.mobile = "", ""
    practice.ana.save()
    plan_ahead()
    reminder = Reminder.objects.get()
    assert (reminder.state, reminder.reason, reminder.channel) == ("dropped", "no_address", "")


@pytest.mark.parametrize(
    ("contact_by", "email", "mobile", "texts", "channel"),
    [
        ("email", "a@b.example", "+353881234567", True, "email"),
        ("email", "", "+353881234567", True, "sms"),
        ("sms", "a@b.example", "+353881234567", True, "sms"),
        ("sms", "a@b.example", "", True, "email"),
        ("phone", "a@b.example", "+353881234567", True, "sms"),
        ("phone", "a@b.example", "+353881234567", False, ""),
        ("none", "a@b.example", "+353881234567", True, ""),
        ("sms", "", "", True, ""),
    ],
)
def test_the_way_is_the_one_the_patient_wants_as_far_as_there_is_one(contact_by, email, mobile, texts, channel):
    patient = PatientFactory.build(contact_by=contact_by, email=email, mobile=mobile, branch=None)
    assert channel_for(patient, Plan(texts_for_phone=texts)) == channel


def test_who_prefers_the_phone_is_texted_only_where_somebody_chose_so():
    patient = PatientFactory.build(contact_by="phone", email="", mobile="+353881234567", branch=None)
    assert (channel_for(patient, Plan()), why_no_way(patient, Plan())) == ("", "phone")
    assert channel_for(patient, Plan(texts_for_phone=True)) == "sms"
    assert why_no_way(PatientFactory.build(contact_by="sms", mobile="", branch=None), Plan()) == "no_address"


def booked(practice, **facts):
    return appointments.book(
        patient=practice.ana, practitioner=practice.okafor, chair=practice.chairs[0],
        appointment_type=practice.exam, starts_at=practice.at(14), **facts,
    )  # fmt: skip


def test_a_booking_is_confirmed_once_it_can_no_longer_be_undone(practice, visit, clock, settings):
    booked(practice)
    clock.shift(settings.UNDO_SECONDS - 1)
    plan_ahead()
    assert not Reminder.objects.filter(kind="booked").exists()
    clock.shift(2)
    plan_ahead()
    assert Reminder.objects.filter(kind="booked").count() == 1
    assert not Fresh.objects.exists()


def test_a_new_time_is_confirmed_too(practice, visit, clock):
    appointments.reschedule(visit, starts_at=practice.at(15))
    clock.shift(60)
    plan_ahead()
    assert Reminder.objects.get(kind="booked").starts_at == practice.at(15)


def test_a_booking_that_was_undone_is_not_confirmed(practice, visit, clock):
    appointments.put_back(booked(practice), None, because="Undone")
    clock.shift(60)
    plan_ahead()
    assert not Reminder.objects.filter(kind="booked").exists()


def test_a_step_of_the_visit_is_no_news_for_the_patient(visit, clock):
    appointments.advance(visit, Status.CONFIRMED)
    clock.shift(60)
    plan_ahead()
    assert not Reminder.objects.filter(kind="booked").exists()


def test_the_number_of_queries_does_not_grow_with_the_visits(practice, visit):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            plan_ahead()
        return len(queries)

    few = cost()
    for _ in range(30):
        AppointmentFactory(
            patient=PatientFactory(branch=practice.branch), chair=practice.chairs[0], starts_at=visit.starts_at,
            practitioner=PractitionerFactory(branches=[practice.branch]), overbooked_because="Test",
            booked_at=visit.booked_at,
        )  # fmt: skip
    assert cost() == few
    assert Reminder.objects.count() == 31


@pytest.mark.parametrize("text", ["7, 1", "", "1", " 14,7 , 1 "])
def test_days_are_read_from_what_people_write(text):
    validate_days(text)
    assert Plan(days_before=text).days == sorted({int(n) for n in text.replace(",", " ").split()}, reverse=True)


@pytest.mark.parametrize("text", ["one", "7;1", "0", "61", "7,,1", "-1", "1.5"])
def test_what_is_no_list_of_days_is_refused(text):
    with pytest.raises(ValidationError):
        validate_days(text)


@given(
    st.datetimes(timezones=st.timezones(), allow_imaginary=False).filter(lambda at: 1990 < at.year < 2090),
    st.times(), st.times(), st.sampled_from(["Europe/Dublin", "America/New_York", "Asia/Kathmandu", "UTC"]),
)  # fmt: skip
def test_nothing_ever_goes_out_in_quiet_hours_nor_much_later_than_they_end(at, first, last, zone):
    first, last = (edge.replace(second=0, microsecond=0) for edge in (first, last))
    plan = Plan(branch=Branch(time_zone=zone), quiet_from=first, quiet_until=last)
    out = plan.out_of_quiet(at)
    assert at <= out <= at + timedelta(hours=25)
    wall = out.astimezone(plan.branch.zone).time()
    gap = (
        out.astimezone(plan.branch.zone).replace(fold=0).utcoffset()
        != (out - timedelta(hours=3)).astimezone(plan.branch.zone).utcoffset()
    )
    quiet = (wall >= first or wall < last) if first > last else first <= wall < last
    assert gap or not quiet


def test_branches_decide_for_themselves(practice, visit):
    elsewhere = BranchFactory()
    Plan.objects.create(branch=elsewhere, is_on=True, days_before="3")
    assert plan_ahead() == 1
    assert Reminder.objects.get().kind == "before_7"
