"""The hours of people and chairs on the day view, and in the forms that book and move."""

import uuid
from datetime import date, time, timedelta

import pytest

from clinic.appointments.models import Appointment
from clinic.demo.factories import AbsenceFactory, ClosureFactory, OpeningFactory, OpeningHoursFactory
from tests.desk.practice import HTMX, TUESDAY

DAY = "/?day=2030-01-15"
SATURDAY = TUESDAY + timedelta(days=4)


@pytest.fixture
def leave(practice):
    return AbsenceFactory(practitioner=practice.okafor, first_day=TUESDAY, last_day=SATURDAY)


def test_leave_closes_one_column_with_its_reason_told_once(leave, desk):
    page = desk.get(DAY).content.decode()
    assert page.count("Leave until 19 Jan") == 1
    assert "Book 09:00, Dr Okafor" not in page
    assert "Book 09:00, Dr Lindqvist" in page


def test_a_column_is_closed_where_its_own_week_says_so(practice, desk):
    OpeningHoursFactory(branch=practice.branch, practitioner=practice.okafor, weekday=1, opens=time(8), closes=time(10))
    page = desk.get(DAY).content.decode()
    assert "Book 09:45, Dr Okafor" in page
    assert "Book 10:00, Dr Okafor" not in page
    assert "Book 10:00, Dr Lindqvist" in page


def test_a_chair_out_of_service_has_no_slot_and_says_until_when(practice, desk):
    AbsenceFactory(practitioner=None, chair=practice.chairs[0], kind="out", first_day=TUESDAY, last_day=SATURDAY)
    page = desk.get(f"{DAY}&by=chair").content.decode()
    assert "Out of service until 19 Jan" in page
    assert "Book 09:00, Chair 1" not in page
    assert "Book 09:00, Chair 2" in page


def test_an_opening_on_a_closed_day_opens_one_column_only(practice, desk):
    ClosureFactory(branch=practice.branch, first_day=TUESDAY, last_day=TUESDAY, reason="Training day")
    OpeningFactory(branch=practice.branch, practitioner=practice.okafor, day=TUESDAY, starts=600, ends=660)
    page = desk.get(DAY).content.decode()
    assert page.count("data-slot") == 4
    assert "Book 10:00, Dr Okafor" in page
    assert page.count("Training day") == 1


def test_when_everybody_is_away_each_column_says_why(practice, leave, desk):
    AbsenceFactory(practitioner=practice.lindqvist, kind="training", first_day=TUESDAY, last_day=SATURDAY)
    page = desk.get(DAY).content.decode()
    assert page.count("Leave until 19 Jan") == 1
    assert page.count("Training until 19 Jan") == 1
    assert "data-slot" not in page


def test_a_week_of_leave_says_so_on_each_day(practice, desk):
    AbsenceFactory(practitioner=practice.okafor, first_day=date(2030, 1, 14), last_day=date(2030, 1, 18))
    page = desk.get(f"/week/?day=2030-01-15&who={practice.okafor.pk}").content.decode()
    assert page.count("Leave until 18 Jan") == 5
    assert page.count("Closed on Saturday") == 1
    assert "data-slot" not in page


def test_a_closure_with_an_opening_in_it_still_says_why(practice, desk):
    ClosureFactory(branch=practice.branch, first_day=TUESDAY, last_day=TUESDAY, reason="Training day")
    practice.visit(8)
    OpeningFactory(branch=practice.branch, day=TUESDAY, starts=600, ends=660)
    page = desk.get(DAY).content.decode()
    assert page.count("Training day") == 1
    assert page.count("data-slot") == 8


def test_a_page_that_is_open_gets_a_new_grid_when_hours_change(practice, desk):
    page = desk.get(DAY)
    asked = {"day": "2030-01-15", "frame": page.context["grid"].frame, "seen": page.context["seen"]}
    assert desk.get("/day/visits/", asked, headers=HTMX).status_code == 204
    AbsenceFactory(practitioner=practice.okafor, first_day=TUESDAY, starts=600, ends=660)
    fresh = desk.get("/day/visits/", asked, headers=HTMX)
    assert fresh["HX-Retarget"] == "#grid"
    assert "Leave until 11:00" in fresh.content.decode()


@pytest.fixture
def book(practice, desk):
    """A function that asks to book Ana on the Tuesday at nine, or what is `changed` of that."""
    form = {
        "uid": uuid.uuid4(),
        "patient": practice.ana.pk,
        "appointment_type": practice.exam.pk,
        "practitioner": practice.okafor.pk,
        "chair": practice.chairs[0].pk,
        "day": "2030-01-15",
        "at": "09:00",
        "minutes": "30",
    }
    return lambda **changed: desk.post("/appointments/book/", form | changed, headers=HTMX)


def test_whoever_is_on_leave_is_booked_only_on_purpose(leave, book):
    page = book().content.decode()
    assert "Dr Okafor is on leave until 19 Jan. Choose another time, or tick the box" in page
    assert not Appointment.objects.exists()
    book(outside_hours="on")
    assert Appointment.objects.count() == 1


def test_the_form_says_when_somebody_is_in_on_that_day(practice, book):
    mine = {"branch": practice.branch, "practitioner": practice.okafor}
    OpeningHoursFactory(**mine, weekday=1, opens=time(10), closes=time(12))
    assert "Dr Okafor can be booked from 10:00 to 12:00 on that day." in book().content.decode()
    OpeningHoursFactory(**mine, weekday=2)
    assert "Dr Okafor: Not in on Thursday." in book(day="2030-01-17").content.decode()


def test_a_chair_out_of_service_is_asked_about_and_never_chosen_by_itself(practice, book, desk):
    AbsenceFactory(practitioner=None, chair=practice.chairs[0], kind="out", first_day=TUESDAY, last_day=SATURDAY)
    assert "Chair 1 is out of service until 19 Jan." in book().content.decode()
    asked = {"day": "2030-01-15", "at": "09:00", "minutes": "30"}
    offered = desk.get("/appointments/book/", asked, headers=HTMX).context["form"]
    assert offered["chair"].value() == practice.chairs[1].pk
    book(chair="")
    assert Appointment.objects.get().chair == practice.chairs[1]


def test_an_opening_of_their_own_needs_no_tick(practice, book):
    OpeningFactory(branch=practice.branch, practitioner=practice.okafor, day=SATURDAY, starts=540, ends=600)
    assert book(day=SATURDAY.isoformat()).status_code == 302
    assert Appointment.objects.get().starts_at == practice.at(9, day=SATURDAY)


def test_moving_asks_too(practice, leave, desk):
    visit = practice.visit(9, practitioner=practice.lindqvist)
    form = {"practitioner": practice.okafor.pk, "chair": visit.chair_id, "day": "2030-01-15", "at": "09:00"}
    page = desk.post(f"/appointments/{visit.pk}/move/", form | {"minutes": "30"}, headers=HTMX)
    assert "Dr Okafor is on leave until 19 Jan." in page.content.decode()


def test_a_visit_over_the_hour_that_the_clocks_skip_is_within_hours_that_span_it(practice, book):
    OpeningHoursFactory(branch=practice.branch, weekday=6, opens=time(0), closes=time(3))
    assert book(day="2030-03-31", at="00:30", minutes="60").status_code == 302
    visit = Appointment.objects.get()
    assert f"{visit.local_end:%H:%M}" == "02:30"
    visit.delete()
    late = book(day="2030-03-31", at="00:30", minutes="100", uid=uuid.uuid4(), chair=practice.chairs[1].pk)
    assert "not open for all of that time" in late.content.decode()
