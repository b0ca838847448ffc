"""Treatment plans and their quotations, from the proposal to what became of it on either side."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.treatments import actions
from clinic.treatments.models import TreatmentPlan
from odoo_bridge import doctor, sync, timeline
from odoo_bridge.deciding import Side, settle_conflict, try_again
from odoo_bridge.models import Connection, Link
from odoo_bridge.status import needing_somebody
from tests.contract.books import Books
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle


def fresh(plan: TreatmentPlan) -> TreatmentPlan:
    return TreatmentPlan.objects.get(pk=plan.pk)


def state(plan: TreatmentPlan, books: Books) -> str:
    return str(books.of(plan, "state")["state"])


def confirm_there(plan: TreatmentPlan, books: Books) -> None:
    books.odoo.call("sale.order", "action_confirm", [books.odoo_id(plan)])


def cancel_there(plan: TreatmentPlan, books: Books) -> None:
    context = {"disable_cancel_warning": True}
    books.odoo.call("sale.order", "action_cancel", [books.odoo_id(plan)], context=context)


def test_a_proposed_plan_is_a_quotation_until_it_is_accepted(practice, connection, books):
    plan = practice.plan()
    settle(connection)
    assert state(plan, books) == "draft"

    actions.accept(plan, "Zoë")
    with recorded_calls() as calls:
        settle(connection)

    assert state(plan, books) == "sale"
    assert [call.method for call in calls.that_change] == ["action_confirm"]
    assert books.link(plan).state == "in_odoo"
    told = timeline.of_record("order", plan.uid)
    assert [(one.entry.what, one.note, one.change.get("state")) for one in told] == [
        ("done", "Confirmed", ["draft", "sale"]),
        ("created", "", [None, "draft"]),
    ]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_declined_plan_is_cancelled_in_odoo(practice, connection, books, accepted):
    plan = practice.plan()
    if accepted:
        actions.accept(plan, "Zoë")
    settle(connection)

    actions.decline(plan, "Too dear")
    settle(connection)

    assert state(plan, books) == "cancel"
    assert books.link(plan).state == "in_odoo"


def test_a_draft_and_a_plan_declined_before_odoo_heard_of_it_stay_in_the_clinic(practice, connection, books):
    draft = actions.draw_up(practice.patient(), practice.practitioner, practice.branch, "Bridge")
    declined = actions.decline(practice.plan())

    with recorded_calls() as calls:
        settle(connection)

    assert [books.link(plan).state for plan in (draft, declined)] == ["stays_here"] * 2
    assert calls.of("sale.order", "load") == []


def test_an_order_confirmed_in_odoo_is_an_accepted_plan(practice, connection, books):
    plan = practice.plan()
    settle(connection)

    confirm_there(plan, books)
    with recorded_calls() as calls:
        settle(connection)

    assert (fresh(plan).status, fresh(plan).accepted_by) == ("accepted", "Confirmed in Odoo")
    assert calls.that_change == []
    assert books.link(plan).state == "in_odoo"


def test_an_order_cancelled_in_odoo_is_a_declined_plan_and_not_confirmed_again(practice, connection, books):
    plan = actions.accept(practice.plan(), "Zoë")
    settle(connection)

    cancel_there(plan, books)
    fresh(plan).save()  # A push that has nothing to say must not undo it.
    sync.push(connection)
    assert state(plan, books) == "cancel"
    settle(connection)

    assert (fresh(plan).status, fresh(plan).declined_because) == ("declined", "Cancelled in Odoo")
    assert state(plan, books) == "cancel"
    assert books.link(plan).state == "in_odoo"


def conflict(practice: Any, connection: Connection, books: Books) -> TreatmentPlan:
    """Return a plan that was accepted here while its order was cancelled in Odoo."""
    plan = practice.plan()
    settle(connection)
    cancel_there(plan, books)
    actions.accept(plan, "Zoë")
    settle(connection)
    link = books.link(plan)
    assert link.needs_person
    assert link.conflicts == {"state": {"ours": "sale", "theirs": "cancel"}}
    assert (fresh(plan).status, state(plan, books)) == ("accepted", "cancel")
    return plan


def test_accepted_here_and_cancelled_there_waits_for_a_person_who_decides_for_ours(practice, connection, books):
    plan = conflict(practice, connection, books)

    settle_conflict(books.link(plan), Side.OURS)
    settle(connection)

    assert (fresh(plan).status, state(plan, books)) == ("accepted", "sale")
    assert books.link(plan).state == "in_odoo"


def test_accepted_here_and_cancelled_there_waits_for_a_person_who_decides_for_theirs(practice, connection, books):
    plan = conflict(practice, connection, books)

    settle_conflict(books.link(plan), Side.THEIRS)
    settle(connection)

    assert (fresh(plan).status, state(plan, books)) == ("declined", "cancel")
    assert books.link(plan).state == "in_odoo"


def test_an_order_cancelled_in_odoo_whose_plan_is_begun_waits_for_a_person(practice, connection, books):
    plan = actions.accept(practice.plan("100.00", "200.00"), "Zoë")
    actions.carry_out(plan.items[0], practice.appointment(patient=plan.patient))
    settle(connection)

    cancel_there(plan, books)
    settle(connection)

    assert books.link(plan).needs_person
    assert "is done already" in books.link(plan).reason
    assert fresh(plan).status == "accepted"


def test_the_lines_say_what_the_level_of_disclosure_allows(practice, connection, books):
    said = {}
    for level in Connection.Disclosure.values:
        connection.disclosure = level
        connection.save()
        plan = practice.plan()
        settle(connection)
        order = books.of(plan, "client_order_ref", "order_line")
        [line] = books.odoo.read("sale.order.line", order["order_line"], ["name"])
        said[level] = (order["client_order_ref"], line["name"])

    assert said == {
        "minimal": ("Treatment plan", "Dental treatment"),
        "category": ("Treatment plan", "Prosthetics"),
        "full": ("Crown on 36", "Ceramic crown on 36"),
    }


def test_prices_discounts_and_taxes_of_the_lines_are_ours(practice, connection, books):
    plan = practice.plan("850.00", quantity=2, discount=10)
    untaxed = practice.plan("40.00", rate="0")
    settle(connection)

    order = books.of(plan, "order_line", "amount_total")
    [line] = books.odoo.read("sale.order.line", order["order_line"], ["price_unit", "discount", "product_uom_qty"])
    assert (line["price_unit"], line["discount"], line["product_uom_qty"]) == (850.0, 10.0, 2.0)
    assert order["amount_total"] == float(plan.amounts.total) == 1736.55
    assert books.of(untaxed, "amount_total")["amount_total"] == 40.0


def test_an_order_whose_price_is_changed_in_odoo_waits_for_a_person_until_it_is_put_right(practice, connection, books):
    plan = practice.plan("850.00")
    settle(connection)
    [line] = books.of(plan, "order_line")["order_line"]

    books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": [[1, line, {"price_unit": 800.0}]]})
    settle(connection)
    assert books.link(plan).needs_person
    [(name, conflict)] = books.link(plan).conflicts.items()
    [(ours, theirs)] = zip(conflict["ours"].values(), conflict["theirs"].values(), strict=True)
    assert (name, ours["price_unit"], theirs["price_unit"]) == ("order_line", "850", "800")

    books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": [[1, line, {"price_unit": 850.0}]]})
    settle(connection)
    assert books.link(plan).state == "in_odoo"


def test_without_the_product_a_plan_waits_for_a_person_and_the_check_says_what_to_add(practice, connection, books):
    Connection.objects.update(product=f"NONE-{practice.unique}")
    connection.refresh_from_db()
    plan = practice.plan()
    settle(connection)

    assert books.link(plan).needs_person
    assert f"NONE-{practice.unique}" in books.link(plan).reason
    [finding] = [one for one in doctor.examine(connection) if one.check == "product"]
    assert finding.ok
    assert f"Add a service with the internal reference NONE-{practice.unique}" in finding.fix

    Connection.objects.update(product="TREAT")
    connection.refresh_from_db()
    doctor.examine(connection)
    settle(connection)
    assert books.link(plan).state == "in_odoo"


def test_a_step_that_odoo_refuses_waits_for_a_person_and_is_tried_again(practice, connection, books):
    plan = practice.plan()
    settle(connection)
    confirm_there(plan, books)
    settle(connection)
    locked = "locked" in books.odoo.fields_get("sale.order")
    books.odoo.call("sale.order", "action_lock" if locked else "action_done", [books.odoo_id(plan)])
    settle(connection)

    actions.decline(plan, "Too dear")
    settle(connection)
    link = books.link(plan)
    assert link.needs_person
    assert "does not take this step" in link.reason
    assert fresh(plan).status == "declined"

    books.odoo.call("sale.order", "action_unlock", [books.odoo_id(plan)])
    try_again(books.link(plan))
    settle(connection)
    assert state(plan, books) == "cancel"
    assert books.link(plan).state == "in_odoo"


def lines_of(plan: TreatmentPlan, books: Books) -> list[tuple[str, float, float]]:
    """Return the order's lines as (name, quantity, price), in Odoo's order."""
    ids = books.of(plan, "order_line")["order_line"]
    rows = books.odoo.read("sale.order.line", ids, ["name", "product_uom_qty", "price_unit"])
    return [(row["name"], row["product_uom_qty"], row["price_unit"]) for row in rows]


def test_lines_that_somebody_edited_removed_and_added_are_told_one_by_one_and_put_back(practice, connection, books):
    plan = practice.plan("850.00", "120.00", "60.00")
    settle(connection)
    as_sent = lines_of(plan, books)
    [first, second, _] = books.of(plan, "order_line")["order_line"]
    product = books.odoo.read("sale.order.line", [first], ["product_id"])[0]["product_id"][0]
    edits = [
        [1, first, {"product_uom_qty": 3, "price_unit": 850.0}],
        [2, second, 0],
        [0, 0, {"product_id": product, "name": "A whitening", "price_unit": 40.0, "product_uom_qty": 1}],
    ]
    books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": edits})
    settle(connection)

    [needing] = needing_somebody([connection], 10)
    [difference] = needing.differences
    told = [(one.what, one.ours, one.theirs) for one in difference["lines"]]
    assert told == [
        ("quantity", "1", "3"),
        ("", "quantity 1, fee 120", "not there"),
        ("", "not there", "quantity 1, fee 40"),
    ]
    assert difference["lines"][2].line == "A whitening"
    assert not needing.may_take_theirs

    settle_conflict(books.link(plan), Side.OURS, by="declan")
    settle(connection)
    assert sorted(lines_of(plan, books)) == sorted(as_sent)
    assert books.link(plan).state == "in_odoo"
    assert timeline.of_record("order", plan.uid)[0].note == "Lines put right"
    with recorded_calls() as calls:
        settle(connection)
    assert calls.that_change == []


def test_a_line_that_was_put_back_is_known_again(practice, connection, books):
    """It is made anew under its own external id, so that a further removal is not taken for a second line."""
    plan = practice.plan("850.00", "120.00")
    settle(connection)
    for _ in range(2):
        [_, second] = books.of(plan, "order_line")["order_line"]
        books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": [[2, second, 0]]})
        settle(connection)
        settle_conflict(books.link(plan), Side.OURS)
        settle(connection)
    assert len(lines_of(plan, books)) == 2


def test_lines_of_a_confirmed_order_are_left_to_odoo(practice, connection, books):
    plan = practice.plan("850.00")
    settle(connection)
    [line] = books.of(plan, "order_line")["order_line"]
    books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": [[1, line, {"price_unit": 800.0}]]})
    settle(connection)
    confirm_there(plan, books)
    settle(connection)
    link = books.link(plan)
    if link.conflicts:
        settle_conflict(link, dict.fromkeys(link.conflicts, Side.OURS))
        with recorded_calls() as calls:
            settle(connection)
        assert not [call for call in calls.that_change if call.model == "sale.order.line"]
    assert books.link(plan).needs_person
    assert lines_of(plan, books)[0][2] == 800.0


def test_headings_and_notes_in_an_order_are_nobodys_lines(practice, connection, books):
    plan = practice.plan("850.00")
    settle(connection)
    heading = [0, 0, {"display_type": "line_section", "name": "First visit"}]
    books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": [heading]})
    settle(connection)
    assert books.link(plan).state == "in_odoo"


def test_an_answer_that_is_lost_while_lines_are_put_back_makes_no_line_twice(practice, connection, books, line):
    plan = practice.plan("850.00", "120.00")
    settle(connection)
    [_, second] = books.of(plan, "order_line")["order_line"]
    books.odoo.write("sale.order", [books.odoo_id(plan)], {"order_line": [[2, second, 0]]})
    settle(connection)
    settle_conflict(books.link(plan), Side.OURS)
    line.lose_answer("sale.order.line", "load")
    sync.push(connection)
    Connection.objects.update(failures=0, trouble="", resume_at=None)
    connection.refresh_from_db()
    Link.objects.update(next_attempt_at=None)
    settle(connection)
    assert len(lines_of(plan, books)) == 2
    assert books.link(plan).state == "in_odoo"
