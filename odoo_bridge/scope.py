"""What one run knows about one connection: the client, what its Odoo has, and where our records stand in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Coalesce

from odoo_bridge.client import Client
from odoo_bridge.fields import NotYet, Refused, plain_number
from odoo_bridge.models import BranchJournal, Connection, Link


class Scope:
    """One run over one connection. Answers of Odoo that hardly ever change are asked for once in a run."""

    def __init__(self, connection: Connection, client: Client) -> None:
        self.connection, self.client = connection, client
        self.phone_region: str = settings.PHONENUMBER_DEFAULT_REGION
        self._ids: dict[str, dict[UUID, int]] = defaultdict(dict)
        self._lookups: dict[str, dict[Any, int]] = {}

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
        """Sales taxes by (percentage as plain number, included in the price); the oldest of equal ones."""
        domain = [["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"]]
        rows = self.client.search_read("account.tax", domain, ["amount", "price_include"], order="id desc")
        return {(plain_number(Decimal(str(row["amount"]))), bool(row["price_include"])): row["id"] for row in rows}

    def _find_account_journal(self) -> dict[Any, int]:
        """A branch's sales journal by ("branch", code); the first journal of a type by ("type", "cash")."""
        journals = BranchJournal.objects.filter(connection=self.connection).select_related("branch")
        found: dict[Any, int] = {("branch", one.branch.code): one.journal_id for one in journals}
        domain = [["type", "in", ["bank", "cash"]]]
        for row in self.client.search_read("account.journal", domain, ["type"], order="sequence desc, id desc"):
            found["type", row["type"]] = row["id"]
        return found

    @staticmethod
    def _missing(model: str, key: Any) -> str:
        if model == "account.tax":
            included = "included in the price" if key[1] else "on top of the price"
            return f"Odoo has no sales tax of {key[0]} % {included}. Add it in Odoo, then try again."
        if model == "account.journal" and key[0] == "branch":
            return f"No sales journal in Odoo is chosen for branch {key[1]}. Choose one on the connection page."
        if model == "account.journal":
            return f"Odoo has no {key[1]} journal. Add one in Odoo, then try again."
        if model == "res.currency":
            return f"The currency {key} is not active in Odoo. Activate it there, then try again."
        return f"Odoo does not know {key}."
