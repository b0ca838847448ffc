"""A plan says what a sync would do and touches nothing; applied, it does exactly that, and nothing that has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from clinic.treatments import actions as treatments
from odoo_bridge import channel
from odoo_bridge import plan as plans
from odoo_bridge.models import Connection, Link
from odoo_bridge.plan import Expired, apply, plan
from odoo_bridge.proposed import PlanItem, SyncPlan
from tests.contract.calls import recorded_calls
from tests.contract.specimens import moment
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Everything in our database, but for the plans themselves."""
    models = [model for model in apps.get_models() if model not in (SyncPlan, PlanItem)]
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models}


def said(made: SyncPlan) -> dict[Any, set[str]]:
    return {item.uid: {str(kind) for kind in item.each_kind} for item in made.items.all()}


def states(made: SyncPlan) -> dict[Any, str]:
    return dict(made.items.values_list("uid", "state"))


@pytest.fixture
def paused(connection: Connection) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.PAUSED)
    connection.refresh_from_db()
    return connection


@pytest.fixture
def books_full(practice) -> dict[str, Any]:
    """A visit, an invoice and a payment of one patient; none is in Odoo yet."""
    visit = practice.appointment()
    invoice = practice.invoice("100.00", patient=visit.patient)
    return {"visit": visit, "invoice": invoice, "payment": practice.payment("40.00", invoice)}


def test_what_is_new_is_planned_with_what_follows_from_it(practice, paused, books_full):
    made = plan(paused)

    visit, invoice, payment = books_full["visit"], books_full["invoice"], books_full["payment"]
    assert said(made) == {
        visit.patient.uid: {"create"},
        visit.uid: {"create"},
        invoice.uid: {"create", "post"},
        payment.uid: {"create", "post", "assign"},
    }
    assert made.counts["move"] == {"create": 1, "post": 1}
    assert Decimal(made.money["move"]["post"]["EUR"]) == invoice.total
    assert Decimal(made.money["payment"]["assign"]["EUR"]) == Decimal("40.00")
    assert (made.state, made.done, made.total) == ("ready", 5, 5)


def test_planning_touches_nothing_on_either_side(practice, paused, connection, books_full, books):
    Connection.objects.update(state="active")
    settle(connection)
    before_patient = practice.patient(), practice.patient()
    settle(connection)
    Patient.objects.filter(pk=before_patient[0].pk).update(city="Ennis")
    books.edit(before_patient[1], city="Sligo")
    books.edit(books_full["visit"], location="elsewhere")
    practice.invoice("10.00")
    before = rows()

    with recorded_calls() as calls:
        made = plan(connection)

    assert calls.made
    assert calls.that_change == []
    assert rows() == before
    assert said(made)[before_patient[0].uid] == {"update"}
    assert said(made)[before_patient[1].uid] == {"take_over"}
    assert said(made)[books_full["visit"].uid] == {"update"}


def test_each_field_is_told_with_both_values_and_what_was_agreed(practice, connection, books):
    patient = practice.patient(city="Cork")
    settle(connection)
    Patient.objects.filter(pk=patient.pk).update(city="Ennis", street="1 Dame Street")
    books.edit(patient, city="Sligo")

    [item] = plan(connection).items.all()

    fields = plans.values_of(item)["fields"]
    assert fields["city"] == {"ours": "Ennis", "theirs": "Sligo", "agreed": "Cork", "goes": "stays"}
    assert (fields["street"]["goes"], fields["street"]["ours"]) == ("there", "1 Dame Street")
    assert item.kinds == ",conflict,update,"


def test_what_our_rules_refuse_is_foreseen_as_a_decision(practice, connection, books):
    first, second = practice.appointment(), practice.appointment()
    settle(connection)
    start = first.starts_at
    books.edit(second, start=moment(start), stop=moment(start + timedelta(minutes=30)))

    [item] = plan(connection).items.all()

    assert item.kinds == ",conflict,"
    assert "moved in Odoo" in plans.values_of(item)["reason"]


def test_what_our_own_code_stumbles_over_is_foreseen_as_a_decision(practice, connection, books, monkeypatch):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")

    def stumble(self):
        raise ArithmeticError("never again")

    monkeypatch.setattr(Patient, "clean", stumble)
    [item] = plan(connection).items.all()

    assert item.kinds == ",conflict,"
    assert "cannot handle this record" in plans.values_of(item)["reason"]


