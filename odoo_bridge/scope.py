"""What one run knows about one connection: the client, what its Odoo has, and where our records stand in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Coalesce

from clinic.invoices.models import Payment
from odoo_bridge.client import Client
from odoo_bridge.client.access import Operation, may
from odoo_bridge.errors import Denied, Incompatible
from odoo_bridge.fields import NotYet, Refused, plain_number
from odoo_bridge.models import BranchBooks, Connection, Link
from odoo_bridge.posting import FISCAL_POSITION, INCOME, PRODUCT, WORDS, by_method, tax_of
from odoo_bridge.said import _, listed


class Scope:
    """One run over one connection. Answers of Odoo that hardly ever change are asked for once in a run."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self.connection, self.client = connection, client
        self.phone_region: str = settings.PHONENUMBER_DEFAULT_REGION
        self._ids: dict[str, dict[UUID, int]] = defaultdict(dict)
        self._lookups: dict[str, dict[Any, int]] = {}
        self._companies: dict[UUID, int] = {}
        self._fields: dict[str, Any] = {}

    def has(self, model: str, name: str) -> bool:
        """Tell whether that Odoo's version has a field."""
        if model not in self._fields:
            # Kept for the run: what the client remembers may be too old by the time a transaction is open.
            self._fields[model] = self.client.fields_get(model)
        return name in self._fields[model]

    def xmlid(self, key: str, uid: UUID) -> str:
        """Return the external id under which a record of ours is created, the same every time."""
        return f"{self.xmlid_begin(key)}{uid.hex}"

    def xmlid_begin(self, key: str) -> str:
        """Return what the external ids of all records of a mapping, or of a list of parts, begin with."""
        return f"{self.connection.namespace}.{key}_"

    # Our records in Odoo

    def know(self, mapping: str, uids: Iterable[UUID]) -> None:
        """Look up where many records stand, in one query, before `odoo_id` is asked for each of them."""
        # One by one: what is known grows with the run, and a set's difference would walk through all of it.
        known = self._ids[mapping]
        if unknown := {uid for uid in uids if uid not in known}:
            links = Link.objects.filter(connection=self.connection, mapping=mapping, uid__in=unknown)
            # What refers to a record that was merged in Odoo refers to the one that is left.
            there = links.values_list("uid", Coalesce("odoo_id", "merged_into"))
            known.update((uid, odoo_id) for uid, odoo_id in there if odoo_id)

    def learn(self, mapping: str, uid: UUID, odoo_id: int) -> None:
        """Remember that a record has just been put into Odoo."""
        self._ids[mapping][uid] = odoo_id

    def odoo_id(self, mapping: str, record: Any) -> int:
        """Return the id of a record of ours in Odoo. Raises `NotYet` when it is not there."""
        self.know(mapping, [record.uid])
        found = self._ids[mapping].get(record.uid)
        if found is None:
            raise NotYet(_("Waits until %(record)s is in Odoo.", record=record), mapping, record.uid)
        return found

    # What this Odoo has

    def offers(self, model: str, *, read_only: bool = False) -> bool:
        """Tell whether this Odoo has a model, and the user may use it; asked once in a while, and remembered."""
        needed: tuple[Operation, ...] = ("read",) if read_only else ("read", "create", "write")

        def ask() -> bool:
            try:
                return all(may(self.client, model, operation) for operation in needed)
            except Incompatible:
                return False
            except Denied as error:
                if error.reason != "rights":
                    raise
                return False

        return bool(self.client.remembered.recalled((model, "offers", needed), ask))

    # Companies. A journal and a tax are one company's, and say by themselves whose an invoice or a payment is (read in
    # 16, 17 and 19, observed on 17): a call needs no company in its context, which would only hide the others' records.

    @cached_property
    def _chosen(self) -> set[str]:
        return set(self.connection.postings.values_list("purpose", flat=True))

    def is_chosen(self, purpose: str) -> bool:
        """Tell whether a person chose one of Odoo's own records for a purpose of the books (see `posting`)."""
        return purpose in self._chosen

    @cached_property
    def books(self) -> dict[int, BranchBooks]:
        """Where the books of this connection's branches are, by the branch's key."""
        return {one.branch_id: one for one in BranchBooks.objects.filter(connection=self.connection)}

    def company_of(self, branch: int) -> int | None:
        """Return the company that has a branch's books, by the branch's key; None where only one is seen anyway."""
        return self.books[branch].company_id if branch in self.books else None

    def know_companies(self, invoices: Iterable[UUID]) -> None:
        """Ask in one call whose books the invoices are in, if the user works for several companies.

        It need not be the company of the branch's books: an invoice stays where it was sent when these move.
        """
        if len(self.connection.companies) < 2:
            return
        unknown = set(invoices) - self._companies.keys()
        self.know("move", unknown)
        ids = {self._ids["move"][uid]: uid for uid in unknown if uid in self._ids["move"]}
        if ids:
            rows = self.client.read("account.move", sorted(ids), ["company_id"])
            self._companies.update({ids[row["id"]]: row["company_id"][0] for row in rows})

    def company_of_invoice(self, invoice: Any) -> int | None:
        """Return the company that has an invoice: the one in Odoo, or else the one of its branch's books."""
        return self._companies.get(invoice.uid) or self.company_of(invoice.branch_id)

    def expects(self, mapping: str, uid: UUID) -> bool:
        """Tell whether a record that is not in Odoo yet is counted on to be there in time: only a plan does that."""
        return False

    # Odoo's own records

    def lookup(self, model: str, key: Any) -> int:
        """Return the id of one of Odoo's records by what we know of it (see REFERENCES).

        Raises `Refused` when there is none.
        """
        try:
            return self._found(model)[key]
        except KeyError:
            where = self._in_company(_company_of_key(model, key))
            raise Lacking(*REFERENCES[model].missing(key, where)) from None

    def code_of(self, model: str, odoo_id: int) -> str:
        """Return the key that `lookup` finds a record by."""
        return next((key for key, value in self._found(model).items() if value == odoo_id), "")

    def _found(self, model: str) -> dict[Any, int]:
        """Return the records of a model that can be referred to, by key, asked for once in a run."""
        if model not in self._lookups:
            reference = REFERENCES[model]
            rows = (
                self.client.search_read(
                    model, reference.domain(self.connection), reference.reads, order=reference.order
                )
                if reference.reads
                else []
            )
            found = {key: row["id"] for row in rows for key in reference.keys(row)}
            self._lookups[model] = found | reference.chosen(self.connection)
        return self._lookups[model]

    def _in_company(self, company: int | None) -> str:
        names = {one["id"]: one["name"] for one in self.connection.companies}
        return str(names[company]) if company is not None and len(names) > 1 and company in names else ""


