"""The check of a connection: each precondition looked at, and what to do about those that are not met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from django.utils import timezone

from odoo_bridge.channel import client_for
from odoo_bridge.deciding import retry_refused
from odoo_bridge.doctor import books, choices, models, server
from odoo_bridge.doctor.finding import Finding
from odoo_bridge.errors import OdooError
from odoo_bridge.intake import want_what_stayed
from odoo_bridge.models import Connection
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope

__all__ = ["Finding", "examine"]


def examine(connection: Connection) -> list[Finding]:
    """Look whether a connection works, note the findings on it, and return them."""
    findings: list[Finding] = []
    try:
        with client_for(connection) as client:
            findings.extend(_looked_at(Scope(connection, client), findings))
    except OdooError as error:
        findings.append(server.trouble(connection, error))
    connection.findings = [asdict(finding) for finding in findings]
    connection.checked_at = timezone.now()
    connection.save(update_fields=["findings", "checked_at", "sales_journals", "companies", "offered"])
    retry_refused(connection)
    for mapping in registry().values():
        if mapping.optional and not mapping.pull_only:
            want_what_stayed(connection, mapping)
    return findings


def _looked_at(scope: Scope, findings: list[Finding]) -> Iterator[Finding]:
    """From the door inwards; what lies behind a door that does not open is not looked at."""
    yield from server.answers(scope)
    if any(finding.check == "transport" and not finding.ok for finding in findings):
        return
    yield from server.user(scope)
    yield from models.apps(scope)
    yield from models.rights(scope)
    yield from models.fields(scope)
    yield from books.company(scope)
    yield from books.journals(scope)
    yield from choices.offered(scope)
    yield from books.references(scope)
    yield from books.service(scope)
    yield from books.payment_accounts(scope)
