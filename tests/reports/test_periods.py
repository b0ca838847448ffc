"""Periods are whole, and whatever an address asks for is one."""

from datetime import date

import pytest

from clinic.reports.periods import read_period

DAY = date(2028, 2, 29)


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("today", DAY, DAY, DAY),
        ("week", DAY, date(2028, 2, 28), date(2028, 3, 5)),
        ("week", date(2028, 3, 5), date(2028, 2, 28), date(2028, 3, 5)),
        ("month", DAY, date(2028, 2, 1), DAY),
        ("month", date(2028, 12, 31), date(2028, 12, 1), date(2028, 12, 31)),
        ("quarter", DAY, date(2028, 1, 1), date(2028, 3, 31)),
        ("quarter", date(2028, 11, 5), date(2028, 10, 1), date(2028, 12, 31)),
        ("year", DAY, date(2028, 1, 1), date(2028, 12, 31)),
    ],
)
def test_a_named_period_is_whole(name, today, first, last):
    period = read_period({"period": name}, today)
    assert (period.name, *period.days) == (name, first, last)


def test_days_that_are_given_count_if_they_make_sense():
    given = read_period({"from": "2028-01-05", "to": "2028-01-06"}, DAY)
    assert (given.name, *given.days) == ("", date(2028, 1, 5), date(2028, 1, 6))
    for asked in ({"from": "2028-01-06", "to": "2028-01-05"}, {"from": "x", "to": ""}, {"period": "ever"}, {}):
        assert read_period(asked, DAY).name == "month"
