"""How a connection to an Odoo that is in use starts: who is there is adopted, then a plan does what it says."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from clinic.patients.models import Patient
from odoo_bridge import sync
from odoo_bridge.adoption import confirm, search
from odoo_bridge.models import Connection, Link
from odoo_bridge.plan import apply, plan
from odoo_bridge.proposed import AdoptionProposal
from tests.contract.calls import recorded_calls


def letters(count: int = 9) -> str:
    return "".join(random.choices("bcdfghklmnprstvz", k=count))


@pytest.fixture
def paused(connection: Connection) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED)
    connection.refresh_from_db()
    return connection


@pytest.fixture
def known(practice, accountant) -> tuple[Patient, int]:
    """A patient who is a contact in Odoo already, under the same e-mail and with another spelling of the name."""
    patient = practice.patient(
        family_name=f"Ó {letters().title()}",
        phone=f"+3531{random.randrange(6000000, 6999999)}",
        mobile="",
        city="",
        street=f"{letters()} Street",
        postcode=letters(6).upper(),
    )
    values = {"name": f"{patient.family_name}, Zoe", "email": patient.email, "city": "Galway", "comment": "Pays late"}
    return patient, accountant.create("res.partner", values)


def adopted(connection: Connection, patient: Patient) -> AdoptionProposal:
    with recorded_calls() as calls:
        search(connection)
    assert calls.that_change == []
    return AdoptionProposal.objects.get(connection=connection, uid=patient.uid)


def outcome(made: Any) -> dict[Any, str]:
    return dict(made.items.values_list("uid", "state"))


def test_a_plan_changes_nothing(practice, paused, books):
    invoice = practice.invoice("80.00")
    practice.payment("40.00", invoice)
    before = list(Link.objects.order_by("pk").values())

    with recorded_calls() as calls:
        made = plan(paused)

    assert calls.made
    assert calls.that_change == []
    assert list(Link.objects.order_by("pk").values()) == before
    assert books.odoo.search_count("account.move", [["name", "=", invoice.number]]) == 0
    assert made.counts["move"] == {"create": 1, "post": 1}


def test_a_plan_that_is_applied_does_exactly_what_it_says(practice, paused, books):
    invoice = practice.invoice("80.00")
    payment = practice.payment("40.00", invoice)
    made = plan(paused)
    later = practice.patient()

    apply(paused, made)

    assert set(outcome(made).values()) == {"done"}
    answer = books.of(invoice, "state", "name", "amount_residual")
    assert (answer["state"], answer["name"]) == ("posted", invoice.number)
    assert Decimal(str(answer["amount_residual"])) == invoice.total - payment.amount
    assert not Link.objects.filter(uid=later.uid, odoo_id__isnull=False).exists()
    assert plan(paused).counts == {"partner": {"create": 1}}


def test_what_somebody_changed_in_odoo_since_is_left(practice, connection, books):
    one, other = practice.patient(), practice.patient()
    sync.push(connection)
    for patient in (one, other):
        patient.city = "Ennis"
        patient.save()
    made = plan(connection)
    books.edit(one, street="2 High Street")

    apply(connection, made)

    assert outcome(made) == {one.uid: "changed", other.uid: "done"}
    assert books.of(other, "city")["city"] == "Ennis"
    assert books.of(one, "city")["city"] != "Ennis"


def test_who_is_there_already_is_adopted_and_then_billed_without_a_double(known, practice, paused, books):
    patient, odoo_id = known
    invoice = practice.invoice("80.00", patient=patient)
    proposal = adopted(paused, patient)
    assert (proposal.odoo_id, proposal.state) == (odoo_id, "certain")

    confirm(proposal, prefer="ours")
    made = plan(paused)
    assert made.items.get(uid=patient.uid).kinds == ",update,take_over,"
    apply(paused, made)

    assert set(outcome(made).values()) == {"done"}
    assert Patient.objects.get(pk=patient.pk).city == "Galway"
    assert books.of(invoice, "partner_id")["partner_id"][0] == odoo_id
    assert books.of(patient, "name")["name"] == patient.full_name
    assert books.count(patient, [["email", "=", patient.email]]) == 1
    assert "Pays late" in str(books.of(patient, "comment")["comment"])
