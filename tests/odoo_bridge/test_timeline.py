"""The timeline: what was sent, fetched and decided is told with its values, and the values can be erased."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command

from clinic.demo.factories import UserFactory
from clinic.invoices import pdf
from clinic.invoices.models import InvoiceDocument
from clinic.patients.models import Patient
from odoo_bridge import adoption, deciding, privacy, sync, timeline
from odoo_bridge.fields import Refused
from odoo_bridge.models import Connection, Entry, Link
from odoo_bridge.proposed import AdoptionProposal
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient(city="Cork")
    settle(connection)
    return patient


def told(patient):
    return [(one.entry.what, one.change) for one in timeline.of_record("partner", patient.uid)]


def test_a_record_tells_what_was_sent_and_what_was_taken_over_and_by_whom(patient, connection, books):
    [(what, change)] = told(patient)
    assert what == "created"
    assert change["city"] == [None, "Cork"]
    patient.city = "Galway"
    patient.save()
    settle(connection)
    books.edit(patient, city="Sligo")
    settle(connection)
    assert [(what, change) for what, change in told(patient)[:2]] == [
        ("fetched", {"city": ["Galway", "Sligo"]}),
        ("sent", {"city": ["Cork", "Galway"]}),
    ]
    [newest, *_] = timeline.of_record("partner", patient.uid)
    assert newest.entry.actor.startswith("Odoo: ")


def test_an_invoice_tells_that_it_was_posted_once(practice, connection, patient):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    entries = Entry.objects.filter(mapping="move", uid=invoice.uid).order_by("pk")
    assert list(entries.values_list("what", flat=True)) == ["created", "done"]


def test_a_conflict_and_its_decision_are_told_field_by_field(patient, connection, books):
    books.edit(patient, city="Sligo", street="1 Quay Street")
    Patient.objects.filter(pk=patient.pk).update(city="Galway", street="2 Dame Street")
    settle(connection)
    link = Link.objects.get(uid=patient.uid)
    assert link.edited_by and link.edited_at and link.changed_at
    with pytest.raises(ValueError, match="every field"):
        deciding.settle_conflict(link, {"city": deciding.Side.THEIRS})
    deciding.settle_conflict(link, {"city": deciding.Side.THEIRS, "street": deciding.Side.OURS}, by="declan")
    settle(connection)
    after = Patient.objects.get(pk=patient.pk)
    assert (after.city, after.street) == ("Sligo", "2 Dame Street")
    assert books.of(patient, "city", "street") == {"id": link.odoo_id, "city": "Sligo", "street": "2 Dame Street"}
    by_what = {one.entry.what: one for one in timeline.of_record("partner", patient.uid)}
    assert by_what["conflict"].change == {"city": ["Galway", "Sligo"], "street": ["2 Dame Street", "1 Quay Street"]}
    assert by_what["decided"].entry.actor == "declan"
    assert by_what["decided"].change == {"city": ["Galway", "Sligo"], "street": ["1 Quay Street", "2 Dame Street"]}


def test_the_values_lie_sealed_and_are_gone_once_the_key_is(patient, connection):
    for entry in Entry.objects.filter(uid=patient.uid):
        assert "Cork" not in entry.sealed and patient.email not in str(entry.__dict__)
    assert privacy.forget(patient.uid) == 1
    [one] = timeline.of_record("partner", patient.uid)
    assert one.is_erased and one.change == {} and "city" in one.entry.fields
    # What is sent afterwards has a key of its own.
    patient.city = "Galway"
    patient.save()
    settle(connection)
    newest, oldest = timeline.of_record("partner", patient.uid)
    assert newest.change == {"city": ["Cork", "Galway"]} and oldest.is_erased


def test_what_left_the_clinic_about_a_patient_is_listed_over_all_records(practice, connection, patient):
    practice.appointment(patient=patient)
    practice.payment("10.00", practice.invoice("80.00", patient=patient))
    practice.invoice("20.00", patient=practice.patient())
    settle(connection)
    found = privacy.disclosures(patient.uid)
    assert sorted(one.entry.mapping for one in found) == ["event", "move", "partner", "payment"]
    out = io.StringIO()
    call_command("odoo", "disclosures", str(patient.uid), "--json", stdout=out)
    listed = {one["record"]: one for one in json.loads(out.getvalue())}
    assert listed["partner"]["values"]["city"] == "Cork"


def test_the_preview_is_the_very_bytes_that_are_sent_afterwards(practice, connection, line, settings):
    settings.ODOO_URL = connection.url
    patient = practice.patient()
    out = io.StringIO()
    with recorded_calls() as calls:
        call_command("odoo", "preview", "partner", str(patient.uid), stdout=out)
    assert calls.that_change == []
    preview = out.getvalue().strip().encode()
    assert preview.startswith(b'["res.partner","load",[["id","name"')
    sync.push(connection)
    sent = line.bodies[line.calls.index(("res.partner", "load"))]
    assert preview[1:-1] in sent


def test_a_preview_on_paper_shows_every_cell_and_asks_nobody(practice, connection):
    patient = practice.patient(clinical_notes="allergic to penicillin", city="Cork")
    visit = practice.appointment(patient=patient)
    Connection.objects.filter(pk=connection.pk).update(url="http://127.0.0.1:9", names_patient_in_calendar=True)
    connection.refresh_from_db()
    cells = dict(privacy.on_paper(connection, "partner", patient))
    assert cells["city"] == "Cork"
    assert not any("penicillin" in value for value in cells.values())
    event = dict(privacy.on_paper(connection, "event", visit))
    assert event["name"].startswith("Dental appointment")


def test_plans_and_files_are_put_on_paper_too_and_what_only_comes_from_odoo_is_not(practice, connection):
    plan, invoice, visit = practice.plan("850.00"), practice.invoice(), practice.appointment()
    document = InvoiceDocument.objects.get(pk=invoice.pk)
    Connection.objects.filter(pk=connection.pk).update(url="http://127.0.0.1:9")
    connection.refresh_from_db()
    order = dict(privacy.on_paper(connection, "order", plan))
    assert order["client_order_ref"] == "Treatment plan"
    assert (order["order_line/price_unit"], order["order_line/name"]) == ("850", "Dental treatment")
    assert privacy.on_paper(connection, "attendee", visit) == []
    with pytest.raises(Refused, match="full disclosure only"):
        privacy.on_paper(connection, "attachment", document)
    connection.disclosure = Connection.Disclosure.FULL
    file = dict(privacy.on_paper(connection, "attachment", document))
    assert file["name"].endswith(".pdf")
    assert file["datas"] == f"a file of {len(pdf.of_invoice(document)):,} bytes"


def test_what_odoo_says_is_owed_is_told_from_one_state_to_the_next(practice, connection, patient, books):
    invoice = practice.invoice("80.00", rate="0", patient=patient)
    settle(connection)
    books.pay(invoice, "30.00")
    settle(connection)
    books.pay(invoice)
    settle(connection)
    told = [one for one in timeline.of_record("move", invoice.uid) if one.entry.what == "fetched"]
    assert [one.change for one in told] == [
        {"payment_state": ["Partly paid", "Paid"], "amount_residual": ["50.00", "0.00"]},
        {"payment_state": ["Not paid", "Partly paid"], "amount_residual": ["80.00", "50.00"]},
    ]
    assert told[0].entry.actor == "Odoo"
    payment = invoice.allocations.order_by("pk").first().payment
    [brought] = timeline.of_record("payment", payment.uid)
    assert (brought.entry.what, brought.note, brought.change["amount"]) == (
        "fetched",
        "Registered in Odoo",
        [None, "30.00"],
    )


def test_an_invoice_that_was_reset_in_odoo_tells_that_once(practice, connection, patient, books, accountant):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    accountant.call("account.move", "button_draft", [books.odoo_id(invoice)])
    settle(connection)
    settle(connection)
    notes = [one.note for one in timeline.of_record("move", invoice.uid) if one.entry.what == "refused"]
    assert notes == ["The invoice was reset to draft in Odoo. Post it there again."]


def test_what_was_decided_about_a_contact_that_was_there_already_is_told(practice, connection, accountant):
    one, other = practice.patient(city="Cork"), practice.patient()
    for patient in (one, other):
        accountant.create("res.partner", {"name": patient.full_name, "email": patient.email, "city": "Sligo"})
    adoption.search(connection)
    by = UserFactory(username="declan")
    proposals = {proposal.uid: proposal for proposal in AdoptionProposal.objects.all()}
    adoption.confirm(proposals[one.uid], by, prefer="ours")
    adoption.reject(proposals[other.uid], by)
    [same], [else_one] = (timeline.of_record("partner", patient.uid) for patient in (one, other))
    assert (same.entry.what, same.entry.actor, same.note) == (
        "decided",
        str(by),
        "The same person in Odoo. What is here was preferred",
    )
    assert same.change["city"] == ["Cork", "Sligo"]
    assert (else_one.note, else_one.entry.actor) == ("Somebody else in Odoo", str(by))
    assert Entry.objects.filter(odoo_id=proposals[one.uid].odoo_id).count() == 1
