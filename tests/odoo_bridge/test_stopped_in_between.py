"""Edits at the worst moment, and decisions about what belongs together: each of these was found by the simulation."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from clinic.appointments import actions
from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from clinic.treatments import actions as plans
from odoo_bridge import deciding, sync
from odoo_bridge.models import Link
from tests.contract.peers import arm, disarm
from tests.contract.specimens import moment
from tests.contract.test_every_mapping import settle
from tests.odoo_bridge.conftest import leases_run_out

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient()
    settle(connection)
    return patient


def test_an_edit_here_right_after_odoos_was_taken_over_goes_to_odoo(patient, connection, books):
    """Odoo's city is in the database, but not noted as agreed yet, when the desk changes it again."""
    books.edit(patient, city="Sligo")
    taken_over: list[bool] = []

    def desk_is_quick(execute, sql, params, many, context):
        if sql.startswith('UPDATE "patients_patient"') and not taken_over:
            taken_over.append(True)
        elif taken_over == [True] and not database.in_atomic_block:
            taken_over.append(True)
            desk = Patient.objects.get(pk=patient.pk)
            desk.city = "Galway"
            desk.save()
        return execute(sql, params, many, context)

    with database.execute_wrapper(desk_is_quick):
        sync.pull(connection)
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == "Galway"
    assert books.of(patient, "city")["city"] == "Galway"