Lack = tuple[str, str]
"""Two sentences: what Odoo has not got, and what to do."""

ADD = _("Add it in Odoo.")


class Lacking(Refused):
    """Odoo has not got something of its own that records refer to. `says`: what; `fix`: what to do."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(listed((says, fix), " "))
        self.says, self.fix = says, fix


@dataclass(frozen=True)
class Reference:
    """How records of Odoo's own are found by what we know of them.

    `reads`: fields, none if Odoo is not asked; `keys`: what a row is found by; `missing`: what a person is told when
    there is none of a key in a company, named where there are several, and what to do; `domain`: which records count;
    `order`: of several with one key, the last in this order is meant; `chosen`: those that a person chose.
    """

    reads: tuple[str, ...]
    keys: Callable[[dict[str, Any]], Iterable[Any]]
    missing: Callable[[Any, str], Lack] = lambda key, where: (_("Odoo does not know %(code)s.", code=key), ADD)
    domain: Callable[[Connection], list[Any]] = lambda connection: []
    order: str = "id desc"
    chosen: Callable[[Connection], dict[Any, int]] = lambda connection: {}


def _branch_journals(connection: Connection) -> dict[Any, int]:
    chosen = BranchBooks.objects.filter(connection=connection).select_related("branch")
    return {("branch", one.branch.code): one.journal_id for one in chosen if one.journal_id}


def _postings(connection: Connection) -> Iterator[tuple[int | None, str, int]]:
    """Yield what was chosen for the books: company, purpose, Odoo's id; once more for any company if there is one."""
    rows = [(one.company_id, one.purpose, one.odoo_id) for one in connection.postings.all()]
    yield from rows
    if len({company for company, *_ in rows}) == 1:
        yield from ((None, purpose, odoo_id) for _, purpose, odoo_id in rows)


def _chosen_for(purpose: str) -> Callable[[Connection], dict[Any, int]]:
    """Return a finder of what was chosen for a purpose, by (purpose, company)."""
    return lambda connection: {
        (purpose, company): odoo_id for company, chosen, odoo_id in _postings(connection) if chosen == purpose
    }


def _journals(connection: Connection) -> dict[Any, int]:
    methods = {by_method(method): method for method in Payment.Method.values}
    return _branch_journals(connection) | {
        ("method", company, methods[purpose]): odoo_id
        for company, purpose, odoo_id in _postings(connection)
        if purpose in methods
    }


