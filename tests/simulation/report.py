"""What a run has met: which fault at which call, and how often everything happened. Nothing may stay at zero."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.wire import FAULTS

CALLS = (
    "common.version",
    "common.authenticate",
    "ir.model.data.check_object_reference",
    "res.partner.fields_get",
    "res.partner.load",
    "res.partner.read",
    "res.partner.write",
    "res.partner.search_read",
    "res.partner.search",
    "calendar.event.fields_get",
    "calendar.event.load",
    "calendar.event.read",
    "calendar.event.write",
    "calendar.event.search_read",
    "calendar.event.search",
    "account.move.fields_get",
    "account.move.load",
    "account.move.action_post",
    "account.move.read",
    "account.move.search_read",
    "account.move.search",
    "account.move.js_assign_outstanding_line",
    "account.move.line.fields_get",
    "account.move.line.search_read",
    "account.payment.fields_get",
    "account.payment.load",
    "account.payment.action_post",
    "account.payment.read",
    "account.payment.get_metadata",
    "account.payment.search_read",
    "account.payment.search",
    "account.account.fields_get",
    "account.journal.fields_get",
    "account.journal.search_read",
    "account.journal.read",
    "account.tax.fields_get",
    "account.tax.search_read",
    "res.currency.fields_get",
    "res.currency.search_read",
    "stock.quant.check_access_rights",
    "stock.quant.fields_get",
    "stock.quant.search_read",
    "stock.quant.search",
    "stock.location.fields_get",
    "sale.order.check_access_rights",
    "sale.order.fields_get",
    "sale.order.load",
    "sale.order.read",
    "sale.order.action_confirm",
    "sale.order.search_read",
    "sale.order.search",
    "calendar.attendee.check_access_rights",
    "calendar.attendee.fields_get",
    "calendar.attendee.search_read",
    "calendar.attendee.search",
    "ir.attachment.fields_get",
    "ir.attachment.read",
    "ir.attachment.write",
    "ir.attachment.search_read",
)
"""The calls of the sync, and of its guard. Every fault has to meet each of them over a run of `running.ENOUGH` seeds;
no pair is impossible. Not among them: what makes the guard's own record, the first time only."""
EVENTS = (
    "kills",
    "standstills",
    "late commits",
    "lost doorbells",
    "broker emptied",
    "deliveries twice",
    "desk.delete",
    "desk.delete_visit",
    "office.delete",
    "office.delete_event",
    "office.merge",
    "office.settle_by_hand",
    "office.confirm_order",
    "office.cancel_order",
    "office.reprice_order",
    "office.recount",
    "clock skews",
    "conflicts decided",
    "tried again",
    "sent as new",
    "left in Odoo",
    "clinic restored",
    "odoo restored",
    "races that are told as possible",
)


@dataclass
class Report:
    seeds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    matrix: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, counts: Counter[str], matrix: Counter[tuple[str, str]]) -> None:
        self.seeds += 1
        self.counts.update(counts)
        self.matrix.update(matrix)

    def never_met(self) -> list[str]:
        """Return the pairs of fault and call, and the events, that did not occur."""
        pairs = [f"{fault} at {call}" for call in CALLS for fault in FAULTS if not self.matrix[fault, call]]
        return pairs + [event for event in EVENTS if not self.counts[event]]

    def table(self) -> str:
        """Return a line for each call, with how often each fault met it."""
        calls = sorted({call for _, call in self.matrix} | set(CALLS))
        width = max(map(len, calls))
        heads = [fault.replace("_", " ") for fault in FAULTS]
        lines = [f"{n:2d}  {head}" for n, head in enumerate(heads)]
        lines.append(" " * width + "".join(f"{n:6d}" for n in range(len(FAULTS))))
        lines += [f"{call:{width}}" + "".join(f"{self.matrix[fault, call]:6d}" for fault in FAULTS) for call in calls]
        lines += [f"{count:8d}  {what}" for what, count in sorted(self.counts.items())]
        return "\n".join(lines)
