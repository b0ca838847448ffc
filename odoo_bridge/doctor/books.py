"""The books: company, journals, taxes, currencies, and where payments are posted to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clinic.practice.models import Branch, Tax
from odoo_bridge.doctor.finding import Finding
from odoo_bridge.errors import Denied
from odoo_bridge.fields import Refused, plain_number
from odoo_bridge.models import BranchJournal
from odoo_bridge.scope import Scope

NAMES = {"account.tax": "taxes", "res.currency": "currency", "account.journal": "journal"}
FIRST_WITHOUT_DEFAULT_ACCOUNT = 19


def company(scope: Scope) -> Iterator[Finding]:
    """Which company the user works in: records are created there."""
    own = scope.client["res.users"].one(scope.client.uid, ["company_id"])["company_id"]
    currency = scope.client["res.company"].one(own.id, ["currency_id"])["currency_id"]
    yield Finding("company", True, f"Records go to the company {own.name}, which keeps its books in {currency.name}.")


def payment_accounts(scope: Scope) -> Iterator[Finding]:
    """Whether payments of each journal in use are entered in the books.

    From Odoo 19 on a payment has an entry only where the journal's payment method names an account, and none does by
    default (observed on 19): the invoice would be paid with no money in the books.
    """
    if scope.client.version().major < FIRST_WITHOUT_DEFAULT_ACCOUNT:
        return
    for kind in ("cash", "bank"):
        try:
            journal = scope.lookup("account.journal", ("type", kind))
        except Refused:
            continue  # the references tell
        domain = [["journal_id", "=", journal], ["payment_type", "=", "inbound"]]
        try:
            lines = scope.client.search_read("account.payment.method.line", domain, ["payment_account_id"], order="id")
        except Denied:
            continue
        if not lines or not lines[0]["payment_account_id"]:
            says = f"Payments of the {kind} journal name no account, so they would not be entered in the books."
            fix = "In Odoo, open the journal, Incoming Payments, and set Outstanding Receipts accounts."
            yield Finding("payment account", False, says, fix)


def journals(scope: Scope) -> Iterator[Finding]:
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
    for branch in Branch.objects.all():
        yield _journal(branch, chosen.filter(branch=branch).first(), rows)


def _journal(branch: Branch, chosen: BranchJournal | None, rows: list[dict[str, Any]]) -> Finding:
    if chosen and any(row["id"] == chosen.journal_id for row in rows):
        return Finding("journal", True, f"Invoices of {branch} go to the journal {chosen.journal_name}.")
    fix = f"Add a sales journal with the short code {branch.code} in Odoo, or choose one below."
    return Finding("journal", False, f"No sales journal is chosen for {branch}.", fix)


def _sales_journals(scope: Scope) -> list[dict[str, Any]]:
    """Return Odoo's sales journals: id, code, display_name."""
    return scope.client.search_read("account.journal", [["type", "=", "sale"]], ["code", "display_name"], order="id")


def references(scope: Scope) -> Iterator[Finding]:
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
            findings.append(Finding(NAMES[model], False, f"{says.rstrip('.')}.", fix or "Add it in Odoo."))
    yield from findings or [Finding("taxes", True, "Odoo has the taxes, currencies and payment journals in use.")]


def product(scope: Scope) -> Iterator[Finding]:
    """Whether Odoo has the product that treatment plans are sold as, where it sells anything."""
    wanted = scope.connection.product
    if not scope.offers("sale.order"):
        return
    try:
        scope.lookup("product.product", wanted)
    except Refused:
        says = f"Odoo has no product to sell with the internal reference {wanted}: treatment plans have to wait."
        fix = f"Add a service with the internal reference {wanted} in Odoo, or name another one below."
        yield Finding("product", True, says, fix)
        return
    yield Finding("product", True, f"Treatment plans are sold as the product {wanted}.")
