"""The panel of a visit, its steps, and the today board."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.demo.factories import AppointmentFactory
from tests.desk.practice import HTMX


def step(desk, visit, status, **more):
    return desk.post(f"/appointments/{visit.pk}/step/", {"status": status} | more, headers=HTMX)


def test_each_step_is_one_click_and_is_stamped(practice, desk):
    visit = practice.visit(9)
    for status in ("confirmed", "arrived", "in_chair", "completed"):
        step(desk, visit, status)
    visit.refresh_from_db()
    assert visit.status == "completed"
    assert all([visit.confirmed_at, visit.arrived_at, visit.in_chair_at, visit.completed_at])


def test_a_step_that_the_flow_does_not_have_is_refused_in_words(practice, desk):
    visit = practice.visit(9)
    page = desk.get(step(desk, visit, "completed").url, headers=HTMX).content.decode()
    assert "A visit that is booked cannot become completed." in page


def test_rubbish_instead_of_a_step_changes_nothing(practice, desk):
    visit = practice.visit(9)
    page = desk.get(step(desk, visit, "flown").url, headers=HTMX).content.decode()
    assert "There is no such step." in page


def test_cancelling_asks_for_a_reason(practice, desk):
    visit = practice.visit(9)
    assert "Say why" in desk.get(step(desk, visit, "cancelled").url, headers=HTMX).content.decode()
    step(desk, visit, "cancelled", reason="Patient is ill")
    visit.refresh_from_db()
    assert (visit.status, visit.cancelled_because) == ("cancelled", "Patient is ill")


def test_a_cancelled_visit_cannot_be_taken_up_again_when_its_time_is_gone(practice, desk):
    visit = practice.visit(9)
    step(desk, visit, "cancelled", reason="Ill")
    practice.visit(9)
    page = desk.get(step(desk, visit, "booked").url, headers=HTMX).content.decode()
    assert "already has an appointment" in page


def test_the_panel_shows_who_when_what_and_the_alerts(practice, desk):
    visit = practice.visit(9, note="Brings X-rays")
    page = desk.get(f"/appointments/{visit.pk}/", headers=HTMX).content.decode()
    for words in (
        "Ana Silva",
        "Tue 15 Jan 2030, 09:00 to 09:30",
        "Exam",
        "Dr Okafor",
        "Takes warfarin",
        "Brings X-rays",
    ):
        assert words in page
    assert "<html" not in page


def test_opened_by_its_address_a_visit_is_a_page_of_its_own(practice, desk):
    visit = practice.visit(9)
    assert "<html" in desk.get(f"/appointments/{visit.pk}/").content.decode()


def test_a_note_is_kept(practice, desk):
    visit = practice.visit(9)
    desk.post(f"/appointments/{visit.pk}/note/", {"note": "Call the daughter"}, headers=HTMX)
    visit.refresh_from_db()
    assert visit.note == "Call the daughter"


@pytest.fixture
def today(practice):
    now = timezone.now()
    return AppointmentFactory(
        chair=practice.chairs[0],
        practitioner=practice.okafor,
        patient=practice.ana,
        starts_at=now,
        ends_at=now + timedelta(minutes=1),
    )


def _lanes(page):
    return {lane.key: len(lane.visits) for lane in page.context["lanes"]}


def test_the_board_moves_a_visit_from_lane_to_lane(desk, today):
    assert _lanes(desk.get("/today/")) == {"expected": 1, "waiting": 0, "in-chair": 0, "done": 0}
    answer = step(desk, today, "arrived", **{"from": "board"})
    assert answer.headers["HX-Reswap"] == "none"
    assert "data-undo=" in answer.content.decode()
    assert _lanes(desk.get("/today/"))["waiting"] == 1
    step(desk, today, "in_chair")
    assert _lanes(desk.get("/today/"))["in-chair"] == 1
    step(desk, today, "completed")
    assert _lanes(desk.get("/today/"))["done"] == 1


def test_an_unchanged_board_answers_with_nothing_to_swap(desk, today):
    seen = desk.get("/today/").context["seen"]
    assert desk.get(f"/today/?seen={seen}", headers=HTMX).status_code == 204
    step(desk, today, "arrived")
    assert desk.get(f"/today/?seen={seen}", headers=HTMX).status_code == 200


def test_a_step_that_another_desk_has_overtaken_is_refused_and_takes_nothing_back(practice, desk):
    visit = practice.visit(9)
    for status in ("arrived", "in_chair"):
        step(desk, visit, status)
    page = desk.get(step(desk, visit, "arrived", seen="booked").url, headers=HTMX).content.decode()
    assert "This visit is in chair by now: somebody else was quicker." in page
    visit.refresh_from_db()
    assert visit.status == "in_chair"


def test_a_step_refused_on_the_board_is_said_there_and_then(practice, desk):
    visit = practice.visit(9)
    step(desk, visit, "cancelled", reason="Ill")
    answer = step(desk, visit, "arrived", seen="booked", **{"from": "board"})
    assert "by now" in json.loads(answer["HX-Trigger"])["refused"]["text"]
    assert "by now" not in desk.get("/patients/").content.decode()
