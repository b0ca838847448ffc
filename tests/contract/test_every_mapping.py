"""What is promised of every mapping alike. The suite runs over the registry; a mapping is tested by its specimen."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.journal.models import Change
from odoo_bridge import sync
from odoo_bridge.intake import take_in
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.registry import registry
from tests.contract.books import Books
from tests.contract.calls import recorded_calls
from tests.contract.line import Line
from tests.contract.practice import Practice
from tests.contract.specimens import BROUGHT, EDITABLE, SPECIMENS, Brought, Editable, Specimen


@pytest.fixture(params=sorted(key for key, mapping in registry().items() if not mapping.pull_only))
def specimen(request: pytest.FixtureRequest, connection: Connection) -> Specimen:
    found = SPECIMENS[request.param]
    connection.disclosure = found.disclosure
    connection.save()
    return found


@pytest.fixture(params=sorted(key for key, mapping in registry().items() if mapping.pull_only))
def brought(request: pytest.FixtureRequest) -> Brought:
    return BROUGHT[request.param]


@pytest.fixture(params=EDITABLE)
def editable(request: pytest.FixtureRequest) -> Editable:
    found = SPECIMENS[request.param]
    assert isinstance(found, Editable)
    return found


def in_odoo(specimen: Specimen, practice: Practice, connection: Connection) -> Any:
    """Return a record that both sides agree on, with nothing left to do."""
    record = specimen.make(practice)
    settle(connection)
    return record


def settle(connection: Connection) -> None:
    """Push and pull until there is nothing left to do."""
    for _ in range(5):
        sync.push(connection)
        sync.pull(connection)
        if not Change.objects.exists() and not Link.objects.filter(connection=connection).waiting().exists():
            break
    connection.refresh_from_db()
    assert not connection.trouble


def leave_the_mark(connection: Connection, line: Line) -> None:
    """Let the mark of this installation be in Odoo already: it is a file, as what is tested may be."""
    sync.pull(connection)
    connection.refresh_from_db()
    line.calls.clear()


def time_passes() -> None:
    """Let every back-off come to its end."""
    Link.objects.update(next_attempt_at=None)


def shows(specimen: Specimen, record: Any, books: Books) -> None:
    """Assert that Odoo shows the record as it is here."""
    wanted = specimen.shown(record, books)
    answer = books.of(record, *wanted)
    assert {name: _plain(answer[name]) for name in wanted} == wanted


def _plain(value: Any) -> Any:
    """A reference is read as its id and its name."""
    is_reference = isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)
    return value[0] if is_reference else value


def snapshot(connection: Connection) -> list[dict[str, Any]]:
    """Return the links of what is sent as they are in the database, but for the digest of what was last seen."""
    return list(
        Link.objects.filter(connection=connection, mapping__in=SPECIMENS)
        .order_by("pk")
        .values("mapping", "uid", "odoo_id", "agreed", "sent", "needs_person", "reason", "conflicts", "lease")
    )


@pytest.mark.looks_only
def test_every_mapping_has_a_specimen():
    assert SPECIMENS.keys() | BROUGHT.keys() == registry().keys()
    assert BROUGHT.keys() == {key for key, mapping in registry().items() if mapping.pull_only}


def test_a_new_record_arrives_in_odoo_as_it_is_here(specimen, practice, connection, books):
    record = in_odoo(specimen, practice, connection)

    shows(specimen, record, books)
    assert books.link(record).state == "in_odoo"
    assert specimen.twins(record, books) == 1


def test_a_second_push_sends_nothing(specimen, practice, connection, books):
    record = in_odoo(specimen, practice, connection)

    with recorded_calls() as calls:
        sync.push(connection)
    assert calls.made == []

    record.save()
    with recorded_calls() as calls:
        sync.push(connection)
    assert calls.that_change == []
    assert books.link(record).state == "in_odoo"


def test_a_pull_after_our_own_push_changes_nothing_and_journals_nothing(specimen, practice, connection):
    specimen.make(practice)
    sync.push(connection)
    take_in()
    before = snapshot(connection)

    sync.pull(connection)

    assert Change.objects.count() == 0
    assert [{**link, "agreed": None} for link in snapshot(connection)] == [{**link, "agreed": None} for link in before]
    with recorded_calls() as calls:
        sync.push(connection)
    assert calls.that_change == []


def test_when_the_answer_to_its_creation_is_lost_a_record_is_there_exactly_once(
    specimen, practice, connection, books, line: Line
):
    leave_the_mark(connection, line)
    record = specimen.make(practice)
    model = registry()[specimen.key].odoo
    lost = line.lose_answer(model, "load")

    sync.push(connection)
    assert lost.reached.is_set()
    connection.refresh_from_db()
    assert connection.trouble
    settle(connection)

    assert specimen.twins(record, books) == 1
    assert line.calls.count((model, "load")) == 1
    shows(specimen, record, books)


def test_when_any_answer_is_lost_its_effect_is_there_exactly_once(specimen, practice, connection, books, line: Line):
    """Each call that changes something loses its answer once, one after the other."""
    leave_the_mark(connection, line)
    record = specimen.make(practice)
    breaks = [line.lose_answer(*effect) for effect in specimen.effects]

    for _ in breaks:
        sync.push(connection)
        time_passes()
    settle(connection)

    assert all(one.reached.is_set() for one in breaks)
    assert specimen.twins(record, books) == 1
    assert books.link(record).state == "in_odoo"
    if specimen.key == "payment":
        invoice = record.allocations.get().invoice
        assert books.of(invoice, "amount_residual")["amount_residual"] == float(invoice.total - 40)
    else:
        shows(specimen, record, books)


def test_when_the_line_breaks_before_odoo_is_reached_nothing_is_lost(specimen, practice, connection, books, line: Line):
    leave_the_mark(connection, line)
    record = specimen.make(practice)
    breaks = [line.cut(*effect) for effect in specimen.effects]

    for _ in breaks:
        sync.push(connection)
        time_passes()
    settle(connection)

    assert all(one.reached.is_set() for one in breaks)
    assert specimen.twins(record, books) == 1
    assert books.link(record).state == "in_odoo"


# Records that go on changing


def test_a_change_here_arrives_there(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)

    editable.change_here(record)
    with recorded_calls() as calls:
        sync.push(connection)

    record.refresh_from_db()
    shows(editable, record, books)
    assert [call.method for call in calls.that_change] == ["write"]


def test_a_change_there_comes_back_and_is_not_sent_again(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)
    before = editable.state(record)

    editable.change_there(record, books)
    sync.pull(connection)

    assert editable.state(record) != before
    record = type(record).objects.get(pk=record.pk)
    shows(editable, record, books)
    with recorded_calls() as calls:
        sync.push(connection)
    assert calls.that_change == []
    assert books.link(record).state == "in_odoo"


def test_changes_of_different_fields_on_both_sides_are_merged(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)
    before = editable.state(record)

    editable.change_there(record, books)
    editable.change_other_here(record)
    settle(connection)

    assert editable.state(record) != before
    shows(editable, type(record).objects.get(pk=record.pk), books)
    assert books.link(record).state == "in_odoo"


def test_changes_of_one_field_on_both_sides_wait_for_a_person_with_both_values(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)
    editable.change_there(record, books)
    editable.change_here(record)
    ours, theirs = editable.state(record), books.of(record, *_fields(editable))

    settle(connection)

    link = books.link(record)
    assert link.needs_person and link.reason
    assert link.conflicts
    for name, values in link.conflicts.items():
        assert values["theirs"] == theirs[name]
        assert values["ours"] != values["theirs"]
    assert editable.state(record) == ours
    assert books.of(record, *_fields(editable)) == theirs


def test_a_conflict_is_still_there_after_an_edit_of_something_else(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)
    editable.change_there(record, books)
    editable.change_here(record)
    settle(connection)
    conflicts = books.link(record).conflicts

    type(record).objects.get(pk=record.pk).save()
    settle(connection)

    assert books.link(record).needs_person
    assert books.link(record).conflicts == conflicts


def test_a_record_archived_here_is_archived_in_odoo_and_comes_back(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)

    editable.archive(record)
    settle(connection)
    assert books.of(record, "active") == {"id": books.odoo_id(record), "active": False}

    editable.restore(type(record).objects.get(pk=record.pk))
    settle(connection)
    assert books.of(record, "active")["active"] is True
    assert editable.twins(record, books) == 1


def test_a_record_archived_in_odoo_waits_for_a_person(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)

    books.edit(record, active=False)
    sync.pull(connection)
    settle(connection)

    link = books.link(record)
    assert link.needs_person
    assert "archived" in link.reason
    assert books.of(record, "active")["active"] is False


def test_what_waits_for_a_person_still_does_after_an_edit_that_is_not_sent(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)
    books.edit(record, active=False)
    settle(connection)

    type(record).objects.get(pk=record.pk).save()
    settle(connection)

    assert books.link(record).needs_person
    assert "archived" in books.link(record).reason


def test_a_record_deleted_in_odoo_waits_for_a_person_and_is_not_made_anew(editable, practice, connection, books):
    record = in_odoo(editable, practice, connection)
    odoo_id = books.odoo_id(record)
    books.delete(record)

    editable.change_here(record)
    settle(connection)

    link = books.link(record)
    assert link.needs_person and link.gone
    assert "deleted in Odoo" in link.reason
    assert link.odoo_id == odoo_id
    assert books.count(record, [["id", "=", odoo_id]]) == 0
    assert editable.twins(record, books) == 0

    type(record).objects.get(pk=record.pk).save()
    settle(connection)
    assert books.link(record).needs_person


def _fields(editable: Editable) -> list[str]:
    return {"partner": ["email"], "event": ["start", "stop"]}[editable.key]


# Records that only come from Odoo


def here(brought: Brought, odoo_id: int, connection: Connection) -> Any:
    """Return the clinic's record that stands for one of Odoo's."""
    link = Link.objects.get(connection=connection, mapping=brought.key, odoo_id=odoo_id)
    assert link.state == "in_odoo"
    return registry()[brought.key].model().objects.get(uid=link.uid)


def test_what_odoo_has_comes_here_once(brought, practice, connection):
    odoo_id = brought.make(practice, connection)

    sync.pull(connection)

    record = here(brought, odoo_id, connection)
    assert brought.state(record) == brought.new
    before = snapshot(connection)
    with recorded_calls() as calls:
        settle(connection)
    assert calls.that_change == []
    assert [{**link, "agreed": None} for link in snapshot(connection)] == [{**link, "agreed": None} for link in before]


def test_what_is_changed_in_odoo_is_changed_here_and_never_sent(brought, practice, connection):
    odoo_id = brought.make(practice, connection)
    sync.pull(connection)

    brought.change(odoo_id, practice)
    with recorded_calls() as calls:
        settle(connection)

    assert brought.state(here(brought, odoo_id, connection)) == brought.changed
    assert calls.that_change == []


def test_what_is_gone_from_odoo_is_gone_here_and_asks_nobody(brought, practice, connection):
    odoo_id = brought.make(practice, connection)
    sync.pull(connection)
    brought.change(odoo_id, practice)
    sync.pull(connection)
    record = here(brought, odoo_id, connection)

    brought.delete(odoo_id, practice)
    Window.objects.update(swept_at=None)
    settle(connection)

    assert brought.state(record) == brought.gone
    assert not Link.objects.filter(connection=connection, mapping=brought.key, odoo_id=odoo_id).exists()
    assert not Link.objects.filter(connection=connection, needs_person=True).exists()
