from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinic.demo.factories import PatientFactory
from clinic.staff.models import User
from odoo_bridge import connecting
from odoo_bridge.models import Connection, Link
from tests.desk.practice import Practice, open_practice


@pytest.fixture
def practice(db: None) -> Practice:
    return open_practice()


@pytest.fixture
def connection(practice: Practice) -> Connection:
    connecting.connect()
    Link.objects.all().delete()
    return Connection.objects.get()


@pytest.fixture
def manager(practice: Practice) -> Client:
    return practice.somebody(User.Role.MANAGER)


@pytest.fixture
def link(connection: Connection) -> Callable[..., Link]:
    """A link of a new patient that reached Odoo, but for what is said about it."""

    def make(**facts: Any) -> Link:
        patient = PatientFactory(given_name="Ana", family_name="Silva", email="ana@example.org")
        facts = {
            "mapping": "partner",
            "uid": patient.uid,
            "odoo_id": patient.pk + 1000,
            "wanted": 1,
            "pushed": 1,
            "seen": "digest",
            "agreed": {"ours": {"email": "old@example.org"}, "theirs": {"email": "old@example.org"}},
        } | facts
        return Link.objects.create(connection=connection, **facts)

    return make
