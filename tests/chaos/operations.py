"""What people do that has to get to the other side, each as something to have before and something to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clinic.appointments import actions
from clinic.appointments.models import Status
from clinic.patients.models import Patient
from tests.chaos.clinic import Clinic


@dataclass(frozen=True)
class Operation:
    """`begin` makes what is there already and returns it; `act` does what is to be synced; `task` syncs it.

    `after` is done when the worker was killed, before another goes on; `holds` tells whether it came out right.
    """

    begin: Callable[[Clinic], Any]
    act: Callable[[Clinic, Any], Any]
    task: str = "push"
    after: Callable[[Clinic, Any], Any] = lambda clinic, subject: None
    holds: Callable[[Clinic, Any], bool] = lambda clinic, subject: True


def _move_house(city: str) -> Callable[[Clinic, Patient], None]:
    def move(clinic: Clinic, patient: Patient) -> None:
        patient.city = city
        patient.save()

    return move


def _back(clinic: Clinic, patient: Patient) -> None:
    patient.city = "Sligo"
    patient.save()


def _city_is(city: str) -> Callable[[Clinic, Patient], bool]:
    def holds(clinic: Clinic, patient: Patient) -> bool:
        patient.refresh_from_db()
        return (patient.city, clinic.books.of(patient, "city")["city"]) == (city, city)

    return holds


def _archive(clinic: Clinic, patient: Patient) -> None:
    patient.is_active = False
    patient.save()


def _cancel(clinic: Clinic, visit: Any) -> None:
    actions.advance(visit, Status.CANCELLED, reason="Ill")


def _pays_once(clinic: Clinic, invoice: Any) -> bool:
    balance = type(invoice).objects.get(pk=invoice.pk).balance
    residual = clinic.books.of(invoice, "amount_residual")["amount_residual"]
    return f"{balance:.2f}" == f"{residual:.2f}" == "73.50"


def _sligo(clinic: Clinic) -> Patient:
    return clinic.practice.patient(city="Sligo")


OPERATIONS = {
    "create": Operation(lambda clinic: None, lambda clinic, _: [clinic.practice.patient() for _ in range(3)]),
    "update": Operation(_sligo, _move_house("Galway"), holds=_city_is("Galway")),
    "update-again": Operation(_sligo, _move_house("Galway"), after=_move_house("Limerick"), holds=_city_is("Limerick")),
    "update-taken-back": Operation(_sligo, _move_house("Galway"), after=_back, holds=_city_is("Sligo")),
    "archive": Operation(_sligo, _archive),
    "book": Operation(_sligo, lambda clinic, patient: clinic.practice.appointment(patient=patient)),
    "cancel": Operation(lambda clinic: clinic.practice.appointment(), _cancel),
    "post": Operation(_sligo, lambda clinic, patient: clinic.practice.invoice("100.00", patient=patient)),
    "pay": Operation(
        lambda clinic: clinic.practice.invoice("100.00"),
        lambda clinic, invoice: clinic.practice.payment("40.00", invoice),
        holds=_pays_once,
    ),
    "pull": Operation(
        _sligo,
        lambda clinic, patient: clinic.books.edit(patient, city="Cork"),
        task="pull",
        holds=_city_is("Cork"),
    ),
}
"""Paying is three effects: the payment is made, posted, and assigned to its invoice."""
