"""What an installation with one sandbox and one real Odoo had chosen is kept when connections become several."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

APP = "odoo_bridge"


def named(executor, end):
    """The migration of the bridge whose name ends so, whatever its number."""
    return next(key for key in executor.loader.graph.nodes if key[0] == APP and key[1].partition("_")[2] == end)


@pytest.mark.django_db(transaction=True)
def test_the_journals_of_both_kinds_are_kept_and_the_oldest_connection_of_each_kind_is_the_default_one():
    executor = MigrationExecutor(database)
    leaves = executor.loader.graph.leaf_nodes()
    before = next(
        parent.key
        for parent in executor.loader.graph.node_map[named(executor, "connections")].parents
        if parent.key[0] == APP
    )
    executor.migrate([before])
    try:
        apps = executor.loader.project_state([before, *(leaf for leaf in leaves if leaf[0] != APP)]).apps
        made, journals = apps.get_model(APP, "Connection").objects, apps.get_model(APP, "BranchJournal").objects
        branch = apps.get_model("practice", "Branch").objects.create(name="North", code="NORTH", currency="EUR")
        where = {"url": "http://127.0.0.1:1", "database": "d", "username": "u", "api_key": "k"}
        sandbox = made.create(name="Odoo sandbox", is_sandbox=True, **where)
        real = made.create(name="Odoo", **where)
        journals.create(connection=sandbox, branch=branch, journal_id=2, journal_name="North branch")
        journals.create(connection=real, branch=branch, journal_id=7, journal_name="Clinic North")
    finally:
        executor = MigrationExecutor(database)
        executor.migrate(executor.loader.graph.leaf_nodes())

    from odoo_bridge.models import BranchBooks, Connection

    assert Connection.objects.filter(is_default=True).count() == 2
    kept = BranchBooks.objects.values_list("connection__name", "journal_name", "in_sandbox").order_by("pk")
    assert list(kept) == [("Odoo sandbox", "North branch", True), ("Odoo", "Clinic North", False)]
