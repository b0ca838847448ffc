"""What the worker prepares when a page asked for it: plans, their application, and searches for counterparts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from odoo_bridge import adoption, tasks
from odoo_bridge import plan as plans
from odoo_bridge.found import AuditRun
from odoo_bridge.models import Connection
from odoo_bridge.proposed import AdoptionSearch, SyncPlan

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_plan_that_was_asked_for_is_made_and_then_applied(practice, connection, books):
    patient = practice.patient()
    plans.wish_for_plan(connection)

    tasks.prepare()
    made = SyncPlan.objects.get()
    assert (made.state, made.counts) == ("ready", {"partner": {"create": 1}})
    plans.wish_to_apply(made)
    tasks.prepare()

    made.refresh_from_db()
    assert made.state == "applied"
    assert books.odoo_id(patient)


def test_a_search_that_was_asked_for_is_made_once(practice, connection, accountant):
    patient = practice.patient()
    accountant.create("res.partner", {"name": patient.full_name, "email": patient.email})
    adoption.wish_for_search(connection)

    tasks.prepare()

    made = AdoptionSearch.objects.get()
    assert (made.is_wanted, made.done, made.total) == (False, 1, 1)
    assert adoption.counts(connection)["certain"] == 1
    AdoptionSearch.objects.update(partners=0)
    tasks.prepare()
    assert AdoptionSearch.objects.get().partners == 0


def test_an_odoo_that_is_away_is_told_on_the_plan_and_on_the_search(practice, connection, free_port):
    Connection.objects.update(url=f"http://127.0.0.1:{free_port}")
    plans.wish_for_plan(connection)
    adoption.wish_for_search(connection)

    tasks.prepare()

    assert SyncPlan.objects.get().trouble
    assert AdoptionSearch.objects.get().trouble
    assert not AdoptionSearch.objects.get().is_wanted


def test_an_audit_that_another_worker_took_up_does_not_end_the_daily_one(practice, connection, caplog):
    """A worker finds what is to be made as soon as it is written down."""
    taken: list[bool] = []

    def quicker(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if sql.startswith('INSERT INTO "odoo_bridge_auditrun"') and not taken:
            taken.append(True)
            AuditRun.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
        return found

    with database.execute_wrapper(quicker):
        tasks.audit_all()

    assert taken
    assert "was not audited: Taken" in caplog.text
