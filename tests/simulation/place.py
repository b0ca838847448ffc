"""Where it all happens: one migrated database in memory and one sandbox, made once and put back for each schedule."""

from __future__ import annotations

import logging
import os
import sqlite3
from decimal import Decimal
from typing import Any


def set_up_django() -> None:
    """Configure Django for a database in memory. To be called before anything of the project is imported."""
    os.environ.update(
        DATABASE_URL="sqlite://:memory:",
        SECRET_KEY="a simulation has no secrets",
        ODOO_RING="0",
        ODOO_URL="",
        LOG_LEVEL="CRITICAL",
        DJANGO_SETTINGS_MODULE="clinic.settings",
    )
    import django
    from django.conf import settings

    # The sync's statements are some hundreds of texts, each made anew: SQLite need not read them anew as well.
    settings.DATABASES["default"]["OPTIONS"]["cached_statements"] = 2000
    django.setup()
    from tests.simulation.lean import make_lean

    make_lean()
    logging.disable(logging.CRITICAL)


class Place:
    """The two databases, and what they held when nothing had happened yet."""

    def __init__(self, clock: Any, version: int = 17) -> None:
        from django.core.management import call_command

        from odoo_bridge.sandbox import Sandbox

        self.clock = clock
        with clock.running(0):
            call_command("migrate", verbosity=0)
            self.sandbox = Sandbox(version=version, clock=lambda: self.clock.odoo())
            self._furnish()
            self._empty_clinic = self.copy_of_clinic()
            self._empty_odoo = self.sandbox.snapshot()

    @property
    def database(self) -> sqlite3.Connection:
        from django.db import connection

        connection.ensure_connection()
        return connection.connection

    def put_back(self, clock: Any) -> None:
        """Make everything as it was in the beginning, on another clock."""
        self.clock = clock
        self.put_clinic_back(self._empty_clinic)
        self.sandbox.restore(self._empty_odoo)

    def copy_of_clinic(self) -> sqlite3.Connection:
        copy = sqlite3.connect(":memory:")
        self.database.backup(copy)
        return copy

    def put_clinic_back(self, copy: sqlite3.Connection) -> None:
        copy.backup(self.database)

    def _furnish(self) -> None:
        from clinic.practice.models import AppointmentType, Branch, Chair, Procedure, Tax
        from clinic.staff.models import Practitioner
        from odoo_bridge.models import BranchBooks, Connection
        from odoo_bridge.sandbox.seed import BRIDGE_KEY

        branch = Branch.objects.create(name="Clinic North", code="NORTH", currency="EUR")
        for number in (1, 2):
            Chair.objects.create(branch=branch, name=f"Chair {number}")
            Practitioner.objects.create(name=f"Dr Okafor {number}")
        AppointmentType.objects.create(name="Check-up", minutes=30)
        for rate in ("0", "13.5", "23"):
            tax = Tax.objects.create(name=f"VAT {rate}", rate=Decimal(rate))
            crown = Procedure.objects.create(code=f"D{rate}", name=f"Crown at {rate} %", fee=Decimal("850"))
            crown.taxes.add(tax)
        connection = Connection.objects.create(
            name="Odoo",
            url="http://odoo.example",
            database="sandbox",
            username="bridge",
            api_key=BRIDGE_KEY,
            transport="jsonrpc",
            state=Connection.State.ACTIVE,
        )
        self.namespace = connection.namespace
        [(journal,)] = self.sandbox.query("SELECT id FROM account_journal WHERE code = 'NORTH'")
        BranchBooks.objects.create(connection=connection, branch=branch, journal_id=journal, journal_name="North")
