"""The PDF of an invoice, attached to it in Odoo."""

from __future__ import annotations

from hashlib import sha1
from typing import Any
from uuid import UUID

from clinic.invoices import pdf
from odoo_bridge.fields import Char, Const, File, RefId, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.models import Connection
from odoo_bridge.said import _


def itself(document: Any, scope: Any) -> Any:
    return document


def content(document: Any, scope: Any) -> bytes:
    """Return the file. Raises Refused where a connection's disclosure is not full."""
    if scope.connection.disclosure != Connection.Disclosure.FULL:
        raise Refused(_("The file stays in the clinic: it says what was done, and is sent with full disclosure only."))
    return pdf.of_invoice(document)


class Attachment(Mapping):
    """Sent once, and only where the connection's disclosure is full: a PDF says what was done.

    The same invoice always gives the same bytes, so what is found again is known by its checksum.
    """

    key, odoo, local = "attachment", "ir.attachment", "invoices.InvoiceDocument"
    batch = 20
    watched = {"invoices.invoice": "uid"}
    branch, follows = "branch", ("move", "uid")
    person = "patient__uid"
    consequences = {
        "create": _("The files say what was done, and whoever may read an invoice in Odoo may read its file."),
    }
    identity = ("res_id", "checksum")
    fixed = {"*": _("The file of an issued invoice is a document, and does not change.")}
    one, called = _("file of an invoice"), _("files of invoices")
    labels = {
        "mimetype": _("kind of file"),
        "res_model": _("kind of record"),
        "res_id": _("invoice"),
        "datas": _("content"),
        "checksum": _("checksum"),
        "name": _("file name"),
    }
    related = ("branch", "patient", "payer", "standing")
    prefetched = ("lines",)
    pulled = [["res_model", "=", "account.move"], ["mimetype", "=", "application/pdf"]]
    observed = ("checksum",)

    name = Char("file_name", once=True)
    mimetype = Const("application/pdf")
    res_model = Const("account.move")
    res_id = RefId("move", itself, once=True)
    datas = File(content)

    @classmethod
    def refers_to(cls) -> set[str]:
        return {"move"}

    @classmethod
    def belongs(cls) -> Any:
        return cls.model().objects.issued()

    @classmethod
    def sent_over(cls, connection: Any) -> Any:
        """The file of an invoice that stays here has nothing to be attached to in Odoo."""
        records = cls.belongs()
        if connection.history_from:
            records = records.exclude(issued_on__lt=connection.history_from, standing=None)
        return records

    def is_history(self, record: Any) -> bool:
        cutoff = self.scope.connection.history_from
        return cutoff is not None and record.issued_on < cutoff and not hasattr(record, "standing")

    def is_wanted(self, record: Any) -> bool:
        return bool(record.is_issued and self.scope.connection.disclosure == Connection.Disclosure.FULL)

    def is_finished(self, record: Any) -> bool:
        return False

    def finish(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        return self.observe([(document, answer) for document, _, answer in found])

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        return {
            document.uid: _(
                "The file %(file_name)s in Odoo is not the one that belongs to this invoice. Delete it there, "
                "then send it again.",
                file_name=document.file_name,
            )
            for document, answer in found
            if answer["checksum"] != sha1(pdf.of_invoice(document), usedforsecurity=False).hexdigest()
        }