def test_what_waits_or_is_refused_is_told_with_the_reason(practice, paused):
    invoice = practice.invoice("100.00", rate="9.75")

    made = plan(paused)

    assert said(made)[invoice.uid] == {"refused"}
    assert "no sales tax of 9.75 %" in plans.values_of(made.items.get(uid=invoice.uid))["reason"]
    paid = practice.payment("10.00", invoice)
    assert said(plan(paused))[paid.uid] == {"waits"}


def test_an_archived_appointment_is_planned_to_be_archived(practice, connection):
    visit = practice.appointment()
    settle(connection)
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")

    assert said(plan(connection)) == {visit.uid: {"archive"}}


def test_what_was_deleted_in_odoo_waits_for_a_decision(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    books.delete(patient)

    assert said(plan(connection)) == {patient.uid: {"conflict"}}


def test_a_plan_of_two_sides_that_are_alike_is_empty(practice, connection, books_full):
    settle(connection)

    assert said(plan(connection)) == {}


def test_applied_it_does_exactly_what_it_said_and_the_sync_finds_nothing_left(practice, paused, books_full, books):
    made = apply(paused, plan(paused))

    assert set(states(made).values()) == {"done"}
    invoice, payment = books_full["invoice"], books_full["payment"]
    assert books.of(invoice, "state", "amount_residual")["state"] == "posted"
    assert Decimal(str(books.of(invoice, "amount_residual")["amount_residual"])) == invoice.total - payment.amount
    assert made.state == "applied"
    Connection.objects.update(state="active")
    with recorded_calls() as calls:
        settle(paused)
    assert calls.that_change == []
    assert said(plan(paused)) == {}


def test_what_changed_since_on_either_side_is_left_as_it_is(practice, connection, books):
    ours, theirs, same = practice.patient(), practice.patient(), practice.patient()
    settle(connection)
    for patient in (ours, theirs, same):
        patient.city = "Ennis"
        patient.save()
    made = plan(connection)
    Patient.objects.filter(pk=ours.pk).update(city="Tralee")
    books.edit(theirs, street="1 Dame Street")

    apply(connection, made)

    assert states(made) == {ours.uid: "changed", theirs.uid: "changed", same.uid: "done"}
    assert books.of(same, "city")["city"] == "Ennis"
    assert books.of(ours, "city")["city"] != "Tralee"
    assert Patient.objects.get(pk=theirs.pk).street != "1 Dame Street"


def test_nothing_that_was_not_planned_is_done(practice, paused, books):
    planned = practice.patient()
    made = plan(paused)
    later = practice.patient()

    apply(paused, made)

    assert books.odoo_id(planned)
    assert not Link.objects.filter(uid=later.uid, odoo_id__isnull=False).exists()


def test_both_ways_at_once_are_applied(practice, connection, books):
    patient = practice.patient(city="Cork")
    settle(connection)
    patient.street = "1 Dame Street"
    patient.save()
    books.edit(patient, city="Sligo")

    made = apply(connection, plan(connection))

    assert states(made) == {patient.uid: "done"}
    assert Patient.objects.get(pk=patient.pk).city == "Sligo"
    assert books.of(patient, "street")["street"] == "1 Dame Street"


def test_a_conflict_is_put_before_a_person_and_a_payment_made_in_odoo_is_taken_note_of(practice, connection, books):
    patient, invoice = practice.patient(city="Cork"), practice.invoice("100.00")
    settle(connection)
    Patient.objects.filter(pk=patient.pk).update(city="Ennis")
    books.edit(patient, city="Sligo")
    books.pay(invoice, "30.00")

    made = plan(connection)
    assert said(made) == {patient.uid: {"conflict"}, invoice.uid: {"take_over"}}
    apply(connection, made)

    assert states(made) == {patient.uid: "left", invoice.uid: "done"}
    assert books.link(patient).conflicts["city"] == {"ours": "Ennis", "theirs": "Sligo"}
    invoice.refresh_from_db()
    assert invoice.standing.residual == invoice.total - Decimal("30.00")


def test_what_waits_for_a_decision_does_not_hold_up_the_rest_of_its_record(practice, connection, books):
    patient = practice.patient(city="Cork", street2="Flat 2")
    settle(connection)
    patient.city, patient.street = "Ennis", "1 Dame Street"
    patient.save()
    books.edit(patient, city="Sligo", street2="Flat 9")

    made = apply(connection, plan(connection))

    assert states(made) == {patient.uid: "needs_you"}
    assert books.of(patient, "street", "city") == books.of(patient, "street", "city") | {
        "street": "1 Dame Street",
        "city": "Sligo",
    }
    assert Patient.objects.get(pk=patient.pk).street2 == "Flat 9"
    assert set(books.link(patient).conflicts) == {"city"}


def test_a_plan_is_applied_once_and_not_after_a_day(practice, paused):
    practice.patient()
    made = apply(paused, plan(paused))
    with pytest.raises(Expired):
        apply(paused, made)

    old = plan(paused)
    SyncPlan.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Expired):
        apply(paused, old)


