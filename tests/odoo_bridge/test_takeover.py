"""A page of edits made in Odoo comes here at once: in a fixed number of statements, and each row by our rules."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clinic.appointments.models import Appointment
from clinic.invoices.models import Invoice, Payment
from clinic.journal.models import Change
from clinic.patients.keys import SearchKey
from clinic.patients.models import Patient
from odoo_bridge import sync
from odoo_bridge.models import Entry, Link
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db


def later(visit, hours):
    """Return an event's times that many hours after the visit's."""
    start, stop = (moment.astimezone(UTC) + timedelta(hours=hours) for moment in (visit.starts_at, visit.ends_at))
    return {"start": f"{start:%Y-%m-%d %H:%M:%S}", "stop": f"{stop:%Y-%m-%d %H:%M:%S}"}


EDITS = {
    "patient": lambda record, turn: {"city": f"Sligo {turn}", "email": f"new.{turn}.{record.email}"},
    "appointment": lambda record, turn: later(record, 4 + turn),
}


@pytest.mark.parametrize("make", EDITS)
def test_a_pull_of_many_edits_costs_no_more_statements_than_one_of_few(practice, connection, books, make):
    records, costs = [], []
    for turn, more in enumerate((2, 13)):
        records += [getattr(practice, make)() for _ in range(more)]
        settle(connection)
        for record in records:
            books.edit(record, **EDITS[make](record, turn))
        with CaptureQueriesContext(database) as queries, recorded_calls() as calls:
            sync.pull(connection)
        costs.append((len(queries.captured_queries), len(calls.made)))
    assert Entry.objects.filter(what=Entry.What.FETCHED, uid=records[0].uid).count() == 2
    assert Entry.objects.filter(what=Entry.What.FETCHED, uid=records[-1].uid).count() == 1
    # One more: the records that are sealed for the first time beside those that have a key.
    assert costs[1][0] <= costs[0][0] + 2
    assert costs[1][1] == costs[0][1]


@pytest.mark.parametrize("make", EDITS)
def test_of_a_taken_over_edit_nothing_is_written_twice_nor_read_that_is_not_needed(practice, connection, books, make):
    record = getattr(practice, make)()
    settle(connection)
    books.edit(record, **EDITS[make](record, 0) if make == "appointment" else {"city": "Sligo"})
    with CaptureQueriesContext(database) as queries:
        sync.pull(connection)
    made = [query["sql"] for query in queries.captured_queries]
    writes = [sql.partition(" WHERE ")[0] for sql in made if 'UPDATE "odoo_bridge_link"' in sql]
    assert sum('"agreed" =' in sql for sql in writes) == 1
    assert not [sql for sql in writes if '"conflicts" =' in sql or '"late" =' in sql]
    table = type(record)._meta.db_table
    locking = [sql for sql in made if f'ORDER BY "{table}"."id"' in sql]
    assert locking
    assert not [sql for sql in locking if "JOIN" in sql]
    assert "clinical_notes" not in locking[0]


def test_a_pull_of_many_payments_costs_no_more_statements_than_one_of_few(practice, connection, books):
    costs = []
    for many in (2, 9):
        invoices = [practice.invoice() for _ in range(many)]
        settle(connection)
        for invoice in invoices:
            books.pay(invoice)
        with CaptureQueriesContext(database) as queries, recorded_calls() as calls:
            sync.pull(connection)
        costs.append((len(queries.captured_queries), len(calls.made)))
        paid = Payment.objects.filter(origin=Payment.Origin.BOOKS, allocations__invoice__in=invoices)
        assert paid.count() == many
        assert {invoice.standing.residual for invoice in Invoice.objects.filter(pk__in=[i.pk for i in invoices])} == {0}
    assert costs[1][0] <= costs[0][0] + 2
    assert costs[1][1] == costs[0][1]


def test_a_payment_of_ours_that_has_lost_its_link_is_linked_again_and_not_made_twice(practice, connection, books):
    payment = practice.payment()
    settle(connection)
    odoo_id, invoice = books.odoo_id(payment), payment.allocations.get().invoice
    Link.objects.filter(mapping="payment").delete()
    Link.objects.filter(mapping="move").update(seen="")
    books.edit(invoice, ref="seen")

    sync.pull(connection)

    assert Payment.objects.get() == payment
    assert books.odoo_id(payment) == odoo_id
    assert not books.link(invoice).needs_person


def test_what_nobody_pushed_meanwhile_is_not_read_twice(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")
    with recorded_calls() as calls:
        sync.pull(connection)
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert not calls.of("res.partner", "read")


def test_what_is_taken_over_is_found_by_it_and_journalled(practice, connection, books):
    patients = [practice.patient() for _ in range(3)]
    settle(connection)
    for patient in patients:
        books.edit(patient, email=f"ballymote.{patient.pk}@post.example")
    sync.pull(connection)
    assert {change.uid for change in Change.objects.all()} == {patient.uid for patient in patients}
    assert SearchKey.objects.filter(text__startswith="@ballymote").count() == len(patients)


def test_a_value_that_our_rules_refuse_waits_alone_and_the_page_goes_on(practice, connection, books):
    patients = [practice.patient() for _ in range(5)]
    settle(connection)
    for patient in patients:
        books.edit(patient, city="Sligo", zip="F91 X5Y0")
    books.edit(patients[2], zip="F91 " * 20)
    sync.pull(connection)
    cities = [Patient.objects.get(pk=patient.pk).city for patient in patients]
    codes = [Patient.objects.get(pk=patient.pk).postcode for patient in patients]
    assert cities == ["Sligo"] * 5
    assert codes == ["F91 X5Y0", "F91 X5Y0", patients[2].postcode, "F91 X5Y0", "F91 X5Y0"]
    assert [books.link(patient).needs_person for patient in patients] == [False, False, True, False, False]
    assert set(books.link(patients[2]).conflicts) == {"zip"}


def test_a_visit_moved_onto_another_waits_and_the_others_are_moved(practice, connection, books):
    visits = [practice.appointment() for _ in range(5)]
    in_the_way = practice.appointment(starts_at=visits[1].starts_at + timedelta(hours=2))
    settle(connection)
    for visit in visits:
        books.edit(visit, **later(visit, 2))
    sync.pull(connection)
    moved = [Appointment.objects.get(pk=visit.pk).starts_at - visit.starts_at for visit in visits]
    two = timedelta(hours=2)
    assert moved == [two, timedelta(0), two, two, two]
    link = books.link(visits[1])
    assert link.needs_person
    assert str(in_the_way.practitioner) in link.reason
    assert set(link.conflicts) == {"start", "stop"}


def times_of(visit):
    start, stop = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for moment in (visit.starts_at, visit.ends_at))
    return {"start": start, "stop": stop}


def in_a_row(practice, many):
    """Return visits of one practitioner in one chair, one hour after the other."""
    first = practice.morning()
    return [practice.appointment(starts_at=first + timedelta(hours=hours)) for hours in range(many)]


def starts(visits):
    return [Appointment.objects.get(pk=visit.pk).starts_at for visit in visits]


def test_visits_that_changed_places_in_odoo_change_places_here(practice, connection, books):
    one, other, third = visits = in_a_row(practice, 3)
    settle(connection)
    for visit, place in ((one, other), (other, third), (third, one)):
        books.edit(visit, **times_of(place))
    sync.pull(connection)
    assert starts(visits) == [other.starts_at, third.starts_at, one.starts_at]
    assert not Link.objects.filter(needs_person=True).exists()
    assert set(Appointment.objects.values_list("status", flat=True)) == {one.status}


@pytest.mark.parametrize(("moved", "left"), [(0, 1), (1, 0)])
def test_a_visit_may_take_the_time_that_another_leaves(practice, connection, books, moved, left):
    """Whichever of the two is written first."""
    visits = in_a_row(practice, 2)
    settle(connection)
    books.edit(visits[moved], **times_of(visits[left]))
    books.edit(visits[left], **later(visits[left], 5))
    sync.pull(connection)
    after = starts(visits)
    assert (after[moved], after[left]) == (visits[left].starts_at, visits[left].starts_at + timedelta(hours=5))
    assert not Link.objects.filter(needs_person=True).exists()


def test_those_that_change_places_do_so_whatever_another_of_the_page_may_not(practice, connection, books):
    visits = in_a_row(practice, 5)
    settle(connection)
    books.edit(visits[0], **times_of(visits[3]))
    books.edit(visits[2], **times_of(visits[4]))
    books.edit(visits[3], **times_of(visits[0]))
    sync.pull(connection)
    assert starts(visits) == [visits[number].starts_at for number in (3, 1, 2, 0, 4)]
    assert [books.link(visit).needs_person for visit in visits] == [False, False, True, False, False]


def test_what_was_changed_here_in_the_meantime_is_left_to_the_push(practice, connection, books, monkeypatch):
    """Between our look at a page's records and our writing of Odoo's values the desk changes one of them."""
    patients = [practice.patient(city="Cork") for _ in range(3)]
    settle(connection)
    for patient in patients:
        books.edit(patient, city="Sligo")
    mapping = sync.registry()["partner"]
    lock = mapping.lock

    def quicker(self, records, names):
        Patient.objects.filter(pk=patients[1].pk).update(city="Galway")
        return lock(self, records, names)

    with monkeypatch.context() as patched:
        patched.setattr(mapping, "lock", quicker)
        sync.pull(connection)
    assert [Patient.objects.get(pk=patient.pk).city for patient in patients] == ["Sligo", "Galway", "Sligo"]
    settle(connection)
    assert set(books.link(patients[1]).conflicts) == {"city"}
    assert not Link.objects.filter(uid__in=[patients[0].uid, patients[2].uid], needs_person=True).exists()
