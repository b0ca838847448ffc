"""Who works when at the demo clinic: part-timers, breaks, a leave, a chair that is being mended, a Saturday's work."""

from __future__ import annotations

from datetime import date, time, timedelta

from clinic.demo.factories import AbsenceFactory, OpeningFactory, OpeningHoursFactory
from clinic.practice.models import Branch
from clinic.rota.models import Absence, Weekday
from clinic.staff.models import Practitioner

WEEKDAYS = list(Weekday)[:5]
# Whoever is not named keeps the branch's hours. The gap is their lunch.
EARLY = [(time(9), time(13)), (time(13, 30), time(16))]
LATE_LUNCH = [(time(8, 30), time(12, 30)), (time(13, 30), time(17, 30))]
WEEKS = {
    "Dr Kovalenko": dict.fromkeys([Weekday.MONDAY, Weekday.TUESDAY, Weekday.THURSDAY], EARLY),
    "Zofia Wiśniewska": dict.fromkeys(WEEKDAYS, LATE_LUNCH),
}
FRIDAYS_TOO = "Dr Kovalenko"
ON_LEAVE = "Dr Okafor"
ON_A_SATURDAY = "Zofia Wiśniewska"


def set_rota(branches: list[Branch], practitioners: list[Practitioner]) -> None:
    """Enter the hours of the practitioners at both branches, and what differs from them in the weeks to come."""
    by_name = {one.name: one for one in practitioners}
    today = branches[0].today()
    monday = today - timedelta(days=today.weekday())
    for branch in branches:
        for name, week in WEEKS.items():
            _keep(branch, by_name[name], week)
        more = WEEKS[FRIDAYS_TOO] | {Weekday.FRIDAY: EARLY}
        _keep(branch, by_name[FRIDAYS_TOO], more, begins=monday + timedelta(weeks=8))
    leave = monday + timedelta(weeks=2)
    AbsenceFactory(practitioner=by_name[ON_LEAVE], first_day=leave, last_day=leave + timedelta(days=4))
    AbsenceFactory(
        practitioner=None,
        chair=branches[-1].chairs.last(),
        kind=Absence.Kind.OUT_OF_SERVICE,
        first_day=today,
        last_day=today + timedelta(days=2),
        note="The light is being replaced",
    )
    saturday = monday + timedelta(days=12)
    OpeningFactory(
        branch=branches[0],
        practitioner=by_name[ON_A_SATURDAY],
        day=saturday,
        starts=10 * 60,
        ends=13 * 60,
        reason="Hygiene day",
    )


def _keep(branch: Branch, practitioner: Practitioner, week: dict, begins: date | None = None) -> None:
    since = {"begins": begins} if begins else {}
    for weekday, stretches in week.items():
        for opens, closes in stretches:
            OpeningHoursFactory(
                branch=branch, practitioner=practitioner, weekday=weekday, opens=opens, closes=closes, **since
            )
