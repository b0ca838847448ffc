"""Which of many contacts may be which of many people: by phone, e-mail, name and address, without comparing all pairs.

Pure: it knows neither Django nor Odoo. A contact is looked up by its phones, its e-mail, its name in any order of
words, and by one word of the name with the first letter of another, where the postcode is the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from odoo_bridge.said import _, ngettext

CROWD = 200
"""How many may share a key of a name before it tells nothing."""

SAME_ADDRESS = 10
PROPOSED = 45
"""The least score that a person is asked about."""


class Name(IntEnum):
    """How alike two names are."""

    OTHER = 0
    FAMILY = 1
    SURNAME_DIFFERS = 2
    SIMILAR = 3
    MISSPELT = 4
    MIDDLE_NAMES = 5
    SAME = 6


_POINTS = {
    Name.OTHER: 0,
    Name.FAMILY: 20,
    Name.SURNAME_DIFFERS: 25,
    Name.SIMILAR: 30,
    Name.MISSPELT: 40,
    Name.MIDDLE_NAMES: 46,
    Name.SAME: 50,
}

_SAYS = {
    Name.FAMILY: _("The surname is the same, the first name is not: perhaps of one family."),
    Name.SURNAME_DIFFERS: _("The first name is the same, the surname is not: perhaps married since."),
    Name.SIMILAR: _("The names are similar."),
    Name.MISSPELT: _("The names differ by a letter or two."),
    Name.MIDDLE_NAMES: _("One of the two has more names."),
    Name.SAME: _("The name is the same."),
}


@dataclass(frozen=True)
class Card:
    """What a person is recognised by. Text is folded: lower case, no accents; phones are in E.164.

    `given` and `family` are the words of the two parts of a name; where only the whole is known, `given` is empty.
    """

    key: Any
    given: tuple[str, ...]
    family: tuple[str, ...]
    email: str = ""
    phones: frozenset[str] = frozenset()
    street: str = ""
    postcode: str = ""
    archived: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return self.given + self.family


@dataclass(frozen=True)
class Pair:
    """A person, a contact that may be the same, how much speaks for it (0 to 100), and what does, in sentences.

    `is_strong`: the name and the phone, the e-mail or the address agree, so that nothing but a second such pair raises
    a doubt.
    """

    person: UUID
    contact: int
    score: int
    is_strong: bool
    reasons: tuple[str, ...]
    archived: bool = False


@dataclass
class Index:
    """Contacts by what they can be recognised by."""

    by_contact: dict[str, list[Card]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[Card]] = field(default_factory=lambda: defaultdict(list))
    size: int = 0

    def add(self, card: Card) -> None:
        self.size += 1
        for key in _reached_by(card):
            self.by_contact[key].append(card)
        for key in _named(card):
            self.by_name[key].append(card)

    def candidates(self, card: Card) -> list[Card]:
        """Return the contacts worth a look: they share a phone, an e-mail, or nearly a name."""
        found: dict[Any, Card] = {}
        for key in _reached_by(card):
            found.update((other.key, other) for other in self.by_contact.get(key, ()))
        for key in _named(card):
            namesakes = self.by_name.get(key, ())
            if len(namesakes) <= CROWD:
                found.update((other.key, other) for other in namesakes)
        return list(found.values())

    def pairs(self, card: Card) -> list[Pair]:
        """Return the contacts that may be this person, with what speaks for each."""
        found = (compare(card, other) for other in self.candidates(card))
        return [pair for pair in found if pair.score >= PROPOSED]


def _reached_by(card: Card) -> Iterator[str]:
    if card.email:
        yield f"@{card.email}"
    yield from card.phones


def _named(card: Card) -> Iterator[str]:
    words = card.words
    if len(words) > 1:
        yield " ".join(sorted(words))
    if card.postcode:
        # A misspelling of either word leaves the other alone; without the same place it says too little.
        for position, word in enumerate(words):
            for other in words[:position] + words[position + 1 :]:
                yield f"{word}|{other[0]}|{card.postcode}"


def compare(person: Card, contact: Card) -> Pair:
    """Weigh what is alike and what is not."""
    name = _names(person, contact)
    reasons: list[str] = [_SAYS[name]] if name else []
    by_email = bool(person.email) and person.email == contact.email
    by_phone = bool(person.phones & contact.phones)
    score = _POINTS[name]
    for is_same, both, alike, another, points in (
        (by_email, bool(person.email and contact.email), _("The e-mail is the same."), _("The e-mail is another."), 30),
        (
            by_phone,
            bool(person.phones and contact.phones),
            _("The phone number is the same."),
            _("The phone number is another."),
            25,
        ),
    ):
        if is_same:
            score += points
            reasons.append(alike)
        elif both:
            score -= 10
            reasons.append(another)
    place, sentence = _places(person, contact)
    if sentence:
        score += place
        reasons.append(sentence)
    reached = by_email or by_phone
    # Whoever has the same name lives there too, if nothing speaks against it.
    at_home = place == SAME_ADDRESS and name is Name.SAME and not any("another" in reason for reason in reasons)
    if not reached and name < Name.MISSPELT:
        score = 0  # A similar name alone says nothing.
    return Pair(
        person.key,
        contact.key,
        max(0, min(score, 100)),
        (reached and name >= Name.MISSPELT) or at_home,
        tuple(reasons),
        contact.archived,
    )


def _places(person: Card, contact: Card) -> tuple[int, str]:
    if not (person.street and contact.street):
        same = bool(person.postcode) and person.postcode == contact.postcode
        return (5, _("The postcode is the same.")) if same else (0, "")
    if person.street == contact.street and (not person.postcode or person.postcode == contact.postcode):
        return SAME_ADDRESS, _("The address is the same.")
    return -5, _("The address is another.")


def _names(person: Card, contact: Card) -> Name:
    mine, theirs = sorted(person.words), sorted(contact.words)
    if not mine or not theirs:
        return Name.OTHER
    if mine == theirs or "".join(mine) == "".join(theirs):
        return Name.SAME
    rest = list(theirs)
    has_given = bool(person.given) and _take(rest, person.given[:1])
    if has_given and _take(list(rest), person.family):
        return Name.MIDDLE_NAMES
    rest = [word for word in rest if word not in person.given]
    if has_given:
        return _surnames(person.family, rest)
    return _family(person, theirs)


def _surnames(family: tuple[str, ...], rest: list[str]) -> Name:
    """Compare the surnames of two who have the same first name."""
    one, other = " ".join(sorted(family)), " ".join(sorted(rest))
    edits = DamerauLevenshtein.distance(one, other)
    if one and other and edits <= (1 if len(one) < 8 else 2) and len(one) > 3:
        return Name.MISSPELT
    if rest and set(rest) <= set(family):
        return Name.MIDDLE_NAMES
    return Name.SIMILAR if JaroWinkler.similarity(one, other) > 0.92 else Name.SURNAME_DIFFERS


def _family(person: Card, theirs: list[str]) -> Name:
    """Compare the first names of two who do not have the same."""
    rest = list(theirs)
    if not _take(rest, person.family):
        close = JaroWinkler.similarity(" ".join(sorted(person.words)), " ".join(theirs)) > 0.93
        return Name.SIMILAR if close else Name.OTHER
    first, other = (person.given or ("",))[0], (rest or [""])[0]
    if not first or not other:
        return Name.SIMILAR
    is_short = min(len(first), len(other)) == 1 and first[0] == other[0]
    return Name.SIMILAR if is_short or JaroWinkler.similarity(first, other) > 0.85 else Name.FAMILY


def _take(words: list[str], wanted: Iterable[str]) -> bool:
    """Take the wanted words out of a list, and tell whether all of them were there."""
    for word in wanted:
        if word not in words:
            return False
        words.remove(word)
    return True


# All of them together


def decide(pairs: Iterable[Pair]) -> list[tuple[Pair, bool]]:
    """Return the pairs that a person is asked about, and of each whether it is certain.

    Certain is a strong pair without a rival on either side, and with a contact in use. A weak pair is left out where
    one of its two has found its counterpart.
    """
    pairs = list(pairs)
    of_person: dict[Any, list[Pair]] = defaultdict(list)
    of_contact: dict[Any, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.is_strong:
            of_person[pair.person].append(pair)
            of_contact[pair.contact].append(pair)
    certain = {
        (pair.person, pair.contact)
        for pair in pairs
        if pair.is_strong
        and not pair.archived
        and len(of_person[pair.person]) == 1
        and len(of_contact[pair.contact]) == 1
    }
    people, contacts = {person for person, _ in certain}, {contact for _, contact in certain}
    decided = []
    for pair in pairs:
        if (pair.person, pair.contact) in certain:
            decided.append((pair, True))
        elif pair.person not in people and pair.contact not in contacts:
            decided.append((_with_rivals(pair, len(of_person[pair.person]), len(of_contact[pair.contact])), False))
    return decided


def _with_rivals(pair: Pair, contacts: int, people: int) -> Pair:
    reasons = list(pair.reasons)
    if contacts > 1 and pair.is_strong:
        reasons.append(
            ngettext("%(number)s contact in Odoo fits alike.", "%(number)s contacts in Odoo fit alike.", contacts)
        )
    if people > 1 and pair.is_strong:
        reasons.append(ngettext("%(number)s patient here fits alike.", "%(number)s patients here fit alike.", people))
    if pair.archived:
        reasons.append(_("It is archived in Odoo."))
    return Pair(pair.person, pair.contact, pair.score, pair.is_strong, tuple(reasons), pair.archived)


_DIGITS = re.compile(r"\D")


def digits_of(text: str) -> str:
    """Return the digits of what is no phone number of any country, so that two spellings of it are the same."""
    return _DIGITS.sub("", text).lstrip("0")
