"""What one run knows about one connection: the client, what its Odoo has, and where our records stand in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Coalesce

from odoo_bridge.client import Client
from odoo_bridge.client.access import Operation, may
from odoo_bridge.errors import Denied, Incompatible
from odoo_bridge.fields import NotYet, Refused, plain_number
from odoo_bridge.models import BranchJournal, Connection, Link


class Scope:
    """One run over one connection. Answers of Odoo that hardly ever change are asked for once in a run."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self.connection, self.client = connection, client
        self.phone_region: str = settings.PHONENUMBER_DEFAULT_REGION
        self._ids: dict[str, dict[UUID, int]] = defaultdict(dict)
        self._lookups: dict[tuple[str, int | None], dict[Any, int]] = {}

    def has(self, model: str, name: str) -> bool:
        """Tell whether that Odoo's version has a field."""
        return name in self.client.fields_get(model)

    def xmlid(self, key: str, uid: UUID) -> str:
        """Return the external id under which a record of ours is created, the same every time."""
        return f"{self.connection.namespace}.{key}_{uid.hex}"

    # Our records in Odoo

    def know(self, mapping: str, uids: Iterable[UUID]) -> None:
        """Look up where many records stand, in one query, before `odoo_id` is asked for each of them."""
        unknown = set(uids) - self._ids[mapping].keys()
        if unknown:
            links = Link.objects.filter(connection=self.connection, mapping=mapping, uid__in=unknown)
            # What refers to a record that was merged in Odoo refers to the one that is left.
            there = links.values_list("uid", Coalesce("odoo_id", "merged_into"))
            self._ids[mapping].update((uid, odoo_id) for uid, odoo_id in there if odoo_id)

    def learn(self, mapping: str, uid: UUID, odoo_id: int) -> None:
        """Remember that a record has just been put into Odoo."""
        self._ids[mapping][uid] = odoo_id

    def odoo_id(self, mapping: str, record: Any) -> int:
        """Return the id of a record of ours in Odoo. Raises `NotYet` when it is not there."""
        self.know(mapping, [record.uid])
        found = self._ids[mapping].get(record.uid)
        if found is None:
            raise NotYet(f"Waits until {record} is in Odoo.", mapping, record.uid)
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

    # Odoo's own records

    def lookup(self, model: str, key: Any, company: int | None = None) -> int:
        """Return the id of one of Odoo's records by what we know of it, among those of a company where one is named.

        Raises `Refused` when there is none.
        """
        try:
            return self._found(model, company)[key]
        except KeyError:
            raise Refused(REFERENCES[model].missing(key)) from None

    def code_of(self, model: str, odoo_id: int) -> str:
        """Return the key that `lookup` finds a record by."""
        return next((key for key, value in self._found(model, None).items() if value == odoo_id), "")

    def _found(self, model: str, company: int | None) -> dict[Any, int]:
        """Return the records of a model that can be referred to, by key, asked for once in a run."""
        if (model, company) not in self._lookups:
            reference = REFERENCES[model]
            domain = [*reference.domain(self.connection)]
            if company is not None and reference.of_company:
                domain.append(["company_id", "in", [False, company]])
            rows = self.client.search_read(model, domain, reference.reads, order=reference.order)
            found = {reference.key(row): row["id"] for row in rows}
            self._lookups[model, company] = found | reference.chosen(self.connection)
        return self._lookups[model, company]


@dataclass(frozen=True)
class Reference:
    """How records of Odoo's own are found by what we know of them.

    `reads`: fields; `key`: what a row is found by; `missing`: what a person is told when there is none of a key;
    `domain`: which records count; `order`: of several with one key, the last in this order is meant; `of_company`:
    whether they belong to companies; `chosen`: those that were chosen on the connection.
    """

    reads: tuple[str, ...]
    key: Callable[[dict[str, Any]], Any]
    missing: Callable[[Any], str] = "Odoo does not know {}.".format
    domain: Callable[[Connection], list[Any]] = lambda connection: []
    order: str = "id desc"
    of_company: bool = False
    chosen: Callable[[Connection], dict[Any, int]] = lambda connection: {}


def _branch_journals(connection: Connection) -> dict[Any, int]:
    chosen = BranchJournal.objects.filter(connection=connection).select_related("branch")
    return {("branch", one.branch.code): one.journal_id for one in chosen}


def _no_tax(key: tuple[str, bool]) -> str:
    included = "included in the price" if key[1] else "on top of the price"
    return f"Odoo has no sales tax of {key[0]} % {included}. Add it in Odoo, then try again."


def _no_journal(key: tuple[str, str]) -> str:
    if key[0] == "branch":
        return f"No sales journal in Odoo is chosen for branch {key[1]}. Choose one on the connection page."
    return f"Odoo has no {key[1]} journal. Add one in Odoo, then try again."


REFERENCES: dict[str, Reference] = {
    "res.country": Reference(("code",), lambda row: row["code"]),
    "res.currency": Reference(
        ("name",),
        lambda row: row["name"],
        missing="The currency {} is not active in Odoo. Activate it there, then try again.".format,
    ),
    # By (percentage as plain number, included in the price).
    "account.tax": Reference(
        ("amount", "price_include"),
        lambda row: (plain_number(Decimal(str(row["amount"]))), bool(row["price_include"])),
        missing=_no_tax,
        domain=lambda connection: [["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"]],
        of_company=True,
    ),
    # A branch's sales journal by ("branch", code); the first journal of a type by ("type", "cash").
    "account.journal": Reference(
        ("type",),
        lambda row: ("type", row["type"]),
        missing=_no_journal,
        domain=lambda connection: [["type", "in", ["bank", "cash"]]],
        order="sequence desc, id desc",
        of_company=True,
        chosen=_branch_journals,
    ),
    # The product that plans are sold as, by its internal reference.
    "product.product": Reference(
        ("default_code",),
        lambda row: row["default_code"],
        missing="Odoo has no product to sell with the internal reference {}. Add a service, then try again.".format,
        domain=lambda connection: [["default_code", "=", connection.product], ["sale_ok", "=", True]],
        of_company=True,
    ),
}
"""Odoo's own records that mappings refer to, by model."""
