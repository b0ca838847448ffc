"""Booking from the day view, being refused, booking all the same, moving."""

import uuid
from datetime import date, time

import pytest

from clinic.appointments.models import Appointment
from clinic.demo.factories import PatientFactory
from clinic.patients.models import Patient
from clinic.practice.clock import NoSuchTime, TwoSuchTimes, moment
from clinic.staff.models import User
from tests.desk.practice import HTMX


@pytest.fixture
def form(practice):
    return {
        "uid": uuid.uuid4(),
        "patient": practice.ana.pk,
        "appointment_type": practice.exam.pk,
        "practitioner": practice.okafor.pk,
        "chair": practice.chairs[0].pk,
        "day": "2030-01-15",
        "at": "09:00",
        "minutes": "30",
    }


def book(desk, form, **changed):
    return desk.post("/appointments/book/", form | changed, headers=HTMX)


def test_booking_opens_the_visit(practice, desk, form):
    answer = book(desk, form)
    visit = Appointment.objects.get()
    assert answer.url == f"/appointments/{visit.pk}/"
    assert visit.starts_at == practice.at(9)
    assert visit.ends_at == practice.at(9, 30)
    assert visit.booked_by.username
    assert "Booked: Ana Silva, Tue 15 Jan 09:00, Dr Okafor." in desk.get(answer.url, headers=HTMX).content.decode()


def test_a_form_sent_twice_books_once(practice, desk, form):
    assert book(desk, form).url == book(desk, form).url
    assert Appointment.objects.count() == 1


def test_a_new_patient_is_registered_with_the_booking_once(practice, desk, form):
    new = {"patient": "", "given_name": "José", "family_name": "Núñez", "mobile": "088 765 4321"}
    book(desk, form, **new)
    book(desk, form, **new)
    patient = Patient.objects.get(family_name="Núñez")
    assert patient.mobile.as_e164 == "+353887654321"
    assert patient.branch == practice.branch
    assert patient.appointments.count() == 1


def test_a_refused_booking_registers_nobody_and_loses_nothing(practice, desk, form):
    practice.visit(9)
    new = {"patient": "", "given_name": "José", "family_name": "Núñez", "mobile": "088 765 4321"}
    answer = book(desk, form, note="Brings X-rays", **new)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Dr Okafor already has an appointment from 09:00 to 09:30." in page
    assert "Núñez" in page
    assert "Brings X-rays" in page
    assert not Patient.objects.filter(family_name="Núñez").exists()


def test_a_taken_time_can_be_double_booked_with_a_reason(practice, desk, form):
    practice.visit(9)
    form["patient"] = PatientFactory(branch=practice.branch).pk
    assert "Reason to double book" in book(desk, form).content.decode()
    book(desk, form, overbooked_because="Toothache")
    visit = Appointment.objects.get(overbooked_because="Toothache")
    assert visit.booked_by.username
    assert "Double booked" in desk.get("/?day=2030-01-15").content.decode()


def test_whoever_is_not_chosen_is_asked_for(desk, form):
    page = book(desk, form, patient="").content.decode()
    assert "Choose who the visit is for" in page


def test_a_half_described_newcomer_is_asked_for_the_rest(desk, form):
    page = book(desk, form, patient="", family_name="Núñez", mobile="12").content.decode()
    assert "A new patient needs a surname, a first name and a phone number." in page
    assert "This is not a phone number." in page
    assert not Appointment.objects.exists()


def test_closed_time_is_booked_only_on_purpose(practice, desk, form):
    assert "not open for all of that time" in book(desk, form, at="12:15").content.decode()
    assert not Appointment.objects.exists()
    book(desk, form, at="12:15", outside_hours="on")
    assert Appointment.objects.get().starts_at == practice.at(12, 15)


def test_without_a_chair_the_first_free_one_is_taken(practice, desk, form):
    practice.visit(9, practitioner=practice.lindqvist, patient=PatientFactory(branch=practice.branch))
    book(desk, form, chair="")
    assert Appointment.objects.latest("pk").chair == practice.chairs[1]


