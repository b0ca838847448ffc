"""What a search text that found nobody tells about a new patient."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clinic.patients.dates import DATE, find_date
from clinic.patients.searching import read_digits

_PHONE = re.compile(r"(?<!\w)\+?\(?\d[\d\s()./-]{4,}\d(?!\w)")
_EMAIL = re.compile(r"[^\s,;<>]+@[^\s,;<>]+")
# Words that begin a surname: those that stay small within one, and those that do not.
_SMALL = frozenset(
    {"de", "da", "do", "dos", "das", "del", "della", "di", "du", "van", "von", "der", "den", "ter", "ten", "zu", "af"}
    | {"av", "bin", "ibn", "al", "el"}
)
_LARGE = frozenset(
    {"o", "ó", "ní", "ni", "nic", "mac", "mc", "mhic", "mag", "uí", "ui", "giolla", "la", "le", "les", "san", "st"}
    | {"saint", "fitz", "ben", "abu", "bint"}
)
# Of these, what is a first name too where nothing goes before it: Di Murphy, Ben Kelly.
_NAMES = frozenset({"al", "ben", "della", "di", "san", "abu"})
# Chinese surnames of two characters; all others have one.
_COMPOUND = frozenset(
    {"欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "东方", "東方", "皇甫", "尉迟", "尉遲", "公孙", "公孫"}
    | {"慕容", "司徒", "令狐", "夏侯", "端木", "长孙", "長孫"}
)
_HAN = re.compile(r"[\u3400-\u9fff]{2,4}")


def guess_newcomer(text: str) -> dict[str, str]:
    """Return the fields of a new patient that a search text tells.

    It may hold a name, a phone number, a date of birth and an e-mail address, in any order. "Ana Silva" and "Silva,
    Ana" both name Ana Silva; a single word is a surname, and so are all of "Mac Giolla Phádraig". The values are as a
    form takes them: the date as 1990-02-28, the phone number as it was typed.
    """
    text = " ".join(text.replace("\x00", " ").split())
    guess: dict[str, str] = {}
    if found := _EMAIL.search(text):
        guess["email"] = found[0].lower()
        text = _without(text, found)
    for found in DATE.finditer(text):
        if born := find_date(found[0]):
            guess["date_of_birth"] = born.isoformat()
            text = _without(text, found)
            break
    if found := _PHONE.search(text):
        guess["mobile"] = found[0].strip()
        text = _without(text, found)
    elif read_digits(text):
        return guess | {"mobile": text}
    # Digits that are neither a number nor a date belong to no name.
    text = " ".join(word for word in text.split() if not word.isdecimal())
    given, family = name_parts(text.strip(" ;,") if "," not in text.strip(" ,;") else text.strip(" ;"))
    names = {"given_name": _as_name(given), "family_name": _as_name(family)}
    return {field: name for field, name in names.items() if name} | guess


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()].rstrip()} {text[found.end() :].lstrip()}".strip()


def name_parts(name: str) -> tuple[str, str]:
    """Return the first name and the surname of a whole name."""
    family, comma, given = name.partition(",")
    if comma:
        return given, family
    if _HAN.fullmatch(name):
        length = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
        return name[length:], name[:length]
    words = name.split()
    start = len(words) - 1
    while start > 0 and (word := words[start - 1].casefold()) in _SMALL | _LARGE:
        if start == 1 and word in _NAMES:
            break
        start -= 1
    return " ".join(words[: max(start, 0)]), " ".join(words[max(start, 0) :])


def _as_name(text: str) -> str:
    """Give a name typed in a hurry its capitals; one that has capitals already is left as it is."""
    text = " ".join(text.replace(",", " ").split())
    return " ".join(_capitals(text.split())) if text == text.lower() else text


def _capitals(words: list[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        if word in _SMALL and at < len(words) - 1:
            yield word
        elif re.fullmatch(r"mc\w{3,}", word):
            yield f"Mc{word[2:].title()}"
        else:
            yield word.title()
