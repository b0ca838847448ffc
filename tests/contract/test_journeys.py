"""The ways that a clinic and its books go together, from one end to the other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection as database

from clinic.appointments import actions
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import InvoiceFactory, InvoiceLineFactory
from clinic.invoices.models import Allocation, Invoice, Payment, Standing
from clinic.invoices.rules import GUARDS
from clinic.journal.models import Change
from clinic.patients.models import Patient
from odoo_bridge import deciding, sync
from odoo_bridge.intake import take_in
from odoo_bridge.models import BranchBooks, Connection
from tests.contract.books import link_of
from tests.contract.calls import recorded_calls
from tests.contract.specimens import moment
from tests.contract.test_every_mapping import settle


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def test_a_visit_that_is_booked_invoiced_and_partly_paid_stands_in_the_books(practice, connection, books):
    visit = practice.appointment()
    invoice = practice.invoice("100.00", "33.35", patient=visit.patient)
    payment = practice.payment("40.00", invoice)

    sync.push(connection)

    partner = books.odoo_id(visit.patient)
    assert books.of(visit, "partner_ids")["partner_ids"] == [partner]
    move = books.of(invoice, "state", "name", "amount_total", "amount_residual", "payment_state", "journal_id")
    assert move["state"] == "posted"
    assert move["name"] == invoice.number
    assert Decimal(str(move["amount_total"])) == invoice.total == Decimal("151.35")
    assert Decimal(str(move["amount_residual"])) == Decimal("111.35")
    assert move["payment_state"] == "partial"
    journal = BranchBooks.objects.get(connection=connection, branch=practice.branch)
    assert move["journal_id"][0] == journal.journal_id
    assert [books.link(one).state for one in (visit, invoice, payment)] == ["in_odoo"] * 3
    assert fresh(invoice).standing.residual == fresh(invoice).balance == Decimal("111.35")
    assert Allocation.objects.get(payment=payment).in_books


def test_a_payer_who_is_not_the_patient_is_who_odoo_bills(practice, connection, books):
    parent = practice.patient()
    invoice = practice.invoice(patient=practice.patient(payer=parent))

    sync.push(connection)

    assert books.of(invoice, "partner_id")["partner_id"][0] == books.odoo_id(parent)


def test_a_payment_registered_in_odoo_comes_back_and_the_invoice_reads_paid(practice, connection, books):
    invoice = practice.invoice("100.00")
    practice.payment("13.50", invoice)
    settle(connection)

    payment_id = books.pay(invoice)
    sync.pull(connection)

    brought = Payment.objects.get(origin=Payment.Origin.BOOKS)
    assert (brought.amount, brought.currency, brought.payer) == (Decimal("100.00"), "EUR", invoice.payer)
    assert books.odoo_id(brought) == payment_id
    assert brought.allocations.get().amount == Decimal("100.00")
    assert (fresh(invoice).balance, fresh(invoice).state()) == (0, "paid")
    with recorded_calls() as calls:
        sync.push(connection)
    assert calls.that_change == []


def test_a_payment_brought_from_odoo_is_not_brought_twice(practice, connection, books):
    invoice = practice.invoice("100.00")
    settle(connection)
    books.pay(invoice, "30.00")

    for _ in range(3):
        sync.pull(connection)
        sync.push(connection)

    assert Payment.objects.get().amount == Decimal("30.00")
    assert fresh(invoice).balance == Decimal("83.50")


def test_payments_in_odoo_and_at_the_desk_for_one_invoice_are_both_counted_once(practice, connection, books):
    invoice = practice.invoice("100.00")
    settle(connection)

    books.pay(invoice, "30.00")
    practice.payment("50.00", invoice)
    assert fresh(invoice).balance == Decimal("63.50")
    settle(connection)

    assert fresh(invoice).balance == Decimal("33.50")
    assert Decimal(str(books.of(invoice, "amount_residual")["amount_residual"])) == Decimal("33.50")
    assert sorted(Allocation.objects.values_list("amount", "in_books")) == [(30, True), (50, True)]


def test_a_payment_undone_in_odoo_is_undone_here(practice, connection, books):
    invoice = practice.invoice("100.00")
    settle(connection)
    payment_id = books.pay(invoice, "30.00")
    settle(connection)
    assert fresh(invoice).balance == Decimal("83.50")

    books.odoo.call("account.payment", "action_draft", [payment_id])
    settle(connection)

    assert fresh(invoice).balance == Decimal("113.50")
    assert not Payment.objects.exists()
    assert not Change.objects.exists()


def test_a_desk_payment_undone_in_odoo_waits_for_a_person(practice, connection, books):
    invoice = practice.invoice("100.00")
    payment = practice.payment("30.00", invoice)
    settle(connection)

    books.odoo.call("account.payment", "action_draft", [books.odoo_id(payment)])
    settle(connection)

    assert books.link(payment).needs_person
    assert "undone in Odoo" in books.link(payment).reason
    assert books.link(invoice).needs_person
    assert "no longer counts it" in books.link(invoice).reason
    assert Payment.objects.filter(pk=payment.pk).exists()


def test_an_invoice_paid_in_odoo_before_the_desk_payment_arrives_asks_a_person_about_that_payment(
    practice, connection, books
):
    invoice = practice.invoice("100.00")
    settle(connection)
    payment = practice.payment("113.50", invoice)
    books.pay(invoice)

    settle(connection)

    assert books.link(payment).needs_person
    assert invoice.number in books.link(payment).reason
    assert books.count(payment, [["partner_id", "=", books.odoo_id(invoice.payer)]]) == 2


def test_moving_the_event_in_odoo_moves_the_appointment(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    start = visit.starts_at + timedelta(hours=3)

    books.edit(visit, start=moment(start), stop=moment(start + timedelta(minutes=50)))
    sync.pull(connection)

    moved = Appointment.objects.get(pk=visit.pk)
    assert (moved.starts_at, moved.ends_at) == (start, start + timedelta(minutes=50))
    assert moved.status == Status.BOOKED
    assert books.link(visit).state == "in_odoo"


def test_an_event_moved_onto_an_occupied_time_waits_for_a_person_and_the_rest_of_the_page_goes_on(
    practice, connection, books
):
    holder, other, third = practice.appointment(), practice.appointment(), practice.appointment()
    settle(connection)
    taken, free = holder.starts_at, third.starts_at + timedelta(hours=4)

    books.edit(other, start=moment(taken), stop=moment(taken + timedelta(minutes=30)))
    books.edit(third, start=moment(free), stop=moment(free + timedelta(minutes=30)))
    sync.pull(connection)

    link = books.link(other)
    assert link.needs_person
    assert "The appointment was moved in Odoo." in link.reason
    assert "already has an appointment" in link.reason
    assert link.conflicts["start"] == {"ours": moment(other.starts_at), "theirs": moment(taken)}
    assert Appointment.objects.get(pk=other.pk).starts_at == other.starts_at
    assert Appointment.objects.get(pk=third.pk).starts_at == free


def test_an_event_put_back_in_odoo_no_longer_waits_for_a_person(practice, connection, books):
    holder, other = practice.appointment(), practice.appointment()
    settle(connection)
    books.edit(other, start=moment(holder.starts_at), stop=moment(holder.ends_at))
    settle(connection)
    assert books.link(other).needs_person

    books.edit(other, start=moment(other.starts_at), stop=moment(other.ends_at))
    settle(connection)

    assert books.link(other).state == "in_odoo"
    assert books.link(other).conflicts == {}


def test_no_mail_is_ever_made_by_what_we_send(peer, practice, connection, books):
    before = peer.mails()
    visit = practice.appointment()
    invoice = practice.invoice(patient=visit.patient)
    practice.payment("10.00", invoice)
    settle(connection)

    actions.reschedule(visit, starts_at=visit.starts_at + timedelta(hours=1))
    settle(connection)
    actions.advance(visit, Status.CANCELLED, reason="The patient is ill")
    settle(connection)

    assert books.of(visit, "active")["active"] is False
    assert peer.mails() == before


def test_one_bad_record_among_good_ones_is_set_aside_and_costs_few_calls(practice, connection, books):
    patients = [practice.patient() for _ in range(64)]
    # Odoo requires a name; blanks are none.
    Patient.objects.filter(pk=patients[40].pk).update(given_name=" ", family_name="\u00a0")
    take_in()

    with recorded_calls() as calls:
        sync.push(connection)

    bad, good = patients[40], [patient for patient in patients if patient != patients[40]]
    assert {books.link(patient).state for patient in good} == {"in_odoo"}
    link = books.link(bad)
    assert link.needs_person and link.odoo_id is None
    assert "name" in link.reason.lower()
    assert len(calls.of("res.partner", "load")) <= 1 + 14

    patient = Patient.objects.get(pk=bad.pk)
    patient.family_name = f"Byrne {practice.unique}"
    patient.save()
    settle(connection)
    assert books.link(patient).state == "in_odoo"


def test_an_invoice_whose_totals_differ_in_odoo_waits_there_as_a_draft(practice, connection, books):
    patient = practice.patient()
    invoice = practice.invoice("100.00", patient=patient)
    sound = practice.invoice("50.00", patient=patient)
    # An amount that our own rules would never issue: as if the two computed differently.
    _falsify(invoice, tax=Decimal("14.00"), total=Decimal("114.00"))

    settle(connection)

    link = books.link(invoice)
    assert link.needs_person
    assert "Odoo computes 113.50 with 13.50 tax EUR, the invoice says 114.00 with 14.00 tax" in link.reason
    assert books.of(invoice, "state")["state"] == "draft"
    assert books.of(sound, "state")["state"] == "posted"


def test_a_draft_that_was_put_right_and_posted_in_odoo_no_longer_waits_for_a_person(practice, connection, books):
    invoice = practice.invoice("100.00")
    _falsify(invoice, untaxed=Decimal("100.44"), tax=Decimal("13.56"), total=Decimal("114.00"))
    settle(connection)
    assert books.link(invoice).needs_person

    move = books.odoo_id(invoice)
    [line] = books.odoo.search("account.move.line", [["move_id", "=", move], ["display_type", "=", "product"]])
    books.odoo.write("account.move", [move], {"invoice_line_ids": [[1, line, {"price_unit": 100.44}]]})
    books.odoo.call("account.move", "action_post", [move])
    settle(connection)

    assert books.link(invoice).state == "in_odoo"
    assert fresh(invoice).standing.residual == Decimal("114.00")


def _falsify(invoice: Invoice, **values: Decimal) -> None:
    # The database itself keeps issued invoices from being changed: its rule is lifted and put back.
    table = Invoice._meta.db_table
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("DROP TRIGGER invoice_is_frozen_on_update")
        else:
            # PostgreSQL refuses to alter a table whose deferred checks are still to come.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER invoice_is_frozen_on_update")
        assignments = ", ".join(f"{name} = %s" for name in values)
        cursor.execute(f"UPDATE {table} SET {assignments} WHERE id = %s", [*map(str, values.values()), invoice.pk])
        if database.vendor == "sqlite":
            GUARDS[0].install("default")
        else:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER invoice_is_frozen_on_update")


def test_invoices_keep_their_numbers_in_the_order_they_were_issued(practice, connection, books):
    invoices = [practice.invoice("10.00") for _ in range(5)]

    settle(connection)

    assert [books.of(invoice, "name")["name"] for invoice in invoices] == [invoice.number for invoice in invoices]
    numbers = [int(invoice.number.rsplit("/")[-1]) for invoice in invoices]
    assert numbers == list(range(numbers[0], numbers[0] + 5))


def test_an_invoice_reset_to_draft_in_odoo_waits_for_a_person_until_it_is_posted_again(practice, connection, books):
    invoice = practice.invoice()
    settle(connection)

    books.odoo.call("account.move", "button_draft", [books.odoo_id(invoice)])
    settle(connection)
    assert books.link(invoice).needs_person
    assert "reset to draft in Odoo" in books.link(invoice).reason

    books.odoo.call("account.move", "action_post", [books.odoo_id(invoice)])
    settle(connection)
    assert books.link(invoice).state == "in_odoo"
    assert fresh(invoice).standing.state == Standing.State.OPEN


def test_what_a_line_says_in_odoo_follows_the_level_of_disclosure(practice, connection, books):
    said = {}
    for level in Connection.Disclosure.values:
        connection.disclosure = level
        connection.save()
        invoice = practice.invoice()
        settle(connection)
        domain = [["move_id", "=", books.odoo_id(invoice)], ["display_type", "=", "product"]]
        [line] = books.odoo.search_read("account.move.line", domain, ["name"])
        said[level] = line["name"]

    assert said == {
        "minimal": "Dental treatment",
        "category": "Restorative",
        "full": "Composite filling on 36",
    }


def test_a_draft_invoice_stays_in_the_clinic(practice, connection):
    draft = InvoiceFactory(branch=practice.branch, patient=practice.patient())
    InvoiceLineFactory(invoice=draft)
    with recorded_calls() as calls:
        settle(connection)

    assert link_of(draft, connection).state == "stays_here"
    assert calls.of("account.move", "load") == []


def test_an_invoice_of_a_closed_period_waits_and_says_why_and_goes_when_it_is_opened(
    practice, connection, books, closed_until
):
    invoice, later = practice.invoice("100.00"), practice.invoice("50.00")
    closed_until(invoice.issued_on)

    sync.push(connection)

    link = books.link(invoice)
    assert link.needs_person
    assert "books are closed up to" in str(link.reason)
    assert "Ask whoever keeps the books to open that period" in str(link.reason)
    assert books.of(invoice, "state")["state"] == "draft"

    closed_until(invoice.issued_on - timedelta(days=1))
    for one in (invoice, later):
        deciding.try_again(books.link(one))
    sync.push(connection)

    assert [books.of(one, "state", "name")["state"] for one in (invoice, later)] == ["posted", "posted"]
    assert books.of(invoice, "name")["name"] == invoice.number
