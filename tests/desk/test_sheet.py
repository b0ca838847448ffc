"""The day on paper."""

from __future__ import annotations

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from clinic.demo.factories import PatientFactory
from clinic.rota.models import Absence
from clinic.staff.models import User
from tests.desk.practice import TUESDAY


@pytest.fixture(autouse=True)
def now():
    """A day on which Ana is 42 years old."""
    with time_machine.travel("2026-06-01 08:00Z", tick=False):
        yield


def rows(browser, **asked):
    """Return the cells of each row of each sheet, by its title."""
    page = html.fromstring(browser.get("/sheet/", {"day": f"{TUESDAY}", **asked}).content)
    text = lambda cell: " ".join(cell.text_content().split())  # noqa: E731
    return {
        text(sheet.find(".//h2")): [[text(cell) for cell in row.findall("td")] for row in sheet.findall(".//tbody/tr")]
        for sheet in page.findall(".//section")
    }


def test_it_holds_the_visits_and_what_is_free_and_closed_between_them(practice, desk):
    practice.visit(9, note="Bring the X-ray")
    practice.visit(10, status="cancelled", patient=PatientFactory(given_name="Tom", family_name="Byrne"))
    Absence.objects.create(practitioner=practice.okafor, first_day=TUESDAY, last_day=TUESDAY, starts=16 * 60)
    sheet = rows(desk)["Dr Okafor"]
    assert [row[0] for row in sheet] == [
        *["08:00–09:00", "09:00–09:30", "09:30–12:00", "12:00–13:00", "13:00–16:00", "16:00–17:00"],
        "10:00",
    ]
    who = "Ana Silva 42 years+353 88 123 4567! Takes warfarin"
    assert sheet[1][1:] == [who, "ExamBooked", "Chair 1", "Bring the X-ray"]
    assert [row[1] for row in (sheet[0], sheet[3], sheet[5])] == ["Free", "Closed", "Leave"]
    assert sheet[-1][1:] == ["Tom Byrne", "Exam, cancelled"]


def test_everybody_is_on_a_page_of_their_own_and_one_can_be_asked_for(practice, desk):
    practice.visit(9)
    assert list(rows(desk)) == ["Dr Okafor", "Dr Lindqvist"]
    assert list(rows(desk, who=practice.lindqvist.pk)) == ["Dr Lindqvist"]
    chairs = rows(desk, by="chair")
    assert list(chairs) == ["Chair 1", "Chair 2"]
    assert chairs["Chair 1"][1][3] == "Dr Okafor"


def test_whoever_treats_patients_has_their_own_first(practice, desk):
    practice.lindqvist.user = User.objects.create(username="lind", role=User.Role.PRACTITIONER)
    practice.lindqvist.user.branches.add(practice.branch)
    practice.lindqvist.save()
    desk.force_login(practice.lindqvist.user)
    assert list(rows(desk)) == ["Dr Lindqvist"]
    assert list(rows(desk, who="")) == ["Dr Okafor", "Dr Lindqvist"]


def test_somebody_who_left_is_on_paper_while_they_have_visits(practice, desk):
    practice.visit(9)
    practice.okafor.is_active = False
    practice.okafor.save()
    assert set(rows(desk)) == {"Dr Okafor", "Dr Lindqvist"}
    practice.okafor.appointments.all().delete()
    assert set(rows(desk)) == {"Dr Lindqvist"}


def test_a_closed_day_says_why(practice, desk):
    assert rows(desk, day="2030-01-13")["Dr Okafor"] == [["Closed on Sunday"]]


def test_the_accountant_gets_no_sheet(practice):
    assert practice.somebody(User.Role.ACCOUNTANT).get("/sheet/").status_code == 403


def test_it_costs_the_same_however_many_visits_there_are(practice, desk):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows(desk)
        return len(queries)

    practice.visit(8)
    asked()  # what seldom changes is read once
    before = asked()
    for hour in (9, 10, 11):
        practice.visit(hour, patient=PatientFactory())
        practice.visit(hour, patient=PatientFactory(), practitioner=practice.lindqvist, chair=practice.chairs[1])
    assert asked() == before