def test_an_expired_plan_forgets_what_it_said(practice, paused):
    practice.patient()
    old = plan(paused)
    assert old.items.exists()
    SyncPlan.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    plans.expire()

    old.refresh_from_db()
    assert (old.state, old.items.count(), old.counts["partner"]) == ("expired", 0, {"create": 1})


def test_values_of_patients_are_not_in_the_database_in_clear(practice, paused):
    from django.db import connection as database

    patient = practice.patient()
    made = plan(paused)
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM odoo_bridge_planitem")
        stored = repr(cursor.fetchall())
    assert patient.email not in stored
    assert patient.family_name not in stored
    assert patient.email in repr(plans.values_of(made.items.get()))


def test_a_plan_made_in_pieces_says_the_same(practice, paused, monkeypatch: pytest.MonkeyPatch):
    for _ in range(5):
        practice.patient()
    monkeypatch.setattr(plans, "PAGE", 2)

    made, pieces = plans.wish_for_plan(paused), 1
    while not plans.work_on(made, seconds=0):
        pieces += 1

    assert pieces > 5
    assert made.counts["partner"] == {"create": 5}
    assert made.items.count() == 5


@pytest.mark.parametrize("count", [4, 12])
def test_a_page_costs_a_fixed_number_of_queries_and_calls(
    count: int, practice, paused, django_assert_max_num_queries: Callable[..., Any]
):
    for _ in range(count):
        practice.payment("10.00")
        practice.appointment()
    plan(paused)  # Odoo's fields, countries and taxes are asked for once in a process.

    with recorded_calls() as calls, django_assert_max_num_queries(145):
        plan(paused)
    assert len(calls.made) <= 8


def test_odoo_away_ends_a_plan_with_the_reason_and_an_application_goes_on_later(practice, paused, line):
    from odoo_bridge.errors import OdooError

    patient = practice.patient()
    made = plan(paused)
    line.lose_answer("res.partner", "load")
    with pytest.raises(OdooError):
        apply(paused, made)
    made.refresh_from_db()
    assert made.trouble
    assert (made.state, states(made)) == ("ready", {patient.uid: "waiting"})
    apply(paused, made)
    assert made.state == "applied"
    Connection.objects.update(state="active")
    settle(paused)
    assert Link.objects.get(uid=patient.uid).state == "in_odoo"
    channel.hang_up()


def test_what_was_deleted_here_is_planned_to_be_archived_and_is(practice, connection, books):
    patient = practice.patient()
    settle(connection)
    odoo_id, uid = books.odoo_id(patient), patient.uid
    patient.delete()

    made = plan(connection)
    assert said(made) == {uid: {"archive"}}
    apply(connection, made)

    assert states(made) == {uid: "done"}
    assert books.odoo.read("res.partner", [odoo_id], ["active"])[0]["active"] is False
    assert said(plan(connection)) == {}


def test_a_treatment_plan_is_planned_and_led_to_where_it_stands_here(practice, paused, books):
    accepted = treatments.accept(practice.plan(), "Zoë")
    proposed = practice.plan()
    apply(paused, plan(paused))
    assert [books.of(one, "state")["state"] for one in (accepted, proposed)] == ["sale", "draft"]

    treatments.decline(proposed, "Too dear")
    made = plan(paused)
    assert said(made) == {proposed.uid: {"update"}}
    apply(paused, made)
    assert states(made) == {proposed.uid: "done"}
    assert books.of(proposed, "state")["state"] == "cancel"


def test_what_an_odoo_has_no_app_for_and_what_only_comes_from_it_is_no_part_of_a_plan(practice, paused, line):
    for method in ("check_access_rights", "fields_get"):
        line.refuse("sale.order", method, "odoo.exceptions.UserError", "Object sale.order doesn't exist")
    treatment = practice.plan()
    with recorded_calls() as calls:
        made = plan(paused)
    assert set(said(made)) == {treatment.patient.uid}
    assert made.done == made.total
    assert calls.of("stock.quant", "search_read") == calls.of("stock.quant", "read") == []
