"""Who works at the demo clinic. Everybody's password is the same, and printed when the clinic starts."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from clinic.demo.factories import PractitionerFactory
from clinic.practice.models import Branch
from clinic.staff.models import Practitioner, User

PASSWORD = "open wide please"  # noqa: S105 - the demo's, and meant to be known


@dataclass(frozen=True)
class Person:
    """Somebody who signs in; `known_as` is set for those who see patients."""

    username: str
    given_name: str
    family_name: str
    role: str
    known_as: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"


PEOPLE = [
    Person("maria", "Maria", "Keane", User.Role.RECEPTIONIST),
    Person("aoife", "Aoife", "Brennan", User.Role.PRACTITIONER, "Dr Brennan"),
    Person("chidi", "Chidi", "Okafor", User.Role.PRACTITIONER, "Dr Okafor"),
    Person("olena", "Olena", "Kovalenko", User.Role.PRACTITIONER, "Dr Kovalenko"),
    Person("zofia", "Zofia", "Wiśniewska", User.Role.HYGIENIST, "Zofia Wiśniewska"),
    Person("declan", "Declan", "Moore", User.Role.MANAGER),
    Person("priya", "Priya", "Raman", User.Role.ACCOUNTANT),
    Person("sam", "Sam", "Adeyemi", User.Role.ADMINISTRATOR),
]


def hire(branches: list[Branch]) -> list[Practitioner]:
    """Create the users, who all work at every branch, and return the practitioners among them."""
    # Hashing is slow on purpose: once is enough for one and the same password.
    password = make_password(PASSWORD)
    users = [_user(person, password) for person in PEOPLE]
    for branch in branches:
        branch.staff.set(users)
    seers = [(person, user) for person, user in zip(PEOPLE, users, strict=True) if person.known_as]
    return [_practitioner(person, user, position, branches) for position, (person, user) in enumerate(seers)]


def _user(person: Person, password: str) -> User:
    runs_it = person.role == User.Role.ADMINISTRATOR
    return User.objects.create(
        username=person.username,
        first_name=person.given_name,
        last_name=person.family_name,
        email=f"{person.username}@clinic.example",
        role=person.role,
        password=password,
        is_staff=runs_it,
        is_superuser=runs_it,
    )


def _practitioner(person: Person, user: User, position: int, branches: list[Branch]) -> Practitioner:
    return PractitionerFactory(
        user=user,
        name=person.known_as,
        email=user.email,
        profession=_PROFESSION[person.role],
        position=position,
        branches=branches,
    )


_PROFESSION = {
    User.Role.PRACTITIONER: Practitioner.Profession.DENTIST,
    User.Role.HYGIENIST: Practitioner.Profession.HYGIENIST,
}
