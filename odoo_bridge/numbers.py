"""Phone numbers in the spellings that the sync needs: E.164, in which they are kept and compared, and spaced out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import phonenumbers

MOST = 20_000

_read_as_they_are: set[str] = set()
"""Numbers in E.164 that are read as what they say, however they are spaced: they need not be taken apart again."""


def as_kept(number: Any) -> str:
    """Return a number that was read from text (a `PhoneNumber` of the clinic's) in E.164."""
    if number.italian_leading_zero:  # As numbers in Italy have it.
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kept = f"+{number.country_code}{number.national_number}"  # The same, at a tenth of the cost.
    if getattr(number, "raw_input", None) == kept:
        if len(_read_as_they_are) >= MOST:
            _read_as_they_are.clear()
        _read_as_they_are.add(kept)
    return kept


def kept_of(text: str | None, region: str) -> str | None:
    """Return what is written as a phone number in E.164, without a country as one of `region`; no number as it is."""
    if text and text[0] == "+" and (compact := text.replace(" ", "")) in _read_as_they_are:
        return compact
    return _written(text, region, phonenumbers.PhoneNumberFormat.E164)


def spaced(kept: str | None) -> str | None:
    """Return a number in the international format; what is none as it is."""
    return _written(kept, None, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=2000)  # A batch meets each of its numbers several times.
def _written(text: str | None, region: str | None, spelling: int) -> str | None:
    """Return a phone number in another spelling; what is none as it is."""
    try:
        number = phonenumbers.parse(text or "", region)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, spelling)
