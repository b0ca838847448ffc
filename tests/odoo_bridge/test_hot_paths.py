"""A batch and a page cost a fixed number of queries and of calls, however many records they hold."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from odoo_bridge import sync
from odoo_bridge.intake import take_in
from odoo_bridge.models import Link, Window
from tests.contract.calls import recorded_calls
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db


def cost(run, connection):
    """Return how many statements that read a run takes, and how many calls."""
    with CaptureQueriesContext(database) as queries, recorded_calls() as calls:
        run(connection)
    reads = [query for query in queries.captured_queries if query["sql"].lstrip().upper().startswith("SELECT")]
    return len(reads), len(calls.made)


@pytest.mark.parametrize("make", ["patient", "appointment", "invoice", "payment"])
def test_a_push_of_many_reads_and_calls_no_more_often_than_one_of_few(practice, connection, make):
    settle(connection)
    costs = []
    for many in (2, 12):
        for _ in range(many):
            getattr(practice, make)()
        take_in()
        costs.append(cost(sync.push, connection))
        sync.push(connection)
        sent = Link.objects.filter(connection=connection).exclude(mapping="attachment")  # Those take full disclosure.
        assert {link.state for link in sent} == {"in_odoo"}

    (few_reads, few_calls), (many_reads, many_calls) = costs
    assert many_reads <= few_reads + 2
    # Each payment is assigned to its invoice by a call of its own: Odoo has no other way.
    assert many_calls <= few_calls + (10 if make == "payment" else 0)


@pytest.mark.parametrize("make", ["patient", "appointment", "invoice", "payment"])
def test_a_pull_of_many_unchanged_records_reads_no_more_often_than_one_of_few(practice, connection, make):
    costs = []
    for many in (2, 12):
        for _ in range(many):
            getattr(practice, make)()
        settle(connection)
        costs.append(cost(sync.pull, connection))

    assert costs[0] == costs[1]


def statements(run, connection):
    with CaptureQueriesContext(database) as queries:
        run(connection)
    return [query["sql"] for query in queries.captured_queries]


def test_an_idle_poll_asks_once_whether_anything_is_on_its_way_and_writes_a_window_twice(practice, connection):
    """Each window is leased and moved in one statement each, and freed; nothing else grows with the mappings."""
    practice.patient()
    settle(connection)
    asked = statements(sync.pull, connection)
    windows = Window.objects.filter(connection=connection).count()
    assert windows > 5
    assert len([sql for sql in asked if "pushes" in sql and sql.startswith("SELECT")]) == 1
    assert len([sql for sql in asked if sql.startswith('UPDATE "odoo_bridge_window"')]) == 3 * windows


def test_an_idle_push_begins_no_transaction(practice, connection):
    settle(connection)
    sync.push(connection)
    assert not [sql for sql in statements(sync.push, connection) if sql.startswith(("BEGIN", "SAVEPOINT"))]
