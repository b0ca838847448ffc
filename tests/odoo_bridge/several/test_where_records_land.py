"""Every record lands in the Odoo and the company that has its branch's books, and nowhere else."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from odoo_bridge.models import Link
from odoo_bridge.sandbox.seed_goods import SUPPLIES
from odoo_bridge.status import counts, standings
from tests.contract.calls import recorded_calls
from tests.odoo_bridge.several.chain import Chain

COMPANY = {"NORTH": "Clinic Sandbox", "WEST": "Clinic West", "FAR": "Clinic Sandbox"}
ODOO = {"NORTH": "Near", "WEST": "Near", "FAR": "Far"}


@dataclass
class Days:
    """Days at the desks, thrown with dice. `made`: records with their branch; `contacts`: where patients belong."""

    chain: Chain
    dice: random.Random
    made: list[tuple[Any, Branch]] = field(default_factory=list)
    contacts: dict[Patient, set[str]] = field(default_factory=dict)

    def people_come(self) -> None:
        patients = [self.chain.patient(self.dice.choice(self.chain.branches)) for _ in range(8)]
        for patient in self.dice.sample(patients[4:], 2):
            patient.payer = self.dice.choice(patients[:4])
            patient.save()
        self.contacts = {patient: {ODOO[patient.branch.code]} for patient in patients}

    def something_is_done(self) -> None:
        branch, patient = self.dice.choice(self.chain.branches), self.dice.choice(list(self.contacts))
        if self.dice.random() < 0.4:
            self.made.append((self.chain.appointment(branch, patient), branch))
            self.contacts[patient].add(ODOO[branch.code])
            return
        invoice = self.chain.invoice(branch, patient)
        self.made.append((invoice, branch))
        self.contacts[patient.invoiced_to].add(ODOO[branch.code])
        if self.dice.random() < 0.5:
            self.made.append((self.chain.payment(invoice, method=self.dice.choice(["card", "cash"])), branch))
        if self.dice.random() < 0.3:
            self.chain.run()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_at_whichever_desk_every_record_lands_in_the_right_place(chain, seed):
    days = Days(chain, random.Random(seed))
    days.people_come()
    for _ in range(12):
        days.something_is_done()

    chain.settle()

    for record, branch in days.made:
        assert chain.where(record) == {ODOO[branch.code]}, (record, branch)
        if not isinstance(record, Appointment):
            connection = chain.far if branch == chain.at_far else chain.near
            assert chain.of(record, connection, "company_id")["company_id"][1] == COMPANY[branch.code]
    for patient, places in days.contacts.items():
        assert chain.where(patient) == places, patient
    for connection in chain.connections():
        there = [one.full_name for one, places in days.contacts.items() if connection.name in places]
        assert chain.names_in(connection, "res.partner", "name", f"%{chain.unique}%") == sorted(there)


def test_a_payment_is_counted_towards_its_invoice_in_each_company_and_each_odoo(chain):
    paid = {}
    for branch in chain.branches:
        invoice = chain.invoice(branch, chain.patient(branch))
        paid[branch.code] = (invoice, chain.payment(invoice))

    chain.settle()

    for branch in chain.branches:
        invoice, payment = paid[branch.code]
        connection = chain.far if branch == chain.at_far else chain.near
        there = chain.of(invoice, connection, "amount_residual", "company_id", "journal_id", "name")
        assert there["amount_residual"] == 73.5
        assert there["name"] == invoice.number
        journal = chain.of(payment, connection, "company_id")
        assert journal["company_id"] == there["company_id"]


def test_an_edit_in_one_odoo_reaches_the_clinic_and_the_other_one_and_then_there_is_silence(chain):
    patient = chain.patient(chain.at_north, phone="+35316714000", street="1 Quay")
    chain.invoice(chain.at_far, patient)
    chain.settle()
    assert chain.where(patient) == {"Near", "Far"}

    chain.edit(patient, chain.far, city="Sligo", street="  2 Quay ")
    chain.run(rounds=2)

    patient.refresh_from_db()
    assert (patient.city, patient.street) == ("Sligo", "2 Quay")
    assert chain.of(patient, chain.near, "city", "street") == {
        "id": Link.objects.get(connection=chain.near, uid=patient.uid).odoo_id,
        "city": "Sligo",
        "street": "2 Quay",
    }
    before = [chain.of(patient, one, "write_date")["write_date"] for one in (chain.near, chain.far)]
    with recorded_calls() as calls:
        chain.run(rounds=2)
    assert not [call for call in calls.made if call.method in {"write", "create", "load"}]
    assert before == [chain.of(patient, one, "write_date")["write_date"] for one in (chain.near, chain.far)]


def test_different_edits_in_two_odoos_wait_for_a_person_and_nothing_is_overwritten(chain):
    patient = chain.patient(chain.at_north, city="Cork")
    chain.appointment(chain.at_far, patient)
    chain.settle()

    chain.edit(patient, chain.near, city="Sligo")
    chain.edit(patient, chain.far, city="Galway")
    chain.run(rounds=3)

    patient.refresh_from_db()
    assert patient.city == "Sligo"
    assert chain.of(patient, chain.far, "city")["city"] == "Galway"
    [open_one] = Link.objects.filter(needs_person=True)
    assert open_one.connection == chain.far and open_one.conflicts["city"] == {"ours": "Sligo", "theirs": "Galway"}


def test_the_numbers_are_told_for_each_connection_and_together(chain):
    for branch in chain.branches:
        chain.invoice(branch, chain.patient(branch))
    chain.settle()

    stock = len(SUPPLIES)  # Each Odoo's own, which came here.
    assert {one.connection.name: one.counts["in_odoo"] for one in standings()} == {"Near": 4 + stock, "Far": 2 + stock}
    assert counts(chain.connections()) == {"in_odoo": 6 + 2 * stock, "waiting": 0, "needs_you": 0}
