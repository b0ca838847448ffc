"""What `load()` answers.

A refused batch is an ordinary answer of Odoo, with nothing written: it must be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.errors import Busy, Garbled, Rejected
from odoo_bridge.said import _
from odoo_bridge.transports.faults import is_conflict


@dataclass(frozen=True, slots=True)
class RowMessage:
    """One complaint of `load()`.

    `rows_from`, `rows_to`, `record`: 0-based row numbers of the batch, both ends included, as Odoo names
    them. On Odoo 19 a batched constraint blames every row of the batch, so a blamed row is a suspect
    (observed). `field`: Odoo's field name, None for a constraint. `retryable`: a conflict of transactions,
    to be repeated as it is; `load()` does not repeat those by itself (observed on Odoo 16, 17 and 19).
    `warning`: not a reason to refuse.
    """

    rows_from: int
    rows_to: int
    record: int
    field: str | None
    message: str
    retryable: bool
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """`ids`: database ids in the order of the records, or None when Odoo refused the batch and wrote
    nothing."""

    ids: list[int] | None
    messages: list[RowMessage] = field(default_factory=list)
    model: str = ""

    def __bool__(self) -> bool:
        """Whether the rows were written; a dataclass would be true whatever happened."""
        return not self.refused

    @property
    def refused(self) -> bool:
        """Whether nothing was written."""
        return self.ids is None

    @property
    def retryable(self) -> bool:
        """Whether the batch was refused because of a conflict, and may succeed when it is sent again
        unchanged."""
        return self.refused and any(message.retryable for message in self.messages)

    @property
    def suspects(self) -> list[int]:
        """Row numbers that were blamed, ascending; a hint for where to split a refused batch."""
        blamed = (m for m in self.messages if not m.warning and not m.retryable)
        return sorted({row for m in blamed for row in range(m.rows_from, m.rows_to + 1)})

    def raise_if_refused(self) -> list[int]:
        """The ids.

        Raises Busy when the batch met a conflict, Rejected with the first reason when it was refused.
        """
        if self.ids is not None:
            return self.ids
        if self.retryable:
            raise Busy(_("Odoo is working on the same records for somebody else."), model=self.model, method="load")
        reason = next((m for m in self.messages if not m.warning), None)
        raise Rejected(
            reason.message if reason else _("Odoo refused the rows without a reason."),
            field=reason.field if reason else None,
            model=self.model,
            method="load",
        )


def loaded_from(answer: Any, model: str, rows: int) -> Loaded:
    """Read Odoo's answer to so many rows.

    Raises Garbled when it is none, or names no record or more records than rows: then nobody knows whether the rows
    were written.
    """
    try:
        ids = answer["ids"]
        messages = [_message(message, rows) for message in answer["messages"]]
        if ids is False:
            return Loaded(None, messages, model)
        if min(rows, 1) <= len(ids) <= rows and all(type(identifier) is int for identifier in ids):
            return Loaded(list(ids), messages, model)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        pass
    raise Garbled(_("The answer to load() cannot be read."), model=model, method="load")


def _message(message: dict[str, Any], count: int) -> RowMessage:
    text = str(message["message"]).strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1]  # Odoo 16 and 17 quote the messages of constraints (observed)
    record = int(message.get("record", 0))
    rows = message.get("rows") or {}
    return RowMessage(
        rows_from=max(int(rows.get("from", record)), 0),
        rows_to=min(int(rows.get("to", record)), count - 1),
        record=record,
        field=message.get("field") or None,
        message=text,
        retryable=is_conflict(text),
        warning=message.get("type") == "warning",
    )