def _taxes(connection: Connection) -> dict[Any, int]:
    return {(company, *tax): odoo_id for company, purpose, odoo_id in _postings(connection) if (tax := tax_of(purpose))}


def _journal_keys(row: dict[str, Any]) -> Iterable[Any]:
    methods = [one for one in Payment.Method.values if (one == Payment.Method.CASH) == (row["type"] == "cash")]
    return [("method", company, method) for company in (None, row["company_id"][0]) for method in methods]


def _not_chosen(key: tuple[str, int | None], where: str) -> Lack:
    there = _("Nothing is chosen for the books of %(company)s: %(what)s.", company=where, what=WORDS[key[0]])
    says = there if where else _("Nothing is chosen for these books: %(what)s.", what=WORDS[key[0]])
    return says, _("Choose it on the page of the books.")


def _only_chosen(purpose: str) -> Reference:
    """A reference to what only a person chooses: nothing of it is found by itself."""
    return Reference((), lambda row: [], missing=_not_chosen, chosen=_chosen_for(purpose))


def _company_of_key(model: str, key: Any) -> int | None:
    if model == "account.tax":
        return int(key[0]) if key[0] else None
    return key[1] if isinstance(key, tuple) and key[0] != "branch" else None


def _tax_keys(row: dict[str, Any]) -> Iterable[Any]:
    rate = plain_number(Decimal(str(row["amount"])))
    return [(company, rate, bool(row["price_include"])) for company in (None, row["company_id"][0])]


def _no_tax(key: tuple[int | None, str, bool], where: str) -> Lack:
    places = {"percent": key[1], "company": where}
    if key[2]:
        there = _("Odoo has no sales tax of %(percent)s %% included in the price in %(company)s.", **places)
        says = there if where else _("Odoo has no sales tax of %(percent)s %% included in the price.", **places)
    else:
        there = _("Odoo has no sales tax of %(percent)s %% on top of the price in %(company)s.", **places)
        says = there if where else _("Odoo has no sales tax of %(percent)s %% on top of the price.", **places)
    return says, ADD


def _no_journal(key: tuple[Any, ...], where: str) -> Lack:
    if key[0] == "branch":
        says = _("No sales journal in Odoo is chosen for branch %(code)s.", code=key[1])
        return says, _("Choose one on the connection page.")
    if key[2] == "cash":
        there = _("Odoo has no cash journal in %(company)s.", company=where)
        return (there if where else _("Odoo has no cash journal.")), ADD
    there = _("Odoo has no bank journal in %(company)s.", company=where)
    return (there if where else _("Odoo has no bank journal.")), ADD


REFERENCES: dict[str, Reference] = {
    "res.country": Reference(("code",), lambda row: [row["code"]]),
    "res.currency": Reference(
        ("name",),
        lambda row: [row["name"]],
        missing=lambda key, where: (
            _("The currency %(code)s is not active in Odoo.", code=key),
            _("Activate it there."),
        ),
    ),
    "res.company": Reference(
        ("name",),
        lambda row: [row["id"]],
        missing=lambda key, where: (
            _("Odoo has no company %(number)s that the user works for.", number=key),
            _("Check the connection again."),
        ),
    ),
    # By (company, percentage as plain number, included in the price); the oldest of equal ones. Here and below, the
    # company is None for those of any company.
    "account.tax": Reference(
        ("amount", "price_include", "company_id"),
        _tax_keys,
        missing=_no_tax,
        domain=lambda connection: [["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"]],
        chosen=_taxes,
    ),
    # A branch's sales journal by ("branch", code); the one that payments go into by ("method", company, "card").
    "account.journal": Reference(
        ("type", "company_id"),
        _journal_keys,
        missing=_no_journal,
        domain=lambda connection: [["type", "in", ["bank", "cash"]]],
        order="sequence desc, id desc",
        chosen=_journals,
    ),
    # The product that plans are sold as, by its internal reference: companies share it.
    "product.product": Reference(
        ("default_code",),
        lambda row: [row["default_code"]],
        missing=lambda key, where: (
            (
                _("Odoo has no product to sell with the internal reference %(code)s.", code=key),
                _("Add a service there."),
            )
            if isinstance(key, str)
            else _not_chosen(key, where)
        ),
        domain=lambda connection: [["default_code", "=", connection.product], ["sale_ok", "=", True]],
        chosen=_chosen_for(PRODUCT),
    ),
    # What is found because a person chose it, and not otherwise: by (purpose, company).
    "account.account": _only_chosen(INCOME),
    "account.fiscal.position": _only_chosen(FISCAL_POSITION),
}
"""Odoo's own records that mappings refer to, by model."""
