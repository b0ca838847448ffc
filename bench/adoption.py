"""How well and how fast people are recognised among contacts: `python -m bench adoption`.

A made-up town, the same on every run: households that share a surname, an address, a phone and often an e-mail;
twins; two of one name in a family; surnames from before a marriage; names misspelt, turned round, without accents, with
middle names or as nicknames; numbers in any format, changed or missing; contacts made twice, and contacts of people who
are no patients. Beside the matching stand two plain ways to do it, on the same town.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, count
from typing import Any
from uuid import UUID

import phonenumbers

from clinic.patients.searching import fold
from odoo_bridge.matching import Card, Index, Pair, decide

_GIVEN = (
    "Mary James Patricia John Margaret Michael Anna Thomas Catherine Patrick Emma Daniel Sarah Conor Aoife Seán Niamh "
    "Cian Ciara Liam Zoë José María Ana Søren Łukasz Agnieszka Piotr Jürgen Anaïs Chloé René Sofia Noah Ella Jack "
    "Grace Adam Lucy Harry Sophie Ryan Amelia Luke Mia Fionn Saoirse Oisín Róisín Tadhg Eoin Maeve Brian Eileen "
    "Kevin Bridget"
)
_SURNAMES = (
    "Murphy Kelly O'Sullivan Walsh Smith O'Brien Byrne Ryan O'Connor O'Neill O'Reilly Doyle McCarthy Gallagher Doherty "
    "Kennedy Lynch Murray Quinn Moore McLoughlin Carroll Connolly Daly Wilson Dunne Brennan Burke Collins Campbell "
    "Clarke Johnston Hughes Farrell Fitzgerald Brown Martin Maguire Nolan Flynn Thompson Nowak Kowalski Silva Ferreira "
    "Müller Sørensen Haddad Okafor Lindqvist García Óg"
)
GIVEN, SURNAMES = _GIVEN.split(), _SURNAMES.split()
ENDS = ["", "", "", "sen", "mann", "ville", "worth", "ová", "ski", "berg", "etti", "ey"]
NICK = {
    "James": "Jim",
    "Patricia": "Trish",
    "Michael": "Mick",
    "Patrick": "Paddy",
    "Catherine": "Kate",
    "Thomas": "Tom",
}
LETTERS = "abcdefghijklmnoprstuvw"


@dataclass
class Person:
    given: str
    family: str
    email: str
    phones: list[str]
    street: str
    postcode: str
    birth_name: str = ""


@dataclass
class Town:
    """`truth` holds the pairs that are the same person."""

    patients: list[Card] = field(default_factory=list)
    contacts: list[Card] = field(default_factory=list)
    truth: set[tuple[Any, Any]] = field(default_factory=set)


def town(size: int, seed: int = 1) -> Town:
    """Make `size` patients and as many contacts, three of five of which are patients."""
    chance, made, ids = random.Random(seed), Town(), count(1)
    people = _people(chance)
    while len(made.patients) < size:
        person = next(people)
        uid = UUID(int=chance.getrandbits(128))
        is_patient, is_contact = chance.random() < 0.75, chance.random() < 0.65
        if is_patient:
            made.patients.append(_patient(uid, person))
        for _ in range((2 if chance.random() < 0.02 else 1) if is_contact else 0):
            if len(made.contacts) < size:
                made.contacts.append(_contact(chance, next(ids), person))
                if is_patient:
                    made.truth.add((uid, made.contacts[-1].key))
    return made


def _people(chance: random.Random) -> Iterator[Person]:
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(GIVEN))))
    surname_weights = list(accumulate(1 / (rank + 5) for rank in range(len(SURNAMES))))
    for house in count():
        family = chance.choices(SURNAMES, cum_weights=surname_weights)[0] + chance.choice(ENDS)
        street = f"{chance.randrange(1, 99)} {chance.choice(SURNAMES)} {chance.choice(['Street', 'Road', 'Park'])}"
        postcode, home = f"D{chance.randrange(1, 25):02} {chance.randrange(10000):04}", _number(chance, "1")
        size = chance.choices([1, 2, 3, 4, 5], [30, 25, 15, 20, 10])[0]
        shares, before, names = chance.random() < 0.6, "", set[str]()
        for member in range(size):
            while (given := chance.choices(GIVEN, cum_weights=weights)[0]) in names:
                pass
            if member == 2 and chance.random() < 0.05:
                given = before  # A parent's name.
            if member == 3 and chance.random() < 0.1:
                given = before[:-1] + chance.choice("aey")  # A twin with nearly the same name.
            before = given
            names.add(given)
            address = "family" if shares and member else fold(given).replace(" ", "")
            email = f"{address}.{house}@post.example" if chance.random() < 0.75 else ""
            phones = [home] * (chance.random() < 0.5)
            phones += [_number(chance, "8")] if not (shares and member > 1) else [home]
            born = chance.choice(SURNAMES) if chance.random() < 0.06 else ""
            yield Person(given, family, email, phones, street, postcode, born)


def _number(chance: random.Random, area: str) -> str:
    return f"+353{area}{'5' if area == '8' else ''}{chance.randrange(10**6, 10**7 - 1)}"


def _patient(uid: UUID, person: Person) -> Card:
    return _card(uid, fold(person.given), fold(person.family), person)


def _card(key: Any, given: str, family: str, person: Person, **other: Any) -> Card:
    return Card(
        key,
        tuple(given.split()),
        tuple(family.split()),
        person.email,
        frozenset(person.phones),
        fold(person.street),
        fold(person.postcode).replace(" ", ""),
        **other,
    )


def _contact(chance: random.Random, odoo_id: int, person: Person) -> Card:
    given, family = person.given, person.family
    if person.birth_name and chance.random() < 0.5:
        family = person.birth_name
    if chance.random() < 0.03:
        given = NICK.get(given, given)
    if chance.random() < 0.05:
        given += f" {chance.choice(GIVEN)}"
    name = f"{family}, {given}" if chance.random() < 0.2 else f"{given} {family}"
    if chance.random() < 0.06:
        name = _misspelt(chance, name)
    email = person.email if chance.random() < 0.7 else ""
    if email and chance.random() < 0.05:
        email = f"new.{email}"
    phones = [_spelled(chance, phone) for phone in person.phones if chance.random() < 0.8]
    if chance.random() < 0.06:
        phones = [_number(chance, "8")]
    street = person.street if chance.random() < 0.7 else ""
    read = frozenset(_read(phone) for phone in phones)
    words, archived = tuple(fold(name).split()), chance.random() < 0.02
    postcode = fold(person.postcode).replace(" ", "") if street else ""
    return Card(odoo_id, (), words, email, read, fold(street), postcode, archived)


def _misspelt(chance: random.Random, name: str) -> str:
    at = chance.randrange(1, len(name) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + chance.choice(LETTERS) + name[at:]
    if kind == 2:
        return name[:at] + chance.choice(LETTERS) + name[at + 1 :]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _spelled(chance: random.Random, phone: str) -> str:
    number = phonenumbers.parse(phone)
    formats = phonenumbers.PhoneNumberFormat
    kind = chance.choice([formats.E164, formats.INTERNATIONAL, formats.NATIONAL])
    return str(phonenumbers.format_number(number, kind))


def _read(phone: str) -> str:
    return str(phonenumbers.format_number(phonenumbers.parse(phone, "IE"), phonenumbers.PhoneNumberFormat.E164))


def measure(size: int) -> Iterator[str]:
    made = town(size)
    patients, contacts = {one.key for one in made.patients}, {one.key for one in made.contacts}
    truth = {(person, contact) for person, contact in made.truth if person in patients and contact in contacts}
    yield f"{len(patients)} patients, {len(contacts)} contacts, {len(truth)} pairs are the same person"
    begun = time.perf_counter()
    index = Index()
    for card in made.contacts:
        index.add(card)
    compared = sum(len(index.candidates(card)) for card in made.patients)
    found: list[Pair] = [pair for card in made.patients for pair in index.pairs(card)]
    decided = decide(found)
    took = time.perf_counter() - begun
    certain = {(pair.person, pair.contact) for pair, is_certain in decided if is_certain}
    shown = {(pair.person, pair.contact) for pair, _ in decided}
    yield _line("certain", certain, truth)
    yield _line("certain or shown to a person", shown, truth)
    yield f"of 100 patients, {100 * len({p for p, _ in shown - certain}) / len(patients):.1f} wait for a person"
    yield f"{took:.1f} s; {compared / len(patients):.1f} contacts compared a patient, of {len(contacts)}"
    yield _line("plain: the same e-mail", _same(made, lambda card: [card.email]), truth)
    yield _line("plain: the same name", _same(made, lambda card: [" ".join(sorted(card.words))]), truth)


def _line(what: str, found: set[tuple[Any, Any]], truth: set[tuple[Any, Any]]) -> str:
    right = len(found & truth)
    return f"{what:32} precision {right / max(1, len(found)):.4f}  recall {right / len(truth):.3f}  of {len(found)}"


def _same(made: Town, keys: Any) -> set[tuple[Any, Any]]:
    contacts: dict[str, list[Any]] = defaultdict(list)
    for card in made.contacts:
        for key in filter(None, keys(card)):
            contacts[key].append(card.key)
    return {
        (card.key, odoo_id) for card in made.patients for key in filter(None, keys(card)) for odoo_id in contacts[key]
    }
