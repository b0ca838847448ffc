"""The check of a connection: each precondition looked at, and what to do about those that are not met."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone

from clinic.practice.models import Branch, Tax
from odoo_bridge.deciding import retry_refused
from odoo_bridge.errors import Denied, OdooError
from odoo_bridge.fields import Refused, plain_number
from odoo_bridge.models import BranchJournal, Connection
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope
from odoo_bridge.sync import client_for


@dataclass
class Finding:
    """One thing looked at: `ok`, what was found in plain words, and the fix if there is something to fix."""

    ok: bool
    says: str
    fix: str = ""


def examine(connection: Connection) -> list[Finding]:
    """Look whether a connection works, note the findings on it, and return them."""
    findings: list[Finding] = []
    try:
        with client_for(connection) as client:
            _look_around(Scope(connection, client), findings)
    except OdooError as error:
        findings.append(Finding(False, error.message, _fix_for(error)))
    connection.findings = [asdict(finding) for finding in findings]
    connection.checked_at = timezone.now()
    connection.save(update_fields=["findings", "checked_at", "sales_journals"])
    retry_refused(connection)
    return findings


def _fix_for(error: OdooError) -> str:
    if isinstance(error, Denied) and error.reason == "credentials":
        return "Check the user name, and make a new API key in Odoo: My profile, Account security, New API key."
    if isinstance(error, Denied) and error.reason == "database":
        return "Check the name of the database: it is the one chosen when signing in to Odoo."
    if isinstance(error, Denied):
        return "Give the user the rights named above, in Odoo under Settings, Users."
    return "Check the address, and that Odoo is running and can be reached from here."


def _look_around(scope: Scope, findings: list[Finding]) -> None:
    version = scope.client.version()
    findings.append(Finding(True, f"Odoo {version.text} answers."))
    signed_in = scope.client.uid
    findings.append(Finding(True, f"Signed in as {scope.connection.username}."))
    findings.append(_time_zone(scope, signed_in))
    findings.extend(_rights(scope))
    findings.extend(_journals(scope))
    findings.extend(_references(scope))


def _time_zone(scope: Scope, uid: int) -> Finding:
    """`load` reads times in the user's zone where the context names none (observed on 16, 17 and 19)."""
    [user] = scope.client.read("res.users", [uid], ["tz"])
    if user["tz"] in (False, "UTC"):
        return Finding(True, "The user's time zone is UTC.")
    return Finding(False, f"The user's time zone is {user['tz']}.", "Set it to UTC in the user's preferences.")


def _rights(scope: Scope) -> list[Finding]:
    findings = []
    for mapping in registry().values():
        lacking = [right for right in ("read", "create", "write") if not _may(scope, mapping.odoo, right)]
        if lacking:
            says = f"The user may not {', '.join(lacking)} {mapping.odoo}."
            findings.append(Finding(False, says, "Add the user to the groups that the README names, in Odoo."))
    return findings or [Finding(True, "The user may read and write what is needed.")]


def _may(scope: Scope, model: str, right: str) -> bool:
    return bool(scope.client.call(model, "check_access_rights", right, raise_exception=False))


def _journals(scope: Scope) -> list[Finding]:
    """Choose a branch's journal where its code is the branch's own, and tell of branches left without one."""
    rows = _sales_journals(scope)
    scope.connection.sales_journals = [{"id": row["id"], "name": row["display_name"]} for row in rows]
    chosen = BranchJournal.objects.filter(connection=scope.connection)
    taken = set(chosen.values_list("journal_id", flat=True))
    for branch in Branch.objects.exclude(pk__in=chosen.values("branch")):
        match = next((row for row in rows if row["code"] == branch.code and row["id"] not in taken), None)
        if match:
            name = match["display_name"]
            BranchJournal.objects.create(
                connection=scope.connection, branch=branch, journal_id=match["id"], journal_name=name
            )
    return [_journal(branch, chosen.filter(branch=branch).first(), rows) for branch in Branch.objects.all()]


def _journal(branch: Branch, chosen: BranchJournal | None, rows: list[dict[str, Any]]) -> Finding:
    if chosen and any(row["id"] == chosen.journal_id for row in rows):
        return Finding(True, f"Invoices of {branch} go to the journal {chosen.journal_name}.")
    fix = f"Add a sales journal with the short code {branch.code} in Odoo, or choose one below."
    return Finding(False, f"No sales journal is chosen for {branch}.", fix)


def _sales_journals(scope: Scope) -> list[dict[str, Any]]:
    """Return Odoo's sales journals: id, code, display_name."""
    return scope.client.search_read("account.journal", [["type", "=", "sale"]], ["code", "display_name"], order="id")


def _references(scope: Scope) -> list[Finding]:
    wanted: list[tuple[str, Any]] = [
        ("account.tax", (plain_number(tax.rate), tax.included_in_price)) for tax in Tax.objects.all()
    ]
    currencies = Branch.objects.order_by().values_list("currency", flat=True).distinct()
    wanted += [("res.currency", currency) for currency in currencies]
    wanted += [("account.journal", ("type", "cash")), ("account.journal", ("type", "bank"))]
    findings = []
    for model, key in wanted:
        try:
            scope.lookup(model, key)
        except Refused as error:
            says, _, fix = str(error).replace(", then try again", "").partition(". ")
            findings.append(Finding(False, f"{says.rstrip('.')}.", fix or "Add it in Odoo."))
    return findings or [Finding(True, "Odoo has the taxes, currencies and payment journals in use.")]
