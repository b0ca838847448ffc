"""The day view, and the part of it that keeps itself fresh."""

import re
from datetime import date, time

import pytest

from clinic.appointments import actions
from clinic.appointments.models import Appointment
from clinic.demo.factories import AppointmentFactory, ClosureFactory, OpeningHoursFactory, PatientFactory
from clinic.desk.entries import Entry, name_entries, read_entries
from clinic.desk.grid import Column, make_grid
from clinic.practice.queries import Hours
from clinic.rota.queries import Rota
from clinic.rota.roster import Roster
from tests.desk.practice import HTMX, TUESDAY

DAY = "/?day=2030-01-15"


def test_the_day_shows_each_practitioner_and_each_visit(practice, desk):
    practice.visit(9)
    page = desk.get(DAY).content.decode()
    assert "Dr Okafor" in page
    assert "Dr Lindqvist" in page
    assert "Ana Silva" in page
    assert "Takes warfarin" in page


def test_the_day_can_be_split_by_chair(practice, desk):
    practice.visit(9)
    page = desk.get(f"{DAY}&by=chair").content.decode()
    assert "Chair 2" in page
    assert "Book 10:00, Chair 1" in page


def test_times_are_those_of_the_branch(practice):
    practice.branch.time_zone = "Asia/Tokyo"
    practice.branch.save()
    practice.visit(9)
    assert '<span class="visit-time">09:00</span>' in practice.somebody().get(DAY).content.decode()


def test_closed_time_offers_no_slot(practice, desk):
    page = desk.get(DAY).content.decode()
    assert "Book 11:45, Dr Okafor" in page
    assert "Book 12:00, Dr Okafor" not in page
    assert "Book 13:00, Dr Okafor" in page


def test_a_closure_says_why_and_offers_no_slot(practice, desk):
    ClosureFactory(branch=practice.branch, first_day=TUESDAY, last_day=TUESDAY, reason="Training day")
    page = desk.get(DAY).content.decode()
    assert "Training day" in page
    assert "data-slot" not in page


def test_a_visit_outside_the_opening_hours_is_on_the_grid_all_the_same(practice, desk):
    practice.visit(19)
    assert "19:00" in desk.get(DAY).content.decode()


def test_a_cancelled_visit_leaves_its_slot_and_stays_in_sight(practice, desk):
    visit = practice.visit(9)
    actions.advance(visit, "cancelled", reason="Ill")
    page = desk.get(DAY).content.decode()
    assert 'class="visit-off' in page
    assert 'class="visit ' not in page


def test_a_visit_with_somebody_who_has_left_still_has_its_column(practice, desk):
    practice.visit(9)
    practice.okafor.is_active = False
    practice.okafor.save()
    assert "Dr Okafor" in desk.get(DAY).content.decode()


@pytest.mark.parametrize("day", ["nonsense", "2030-02-30", "0001-01-01", ""])
def test_a_date_that_is_none_shows_today(practice, desk, day):
    assert desk.get("/", {"day": day}).context["grid"].day == practice.branch.today()


def entries(practice) -> list[Entry]:
    """The calendar's entries of all visits at the branch."""
    rows = read_entries(Appointment.objects.at(practice.branch))
    return name_entries(rows, Roster.of(practice.branch), practice.branch.zone, alerts=True)


def test_visits_that_overlap_stand_side_by_side(practice):
    practice.visit(9)
    practice.visit(9, 15, patient=PatientFactory(branch=practice.branch), overbooked_because="Toothache")
    practice.visit(10, patient=PatientFactory(branch=practice.branch))
    hours = Hours([(480, 720)])
    grid = make_grid(
        practice.branch,
        TUESDAY,
        hours,
        [Column("practitioner", practice.okafor.pk, "Dr Okafor", TUESDAY, hours)],
        entries(practice),
    )
    lanes = [(place.lane, place.lanes) for place, _ in grid.columns[0].visits]
    assert lanes == [(0, 2), (1, 2), (0, 1)]


@pytest.mark.parametrize("day", [date(2030, 3, 31), date(2030, 10, 27)])
def test_the_days_on_which_the_clocks_change_put_a_visit_where_the_wall_says(practice, day):
    OpeningHoursFactory(branch=practice.branch, weekday=6, opens=time(8), closes=time(12))
    practice.visit(9, starts_at=practice.at(9, day=day))
    hours = Rota.of(practice.branch, day, day).branch_on(day)
    columns = [Column("practitioner", practice.okafor.pk, "Dr Okafor", day, hours)]
    grid = make_grid(practice.branch, day, hours, columns, entries(practice))
    place, _ = grid.columns[0].visits[0]
    assert (place.row, place.rows) == (13, 6)


def test_no_slot_is_offered_at_a_time_that_the_clocks_skip(practice):
    day = date(2030, 3, 31)
    hours = Hours([(0, 180)])
    columns = [Column("practitioner", practice.okafor.pk, "Dr Okafor", day, hours)]
    grid = make_grid(practice.branch, day, hours, columns, [])
    assert grid.slot_minutes(columns[0]) == [0, 15, 30, 45, 120, 135, 150, 165]


def _poll(desk, page, **changed):
    grid, seen = page.context["grid"], page.context["seen"]
    asked = {"day": "2030-01-15", "frame": grid.frame, "seen": seen} | changed
    return desk.get("/day/visits/", asked, headers=HTMX)


def test_an_unchanged_day_answers_with_nothing_to_swap(practice, desk):
    practice.visit(9)
    assert _poll(desk, desk.get(DAY)).status_code == 204


def test_another_desks_booking_comes_with_the_next_question(practice, desk):
    page = desk.get(DAY)
    practice.visit(9)
    fresh = _poll(desk, page)
    assert fresh.status_code == 200
    assert "Ana Silva" in fresh.content.decode()
    assert "HX-Retarget" not in fresh


def test_a_visit_outside_the_grid_brings_a_new_grid(practice, desk):
    page = desk.get(DAY)
    practice.visit(19)
    fresh = _poll(desk, page)
    assert fresh["HX-Retarget"] == "#grid"
    assert "19:00" in fresh.content.decode()


def test_the_number_of_queries_of_a_day_does_not_grow_with_its_visits(practice, desk, django_assert_max_num_queries):
    for hour in range(8, 12):
        AppointmentFactory(
            practitioner=practice.lindqvist, chair=practice.chairs[1], starts_at=practice.at(hour), patient=practice.ana
        )
        practice.visit(hour, 30, patient=PatientFactory(branch=practice.branch))
    for address in (DAY, "/today/"):
        desk.get(address)  # From here on the hours and the names are kept.
        with django_assert_max_num_queries(7):
            desk.get(address)


def test_the_days_links_stay_at_the_branch_that_is_shown(practice):
    """Another tab may have switched to another branch meanwhile."""
    somebody = practice.somebody(branches=[practice.branch, practice.elsewhere])
    page = somebody.get(f"{DAY}&branch={practice.branch.pk}").content.decode()
    links = re.findall(r'href="(\?[^"]*)"', page)
    assert len(links) >= 5
    assert all(f"branch={practice.branch.pk}" in link for link in links)


def test_the_booking_form_says_at_which_branch_when_there_are_several(practice, desk):
    somebody = practice.somebody(branches=[practice.branch, practice.elsewhere])
    assert "At South" in somebody.get(f"/appointments/book/?branch={practice.elsewhere.pk}").content.decode()
    assert "At North" not in desk.get("/appointments/book/").content.decode()