def test_the_form_suggests_a_chair_that_is_free_then(practice, desk):
    practice.visit(9, practitioner=practice.lindqvist)
    asked = {"day": "2030-01-15", "at": "09:15", "practitioner": practice.okafor.pk}
    page = desk.get("/appointments/book/", asked, headers=HTMX)
    assert page.context["form"]["chair"].value() == practice.chairs[1].pk
    assert "Chair 1 (taken)" in page.content.decode()


@pytest.mark.parametrize("stranger", ["patient", "practitioner", "chair"])
def test_nobody_and_nothing_of_another_branch_can_be_booked(practice, desk, form, stranger):
    from clinic.demo.factories import ChairFactory, PractitionerFactory

    theirs = {
        "patient": PatientFactory(branch=practice.elsewhere),
        "practitioner": PractitionerFactory(branches=[practice.elsewhere]),
        "chair": ChairFactory(branch=practice.elsewhere),
    }
    assert book(desk, form, **{stranger: theirs[stranger].pk}).status_code == 422
    assert not Appointment.objects.exists()


def test_a_time_that_the_clocks_skip_is_refused(desk, form):
    page = book(desk, form, day="2030-03-31", at="01:30", outside_hours="on").content.decode()
    assert "There is no 01:30 on this day" in page


def test_a_time_that_comes_twice_is_asked_about(practice, desk, form):
    night = {"day": "2030-10-27", "at": "01:30", "outside_hours": "on"}
    page = book(desk, form, **night).content.decode()
    assert "01:30 comes twice" in page
    assert "Which of the two?" in page
    book(desk, form, **night, fold="1")
    assert Appointment.objects.get().starts_at.isoformat() == "2030-10-27T01:30:00+00:00"


def test_the_wall_clock_tells_gap_and_fold_apart(practice):
    zone = practice.branch.zone
    with pytest.raises(NoSuchTime):
        moment(zone, date(2030, 3, 31), time(1, 0))
    assert moment(zone, date(2030, 3, 31), time(2, 0)).isoformat() == "2030-03-31T01:00:00+00:00"
    with pytest.raises(TwoSuchTimes):
        moment(zone, date(2030, 10, 27), time(1, 59))
    assert moment(zone, date(2030, 10, 27), time(1, 0), fold=0).isoformat() == "2030-10-27T00:00:00+00:00"
    assert moment(zone, date(2030, 10, 27), time(2, 0)).isoformat() == "2030-10-27T02:00:00+00:00"


@pytest.mark.parametrize(
    "rubbish",
    [{"day": "soon"}, {"day": "9999-12-31"}, {"at": "99:99"}, {"minutes": "-5"}, {"uid": "x"}, {"chair": "x"}],
)
def test_rubbish_is_an_error_of_the_form_and_not_of_the_server(desk, form, rubbish):
    assert book(desk, form, **rubbish).status_code == 422
    asked = {name: str(value) for name, value in (form | rubbish).items()}
    assert desk.get("/appointments/book/", asked, headers=HTMX).status_code == 200


def test_moving_takes_the_new_time_and_gives_up_the_old(practice, desk):
    visit = practice.visit(9)
    move = {"practitioner": practice.lindqvist.pk, "chair": practice.chairs[1].pk, "day": "2030-01-16", "at": "10:00"}
    desk.post(f"/appointments/{visit.pk}/move/", move, headers=HTMX)
    visit.refresh_from_db()
    assert visit.starts_at == practice.at(10, day=date(2030, 1, 16))
    assert visit.duration.total_seconds() == 30 * 60
    assert visit.practitioner == practice.lindqvist


def test_a_refused_move_says_why_and_moves_nothing(practice, desk):
    practice.visit(10, patient=PatientFactory(branch=practice.branch))
    visit = practice.visit(9)
    move = {"practitioner": practice.okafor.pk, "chair": practice.chairs[0].pk, "day": "2030-01-15", "at": "10:15"}
    answer = desk.post(f"/appointments/{visit.pk}/move/", move, headers=HTMX)
    assert answer.status_code == 422
    assert "Dr Okafor already has an appointment from 10:00 to 10:30." in answer.content.decode()
    visit.refresh_from_db()
    assert visit.starts_at == practice.at(9)


def test_only_who_may_overbook_is_offered_it(practice, form):
    practice.visit(9)
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    assert book(accountant, form, overbooked_because="Because").status_code == 403
