"""The books: companies, journals, taxes, currencies, and where payments are posted to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from clinic.invoices.models import Payment
from clinic.practice.models import Branch, Tax
from odoo_bridge.doctor.finding import Finding
from odoo_bridge.errors import Denied
from odoo_bridge.fields import Refused, plain_number
from odoo_bridge.models import BranchBooks, Connection
from odoo_bridge.placing import branches_of
from odoo_bridge.said import _, listed
from odoo_bridge.scope import Lacking, Scope

NAMES = {"account.tax": "taxes", "res.currency": "currency", "account.journal": "journal"}
FIRST_WITHOUT_DEFAULT_ACCOUNT = 19
_NO_ACCOUNT = {
    "cash": _("Payments of the cash journal name no account, so they would not be entered in the books."),
    "bank": _("Payments of the bank journal name no account, so they would not be entered in the books."),
}


def company(scope: Scope) -> Iterator[Finding]:
    """Which companies the user works for: their books can be kept. Contacts belong to all of them."""
    own = scope.client["res.users"].one(scope.client.uid, ["company_id", "company_ids"])
    rows = scope.client.search_read(
        "res.company", [["id", "in", own["company_ids"]]], ["name", "currency_id"], order="id"
    )
    scope.connection.companies = [{"id": row["id"], "name": row["name"]} for row in rows]
    names = listed(
        _("%(company)s (books in %(currency)s)", company=row["name"], currency=row["currency_id"][1]) for row in rows
    )
    if len(rows) > 1:
        yield Finding("company", True, _("The user works for these companies: %(names)s.", names=names))
    else:
        currency = rows[0]["currency_id"][1]
        yield Finding(
            "company",
            True,
            _(
                "Records go to the company %(company)s, which keeps its books in %(currency)s.",
                company=rows[0]["name"],
                currency=currency,
            ),
        )


def payment_accounts(scope: Scope) -> Iterator[Finding]:
    """Whether payments of each journal in use are entered in the books.

    From Odoo 19 on a payment has an entry only where the journal's payment method names an account, and none does by
    default (observed on 19): the invoice would be paid with no money in the books.
    """
    if scope.client.version().major < FIRST_WITHOUT_DEFAULT_ACCOUNT:
        return
    seen: set[int] = set()
    there = {row["id"] for row in scope.connection.offered.get("account.journal", [])}
    for company, method in product(_companies(scope), Payment.Method.values):
        try:
            journal = scope.lookup("account.journal", ("method", company, method))
        except Refused:
            continue  # the references tell
        if journal in seen or journal not in there:
            continue  # what is chosen and gone was told with the choices
        seen.add(journal)
        domain = [["journal_id", "=", journal], ["payment_type", "=", "inbound"]]
        try:
            lines = scope.client.search_read("account.payment.method.line", domain, ["payment_account_id"], order="id")
        except Denied:
            continue
        if not lines or not lines[0]["payment_account_id"]:
            says = _NO_ACCOUNT["cash" if method == Payment.Method.CASH else "bank"]
            fix = _("In Odoo, open the journal, Incoming Payments, and set Outstanding Receipts accounts.")
            yield Finding("payment account", False, says, fix)


def journals(scope: Scope) -> Iterator[Finding]:
    """Choose a branch's journal where its code is the branch's own, and tell of branches left without one."""
    rows = _sales_journals(scope)
    scope.connection.sales_journals = [
        {"id": row["id"], "name": row["display_name"], "company": row["company_id"]} for row in rows
    ]
    mine = branches_of(scope.connection)
    if not mine:
        yield Finding("branches", True, _("No branch has its books here."), _("Choose the branches below."))
    taken = set(scope.connection.books.values_list("journal_id", flat=True))
    for branch in mine:
        place = scope.connection.books.filter(branch=branch).first()
        if place is None or place.journal_id is None:
            codes = [row for row in rows if row["code"] == branch.code and row["id"] not in taken]
            # Two companies may each have a journal with that code: then a person chooses.
            place = keep_books(scope.connection, branch, codes[0]) if len(codes) == 1 else None
        yield _journal(scope, branch, place, rows)
    vars(scope).pop("books", None)


def keep_books(connection: Connection, branch: Branch, journal: dict[str, Any]) -> BranchBooks:
    """Let a branch's invoices go to a journal, as it was read from Odoo, and so to the journal's company."""
    values = {"connection": connection, "journal_id": journal["id"], "journal_name": journal["display_name"]}
    values |= dict(zip(("company_id", "company_name"), journal["company_id"], strict=True))
    kept, _made = BranchBooks.objects.update_or_create(branch=branch, in_sandbox=connection.is_sandbox, defaults=values)
    return kept


def _journal(scope: Scope, branch: Branch, chosen: BranchBooks | None, rows: list[dict[str, Any]]) -> Finding:
    row = next((row for row in rows if chosen and row["id"] == chosen.journal_id), None)
    if row is None:
        fix = _("Add a sales journal with the short code %(code)s in Odoo, or choose one below.", code=branch.code)
        return Finding("journal", False, _("No sales journal is chosen for %(branch)s.", branch=branch), fix)
    kept = keep_books(scope.connection, branch, row)
    if len(scope.connection.companies) > 1:
        names = {"branch": branch, "journal": kept.journal_name, "company": kept.company_name}
        return Finding(
            "journal", True, _("Invoices of %(branch)s go to the journal %(journal)s of %(company)s.", **names)
        )
    says = _("Invoices of %(branch)s go to the journal %(journal)s.", branch=branch, journal=kept.journal_name)
    return Finding("journal", True, says)


def _sales_journals(scope: Scope) -> list[dict[str, Any]]:
    """Return Odoo's sales journals of all companies that the user works for: id, code, display_name, company_id."""
    fields = ["code", "display_name", "company_id"]
    return scope.client.search_read("account.journal", [["type", "=", "sale"]], fields, order="id")


