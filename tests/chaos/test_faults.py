"""Every fault of the network and of the server, at every call that changes something, over every transport."""

from __future__ import annotations

import pytest

from clinic.appointments import actions
from clinic.appointments.models import Appointment, Status
from clinic.demo.running.follow import wait_until
from clinic.demo.running.ports import LOOPBACK, free_port
from odoo_bridge.models import Connection
from tests.chaos.clinic import Clinic
from tests.chaos.conftest import TRANSPORTS
from tests.contract.peers import arm, disarm

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

TIMEOUT = "1"
SECONDS = {"busy": 1.0, "delay": 2.0, "delay_after": 2.0, "trickle": 3.0}
"""How long a fault takes: more than the time that Odoo has here, where it is to run out."""

FAULTS = ("refuse", "busy", "html", "reset_before", "reset_after", "truncate", "untyped", *SECONDS, "serialization")

CHANGING = (
    ("res.partner", "load"),
    ("res.partner", "write"),
    ("calendar.event", "load"),
    ("calendar.event", "write"),
    ("account.move", "load"),
    ("account.move", "action_post"),
    ("account.payment", "load"),
    ("account.payment", "action_post"),
    ("account.move", "js_assign_outstanding_line"),
)


def yesterday(clinic: Clinic) -> Appointment:
    """Return a visit that is in Odoo already."""
    visit = clinic.practice.appointment(patient=clinic.practice.patient(city="Sligo"))
    clinic.settle()
    return visit


def today(clinic: Clinic, cancelled: Appointment) -> None:
    """Do everything that makes those calls: a visit that is cancelled, an edit, an invoice, a payment."""
    known = cancelled.patient
    known.city = "Galway"
    known.save()
    actions.advance(cancelled, Status.CANCELLED, reason="Ill")
    visit = clinic.practice.appointment()
    clinic.practice.payment("40.00", clinic.practice.invoice("100.00", patient=visit.patient))


@pytest.mark.parametrize("kind", dict.fromkeys(FAULTS))
@pytest.mark.parametrize("peer", TRANSPORTS)
def test_nothing_is_lost_or_doubled_whatever_the_network_does(open_clinic, peer: str, kind: str) -> None:
    clinic = open_clinic(peer, env={"ODOO_TIMEOUT_SECONDS": TIMEOUT})
    # Not over the line: it would pass on in one piece what comes in drops.
    Connection.objects.update(url=clinic.peer.url)
    clinic.stack.start("worker")
    for call in CHANGING:
        visit = yesterday(clinic)
        arm(clinic.peer, kind, *call, seconds=SECONDS.get(kind, 0.0))
        today(clinic, visit)
        clinic.settle(60)
        assert not disarm(clinic.peer), f"{call} was not made"
        clinic.both_sides_are_alike()


@pytest.mark.parametrize("peer", TRANSPORTS)
def test_nothing_is_lost_when_nobody_is_there_to_take_the_call(open_clinic, peer: str) -> None:
    clinic = open_clinic(peer, start=("worker",))
    today(clinic, yesterday(clinic))
    Connection.objects.update(url=f"http://{LOOPBACK}:{free_port()}")
    clinic.ring()
    assert wait_until(lambda: bool(clinic.connection.trouble), 20)
    assert "Nothing answers" in clinic.connection.trouble
    Connection.objects.update(url=clinic.peer.url)
    clinic.settle()
    clinic.both_sides_are_alike()