def test_a_worker_that_lost_its_lease_takes_nothing_over(patient, connection, books):
    """It stands still with what it read; others see that and what came after it, which is our old value again."""
    before = patient.city
    books.edit(patient, city="Sligo")
    others_looked: list[bool] = []

    def stands_still(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        held = Link.objects.filter(uid=patient.uid, lease__isnull=False)
        if 'FROM "patients_patient"' in sql and not others_looked and held.exists():
            others_looked.append(True)
            for city in ("Sligo", before):
                leases_run_out()
                books.edit(patient, city=city)
                sync.pull(connection)
        return found

    with database.execute_wrapper(stands_still):
        sync.pull(connection)
    assert others_looked
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == before
    assert books.of(patient, "city")["city"] == before


def test_an_event_made_longer_in_odoo_is_not_made_short_again_by_a_move_here(practice, connection, books):
    """Odoo takes start and stop together: the stop that somebody set there must not go along unseen."""
    visit = practice.appointment()
    settle(connection)
    longer = moment(visit.ends_at + timedelta(minutes=20))
    books.edit(visit, stop=longer)
    actions.reschedule(visit, starts_at=visit.starts_at + timedelta(hours=3))

    settle(connection)

    assert books.of(visit, "stop")["stop"] == longer
    assert books.link(visit).needs_person
    assert books.link(visit).conflicts.keys() == {"start", "stop"}


@pytest.mark.parametrize("side", list(deciding.Side))
def test_times_that_wait_for_a_person_are_decided_together(practice, connection, books, side):
    visit = practice.appointment()
    settle(connection)
    before = moment(visit.starts_at)
    longer = moment(visit.ends_at + timedelta(minutes=20))
    books.edit(visit, stop=longer)
    moved = actions.reschedule(visit, starts_at=visit.starts_at + timedelta(hours=3))
    settle(connection)

    deciding.settle_conflict(books.link(visit), side)
    settle(connection)

    ours = (moment(moved.starts_at), moment(moved.ends_at))
    wanted = ours if side is deciding.Side.OURS else (before, longer)
    assert tuple(books.of(visit, "start", "stop")[name] for name in ("start", "stop")) == wanted
    after = Appointment.objects.get(pk=visit.pk)
    assert (moment(after.starts_at), moment(after.ends_at)) == wanted
    assert books.link(visit).state == "in_odoo"


def test_odoos_side_is_taken_over_as_it_is_when_it_is_decided_for(patient, connection, books):
    """In Odoo they put the old value back before the person here decides: that is what is there then."""
    before = patient.city
    books.edit(patient, city="Sligo")
    patient.city = "Galway"
    patient.save()
    settle(connection)
    books.edit(patient, city=before)

    deciding.settle_conflict(books.link(patient), deciding.Side.THEIRS)
    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == before
    assert books.of(patient, "city")["city"] == before
    assert books.link(patient).state == "in_odoo"


@contextmanager
def calls_in_a_transaction() -> Iterator[list[str]]:
    """Note what Odoo is asked while a transaction is open."""
    open_at: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if database.in_atomic_block:
                open_at.append(record.getMessage())

    calls, listener = logging.getLogger("odoo_bridge.calls"), Listener()
    calls.addHandler(listener)
    level = calls.level
    calls.setLevel(logging.INFO)
    try:
        yield open_at
    finally:
        calls.removeHandler(listener)
        calls.setLevel(level)


def test_no_transaction_is_open_while_odoo_is_asked_for_a_payment(practice, connection, books):
    """A payment registered in Odoo is brought here; its currency may have to be asked for."""
    invoice = practice.invoice("100.00")
    settle(connection)
    books.pay(invoice, "30.00")

    with calls_in_a_transaction() as open_at:
        sync.pull(connection)

    assert open_at == []
    assert type(invoice).objects.get(pk=invoice.pk).balance == invoice.total - 30


def test_no_transaction_is_open_while_odoo_is_asked_which_country_it_means(practice, connection, books):
    """Nobody of those whose records are merged has a country here yet, so none was asked for."""
    patient = practice.patient(country="")
    settle(connection)
    [ireland] = books.odoo.search("res.country", [["code", "=", "IE"]])
    books.edit(patient, country_id=ireland)

    with calls_in_a_transaction() as open_at:
        sync.pull(connection)

    assert open_at == []
    assert Patient.objects.get(pk=patient.pk).country == "IE"


def test_an_older_write_that_odoo_carries_out_late_is_nobodys_edit(patient, connection, books, line, start):
    """We gave up on it, the next push found it missing and sent a newer value; then Odoo wrote the older one."""
    _give_up_on(patient, "Galway", connection, line, start)
    patient.city = "Limerick"
    patient.save()
    settle(connection)
    # What was held is written now, as by an Odoo that goes on after its client has given up.
    books.edit(patient, city="Galway")

    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == "Limerick"
    assert books.of(patient, "city")["city"] == "Limerick"
    assert not books.link(patient).needs_person


def test_an_older_write_that_comes_late_after_a_decision_for_odoo_is_nobodys_edit(
    patient, connection, books, line, start
):
    """What the person decided for was written over by then, so ours is sent, and not that older value of ours kept."""
    _give_up_on(patient, "Galway", connection, line, start)
    patient.city = "Limerick"
    patient.save()
    books.edit(patient, city="Sligo")
    settle(connection)
    deciding.settle_conflict(books.link(patient), deciding.Side.THEIRS)
    books.edit(patient, city="Galway")

    settle(connection)

    assert Patient.objects.get(pk=patient.pk).city == "Limerick"
    assert books.of(patient, "city")["city"] == "Limerick"
    assert not books.link(patient).needs_person


@pytest.mark.parametrize("refusal", ["serialization", "busy"])
@pytest.mark.parametrize("method", ["load", "write"])
def test_what_odoo_turned_away_does_not_come_late(patient, practice, connection, books, peer, refusal, method):
    """Somebody in Odoo gives the record the very value that was refused: it is theirs, and comes here."""
    one = patient if method == "write" else practice.patient()
    _change_city(one, "Galway")
    arm(peer, refusal, "res.partner", method)
    sync.push(connection)
    disarm(peer)
    assert books.link(one).sent is None
    _change_city(one, "Limerick")
    settle(connection)

    books.edit(one, city="Galway")
    settle(connection)

    assert Patient.objects.get(pk=one.pk).city == "Galway"
    assert books.of(one, "city")["city"] == "Galway"


def test_what_may_come_late_is_looked_for_even_after_a_refusal(practice, connection, books, line, peer, start):
    """It came by the time of the third attempt, and somebody in Odoo has changed it: `load` would write over that."""
    patient = practice.patient()
    held = line.hold("res.partner", "load", after=False)
    pushing = start("push", connection)
    assert held.reached.wait(60), pushing.said()
    pushing.kill()
    leases_run_out()
    held.let_go.set()
    arm(peer, "serialization", "res.partner", "load")
    sync.push(connection)
    disarm(peer)
    link = books.link(patient)
    assert (link.sent, link.odoo_id, len(link.late)) == (None, None, 1)
    xmlid = f"{connection.namespace}.partner_{patient.uid.hex}"
    late = {**link.late[0]["sent"], "street2": "Basement"}
    values = {name: late[name] for name in ("name", "email", "city", "street2")}
    books.odoo.load("res.partner", ["id", *values], [[xmlid, *values.values()]]).raise_if_refused()

    settle(connection)

    assert Patient.objects.get(pk=patient.pk).street2 == "Basement"


def _change_city(patient, city):
    patient.city = city
    patient.save()


def _give_up_on(patient, city, connection, line, start):
    """Let a worker be killed over sending a city, and the next one send it anew: the first may still come."""
    patient.city = city
    patient.save()
    held = line.hold("res.partner", "write", after=False)
    pushing = start("push", connection)
    assert held.reached.wait(60), pushing.said()
    pushing.kill()
    held.let_go.set()
    leases_run_out()
    settle(connection)


def test_a_first_pull_finds_what_was_edited_in_odoo_since_the_first_push(practice, connection, books, peer):
    """Pushes may go through for an hour before a pull does: the first one must not begin at that moment only."""
    patient = practice.patient()
    sync.push(connection)
    books.edit(patient, city="Sligo")
    with sqlite3.connect(peer.file, timeout=30) as odoo:
        hour_ago = f"{timezone.now() - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
        odoo.execute("UPDATE res_partner SET write_date = ? WHERE id = ?", (hour_ago, books.odoo_id(patient)))
    odoo.close()
    Link.objects.update(agreed_at=timezone.now() - timedelta(hours=2))

    sync.pull(connection)

    assert Patient.objects.get(pk=patient.pk).city == "Sligo"


@pytest.mark.parametrize("when", ["before anything was sent", "after the push that left them out"])
def test_the_invoice_of_somebody_who_is_archived_by_now_reaches_the_books(practice, connection, books, when):
    patient = practice.patient(is_active=False)
    if when.startswith("after"):
        settle(connection)
        assert books.link(patient).state == "stays_here"
    invoice = practice.invoice("100.00", patient=patient)

    settle(connection)
    Link.objects.update(next_attempt_at=None)
    settle(connection)

    assert books.of(invoice, "state")["state"] == "posted"
    assert books.of(patient, "active")["active"] is False
    assert books.link(patient).state == "in_odoo"


def test_the_plan_of_somebody_who_was_archived_before_they_were_sent_reaches_odoo(practice, connection, books):
    patient = practice.patient(is_active=False)
    settle(connection)
    assert books.link(patient).state == "stays_here"
    plan = practice.plan("850.00", patient=patient)

    settle(connection)
    Link.objects.update(next_attempt_at=None)
    settle(connection)

    assert books.of(plan, "state")["state"] == "draft"
    assert books.of(patient, "active")["active"] is False


def test_somebody_archived_whose_only_plan_was_declined_stays_here(practice, connection, books):
    plan = practice.plan("850.00", patient=practice.patient(is_active=False))
    plans.decline(plan, "Too dear")

    settle(connection)

    assert {books.link(record).state for record in (plan, plan.payer)} == {"stays_here"}


def test_a_worker_that_lost_its_lease_while_it_learnt_the_fields_creates_nothing(
    practice, connection, books, line, start
):
    """`load` writes over what is there already: by then another has made it, and somebody in Odoo moved it."""
    visit = practice.appointment()
    held = line.hold_answer("calendar.event", "fields_get")
    slow = start("push", connection)
    assert held.reached.wait(60), slow.said()
    leases_run_out()
    settle(connection)
    longer = moment(visit.ends_at + timedelta(minutes=20))
    books.edit(visit, stop=longer)

    held.let_go.set()
    assert slow.wait(60) == 0, slow.said()

    assert books.of(visit, "stop")["stop"] == longer


def test_what_somebody_changes_in_an_order_while_it_is_confirmed_is_told(practice, connection, books, line, start):
    """The push reads the order when it is confirmed: no pull would look at it again by itself."""
    plan = practice.plan("850.00")
    settle(connection)
    plans.accept(plan, "Zoë")
    held = line.hold_answer("sale.order", "action_confirm")
    push = start("push", connection)
    assert held.reached.wait(60), push.said()
    [only] = books.of(plan, "order_line")["order_line"]
    with practice.office() as office:
        office.write("sale.order.line", [only], {"price_unit": 5.0})

    held.let_go.set()
    assert push.wait(60) == 0, push.said()
    settle(connection)

    link = books.link(plan)
    assert link.needs_person and "the plan says" in link.reason
    assert books.of(plan, "state")["state"] == "sale"
