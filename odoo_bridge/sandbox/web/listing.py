"""The lists of the web page: which model, which columns, what the search box looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odoo_bridge.sandbox.sandbox import Sandbox

PER_PAGE = 50
ADMIN = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list; ``kind`` is ``text``, ``money``, ``time`` (right-aligned figures) or ``state``."""

    name: str
    title: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of the page."""

    path: str
    title: str
    model: str
    columns: tuple[Column, ...]
    searched: tuple[str, ...]
    order: str
    domain: tuple[Any, ...] = ()

    def page(self, sandbox: Sandbox, query: str, number: int) -> dict[str, Any]:
        """One page of rows, with what the template needs to offer the others. ``number`` counts from 1."""
        domain: list[Any] = [list(leaf) for leaf in self.domain]
        if query:
            domain += ["|"] * (len(self.searched) - 1) + [[name, "ilike", query] for name in self.searched]
        context = {"active_test": False}
        total = sandbox.as_user(ADMIN, self.model, "search_count", domain, context=context)
        known = sandbox.registry.descriptions[self.model].fields
        columns = [column for column in self.columns if column.name in known]
        fields = [column.name for column in columns] + (["active"] if "active" in known else [])
        rows = sandbox.as_user(
            ADMIN,
            self.model,
            "search_read",
            domain,
            fields,
            offset=(number - 1) * PER_PAGE,
            limit=PER_PAGE,
            order=self.order,
            context=context,
        )
        pages = max(1, -(-total // PER_PAGE))
        return {
            "rows": rows,
            "total": total,
            "number": number,
            "pages": pages,
            "query": query,
            "columns": columns,
        }


LISTINGS = (
    Listing(
        "contacts",
        "Contacts",
        "res.partner",
        (
            Column("display_name", "Name"),
            Column("phone", "Phone", "time"),
            Column("email", "E-mail"),
            Column("city", "City"),
            Column("ref", "Reference"),
            Column("write_uid", "Changed by"),
            Column("write_date", "Changed (UTC)", "time"),
        ),
        ("name", "email", "phone", "ref"),
        "id desc",
    ),
    Listing(
        "events",
        "Calendar",
        "calendar.event",
        (
            Column("name", "Event"),
            Column("start", "Start (UTC)", "time"),
            Column("stop", "Stop (UTC)", "time"),
            Column("user_id", "Responsible"),
            Column("location", "Location"),
            Column("write_uid", "Changed by"),
            Column("write_date", "Changed (UTC)", "time"),
        ),
        ("name", "location", "partner_ids.name"),
        "start desc",
    ),
    Listing(
        "invoices",
        "Invoices",
        "account.move",
        (
            Column("display_name", "Number"),
            Column("partner_id", "Customer"),
            Column("invoice_date", "Date", "time"),
            Column("state", "Status", "state"),
            Column("payment_state", "Payment", "state"),
            Column("amount_total", "Total", "money"),
            Column("amount_residual", "Due", "money"),
            Column("write_uid", "Changed by"),
        ),
        ("name", "ref", "partner_id.name"),
        "id desc",
        (("move_type", "in", ["out_invoice", "out_refund"]),),
    ),
    Listing(
        "payments",
        "Payments",
        "account.payment",
        (
            Column("display_name", "Number"),
            Column("partner_id", "Customer"),
            Column("date", "Date", "time"),
            Column("journal_id", "Journal"),
            Column("state", "Status", "state"),
            Column("amount", "Amount", "money"),
            Column("ref", "Reference"),
            Column("memo", "Memo"),
            Column("write_uid", "Changed by"),
        ),
        ("name", "partner_id.name"),
        "id desc",
    ),
    Listing(
        "mails",
        "Mails",
        "mail.mail",
        (
            Column("subject", "Subject"),
            Column("email_to", "To"),
            Column("create_date", "Would be sent (UTC)", "time"),
            Column("create_uid", "Caused by"),
        ),
        ("subject", "email_to"),
        "id desc",
    ),
)