def _companies(scope: Scope) -> list[int | None]:
    """The companies that have books of this connection's branches; None stands for the only one."""
    return sorted({one.company_id for one in scope.books.values()}, key=lambda one: one or 0) or [None]


def references(scope: Scope) -> Iterator[Finding]:
    companies = _companies(scope)
    taxes = [(plain_number(tax.rate), tax.included_in_price) for tax in Tax.objects.all()]
    wanted: list[tuple[str, Any]] = [("account.tax", (company, *tax)) for company, tax in product(companies, taxes)]
    currencies = {branch.currency for branch in branches_of(scope.connection)}
    wanted += [("res.currency", currency) for currency in sorted(currencies)]
    methods = (Payment.Method.CASH, Payment.Method.CARD)  # Transfers go where cards do, if nobody chose otherwise.
    wanted += [("account.journal", ("method", company, method)) for company, method in product(companies, methods)]
    findings = []
    for model, key in wanted:
        try:
            scope.lookup(model, key)
        except Lacking as error:
            findings.append(Finding(NAMES[model], False, error.says, error.fix))
    yield from findings or [Finding("taxes", True, _("Odoo has the taxes, currencies and payment journals in use."))]


def service(scope: Scope) -> Iterator[Finding]:
    """Whether Odoo has the product that treatment plans are sold as, where it sells anything."""
    wanted = scope.connection.product
    if not scope.offers("sale.order"):
        return
    try:
        scope.lookup("product.product", wanted)
    except Refused:
        says = _(
            "Odoo has no product to sell with the internal reference %(code)s: treatment plans have to wait.",
            code=wanted,
        )
        fix = _("Add a service with the internal reference %(code)s in Odoo, or name another one below.", code=wanted)
        yield Finding("product", True, says, fix)
        return
    yield Finding("product", True, _("Treatment plans are sold as the product %(code)s.", code=wanted))
