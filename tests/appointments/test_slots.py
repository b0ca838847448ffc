"""Free times: what is offered can be booked, in order, and by nobody's second look is it in anybody's way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.appointments import actions
from clinic.appointments.models import Appointment, Status
from clinic.appointments.offering import other_times
from clinic.appointments.slots import FreeSlot, Part, Wish, free_slots, linked_slots, read_slot
from clinic.demo.factories import AppointmentFactory, AppointmentTypeFactory, OpeningHoursFactory, PatientFactory
from clinic.rota.models import Absence
from tests.desk.practice import TUESDAY, Practice, open_practice

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def practice(db: None) -> Practice:
    return open_practice()


def wish(practice: Practice, **more) -> Wish:
    return Wish(**({"branch": practice.branch, "duration": HALF_HOUR, "practitioners": (practice.okafor,)} | more))


def starts(found: list[FreeSlot]) -> list[str]:
    return [f"{slot.local_start:%a %H:%M}" for slot in found]


def test_the_next_times_come_in_order_and_leave_out_what_is_taken_and_the_break(practice):
    practice.visit(8)
    practice.visit(9, 10, ends_at=practice.at(11, 20), patient=PatientFactory())
    found = free_slots(wish(practice), after=practice.at(8), limit=4)
    assert starts(found) == ["Tue 08:30", "Tue 11:20", "Tue 13:00", "Tue 13:30"]
    assert {slot.chair for slot in found} == {practice.chairs[0]}, "the chair that the practitioner uses on that day"


def test_nothing_is_offered_in_the_past_nor_at_odd_minutes(practice):
    found = free_slots(wish(practice), after=practice.at(9, 7), limit=1)
    assert starts(found) == ["Tue 09:15"]


def test_a_visit_needs_a_chair_too(practice):
    for chair in practice.chairs:
        practice.visit(
            8,
            chair=chair,
            patient=PatientFactory(),
            practitioner=practice.lindqvist if chair == practice.chairs[0] else practice.okafor,
            ends_at=practice.at(9),
        )
    third = Wish(branch=practice.branch, duration=HALF_HOUR)
    assert starts(free_slots(third, after=practice.at(8), limit=1)) == ["Tue 09:00"]


def test_leave_and_a_chair_out_of_service_are_kept_clear_of(practice):
    Absence.objects.create(practitioner=practice.okafor, first_day=TUESDAY, last_day=TUESDAY, ends=9 * 60)
    Absence.objects.create(chair=practice.chairs[0], kind="out", first_day=TUESDAY, last_day=TUESDAY)
    found = free_slots(wish(practice), after=practice.at(8), limit=1)
    assert (starts(found), found[0].chair) == (["Tue 09:00"], practice.chairs[1])


def test_the_patients_own_visits_are_kept_clear_of(practice):
    practice.visit(8, practitioner=practice.lindqvist)
    assert starts(free_slots(wish(practice, patient=practice.ana), after=practice.at(8), limit=1)) == ["Tue 08:30"]


def test_cancelled_visits_and_the_one_that_is_moved_are_in_nobodys_way(practice):
    practice.visit(8, status=Status.CANCELLED)
    assert starts(free_slots(wish(practice), after=practice.at(8), limit=1)) == ["Tue 08:00"]
    moving = practice.visit(8)
    assert starts(free_slots(wish(practice, moving=moving), after=practice.at(8), limit=1)) == ["Tue 08:00"]


def test_weekday_and_part_of_the_day(practice):
    thursday = wish(practice, weekdays=frozenset({3}), part=Part.AFTERNOON)
    assert starts(free_slots(thursday, after=practice.at(8), limit=2)) == ["Thu 13:00", "Thu 13:30"]
    evening = wish(practice, part=Part.EVENING)
    assert free_slots(evening, after=practice.at(8)) == [], "closed by then"


def test_several_practitioners_are_looked_at_together(practice):
    practice.visit(8, ends_at=practice.at(10))
    anybody = Wish(branch=practice.branch, duration=HALF_HOUR)
    found = free_slots(anybody, after=practice.at(8), limit=3)
    assert starts(found) == ["Tue 08:00", "Tue 08:30", "Tue 09:00"]
    assert {slot.practitioner for slot in found} == {practice.lindqvist}


def test_of_any_practitioners_only_those_are_offered_who_do_that_type_of_visit(practice):
    anybody = Wish(branch=practice.branch, duration=HALF_HOUR, kind=practice.exam)
    assert {slot.practitioner for slot in free_slots(anybody, after=practice.at(8), limit=2)} == {
        practice.okafor,
        practice.lindqvist,
    }
    practice.okafor.types.add(AppointmentTypeFactory(name="Crown"))
    found = free_slots(anybody, after=practice.at(8), limit=2)
    assert {slot.practitioner for slot in found} == {practice.lindqvist}
    asked_for = wish(practice, kind=practice.exam)
    assert free_slots(asked_for, after=practice.at(8), limit=1)[0].practitioner == practice.okafor


def test_a_time_can_be_months_away(practice):
    for week in range(12):
        for weekday in range(5):
            day = date(2030, 1, 14) + timedelta(weeks=week, days=weekday)
            practice.visit(
                8, starts_at=practice.at(8, day=day), ends_at=practice.at(17, day=day), patient=PatientFactory()
            )
    found = free_slots(wish(practice), after=practice.at(8), limit=1)
    assert found[0].local_start.date() == date(2030, 4, 8)


def test_the_number_of_queries_does_not_grow_with_the_visits(practice):
    def asked() -> int:
        free_slots(wish(practice), after=practice.at(8))  # The hours are kept from here on.
        with CaptureQueriesContext(connection) as queries:
            assert len(free_slots(wish(practice), after=practice.at(8), limit=40)) == 40
        return len(queries)

    before = asked()
    for quarter in range(12):
        practice.visit(9 + quarter // 4, 15 * (quarter % 4), patient=PatientFactory(), overbooked_because="Tried")
    assert asked() == before


def test_a_key_says_the_slot(practice):
    slot = free_slots(wish(practice), after=practice.at(8), limit=1)[0]
    read = read_slot(slot.key)
    assert read == {
        "starts_at": slot.starts_at,
        "minutes": 30,
        "practitioner": practice.okafor.pk,
        "chair": slot.chair.pk,
    }
    for nonsense in ("", "20300115T0900", "20301515T0900.30.1.1", "20300115T0900.30.1.1; x"):
        with pytest.raises(ValueError):
            read_slot(nonsense)


def test_linked_visits_follow_one_another(practice):
    practice.visit(
        8,
        30,
        practitioner=practice.lindqvist,
        ends_at=practice.at(10),
        patient=PatientFactory(),
        chair=practice.chairs[1],
    )
    exam = wish(practice, patient=practice.ana)
    hygiene = wish(practice, patient=practice.ana, practitioners=(practice.lindqvist,), duration=timedelta(minutes=45))
    first, second = linked_slots([exam, hygiene], after=practice.at(8), limit=1, gap=timedelta(minutes=15))[0]
    assert (starts([first]), starts([second])) == (["Tue 09:30"], ["Tue 10:00"])
    assert first.ends_at <= second.starts_at


def test_a_visit_is_offered_its_own_time_in_other_weeks_or_the_nearest_and_the_next_free_ones(practice):
    visit = practice.visit(9)
    practice.visit(9, starts_at=practice.at(9, day=TUESDAY + timedelta(weeks=2)), patient=PatientFactory())
    found = other_times(visit)
    assert [str(says) for says, _ in found] == ["Next week", "In two weeks", *["Next free"] * 3]
    assert found[0][1].starts_at == visit.starts_at + timedelta(weeks=1)
    assert abs(found[1][1].starts_at - visit.starts_at - timedelta(weeks=2)) == HALF_HOUR


ZONES = [
    "Europe/Dublin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/St_Johns",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2029, 1, 1), date(2031, 12, 31)),
    minutes=st.sampled_from([10, 25, 30, 45, 90]),
    taken=st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 30)), max_size=8),
)
def test_whatever_is_offered_can_be_booked_within_the_hours(transactional_free_practice, zone, day, minutes, taken):
    practice = transactional_free_practice
    practice.branch.time_zone = zone
    practice.branch.save()
    Appointment.objects.all().delete()
    begin = datetime.combine(day, time(0), UTC)
    for start, length in taken:
        at = begin + timedelta(minutes=start)
        AppointmentFactory(
            practitioner=practice.okafor,
            chair=practice.chairs[0],
            patient=PatientFactory(branch=practice.branch),
            starts_at=at,
            ends_at=at + timedelta(minutes=5 * length),
            overbooked_because="Tried",
        )
    found = free_slots(wish(practice, duration=timedelta(minutes=minutes)), after=begin, limit=3)
    for slot in found:
        local = slot.local_start
        assert slot.starts_at >= begin
        assert local.utcoffset() == slot.starts_at.astimezone(ZoneInfo(zone)).utcoffset()
        visit = actions.book(
            patient=practice.ana,
            practitioner=slot.practitioner,
            chair=slot.chair,
            appointment_type=practice.exam,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        assert visit.overbooked_because == ""
        assert time(1) <= local.time() and (slot.ends_at - timedelta(minutes=1)).astimezone(
            ZoneInfo(zone)
        ).time() < time(23)
    assert found == sorted(found, key=lambda slot: slot.starts_at)


@pytest.fixture
def transactional_free_practice(db: None) -> Practice:
    """A practice that is open from one to eleven at night on all days, the hours of clock changes among them."""
    practice = open_practice()
    practice.branch.patterns.all().delete()
    for weekday in range(7):
        OpeningHoursFactory(branch=practice.branch, weekday=weekday, opens=time(1), closes=time(23))
    return practice
