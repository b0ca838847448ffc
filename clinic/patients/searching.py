"""How patients are found: what a search text says, and the keys under which a patient is kept.

A key is a short text; looking for those that begin with what was typed is one range of an index, on any database. Words
of the name are keys as they are; phone numbers, dates of birth and e-mail addresses begin with a sign of their own,
which no word has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from anyascii import anyascii

from clinic.patients.dates import DATE, find_date

PHONE, ENDING, BORN, EMAIL = "#", "~", "=", "@"
LONGEST = 60
"""Characters of a key; what is longer is cut, on both sides."""

# Letters that Unicode does not take apart into a base letter and a mark.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"})
# Written without blanks between words: any character may begin what somebody types.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff\u1780-\u17ff]")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[\d\s()./-]*\d)?(?!\w)")


def fold(text: str) -> str:
    """Return `text` in lower case without accents, its words separated by single blanks."""
    # Taken apart first too: letters like the double-struck S have no lower case of their own.
    lower = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", lower)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare))


def is_enough(text: str) -> bool:
    """Tell whether there is something to look for: two letters, or one that is a name by itself, as in Chinese."""
    text = text.strip()
    return len(text) > 1 or bool(text and unicodedata.east_asian_width(text) == "W")


def read_date(text: str) -> date | None:
    """Return the date that `text` spells and nothing else, in any of the usual ways (see `dates`), else None."""
    found = DATE.fullmatch(text.strip())
    return find_date(found[0]) if found else None


def read_digits(text: str) -> str | None:
    """Return the significant digits if `text` looks like a phone number, else None.

    Leading zeros go, since the trunk prefix is not part of a number in E.164.
    """
    if not re.fullmatch(r"[\d\s()+./-]+", text.strip()):
        return None
    digits = _significant(text)
    return digits if len(digits) >= 3 else None


def _significant(text: str) -> str:
    return re.sub(r"\D", "", text.replace("(0)", "")).lstrip("0")


# The keys of a patient.


def keys_of(patient: Any) -> set[str]:
    """Return the keys of a patient: words of the name, and of its spelling in Latin letters, phones, birth, e-mail."""
    keys = words_of(patient)
    for phone in (patient.mobile, patient.phone):
        keys.update(_phone_keys(phone))
    if born := patient.date_of_birth:
        keys.add(f"{BORN}{born:%Y%m%d}")
    if patient.email:
        keys.add(EMAIL + patient.email.casefold())
    return {key[:LONGEST] for key in keys}


def words_of(patient: Any) -> set[str]:
    """Return the words that a patient's name is found by."""
    return {word[:LONGEST] for word in _words(patient.given_name, patient.family_name)}


def may_be_misspelt(word: str) -> bool:
    """Tell whether a word is written with letters: of one character for each syllable none is nearly another."""
    return not _UNSPACED.search(word)


def _words(given: str, family: str) -> Iterator[str]:
    for latin in (False, True):
        parts = [fold(anyascii(name) if latin else name).split() for name in (given, family)]
        for words in parts:
            yield from words
            # "OBrien" and "Macgiolla" are typed for O'Brien and Mac Giolla.
            yield from ("".join(pair) for pair in pairwise(words))
            if len(words) > 2:
                yield "".join(words)
        if _UNSPACED.search(given) and _UNSPACED.search(family):
            together = ["".join(parts[1] + parts[0]), "".join(parts[0] + parts[1])]
            for word in together if latin else [*together, *parts[0], *parts[1]]:
                yield from [word] if latin else (word[start:] for start in range(len(word)))


def _phone_keys(phone: Any) -> Iterator[str]:
    """Yield the number with and without its country code, and backwards for those who know its end."""
    if not phone:
        return
    digits = re.sub(r"\D", "", getattr(phone, "as_e164", None) or str(phone))
    yield PHONE + digits
    yield ENDING + digits[::-1]
    if national := getattr(phone, "national_number", None):
        yield f"{PHONE}{national}"


# What a search text says.


@dataclass(frozen=True)
class Term:
    """One thing that a search text says of a patient: some key of theirs begins with one of `starts`.

    `word` is the word of a name that it is, if it is one: that may also be misspelt.
    """

    starts: tuple[str, ...]
    word: str = ""


def read(text: str) -> list[Term]:
    """Return what `text` says of a patient, the most telling first; all of it has to be true of them."""
    rest = " ".join(text.replace("\x00", " ").split())[:200]
    terms: list[Term] = []
    for found in DATE.finditer(rest):
        if day := find_date(found[0]):
            terms.append(Term((f"{BORN}{day:%Y%m%d}",)))
            rest = _without(rest, found)
            break
    for address in re.findall(r"\S*@\S*", rest):
        terms.append(Term(((EMAIL + address.casefold())[:LONGEST],)))
        rest = rest.replace(address, " ")
    while found := _NUMBER.search(rest):
        terms += _numbers(found[0])
        rest = _without(rest, found)
    terms += sorted(_names(rest), key=lambda term: -len(term.word))
    return terms


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _numbers(text: str) -> Iterator[Term]:
    """Yield what a run of digits may be: a phone number or either end of it, or a year; both one after the other."""
    year, rest = re.match(r"(?:((?:19|20)\d\d)\s+(?=[0+]))?(.*)", text).groups()
    if year:
        yield Term((BORN + year,))
    digits = _significant(rest)
    if not digits:
        return
    starts = [PHONE + digits]
    if len(digits) >= 3:
        starts.append(ENDING + digits[::-1])
    if re.fullmatch(r"(19|20)\d\d", rest):
        starts.append(BORN + rest)
    if re.fullmatch(r"\d{8}", rest):
        starts += [BORN + rest, BORN + rest[4:] + rest[2:4] + rest[:2]]
    yield Term(tuple(start[:LONGEST] for start in starts))


def _names(text: str) -> Iterator[Term]:
    for raw in re.split(r"[\s,;]+", text):
        if re.search(r"\d", raw):
            # "patient12" begins an address; a name has no digits.
            yield Term((EMAIL + raw.casefold(), "".join(fold(raw).split())))
            continue
        for word in fold(_APOSTROPHES.sub("", raw)).split():
            yield Term((word[:LONGEST],), word[:LONGEST])


def best_first(terms: Iterable[Term]) -> list[Term]:
    """Return the terms with the one first that the fewest patients fit: its index range is the one to walk."""
    return sorted(terms, key=lambda term: (-max(map(len, term.starts)), len(term.starts)))
