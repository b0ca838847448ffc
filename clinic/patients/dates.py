"""Dates as people write them: 28/2/1990, 28.2.90, 1990-02-28, 28 Feb 1990, February 28, 1990."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache

from django.utils import timezone, translation
from django.utils.dates import MONTHS, MONTHS_3

LANGUAGES = ("en", "es", "fr", "ar", "de", "pl", "pt")
"""The languages whose names of months are read, in Django's own translation."""

_EDGE, _END = r"(?<![\w./-])", r"(?![./-]?\w)"
_BY_NUMBER = rf"{_EDGE}(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}([./-])\d{{1,2}}\1(?:\d{{4}}|\d{{2}})){_END}"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|\.)?"
_MONTH = r"(?:de )?[^\W\d_]{3,12}\.?"
_BY_NAME = rf"{_EDGE}(?:{_DAY}[ -]?{_MONTH}[ ,-]*(?:de )?\d{{2,4}}|{_MONTH} {_DAY},? \d{{4}}){_END}"
DATE = re.compile(rf"{_BY_NUMBER}|{_BY_NAME}", re.IGNORECASE)
"""What may be a date; `find_date` says whether it is one."""


def find_date(text: str, today: date | None = None) -> date | None:
    """Return the date that `text` spells, the day before the month, else None.

    Where the month would be more than twelve it is taken for the day. Two digits of a year mean the last such year
    that is not in the future (`today` by default).
    """
    numbers = re.findall(r"\d+", text)
    names = re.findall(r"[^\W\d_]{3,}", text)
    month = next((found for name in names if (found := _month(name))), None)
    if month and len(numbers) == 2:
        return _date(numbers[1], month, int(numbers[0]), today)
    if names or len(numbers) != 3:
        return None
    if len(numbers[0]) == 4:
        return _date(numbers[0], int(numbers[1]), int(numbers[2]), today)
    first, second = int(numbers[0]), int(numbers[1])
    return _date(numbers[2], second, first, today) or _date(numbers[2], first, second, today)


def _date(year: str, month: int, day: int, today: date | None) -> date | None:
    if len(year) == 3:
        return None
    whole = int(year)
    if len(year) == 2:
        now = (today or timezone.localdate()).year
        whole += now // 100 * 100
        whole -= 100 if whole > now else 0
    try:
        return date(whole, month, day)
    except ValueError:
        return None


def _month(name: str) -> int | None:
    """Return the month that `name` means, or is the beginning of where that is one month in every language."""
    plain = _plain(name)
    if exact := _months().get(plain):
        return exact
    begun = {number for month, number in _months().items() if month.startswith(plain)}
    return begun.pop() if len(begun) == 1 else None


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in LANGUAGES:
        with translation.override(language):
            for names in (MONTHS_3, MONTHS):
                found.update({_plain(str(name)): number for number, name in names.items()})
    return found


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if letter.isalpha())
