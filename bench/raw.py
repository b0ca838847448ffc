"""The best raw batched loop: the same records in the same batches, without a promise.

It creates by `load`, posts, assigns, and never looks at what became of it. Its rows are ready before the clock starts,
under external ids and invoice numbers of its own.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.client import Client
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import Connection
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope


@dataclass
class Raw:
    """`seconds`: what each mapping took so far. `shift`: how far its invoice numbers are from the clinic's."""

    connection: Connection
    client: Client
    namespace: str
    shift: int
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def push(self, uids: dict[str, list[Any]]) -> None:
        """Put the records of each mapping into Odoo."""
        connection = copy(self.connection)
        connection.namespace = self.namespace
        scope = Scope(connection, self.client)
        scope.client.version()
        for key in uids:
            one = registry()[key](scope)
            batches = [self._rows(one, part) for part in _parts(uids[key], one.batch)]
            work = {"move": self._invoices, "payment": self._payments}.get(key, self._load)
            start = time.perf_counter()
            done = [work(one, rows, records) for records, rows in batches]
            self.seconds[key] += time.perf_counter() - start
            for (records, _), ids in zip(batches, done, strict=True):
                for record, odoo_id in zip(records, ids, strict=True):
                    scope.learn(key, record.uid, odoo_id)

    def _rows(self, mapping: Mapping, uids: list[Any]) -> tuple[list[Any], list[list[Any]]]:
        records = list(mapping.fetch(uids).values())
        rows = []
        for record in records:
            if mapping.key == "move":
                record.number = self._other_number(record.number)
            # A payment of the clinic's waits until its invoice is seen to be posted.
            ours = Mapping.ours(mapping, record, new=True)
            rows += mapping.rows(mapping.scope.xmlid(mapping.key, record.uid), record, ours)
        return records, rows

    def _other_number(self, number: str) -> str:
        begin, _, last = number.rpartition("/")
        return f"{begin}/{int(last) + self.shift:06d}"

    def _load(self, mapping: Mapping, rows: list[list[Any]], records: list[Any]) -> list[int]:
        loaded = self.client.load(mapping.odoo, mapping.columns, rows, context=mapping.context)
        return loaded.raise_if_refused()

    def _invoices(self, mapping: Mapping, rows: list[list[Any]], records: list[Any]) -> list[int]:
        ids = self._load(mapping, rows, records)
        self.client.call(mapping.odoo, "action_post", ids, context=mapping.context)
        return ids

    def _payments(self, mapping: Mapping, rows: list[list[Any]], records: list[Any]) -> list[int]:
        ids = self._invoices(mapping, rows, records)
        domain = [["payment_id", "in", ids], ["account_id.account_type", "=", "asset_receivable"]]
        lines = self.client.search_read("account.move.line", domain, ["payment_id"])
        line_of = {line["payment_id"][0]: line["id"] for line in lines}
        for record, payment_id in zip(records, ids, strict=True):
            for allocation in record.allocations.all():
                invoice_id = mapping.scope.odoo_id("move", allocation.invoice)
                self.client.call("account.move", "js_assign_outstanding_line", [invoice_id], line_of[payment_id])
        return ids


def _parts(uids: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(uids[start : start + size]) for start in range(0, len(uids), size)]
