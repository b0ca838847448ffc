"""Where in Odoo's books money is entered: which journal, tax, account, product and fiscal position stand for ours.

By itself the bridge takes what fits, the oldest of several. A person may choose otherwise, once for each company.
What there is to choose from is what Odoo had at the newest check, and of that only what can work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from clinic.invoices.models import Payment
from clinic.practice.models import Tax
from odoo_bridge.fields import plain_number
from odoo_bridge.said import _

Row = dict[str, Any]
"""A record of Odoo's own that can be chosen: "id", "name", "companies" (ids; empty for all), and its facts."""

INCOME, PRODUCT, FISCAL_POSITION = "income", "product", "fiscal position"


class Posting(models.Model):
    """What a person chose for one purpose in a company's books. `company_id` and `odoo_id` are Odoo's."""

    connection = models.ForeignKey("odoo_bridge.Connection", models.CASCADE, related_name="postings")
    company_id = models.PositiveIntegerField()
    purpose = models.CharField(max_length=40)
    odoo_id = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint("connection", "company_id", "purpose", name="one_posting_per_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.name}"


@dataclass(frozen=True)
class Purpose:
    """Something that a record of Odoo's own can be chosen for.

    `model`: Odoo's; `label`: what people call it; `fits`: whether a record can stand for it; `usual`: what is done
    where nothing is chosen, of the records that fit, the oldest first.
    """

    key: str
    model: str
    label: str
    fits: Callable[[Row], bool]
    usual: Callable[[list[Row]], str]


def by_method(method: str) -> str:
    """Return the purpose of the journal that payments of a method go into."""
    return f"method {method}"


def by_tax(rate: str, *, included: bool) -> str:
    """Return the purpose of the tax with a percentage, as a plain number."""
    return f"tax {rate} {'included' if included else 'on top'}"


def tax_of(purpose: str) -> tuple[str, bool] | None:
    """Return the percentage of a tax's purpose and whether it is included in the price; None for other purposes."""
    word, _, rest = purpose.partition(" ")
    rate, _, where = rest.partition(" ")
    return (rate, where == "included") if word == "tax" else None


def _first(rows: list[Row]) -> str:
    if not rows:
        return _("Odoo has none that fits")
    return _("%(name)s, the first that fits", name=rows[0]["name"])


def _journal(method: str, label: str) -> Purpose:
    kind = "cash" if method == Payment.Method.CASH else "bank"
    return Purpose(by_method(method), "account.journal", label, lambda row: bool(row["type"] == kind), _first)


def _tax(rate: str, included: bool) -> Purpose:
    label = (
        _("Tax of %(percent)s %% included in the price", percent=rate)
        if included
        else _("Tax of %(percent)s %% on top of the price", percent=rate)
    )

    def fits(row: Row) -> bool:
        return bool(plain_number(Decimal(str(row["amount"]))) == rate and bool(row["price_include"]) == included)

    return Purpose(by_tax(rate, included=included), "account.tax", label, fits, _first)


def purposes() -> list[Purpose]:
    """Return everything that can be chosen for one company: payment methods, taxes in use, and what lines say."""
    journals = [
        _journal(Payment.Method.CASH, _("Journal for cash")),
        _journal(Payment.Method.CARD, _("Journal for cards")),
        _journal(Payment.Method.TRANSFER, _("Journal for bank transfers")),
    ]
    used = sorted({(tax.rate, tax.included_in_price) for tax in Tax.objects.all()})
    return [
        *journals,
        *(_tax(plain_number(rate), included) for rate, included in used),
        Purpose(
            INCOME,
            "account.account",
            _("Income account of invoice lines"),
            lambda row: bool(row["account_type"] in {"income", "income_other"}),
            lambda rows: _("The one of the journal"),
        ),
        Purpose(
            PRODUCT,
            "product.product",
            _("Product of invoice lines"),
            lambda row: True,
            lambda rows: _("None: lines say what they are for"),
        ),
        Purpose(
            FISCAL_POSITION,
            "account.fiscal.position",
            _("Fiscal position of invoices"),
            lambda row: True,
            lambda rows: _("The one that Odoo finds"),
        ),
    ]


WORDS = {
    INCOME: _("an income account"),
    PRODUCT: _("a product for invoice lines"),
    FISCAL_POSITION: _("a fiscal position"),
}
"""What people call what only a person chooses."""

ALL_OR_NONE = (INCOME, PRODUCT, FISCAL_POSITION)
"""Purposes that are chosen for every company of a connection or for none: one batch has one set of columns."""


@dataclass(frozen=True)
class Offer:
    """How the records of one of Odoo's models are read to choose from."""

    domain: tuple[Any, ...]
    reads: tuple[str, ...]


MOST = 500
"""Records of a model that are offered: nobody chooses from more."""

OFFERS: dict[str, Offer] = {
    "account.journal": Offer((["type", "in", ["bank", "cash"]],), ("type",)),
    "account.tax": Offer((["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"]), ("amount", "price_include")),
    "account.account": Offer((["account_type", "in", ["income", "income_other"]],), ("account_type",)),
    # Odoo 17 writes "service" into `detailed_type` and `type` alike; 19 knows only `type`.
    "product.product": Offer((["sale_ok", "=", True], ["type", "=", "service"]), ()),
    "account.fiscal.position": Offer((), ()),
}


def companies_of(connection: Any) -> list[tuple[int, str]]:
    """Return the companies whose books a connection's branches have, (Odoo's id, name); none before the first check."""
    known = {one.company_id: one.company_name for one in connection.books.all() if one.company_id}
    known = known or {one["id"]: one["name"] for one in connection.companies}
    return sorted(known.items(), key=lambda one: one[1])


def fitting(connection: Any, company: int, purpose: Purpose) -> list[Row]:
    """Return what can be chosen for a purpose in a company, the oldest first."""
    rows = connection.offered.get(purpose.model, [])
    return [row for row in rows if purpose.fits(row) and (not row["companies"] or company in row["companies"])]


def stale(connection: Any) -> Iterator[tuple[Posting, Purpose]]:
    """Yield what was chosen and is not in Odoo any more, or does not fit any more."""
    known = {purpose.key: purpose for purpose in purposes()}
    for posting in connection.postings.order_by("company_id", "purpose"):
        purpose = known.get(posting.purpose)
        if purpose and posting.odoo_id not in {row["id"] for row in fitting(connection, posting.company_id, purpose)}:
            yield posting, purpose


@transaction.atomic
def choose(connection: Any, wanted: Iterable[tuple[int, str, Row | None]], by: Any) -> int:
    """Keep what a person chose, as (company, purpose, record or None for the usual). Returns how many changed."""
    before = {(one.company_id, one.purpose): one for one in connection.postings.select_for_update()}
    changed = 0
    for company, purpose, row in wanted:
        kept = before.get((company, purpose))
        if (kept.odoo_id if kept else None) == (row["id"] if row else None):
            continue
        changed += 1
        if row is None and kept:
            kept.delete()
        elif row:
            values = {"odoo_id": row["id"], "name": row["name"][:200], "by": by, "at": timezone.now()}
            Posting.objects.update_or_create(
                connection=connection, company_id=company, purpose=purpose, defaults=values
            )
    return changed
