"""Offered, stored, shown and pushed, a visit is at one and the same moment: in twelve zones and ten years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.test import Client as Browser
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    OpeningHoursFactory,
    PatientFactory,
    PractitionerFactory,
    UserFactory,
)
from clinic.practice.clock import wall_stretches
from clinic.rota.stretches import DAY
from odoo_bridge import sync
from tests.desk.practice import HTMX
from tests.rota.test_the_wall_clock import WEEKS, ZONES

OFFER = re.compile(r'name="slot" value="([^"]+)".*?<strong>([^<]+)</strong> (\d\d:\d\d)')
YEARS = st.dates(date(2027, 1, 1), date(2036, 12, 28))


@dataclass(frozen=True)
class Opening:
    """A house in a zone, open every day from one minute of the wall clock to another, and a day to look at."""

    zone: str
    day: date
    opens: int
    closes: int
    minutes: int


@st.composite
def openings(draw: Any) -> Opening:
    """Half of the days are within two of a change of the clocks."""
    zone = draw(st.sampled_from(ZONES))
    near = st.builds(lambda day, days: day + timedelta(days=days), st.sampled_from(WEEKS[zone]), st.integers(-2, 2))
    day = draw(near.filter(lambda day: day.year > 2026) | YEARS)
    opens = draw(st.integers(0, 8)) * 30
    closes = draw(st.sampled_from([*range(opens + 90, 6 * 60, 30), 13 * 60, DAY]))
    return Opening(zone, day, opens, closes, draw(st.sampled_from([10, 30, 45, 90])))


def taken(browser: Browser, house: dict[str, Any], offered: str) -> Appointment:
    """Book what was offered, and return what is stored."""
    uid = uuid4()
    known = {"uid": uid, "from": "offer", "patient": house["patient"].pk, "appointment_type": house["kind"].pk}
    branch = house["branch"].pk
    answer = browser.post(f"/appointments/book/?branch={branch}", known | {"slot": offered}, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()
    return Appointment.objects.get(uid=uid)


def opened(what: Opening) -> dict[str, Any]:
    branch = BranchFactory(time_zone=what.zone)
    for weekday in range(7):
        hours = {"opens": time(*divmod(what.opens, 60)), "closes": time(*divmod(what.closes % DAY, 60))}
        OpeningHoursFactory(branch=branch, weekday=weekday, **hours)
    return {
        "branch": branch,
        "kind": AppointmentTypeFactory(minutes=what.minutes),
        "practitioner": PractitionerFactory(branches=[branch]),
        "chair": ChairFactory(branch=branch),
        "patient": PatientFactory(branch=branch),
    }


def shown_at(browser: Browser, visit: Appointment, day: date) -> tuple[str, str]:
    """Return the day and the time that the day view shows for a visit."""
    page = browser.get(f"/?branch={visit.chair.branch_id}&day={day:%Y-%m-%d}").content.decode()
    found = re.search(
        rf'id="visit-{visit.pk}".*?data-day="([^"]+)" data-at="([^"]+)".*?visit-time">([^<]+)<', page, re.S
    )
    assert found, "the visit is not in the day's view"
    assert found[2] == found[3]
    return found[1], found[2]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(openings())
@example(Opening("Europe/Dublin", date(2027, 10, 31), 60, 90, 30))
@example(Opening("America/Santiago", date(2027, 4, 3), 30, DAY, 90))
def test_offered_stored_shown_and_pushed_are_one_time(books, connection, what):
    house, zone = opened(what), ZoneInfo(what.zone)
    browser = Browser()
    browser.force_login(UserFactory(branches=[house["branch"]]))
    asked = {"branch": house["branch"].pk, "patient": house["patient"].pk, "appointment_type": house["kind"].pk}
    page = browser.get("/appointments/offer/", asked | {"start": f"{what.day}"}, headers=HTMX).content.decode()
    offers = OFFER.findall(page)
    assert offers, "a house that is open every day has a free time"
    visits = []
    for key, day, at in offers:
        visit = taken(browser, house, key)
        wall = visit.starts_at.astimezone(UTC).astimezone(zone)
        assert (f"{wall:%a} {wall.day} {wall:%b}", f"{wall:%H:%M}") == (day, at), "stored is what was offered"
        assert visit.ends_at - visit.starts_at == timedelta(minutes=what.minutes)
        assert shown_at(browser, visit, wall.date()) == (f"{wall:%Y-%m-%d}", at)
        stretches = wall_stretches(zone, visit.starts_at, visit.ends_at)
        assert all(what.opens <= since and until <= what.closes for _, since, until in stretches), "within the hours"
        visits.append(visit)
    sync.push(connection)
    for visit in visits:
        event = books.of(visit, "start", "stop")
        moments = [datetime.fromisoformat(event[name]).replace(tzinfo=UTC) for name in ("start", "stop")]
        assert moments == [visit.starts_at, visit.ends_at], "in Odoo it is the same moment"
