"""How patients are found: by words of the name in any script, by phone digits, by date of birth."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from django.db import models

# Letters that Unicode does not take apart into a base letter and a mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"})
_DATES = (
    (re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$"), (1, 2, 3)),
    (re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$"), (3, 2, 1)),
)


def fold(text: str) -> str:
    """Return `text` in lower case without accents, its words separated by single blanks."""
    # Taken apart first too: letters like the double-struck S have no lower case of their own.
    lower = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", lower)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare))


def read_date(text: str) -> date | None:
    """Return the date that `text` spells as 1990-02-28, 28/2/1990 or 28.2.1990, else None."""
    for pattern, (year, month, day) in _DATES:
        if found := pattern.match(text.strip()):
            try:
                return date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                return None
    return None


def read_digits(text: str) -> str | None:
    """Return the significant digits if `text` looks like a phone number, else None.

    Leading zeros go, since the trunk prefix is not part of a number in E.164.
    """
    if not re.fullmatch(r"[\d\s()+./-]+", text.strip()):
        return None
    digits = re.sub(r"\D", "", text).lstrip("0")
    return digits if len(digits) >= 3 else None


class SearchText(models.TextField):
    """What a patient is found by, kept by the model itself whenever it is written."""

    def pre_save(self, model_instance: Any, add: bool) -> str:
        text = model_instance.describe_for_search()
        setattr(model_instance, self.attname, text)
        return text
