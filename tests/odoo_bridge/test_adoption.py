"""Adoption: who is in Odoo already is proposed, decided by a person, linked without loss, and never created twice."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from clinic.patients.models import Patient
from odoo_bridge import adoption, sync
from odoo_bridge.adoption import Undecidable, confirm, confirm_certain, reject, search
from odoo_bridge.models import Connection, Link
from odoo_bridge.proposed import AdoptionProposal
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


def letters(count: int = 8) -> str:
    return "".join(random.choices("bcdfghklmnprstvz", k=count))


@pytest.fixture
def person(practice):
    """Makes a patient who has nothing in common with those of earlier tests on the same Odoo."""

    def make(**values: Any) -> Patient:
        number = f"+3531{random.randrange(6000000, 6999999)}"
        own = {"given_name": "Zoë", "family_name": f"Ó {letters().title()}", "phone": number, "mobile": ""}
        own |= {"street": f"{letters()} Street", "postcode": letters(6).upper()}
        return practice.patient(**(own | values))

    return make


@pytest.fixture
def contact(accountant, practice):
    """Makes a contact in Odoo, as somebody there would have: `contact(patient, name="...")`."""

    def make(patient: Patient, **values: Any) -> int:
        own = {"name": patient.full_name, "email": patient.email, "city": "Galway"}
        return accountant.create("res.partner", own | values)

    return make


def proposed(connection: Connection, patient: Patient) -> dict[int, str]:
    found = AdoptionProposal.objects.filter(connection=connection, uid=patient.uid)
    return dict(found.values_list("odoo_id", "state"))


def the_one(connection: Connection, patient: Patient) -> AdoptionProposal:
    return AdoptionProposal.objects.get(connection=connection, uid=patient.uid)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"email": False, "phone": "(01) 671 4999"},
        {"name": "{family}, {given}"},
        {"email": "", "mobile": "+353 1 671 4999", "name": "zoe {FAMILY}"},
    ],
)
def test_the_same_person_is_found_however_the_phone_and_the_name_are_spelt(values, person, connection, contact):
    patient = person(mobile="+35316714999", phone="")
    names = {"given": patient.given_name, "family": patient.family_name, "FAMILY": patient.family_name.upper()}
    values = {name: value.format(**names) if value else value for name, value in values.items()}
    odoo_id = contact(patient, **values)

    search(connection)

    assert proposed(connection, patient) == {odoo_id: "certain"}


def test_a_misspelt_surname_with_the_same_e_mail_is_certain_and_another_surname_is_not(person, connection, contact):
    one, other = person(), person(family_name="Lindqvist")
    misspelt = contact(one, name=f"Zoe O {one.family_name[2:-1]}")
    married = contact(other, name="Zoë Haddad")

    search(connection)

    assert proposed(connection, one) == {misspelt: "certain"}
    assert proposed(connection, other) == {married: "unsure"}
    assert any("married since" in reason for reason in the_one(connection, other).reasons)


def test_two_who_fit_are_shown_and_neither_is_certain(person, connection, contact):
    patient = person()
    both = {contact(patient), contact(patient)}

    search(connection)

    assert proposed(connection, patient) == dict.fromkeys(both, "unsure")
    reasons = AdoptionProposal.objects.filter(uid=patient.uid).first().reasons
    assert "2 contacts in Odoo fit alike." in reasons


def test_of_a_family_with_one_e_mail_each_finds_only_their_own(person, connection, contact):
    mother = person(given_name="Ana")
    child = person(given_name="Tom", family_name=mother.family_name, email=mother.email)
    twin = person(given_name="Tim", family_name=mother.family_name, email=mother.email)
    mothers, childs = contact(mother), contact(child)

    search(connection)

    assert proposed(connection, mother) == {mothers: "certain"}
    assert proposed(connection, child) == {childs: "certain"}
    assert proposed(connection, twin) == {}


def test_a_relative_with_the_same_e_mail_is_shown_and_never_certain(person, connection, contact):
    child = person(given_name="Tom")
    mothers = contact(child, name=f"Ana {child.family_name}")

    search(connection)

    assert proposed(connection, child) == {mothers: "unsure"}
    assert any("perhaps of one family" in reason for reason in the_one(connection, child).reasons)


def test_companies_are_left_out_and_archived_contacts_are_shown_as_such(person, connection, contact):
    one, other = person(), person()
    contact(one, is_company=True)
    archived = contact(other, active=False)

    search(connection)

    assert proposed(connection, one) == {}
    assert proposed(connection, other) == {archived: "unsure"}
    assert the_one(connection, other).archived


def test_who_is_linked_already_is_nobody_elses_counterpart(person, connection):
    patient = person()
    settle(connection)
    double = person(given_name=patient.given_name, family_name=patient.family_name, email=patient.email)

    search(connection)

    assert proposed(connection, double) == {}
    assert proposed(connection, patient) == {}


def test_searching_changes_nothing_in_odoo(person, connection, contact):
    contact(person())
    with recorded_calls() as calls:
        search(connection)
    assert calls.made
    assert calls.that_change == []


def test_what_is_confirmed_loses_nothing_of_either_side(person, connection, contact, books, accountant):
    patient = person(city="", street="1 Dame Street", phone="+35316714000")
    odoo_id = contact(patient, street="2 High Street", city="Galway", phone=False, comment="Pays late")
    search(connection)

    confirm(the_one(connection, patient))
    settle(connection)

    assert books.odoo_id(patient) == odoo_id
    assert Patient.objects.get(pk=patient.pk).city == "Galway"
    assert books.of(patient, "phone")["phone"] == "+353 1 671 4000"
    assert books.link(patient).conflicts == {"street": {"ours": "1 Dame Street", "theirs": "2 High Street"}}
    assert accountant.search_count("res.partner", [["email", "=", patient.email]]) == 1


@pytest.mark.parametrize(("prefer", "street"), [("ours", "1 Dame Street"), ("theirs", "2 High Street")])
def test_a_side_chosen_at_adoption_settles_what_differs(prefer, street, person, connection, contact, books):
    patient = person(street="1 Dame Street", street2="", city="Cork")
    contact(patient, street="2 High Street", street2="Flat 9", city=False)
    search(connection)

    confirm(the_one(connection, patient), prefer=prefer)
    settle(connection)

    patient.refresh_from_db()
    answer = books.of(patient, "street", "street2", "city")
    assert (patient.street, patient.street2, patient.city) == (street, "Flat 9", "Cork")
    assert (answer["street"], answer["street2"], answer["city"]) == (street, "Flat 9", "Cork")
    assert books.link(patient).state == "in_odoo"


def test_an_archived_contact_that_is_confirmed_comes_back(person, connection, contact, books):
    patient = person()
    contact(patient, active=False, city=patient.city)
    search(connection)

    confirm(the_one(connection, patient))
    settle(connection)

    assert books.of(patient, "active")["active"] is True
    assert not books.link(patient).conflicts


def test_a_number_kept_as_the_other_kind_of_phone_is_not_doubled(person, connection, contact, books):
    patient = person(mobile="+35316714999", phone="")
    contact(patient, phone="01 671 4999", city=patient.city)
    search(connection)

    confirm(the_one(connection, patient))
    settle(connection)

    patient.refresh_from_db()
    assert not patient.phone
    assert books.of(patient, "mobile")["mobile"] is False


def test_a_patient_who_may_be_in_odoo_is_held_until_somebody_decides(person, connection, contact, accountant):
    same, somebody_else = person(), person()
    ids = {same: contact(same, city=same.city), somebody_else: contact(somebody_else, name="Zoë Haddad")}
    search(connection)

    sync.push(connection)

    for patient in ids:
        assert Link.objects.get(uid=patient.uid).state == "needs_you"
        assert accountant.search_count("res.partner", [["email", "=", patient.email]]) == 1
    confirm(the_one(connection, same))
    reject(the_one(connection, somebody_else))
    settle(connection)
    links = {patient: Link.objects.get(uid=patient.uid) for patient in ids}
    assert links[same].odoo_id == ids[same]
    assert links[somebody_else].odoo_id not in (None, ids[somebody_else])
    assert {link.state for link in links.values()} == {"in_odoo"}


def test_what_was_rejected_is_not_proposed_again_and_what_was_decided_is_not_decided_twice(person, connection, contact):
    patient = person()
    odoo_id = contact(patient)
    search(connection)
    proposal = the_one(connection, patient)
    reject(proposal)

    search(connection)

    assert proposed(connection, patient) == {odoo_id: "rejected"}
    for decision in (confirm, reject):
        with pytest.raises(Undecidable):
            decision(proposal)


def test_a_patient_who_got_to_odoo_in_between_is_not_linked_again(person, connection, contact):
    patient = person()
    contact(patient)
    search(connection)
    proposal = the_one(connection, patient)
    Link.objects.create(connection=connection, mapping="partner", uid=patient.uid, sent={"name": "Zoë"})

    with pytest.raises(Undecidable, match="in the meantime"):
        confirm(proposal)


def test_confirming_one_of_two_ends_the_doubt_about_both(person, connection, contact):
    patient = person()
    first, _ = contact(patient), contact(patient)
    search(connection)

    confirm(AdoptionProposal.objects.get(odoo_id=first))

    assert proposed(connection, patient) == {first: "confirmed"}


def test_all_that_is_certain_is_confirmed_at_once_and_nothing_else(person, connection, contact):
    certain, unsure = person(), person()
    odoo_id = contact(certain)
    contact(unsure, name="Zoë Haddad")
    search(connection)

    assert confirm_certain(connection) == 1

    assert Link.objects.get().odoo_id == odoo_id
    assert adoption.counts(connection) == {"certain": 0, "unsure": 1, "confirmed": 1, "rejected": 0}


def test_what_both_sides_say_is_kept_encrypted_until_it_is_decided(person, connection, contact):
    patient = person()
    contact(patient)
    search(connection)
    proposal = the_one(connection, patient)

    assert adoption.both_sides(proposal)["email"][2] == patient.email
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM odoo_bridge_adoptionproposal")
        assert patient.email not in repr(cursor.fetchall())
    reject(proposal)
    assert adoption.both_sides(the_one(connection, patient)) == {}


def run(*words: str) -> tuple[int, Any]:
    out = io.StringIO()
    try:
        call_command("odoo", "adopt", "--json", *words, stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        return int(str(ended.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_it_is_done_from_the_command_line(person, connection, contact):
    Connection.objects.update(is_sandbox=True)
    patients = [person() for _ in range(3)]
    ids = [contact(patient) for patient in patients[:2]] + [contact(patients[2], name="Zoë Haddad")]

    code, told = run()
    assert (code, told["counts"]["certain"], told["counts"]["unsure"]) == (1, 2, 1)
    assert {(one["uid"], one["odoo_id"]) for one in told["proposals"]} == {
        (str(patient.uid), odoo_id) for patient, odoo_id in zip(patients, ids, strict=True)
    }
    assert run("--reject", f"{patients[2].uid}={ids[2]}")[1]["counts"]["rejected"] == 1
    assert run("--confirm", f"{patients[0].uid}={ids[0]}")[1]["counts"]["confirmed"] == 1
    code, told = run("--confirm-certain")
    assert (code, told["counts"]["confirmed"]) == (0, 2)
    with pytest.raises(CommandError, match="no open proposal"):
        run("--confirm", f"{patients[0].uid}={ids[0]}")
