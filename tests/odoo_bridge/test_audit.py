"""The audit: what no change told of is found, told with both values, and put right by the sync's own rules."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

from clinic.invoices.models import Standing
from clinic.journal.models import Change
from clinic.patients.models import Patient
from odoo_bridge import audit as audits
from odoo_bridge import comparing, sync, tasks, timeline
from odoo_bridge.audit import audit, repair
from odoo_bridge.errors import Incompatible
from odoo_bridge.found import AuditFinding, AuditRun
from odoo_bridge.models import Connection, Link
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient()
    settle(connection)
    return patient


def found(connection):
    return [(drift.kind, drift.uid) for drift in audit(connection)]


def test_two_sides_that_are_alike_have_nothing_to_tell_and_nothing_is_changed(practice, connection, patient):
    invoice = practice.invoice("80.00", patient=patient)
    practice.payment("40.00", invoice)
    settle(connection)
    with recorded_calls() as calls:
        assert audit(connection) == []
    assert calls.that_change == []


def test_an_edit_that_no_poll_saw_is_told_with_both_values_and_taken_over(connection, patient, books):
    books.edit(patient, city="Sligo")
    sync.Window.objects.all().delete()  # as if its window had been moved past the edit
    [drift] = audit(connection)
    assert (drift.kind, drift.uid, drift.fields["city"]["theirs"]) == ("differs", patient.uid, "Sligo")
    assert drift.fields["city"]["ours"] == patient.city
    assert repair(connection, [drift]) == 1
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert found(connection) == []


def test_an_edit_that_left_no_trace_in_the_journal_is_told_and_sent(connection, patient, books):
    with database.cursor() as cursor:  # past the journal, as somebody with a database shell would
        cursor.execute("UPDATE patients_patient SET city = 'Ennis' WHERE id = %s", [patient.pk])
    [drift] = audit(connection)
    assert drift.fields["city"] == {"ours": "Ennis", "theirs": patient.city}
    repair(connection, [drift])
    settle(connection)
    assert books.of(patient, "city")["city"] == "Ennis"


def test_a_record_that_is_gone_and_one_that_never_came_are_told(practice, connection, patient, books):
    other = practice.patient()
    settle(connection)
    books.delete(patient)
    Link.objects.filter(uid=other.uid).update(odoo_id=None)
    assert sorted(found(connection)) == sorted([("gone", patient.uid), ("absent", other.uid)])


def test_money_that_differs_by_a_cent_is_told(practice, connection, patient):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    standing = Standing.objects.get(invoice=invoice)
    Standing.objects.filter(pk=standing.pk).update(residual=standing.residual - Decimal("0.01"))
    [drift] = audit(connection)
    assert drift.kind == "money"
    assert set(drift.fields) == {"amount_residual"}


def test_the_command_tells_scripts_by_its_exit_code(connection, patient, books, settings):
    settings.ODOO_URL = connection.url
    out = io.StringIO()
    call_command("odoo", "audit", stdout=out)
    assert out.getvalue() == "Both sides are alike.\n"
    books.edit(patient, city="Sligo")
    out = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("odoo", "audit", "--json", stdout=out)
    assert caught.value.code == 1
    assert json.loads(out.getvalue())[0]["fields"]["city"]["theirs"] == "Sligo"
    call_command("odoo", "audit", "--repair", stdout=io.StringIO(), stderr=io.StringIO())
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"


def test_what_odoo_refused_is_tried_again_on_request(connection, patient, settings):
    settings.ODOO_URL = connection.url
    Link.objects.filter(uid=patient.uid).update(needs_person=True, reason="Odoo does not accept it.")
    out = io.StringIO()
    call_command("odoo", "requeue", stdout=out)
    assert out.getvalue() == "1 records will be tried again.\n"
    settle(connection)
    assert not Link.objects.get(uid=patient.uid).needs_person


def test_a_record_that_a_killed_worker_held_is_compared_like_any_other(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")
    Link.objects.update(lease=uuid4(), leased_until=timezone.now() + timedelta(seconds=30))
    assert found(connection) == []
    Link.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert found(connection) == [("differs", patient.uid)]


def one_found(connection):
    [drift] = audit(connection)
    return drift


def test_what_was_archived_in_odoo_is_told_as_that_and_waits_for_a_person_once_repaired(connection, patient, books):
    books.edit(patient, active=False)
    drift = one_found(connection)
    assert (drift.kind, drift.words["active"]) == ("archived", {"ours": "in use", "theirs": "archived"})
    repair(connection, [drift])
    settle(connection)
    assert list(Link.objects.get(uid=patient.uid, needs_person=True).conflicts) == ["active"]


def test_a_deleted_record_waits_for_a_person_once_repaired(practice, connection, patient, books, accountant):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    accountant.call("account.move", "button_draft", [books.odoo_id(invoice)])
    accountant.unlink("account.move", [books.odoo_id(invoice)])
    drift = one_found(connection)
    assert (drift.kind, drift.uid) == ("gone", invoice.uid)
    assert repair(connection, [drift], by="declan") == 1
    link = Link.objects.get(mapping="move", uid=invoice.uid)
    assert (link.gone, link.needs_person) == (True, True)
    assert timeline.of_record("move", invoice.uid)[0].entry.actor == "declan"
    assert audit(connection) == []


def test_a_missing_record_is_sent_once_repaired(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    Link.objects.filter(uid=patient.uid).delete()
    Change.objects.all().delete()
    drift = one_found(connection)
    assert drift.kind == "absent"
    assert repair(connection, [drift]) == 1
    settle(connection)
    assert books.count(patient, [["email", "=", patient.email]]) == 1


def test_a_figure_that_went_wrong_here_is_read_again(practice, connection, patient):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    standing = Standing.objects.get(invoice=invoice)
    Standing.objects.filter(pk=standing.pk).update(residual=standing.residual - Decimal("0.01"))
    assert repair(connection, [one_found(connection)]) == 1
    assert Standing.objects.get(invoice=invoice).residual == standing.residual
    assert audit(connection) == []


def test_a_posted_invoice_that_was_changed_in_odoo_by_a_cent_waits_for_a_person(
    practice, connection, patient, books, accountant
):
    invoice = practice.invoice("80.00", patient=patient)
    settle(connection)
    [line] = accountant.read("account.move", [books.odoo_id(invoice)], ["invoice_line_ids"])[0]["invoice_line_ids"]
    accountant.write("account.move.line", [line], {"price_unit": 80.01})
    drift = one_found(connection)
    assert drift.kind == "money"
    assert Decimal(drift.fields["amount_untaxed"]["theirs"]) - Decimal(drift.fields["amount_untaxed"]["ours"]) == (
        Decimal("0.01")
    )
    with recorded_calls() as calls:
        repair(connection, [drift])
    assert calls.that_change == []
    link = Link.objects.get(mapping="move", uid=invoice.uid)
    assert link.needs_person and "was changed in Odoo" in link.reason


def test_what_somebody_entered_in_odoo_a_second_time_is_told_and_left_to_people(practice, connection, patient, books):
    visit = practice.appointment(patient=patient)
    settle(connection)
    contact = books.of(patient, "name", "email", "phone")
    namesake = {"name": contact["name"], "email": "somebody@else.example"}
    twin, other = (books.odoo.create("res.partner", values) for values in (contact | {"id": False}, namesake))
    times = books.of(visit, "start", "stop", "name", "location")
    second = books.odoo.create("calendar.event", {key: value for key, value in times.items() if key != "id"})
    drifts = {drift.mapping: drift for drift in audit(connection)}
    assert {key: (one.kind, one.twins) for key, one in drifts.items()} == {
        "partner": ("doubled", (twin,)),
        "event": ("doubled", (second,)),
    }
    assert other not in drifts["partner"].twins
    assert repair(connection, drifts.values()) == 0
    books.odoo.write("res.partner", [twin], {"active": False})
    books.odoo.write("calendar.event", [second], {"active": False})
    assert audit(connection) == []


def test_contacts_with_nothing_but_a_name_in_common_are_not_told_as_doubled(practice, connection, books):
    patient = practice.patient(email="", phone="")
    settle(connection)
    books.odoo.create("res.partner", {"name": patient.full_name})
    assert audit(connection) == []


def test_an_audit_is_made_in_pieces_and_goes_on_where_it_was_stopped(practice, connection, books, monkeypatch):
    monkeypatch.setattr(comparing, "PAGE", 2)
    patients = [practice.patient() for _ in range(5)]
    settle(connection)
    for patient in patients:
        books.edit(patient, city="Sligo")
    run = audits.wish_for(connection)
    pieces = 1
    while not audits.work_on(AuditRun.objects.get(pk=run.pk), seconds=0):
        pieces += 1
    run.refresh_from_db()
    assert (run.state, run.found, run.done, run.total) == ("ready", 5, 5, 5)
    assert pieces > 5
    assert audits.wish_for(connection).pk != run.pk


def test_what_an_earlier_audit_found_is_forgotten_when_the_next_is_made(connection, patient, books):
    books.edit(patient, city="Sligo")
    audit(connection)
    [finding] = AuditFinding.objects.all()
    assert "Sligo" in finding.values
    with database.cursor() as cursor:
        cursor.execute("SELECT values FROM odoo_bridge_auditfinding".replace("values", '"values"'))
        assert "Sligo" not in cursor.fetchone()[0]
    settle(connection)
    assert audit(connection) == []
    assert (AuditFinding.objects.count(), AuditRun.objects.count()) == (0, 2)


def test_the_worker_makes_the_audits_and_the_repairs_that_people_asked_for(connection, patient, books):
    books.edit(patient, city="Sligo")
    run = audits.wish_for(connection)
    tasks.prepare()
    run.refresh_from_db()
    assert (run.state, run.found) == ("ready", 1)
    assert audits.wish_to_repair(run, run.findings.all()) == 1
    assert audits.wish_to_repair(run, run.findings.all()) == 0
    assert Patient.objects.get(pk=patient.pk).city != "Sligo"
    tasks.prepare()
    assert run.findings.get().state == "repaired"
    settle(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"


def test_an_odoo_that_is_away_is_told_and_the_repair_can_be_asked_for_again(connection, patient, books, free_port):
    books.edit(patient, city="Sligo")
    audit(connection)
    run = AuditRun.objects.get()
    books.delete(patient)
    AuditFinding.objects.update(kind="gone")
    audits.wish_to_repair(run, run.findings.all())
    url = connection.url
    Connection.objects.update(url=f"http://127.0.0.1:{free_port}")
    tasks.prepare()
    run.refresh_from_db()
    assert run.trouble and run.findings.get().state == "open"
    failed = audits.wish_for(connection)
    tasks.prepare()
    failed.refresh_from_db()
    assert failed.state == "failed" and failed.trouble
    assert audits.newest(connection, ready=True) == run
    Connection.objects.update(url=url)
    audits.wish_to_repair(run, run.findings.all())
    tasks.prepare()
    run.refresh_from_db()
    assert (run.trouble, run.findings.get().state) == ("", "repaired")
    assert Link.objects.get(uid=patient.uid).gone


def test_a_repair_that_was_asked_for_outlives_a_newer_audit(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    Link.objects.filter(uid=patient.uid).delete()
    audits.audit(connection)
    made, newer = audits.newest(connection), audits.wish_for(connection)

    assert audits.wish_to_repair(made, made.findings.all()) == 1
    audits.work_on(newer)

    assert audits.repair_what_was_asked() == 1


def test_nothing_is_repaired_while_it_is_in_doubt_which_odoo_that_is(practice, connection, books):
    """Else the residuals of another Odoo, or of an older backup, would be taken for what is owed."""
    Connection.objects.update(is_sandbox=False)
    invoice = practice.invoice("100.00")
    settle(connection)
    books.pay(invoice, "30.00")
    audits.audit(connection)
    made = audits.newest(connection)
    assert [one.kind for one in made.findings.all()] == ["money"]
    Connection.objects.update(instance=uuid4(), marked_at=None)

    for _ in range(2):  # The second time it is known, and Odoo is not asked again.
        audits.wish_to_repair(made, made.findings.all())
        with pytest.raises(Incompatible):
            audits.repair_what_was_asked()

    connection.refresh_from_db()
    assert (connection.state, connection.doubt) == ("paused", "other")
    assert type(invoice).objects.get(pk=invoice.pk).standing.residual == invoice.total
    assert {one.state for one in made.findings.all()} == {"open"}
    assert "installation" in audits.newest(connection).trouble


def test_a_repair_that_we_stumble_over_is_open_again_and_says_so(practice, connection, monkeypatch):
    patient = practice.patient()
    settle(connection)
    Link.objects.filter(uid=patient.uid).delete()
    audits.audit(connection)
    made = audits.newest(connection)
    audits.wish_to_repair(made, made.findings.all())
    monkeypatch.setattr(audits, "want_in", lambda *_: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        audits.repair_what_was_asked()

    assert [one.state for one in made.findings.all()] == ["open"]
    assert "broke off" in audits.newest(connection).trouble
