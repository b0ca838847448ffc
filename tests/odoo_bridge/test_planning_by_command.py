"""`manage.py odoo plan` and `apply`: what they print, and how they end."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from odoo_bridge.models import Connection
from odoo_bridge.proposed import SyncPlan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paused(connection: Connection) -> Connection:
    Connection.objects.filter(pk=connection.pk).update(state="paused", is_sandbox=True)
    connection.refresh_from_db()
    return connection


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("odoo", *words, stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_plan_is_told_in_words_and_applied_by_its_number(practice, paused, books):
    invoice = practice.invoice("100.00")

    code, told = run("plan")

    assert code == 0
    assert "1  invoice: posted in odoo, 113.50 EUR".lower() in told.lower()
    assert "cannot be taken back, only credited" in told
    assert f"full name (name): {invoice.payer}" in told
    code, told = run("apply", str(SyncPlan.objects.get().pk))
    assert (code, told.split()) == (0, ["2", "Done"])
    assert books.of(invoice, "state")["state"] == "posted"


def test_scripts_get_json_and_an_exit_code(practice, paused):
    practice.invoice("100.00", rate="9.75")

    code, told = run("plan", "--json", "--limit", "1")

    document: dict[str, Any] = json.loads(told)
    assert code == 1
    assert document["counts"] == {"partner": {"create": 1}, "move": {"refused": 1}}
    assert len(document["items"]) == 1
    assert document["items"][0]["fields"]["city"]["ours"]
    code, told = run("apply", str(document["plan"]), "--json")
    assert code == 1
    assert json.loads(told)["outcome"] == {"done": 1, "left": 1}


def test_a_plan_that_cannot_be_applied_is_a_failure(practice, paused):
    with pytest.raises(CommandError, match="has no plan 99") as failed:
        run("apply", "99")
    assert failed.value.returncode == 2
    run("plan")
    made = str(SyncPlan.objects.get().pk)
    run("apply", made)
    with pytest.raises(CommandError, match="applied already"):
        run("apply", made)
