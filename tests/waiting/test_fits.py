"""Who on the waiting list is offered a time that became free, in which order, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.demo.factories import AlertFactory, AppointmentTypeFactory, PatientFactory
from clinic.waiting.models import NOON, Entry, Part, Urgency
from clinic.waiting.queries import fits
from tests.desk.practice import TUESDAY


@pytest.fixture
def waits(practice):
    """Put somebody on the list, an exam of 30 minutes unless said otherwise."""

    def wait(name="Berg", practitioners=(), **facts):
        facts.setdefault("patient", PatientFactory(family_name=name, branch=practice.branch))
        facts = {"appointment_type": practice.exam, "minutes": 30, "branch": practice.branch} | facts
        entry = Entry.objects.create(**facts)
        entry.practitioners.set(practitioners)
        return entry

    return wait


def offered(practice, hour=9, minutes=30, **options):
    start = practice.at(hour)
    end = start + timedelta(minutes=minutes)
    return fits(start, end, practice.branch, practice.okafor, practice.chairs[0], **options)


def names(found):
    return [fit.patient.family_name for fit in found]


def test_the_most_urgent_come_first_and_then_whoever_waits_longest(practice, waits):
    now = timezone.now()
    waits("Late", since=now - timedelta(days=1))
    waits("Early", since=now - timedelta(days=9))
    waits("Pain", since=now, urgency=Urgency.URGENT)
    found = offered(practice)
    assert names(found) == ["Pain", "Early", "Late"]
    assert found[0].reasons == ["Urgent", "waiting for 0 days"]
    assert found[1].reasons == ["waiting for 9 days"]


def test_whose_wishes_are_met_come_before_those_whose_are_not_and_the_words_say_so(practice, waits):
    waits("Other", [practice.lindqvist], urgency=Urgency.URGENT)
    waits("Mine", [practice.okafor, practice.lindqvist])
    found = offered(practice)
    assert names(found) == ["Mine", "Other"]
    assert found[0].reasons[0] == "wants Dr Okafor"
    assert found[1].misses == ["would rather see Dr Lindqvist"]


@pytest.mark.parametrize(
    ("part", "hours", "hour", "met"),
    [
        (Part.MORNING, (None, NOON), 9, True),
        (Part.MORNING, (None, NOON), 14, False),
        (Part.AFTERNOON, (NOON, None), 14, True),
        (Part.AFTERNOON, (NOON, None), 9, False),
        (Part.HOURS, (NOON.replace(hour=9), NOON.replace(hour=10)), 9, True),
        (Part.HOURS, (NOON.replace(hour=9), NOON.replace(hour=10)), 10, False),
    ],
)
def test_the_part_of_the_day_is_read_on_the_branch_s_wall(practice, waits, part, hours, hour, met):
    waits("Berg", part=part, not_before=hours[0], not_after=hours[1])
    waits("Anybody")
    found = offered(practice, hour)
    assert names(found) == (["Berg", "Anybody"] if met else ["Anybody", "Berg"])
    berg = next(fit for fit in found if fit.patient.family_name == "Berg")
    assert bool(berg.misses) is not met


def test_a_weekday_that_does_not_suit_is_a_wish_unmet(practice, waits):
    waits("Monday", weekdays=0b1)
    waits("Tuesday", weekdays=0b10)
    found = offered(practice)
    assert names(found) == ["Tuesday", "Monday"]
    assert found[1].misses == ["would rather come on another weekday"]


def test_nobody_is_offered_who_cannot_come(practice, waits):
    waits("Long", minutes=45)
    waits("Later", earliest=TUESDAY + timedelta(days=1))
    waits("Sooner", latest=TUESDAY - timedelta(days=1))
    waits("Elsewhere", branch=practice.elsewhere)
    waits("Closed", status=Entry.Status.GIVEN_UP)
    waits("Gone", patient=PatientFactory(family_name="Gone", branch=practice.branch, is_active=False))
    busy = waits("Busy")
    practice.visit(9, 15, patient=busy.patient, practitioner=practice.lindqvist, chair=practice.chairs[1])
    waits("Fits", earliest=TUESDAY, latest=TUESDAY)
    assert names(offered(practice)) == ["Fits"]


def test_whoever_cancelled_the_time_is_not_offered_it(practice, waits):
    entry = waits("Silva", patient=practice.ana)
    assert offered(practice, but=practice.ana) == []
    assert [fit.entry for fit in offered(practice)] == [entry]


def test_a_visit_is_only_moved_forward(practice, waits):
    later = practice.visit(14, patient=PatientFactory(family_name="Later", branch=practice.branch))
    waits("Later", patient=later.patient, instead_of=later)
    assert names(offered(practice, 9)) == ["Later"]
    assert names(offered(practice, 15)) == []


def test_the_number_of_queries_does_not_grow_with_the_list(practice, waits):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = offered(practice)
            for fit in found:
                _ = [str(one) for one in fit.patient.alerts.all()]
        return len(queries), len(found)

    AlertFactory(patient=waits("One").patient)
    few, shown = count()
    assert shown == 1
    for number in range(40):
        entry = waits(f"Berg{number}", [practice.okafor, practice.lindqvist], minutes=20)
        AlertFactory(patient=entry.patient)
    assert count() == (few, 12)


def test_a_longer_gap_takes_whoever_fits_into_it(practice, waits):
    crown = AppointmentTypeFactory(name="Crown", minutes=60)
    waits("Crown", appointment_type=crown, minutes=60)
    assert names(offered(practice, minutes=30)) == []
    assert names(offered(practice, minutes=60)) == ["Crown"]


def test_nobody_is_offered_whose_visit_the_practitioner_does_not_do(practice, waits):
    hygiene = AppointmentTypeFactory(name="Hygiene")
    waits("Exam")
    waits("Clean", appointment_type=hygiene)
    assert names(offered(practice)) == ["Exam", "Clean"], "who has no types chosen does everything"
    practice.okafor.types.add(hygiene)
    assert names(offered(practice)) == ["Clean"]
