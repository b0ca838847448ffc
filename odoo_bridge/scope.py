"""What one run knows about one connection: the client, what its Odoo has, and where our records stand in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Coalesce

from odoo_bridge.client import Client
from odoo_bridge.fields import NotYet, Refused, plain_number
from odoo_bridge.models import BranchBooks, Connection, Link


class Scope:
    """One run over one connection. Answers of Odoo that hardly ever change are asked for once in a run."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self.connection, self.client = connection, client
        self.phone_region: str = settings.PHONENUMBER_DEFAULT_REGION
        self._ids: dict[str, dict[UUID, int]] = defaultdict(dict)
        self._lookups: dict[str, dict[Any, int]] = {}
        self._companies: dict[UUID, int] = {}

    def has(self, model: str, name: str) -> bool:
        """Tell whether that Odoo's version has a field."""
        return name in self.client.fields_get(model)

    def xmlid(self, key: str, uid: UUID) -> str:
        """Return the external id under which a record of ours is created, the same every time."""
        return f"{self.connection.namespace}.{key}_{uid.hex}"

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
            raise NotYet(f"Waits until {record} is in Odoo.", mapping, record.uid)
        return found

    # Companies. A journal and a tax are one company's, and say by themselves whose an invoice or a payment is (read in
    # 16, 17 and 19, observed on 17): a call needs no company in its context, which would only hide the others' records.

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
        """Return the id of one of Odoo's records by what we know of it. Raises `Refused` when there is none."""
        try:
            return self._of(model)[key]
        except KeyError:
            raise Refused(self._missing(model, key)) from None

    def code_of(self, model: str, odoo_id: int) -> str:
        """Return the key that `lookup` finds a record by."""
        return next((key for key, value in self._of(model).items() if value == odoo_id), "")

    def _of(self, model: str) -> dict[Any, int]:
        if model not in self._lookups:
            self._lookups[model] = getattr(self, f"_find_{model.replace('.', '_')}")()
        return self._lookups[model]

    def _find_res_country(self) -> dict[Any, int]:
        return {row["code"]: row["id"] for row in self.client.search_read("res.country", [], ["code"])}

    def _find_res_currency(self) -> dict[Any, int]:
        return {row["name"]: row["id"] for row in self.client.search_read("res.currency", [], ["name"])}

    def _find_account_tax(self) -> dict[Any, int]:
        """Sales taxes by (company, percentage as plain number, included in the price); the oldest of equal ones.

        The company is None for those of any company.
        """
        domain = [["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"]]
        fields = ["amount", "price_include", "company_id"]
        found: dict[Any, int] = {}
        for row in self.client.search_read("account.tax", domain, fields, order="id desc"):
            for company in (None, row["company_id"][0]):
                found[company, plain_number(Decimal(str(row["amount"]))), bool(row["price_include"])] = row["id"]
        return found

    def _find_account_journal(self) -> dict[Any, int]:
        """A branch's sales journal by ("branch", code); a company's first of a type by ("type", company, "cash").

        The company is None for those of any company.
        """
        chosen = BranchBooks.objects.filter(connection=self.connection).select_related("branch")
        found: dict[Any, int] = {("branch", one.branch.code): one.journal_id for one in chosen if one.journal_id}
        domain, fields = [["type", "in", ["bank", "cash"]]], ["type", "company_id"]
        for row in self.client.search_read("account.journal", domain, fields, order="sequence desc, id desc"):
            for company in (None, row["company_id"][0]):
                found["type", company, row["type"]] = row["id"]
        return found

    def _in_company(self, company: int | None) -> str:
        names = {one["id"]: one["name"] for one in self.connection.companies}
        return f" in {names[company]}" if len(names) > 1 and company in names else ""

    def _missing(self, model: str, key: Any) -> str:
        if model == "account.tax":
            included = "included in the price" if key[2] else "on top of the price"
            where = self._in_company(key[0])
            return f"Odoo has no sales tax of {key[1]} % {included}{where}. Add it in Odoo, then try again."
        if model == "account.journal" and key[0] == "branch":
            return f"No sales journal in Odoo is chosen for branch {key[1]}. Choose one on the connection page."
        if model == "account.journal":
            return f"Odoo has no {key[2]} journal{self._in_company(key[1])}. Add one in Odoo, then try again."
        if model == "res.currency":
            return f"The currency {key} is not active in Odoo. Activate it there, then try again."
        return f"Odoo does not know {key}."
