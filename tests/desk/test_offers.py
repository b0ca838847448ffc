"""The next free times beside the search: offered, booked at once, refused with other times, undone."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from clinic.appointments.models import Appointment, Status
from clinic.appointments.slots import read_slot
from clinic.demo.factories import AppointmentTypeFactory, PatientFactory
from clinic.patients.models import Patient
from clinic.staff.models import User
from tests.desk.practice import HTMX, TUESDAY, Practice


@pytest.fixture(autouse=True)
def tuesday_morning(practice: Practice) -> Any:
    with time_machine.travel(practice.at(8), tick=False):
        yield


@pytest.fixture
def desk(practice: Practice, tuesday_morning: Any) -> Client:
    return practice.somebody()


def glance(desk: Client, **asked: Any) -> str:
    return desk.get("/search/glance/", asked, headers=HTMX).content.decode()


def keys(page: str) -> list[str]:
    return re.findall(r'name="slot" value="([^"]+)"', page)


def take(desk: Client, key: str, **who: Any) -> Any:
    known = {"uid": uuid.uuid4(), "from": "offer", "slot": key}
    return desk.post("/appointments/book/", known | who, headers=HTMX)


def ticket(answer: Any) -> str:
    return re.search(r'data-undo="([^"]+)"', answer.content.decode())[1]


def test_the_patient_is_seen_at_a_glance_with_their_practitioners_next_times(practice, desk):
    practice.ana.usual_practitioner = practice.lindqvist
    practice.ana.save()
    practice.visit(15, patient=practice.ana)
    page = glance(desk, patient=practice.ana.pk)
    assert "Takes warfarin" in page
    assert "Tue 15 Jan 15:00" in page
    assert [read_slot(key)["practitioner"] for key in keys(page)] == [practice.lindqvist.pk] * 3


def test_a_glance_names_the_last_visit_and_the_next_in_a_number_of_queries_that_is_fixed(
    practice, desk, django_assert_max_num_queries
):
    crown = AppointmentTypeFactory(name="Crown")
    for days in range(1, 9):
        start = practice.at(9) - timedelta(days=days)
        practice.visit(9, starts_at=start, appointment_type=crown, status=Status.COMPLETED)
    for hour in range(9, 12):
        practice.visit(hour)
    glance(desk, patient=practice.ana.pk)
    with django_assert_max_num_queries(13):
        page = glance(desk, patient=practice.ana.pk)
    assert "14 Jan 2030, Crown" in page
    assert "Tue 15 Jan 09:00, " + practice.okafor.name in page


def test_a_button_books_and_the_booking_can_be_undone(practice, desk):
    key = keys(glance(desk, patient=practice.ana.pk))[0]
    answer = take(desk, key, patient=practice.ana.pk, appointment_type=practice.exam.pk)
    visit = Appointment.objects.get()
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (200, "none")
    assert "Booked: Ana Silva" in answer.content.decode()
    assert visit.starts_at == practice.at(8)
    undone = desk.post("/appointments/undo/", {"ticket": ticket(answer)}, headers=HTMX)
    visit.refresh_from_db()
    assert undone.status_code == 302
    assert visit.status == Status.CANCELLED
    desk.post("/appointments/undo/", {"ticket": ticket(answer)}, headers=HTMX)
    assert Appointment.objects.get().status == Status.CANCELLED


def test_somebody_new_is_registered_with_the_booking(practice, desk):
    page = glance(desk, q="siobhan kavanagh 0861234567")
    assert all(text in page for text in ('value="Siobhan"', 'value="Kavanagh"', "data-first"))
    new = {"given_name": "Siobhan", "family_name": "Kavanagh", "mobile": "0861234567"}
    take(desk, keys(page)[0], appointment_type=practice.exam.pk, **new)
    assert Appointment.objects.get().patient == Patient.objects.get(family_name="Kavanagh")


def test_all_that_was_said_of_somebody_new_is_kept(practice, desk):
    page = glance(desk, q="Kavanagh, Siobhan 086 123 4567 12/5/1984 siobhan@post.example")
    said = dict(re.findall(r'name="(given_name|family_name|mobile|date_of_birth|email)" value="([^"]+)"', page))
    take(desk, keys(page)[0], appointment_type=practice.exam.pk, **said)
    patient = Patient.objects.get(family_name="Kavanagh")
    assert (patient.given_name, patient.email) == ("Siobhan", "siobhan@post.example")
    assert patient.date_of_birth.isoformat() == "1984-05-12"


def test_somebody_who_may_be_here_already_is_hinted_at(practice, desk):
    page = glance(desk, q="ana silva 085 999 8888")
    assert "Already here?" in page
    assert f"patient={practice.ana.pk}" in page
    assert "Already here?" not in glance(desk, q="siobhan kavanagh 0861234567")


def test_the_field_that_is_missing_is_the_one_to_fill_in_first(practice, desk):
    page = glance(desk, q="kavanagh")
    assert re.search(r'name="given_name"[^>]*data-first', page)


def test_whoever_is_late_learns_who_took_it_and_gets_three_other_times(practice, desk):
    key = keys(glance(desk, patient=practice.ana.pk, practitioner=practice.okafor.pk))[0]
    practice.visit(8, patient=PatientFactory(branch=practice.branch))
    answer = take(desk, key, patient=practice.ana.pk, appointment_type=practice.exam.pk)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Dr Okafor already has an appointment from 08:00 to 08:30" in page
    offered = [read_slot(key) for key in keys(page)]
    assert [one["starts_at"] for one in offered] == [practice.at(8, 30), practice.at(9), practice.at(9, 30)]
    take(desk, keys(page)[0], patient=practice.ana.pk, appointment_type=practice.exam.pk)
    assert Appointment.objects.filter(patient=practice.ana, starts_at=practice.at(8, 30)).exists()


def test_what_suits_is_asked_for_and_the_times_follow(practice, desk):
    asked = {"patient": practice.ana.pk, "part": "afternoon", "weekday": "3", "practitioner": ""}
    page = desk.get("/appointments/offer/", asked, headers=HTMX).content.decode()
    assert read_slot(keys(page)[0])["starts_at"] == practice.at(13, day=TUESDAY + timedelta(days=2))
    later = asked | {"start": "2030-02-04", "weekday": "", "part": ""}
    page = desk.get("/appointments/offer/", later, headers=HTMX).content.decode()
    assert read_slot(keys(page)[0])["starts_at"].date().isoformat() == "2030-02-04"


def test_an_examination_and_the_hygienist_after_it_are_booked_at_once_or_not_at_all(practice, desk):
    hygiene = AppointmentTypeFactory(name="Hygiene", minutes=45)
    linked = {"appointment_type": practice.exam.pk, "practitioner": practice.okafor.pk, "then": hygiene.pk}
    linked |= {"then_with": practice.lindqvist.pk, "patient": practice.ana.pk}
    page = desk.get("/appointments/offer/", linked, headers=HTMX).content.decode()
    key = keys(page)[0]
    first, second = (read_slot(one) for one in key.split("+"))
    assert second["starts_at"] == first["starts_at"] + timedelta(minutes=30)
    other = practice.visit(
        9, practitioner=practice.lindqvist, chair=practice.chairs[1], patient=PatientFactory(branch=practice.branch)
    )
    Appointment.objects.filter(pk=other.pk).update(
        starts_at=second["starts_at"], ends_at=second["starts_at"] + timedelta(minutes=10)
    )
    refused = take(desk, key, **linked)
    assert refused.status_code == 422
    assert "Dr Lindqvist already has" in refused.content.decode()
    assert not Appointment.objects.filter(patient=practice.ana).exists()
    fresh = keys(refused.content.decode())[0]
    same = uuid.uuid4()
    for _ in range(2):
        take(desk, fresh, **linked, uid=same)
    visits = Appointment.objects.filter(patient=practice.ana).order_by("starts_at")
    assert [(visit.practitioner, visit.appointment_type) for visit in visits] == [
        (practice.okafor, practice.exam),
        (practice.lindqvist, hygiene),
    ]


@pytest.mark.parametrize("nonsense", [{"patient": "x"}, {"weekday": "9", "part": "night"}, {"start": "2030-99-99"}])
def test_what_cannot_be_read_counts_as_not_said(practice, desk, nonsense):
    assert len(keys(desk.get("/appointments/offer/", nonsense, headers=HTMX).content.decode())) == 3


def test_a_patient_of_another_branch_is_not_seen(practice, desk):
    other = PatientFactory(branch=practice.elsewhere, family_name="Elsewhere")
    assert "Elsewhere" not in glance(desk, patient=other.pk)


def test_an_accountant_sees_the_patient_and_no_times(practice):
    page = glance(practice.somebody(User.Role.ACCOUNTANT), patient=practice.ana.pk)
    assert "Ana Silva" in page
    assert not keys(page)


def test_whoever_is_expected_today_can_be_checked_in_from_there(practice, desk):
    visit = practice.visit(9)
    page = glance(desk, patient=practice.ana.pk)
    assert f'action="/appointments/{visit.pk}/step/"' in page
    assert page.index("data-first") < page.index('name="slot"')


def test_a_move_is_undone_to_the_old_time_unless_somebody_took_it(practice, desk):
    visit = practice.visit(9)
    moved = {"day": "2030-01-15", "at": "11:00", "chair": ""}
    desk.post(f"/appointments/{visit.pk}/move/", moved, headers=HTMX)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.chair) == (practice.at(11), practice.chairs[0])
    undo = ticket(desk.get(f"/appointments/{visit.pk}/", headers=HTMX))
    other = practice.visit(9, patient=PatientFactory(branch=practice.branch))
    refused = desk.post("/appointments/undo/", {"ticket": undo}, headers=HTMX)
    assert "Dr Okafor already has" in refused.headers["HX-Trigger"]
    other.delete()
    desk.post("/appointments/undo/", {"ticket": undo}, headers=HTMX)
    visit.refresh_from_db()
    assert visit.starts_at == practice.at(9)


def test_nothing_is_undone_that_somebody_has_gone_on_from(practice, desk):
    visit = practice.visit(9)
    desk.post(f"/appointments/{visit.pk}/step/", {"status": "confirmed"}, headers=HTMX)
    undo = ticket(desk.get(f"/appointments/{visit.pk}/", headers=HTMX))
    practice.somebody().post(f"/appointments/{visit.pk}/step/", {"status": "arrived"}, headers=HTMX)
    refused = desk.post("/appointments/undo/", {"ticket": undo}, headers=HTMX)
    assert "Somebody has changed this visit" in refused.headers["HX-Trigger"]
    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED


def test_undoing_takes_stamps_and_reasons_back_too(practice, desk):
    visit = practice.visit(9, status=Status.CONFIRMED, confirmed_at=practice.at(7))
    desk.post(f"/appointments/{visit.pk}/step/", {"status": "cancelled", "because": "Patient is ill"}, headers=HTMX)
    undo = ticket(desk.get(f"/appointments/{visit.pk}/", headers=HTMX))
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_because) == (Status.CANCELLED, "Patient is ill")
    desk.post("/appointments/undo/", {"ticket": undo}, headers=HTMX)
    visit.refresh_from_db()
    assert (visit.status, visit.confirmed_at, visit.cancelled_because) == (Status.CONFIRMED, practice.at(7), "")
    assert visit.cancelled_at is None


def test_only_whoever_did_it_undoes_it_and_only_for_half_a_minute(practice, desk):
    visit = practice.visit(9)
    desk.post(f"/appointments/{visit.pk}/step/", {"status": "confirmed"}, headers=HTMX)
    undo = ticket(desk.get(f"/appointments/{visit.pk}/", headers=HTMX))
    refused = practice.somebody().post("/appointments/undo/", {"ticket": undo}, headers=HTMX)
    assert "Only whoever did it" in refused.headers["HX-Trigger"]
    with time_machine.travel(practice.at(8) + timedelta(seconds=31), tick=False):
        refused = desk.post("/appointments/undo/", {"ticket": undo}, headers=HTMX)
    assert "too late" in refused.headers["HX-Trigger"]
    refused = desk.post("/appointments/undo/", {"ticket": "made up"}, headers=HTMX)
    assert "too late" in refused.headers["HX-Trigger"]
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


def test_the_tray_holds_a_visit_across_days_until_it_is_moved(practice, desk):
    visit = practice.visit(9)
    panel = desk.post(f"/appointments/{visit.pk}/tray/", headers=HTMX, follow=True).content.decode()
    assert "Next week" in panel
    assert f'id="tray-{visit.pk}"' in desk.get("/?day=2030-02-20").content.decode()
    visit.refresh_from_db()
    assert visit.starts_at == practice.at(9), "it keeps its time"
    desk.post(f"/appointments/{visit.pk}/move/", {"day": "2030-02-20", "at": "10:00"}, headers=HTMX)
    assert f'id="tray-{visit.pk}"' not in desk.get("/?day=2030-02-20").content.decode()


def test_a_visit_is_taken_off_the_tray_and_those_that_began_leave_it_by_themselves(practice, desk):
    first, second = practice.visit(9), practice.visit(10)
    for visit in (first, second):
        desk.post(f"/appointments/{visit.pk}/tray/", headers=HTMX)
    left = desk.post(f"/appointments/{first.pk}/tray/", {"off": "1"}, headers=HTMX).content.decode()
    assert (f"tray-{first.pk}" in left, f"tray-{second.pk}" in left) == (False, True)
    Appointment.objects.filter(pk=second.pk).update(status=Status.ARRIVED)
    assert "tray-one" not in desk.get("/appointments/tray/", headers=HTMX).content.decode()


def test_a_drag_that_is_refused_says_why_and_what_is_free_instead(practice, desk):
    visit = practice.visit(9)
    practice.visit(11, patient=PatientFactory(branch=practice.branch))
    answer = desk.post(
        f"/appointments/{visit.pk}/move/", {"day": "2030-01-15", "at": "11:00", "chair": ""}, headers=HTMX
    )
    assert answer.status_code == 422
    assert "Dr Okafor already has an appointment from 11:00 to 11:30" in answer.content.decode()
    assert read_slot(keys(answer.content.decode())[0])["starts_at"] == practice.at(11, 30)


def test_a_time_that_is_offered_moves_a_visit_at_a_click(practice, desk):
    visit = practice.visit(9)
    panel = desk.get(f"/appointments/{visit.pk}/", headers=HTMX).content.decode()
    desk.post(f"/appointments/{visit.pk}/move/", {"slot": keys(panel)[0]}, headers=HTMX)
    visit.refresh_from_db()
    assert visit.starts_at == practice.at(9) + timedelta(weeks=1)


def test_the_lower_edge_makes_a_visit_longer(practice, desk):
    visit = practice.visit(9)
    desk.post(f"/appointments/{visit.pk}/move/", {"minutes": "50"}, headers=HTMX)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.ends_at) == (practice.at(9), practice.at(9, 50))


def test_a_week_shows_one_person_and_a_month_how_full_it_is(practice, desk):
    practice.visit(9)
    practice.visit(
        9,
        practitioner=practice.lindqvist,
        chair=practice.chairs[1],
        patient=PatientFactory(family_name="Other", branch=practice.branch),
    )
    page = desk.get(f"/week/?day=2030-01-17&who={practice.okafor.pk}").content.decode()
    assert "Ana Silva" in page and "Other" not in page
    assert "Book 08:00, Thu 17 Jan" in page and "Book 08:00, Sun 20 Jan" not in page
    month = desk.get("/month/?day=2030-01-01")
    days = {one.day: one for week in month.context["weeks"] for one in week}
    assert (days[TUESDAY].visits, days[TUESDAY].booked, days[TUESDAY].worked) == (2, 60, 2 * 8 * 60)
    assert days[TUESDAY].tenths == 1


def test_a_week_that_is_open_follows_other_desks(practice, desk):
    page = desk.get(f"/week/?day=2030-01-17&who={practice.okafor.pk}")
    asked = {"view": "week", "who": practice.okafor.pk, "day": "2030-01-17", "frame": page.context["grid"].frame}
    assert desk.get("/day/visits/", asked | {"seen": page.context["seen"]}, headers=HTMX).status_code == 204
    practice.visit(9)
    fresh = desk.get("/day/visits/", asked | {"seen": page.context["seen"]}, headers=HTMX)
    assert "Ana Silva" in fresh.content.decode()
