"""The desk's books over the API: invoices, credit notes and money, each entered by `load()` as the bridge does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from odoo_bridge.client import Client

MOVE, PAYMENT, LINE = "account.move", "account.payment", "account.move.line"
DAY = "2026-03-02"


class Desk:
    """Enters documents under external ids and numbers that nobody used before."""

    def __init__(self, odoo: Client) -> None:
        self.odoo = odoo
        # Letters only, so that Odoo finds one year and one number in a name.
        self.unique = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:8])
        self.note = "memo" if "memo" in odoo.fields_get(PAYMENT) else "ref"
        self._entered = 0
        [self.journal] = odoo.search("account.journal", [["type", "=", "sale"]], limit=1)
        [self.bank] = odoo.search("account.journal", [["type", "=", "bank"]], limit=1)

    @property
    def settles_at_posting(self) -> bool:
        """Whether Odoo settles an invoice by its credit note when that is posted (17 and later)."""
        return self.odoo.version().major > 16

    def payer(self) -> int:
        return self.odoo.create("res.partner", {"name": f"Contract {uuid4().hex[:8]}"})

    def load(self, model: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
        """Return the answer of `load()`, which takes nothing but text."""
        return self.odoo.call(model, "load", list(columns), [[str(cell) for cell in row] for row in rows])

    def document(self, kind: str, payer: int, price: str, of: int | None = None, name: str = "") -> list[Any]:
        """Return the columns and the rows that enter a document of one line without tax."""
        self._entered += 1
        key = f"contract_{self.unique}.{kind}_{self._entered}"
        letter = "R" if kind == "out_refund" else ""
        values: dict[str, Any] = {
            "id": key,
            "move_type": kind,
            "name": name or f"{self.unique}/2026/{letter}{self._entered:05}",
            "partner_id/.id": payer,
            "journal_id/.id": self.journal,
            "invoice_date": DAY,
            "invoice_date_due": DAY,
        }
        values |= {"reversed_entry_id/.id": of} if of else {}
        line = {"id": f"{key}_line", "name": "Visit", "quantity": 1, "price_unit": price, "tax_ids/.id": ""}
        values |= {f"invoice_line_ids/{name}": value for name, value in line.items()}
        return [list(values), [list(values.values())]]

    def enter(self, *document: Any) -> int:
        """Load a draft and return its id."""
        answer = self.load(MOVE, *document)
        assert answer["ids"], answer["messages"]
        return int(answer["ids"][0])

    def post(self, *moves: int) -> Any:
        return self.odoo.call(MOVE, "action_post", list(moves))

    def invoice(self, payer: int, price: str) -> int:
        move = self.enter(*self.document("out_invoice", payer, price))
        self.post(move)
        return move

    def credit(self, payer: int, price: str, of: int | None = None) -> int:
        """Return a posted credit note, which says which invoice it reverses if `of` does."""
        move = self.enter(*self.document("out_refund", payer, price, of))
        self.post(move)
        return move

    def credit_against(self, invoice: int, payer: int, price: str) -> int:
        """Return a posted credit note that is settled with the invoice, whoever of the two does it."""
        refund = self.credit(payer, price, of=invoice)
        if not self.settles_at_posting:
            self.assign(invoice, self.due_line(refund))
        return refund

    def money(self, payer: int, amount: str, way: str = "inbound") -> int:
        """Return a posted payment that is for nothing yet."""
        payment = self.enter_money(self.slip(payer, amount, way))
        self.odoo.call(PAYMENT, "action_post", [payment])
        return payment

    def slip(self, payer: int, amount: str, way: str = "inbound") -> dict[str, Any]:
        """Return what enters a payment."""
        self._entered += 1
        return {
            "id": f"contract_{self.unique}.payment_{self._entered}",
            "payment_type": way,
            "partner_type": "customer",
            "partner_id/.id": payer,
            "amount": amount,
            "date": DAY,
            "journal_id/.id": self.bank,
            self.note: f"{self.unique} {self._entered}",
        }

    def enter_money(self, slip: dict[str, Any]) -> int:
        answer = self.load(PAYMENT, list(slip), [list(slip.values())])
        assert answer["ids"], answer["messages"]
        return int(answer["ids"][0])

    def due_line(self, move: int) -> int:
        """Return the line of a document that says what the payer owes, or is owed."""
        [line] = self.odoo.search(LINE, [["move_id", "=", move], ["display_type", "=", "payment_term"]])
        return line

    def money_line(self, payment: int) -> int:
        """Return the line of a payment that changes what the payer owes."""
        domain = [["payment_id", "=", payment], ["account_id.account_type", "=", "asset_receivable"]]
        [line] = self.odoo.search(LINE, domain)
        return line

    def assign(self, move: int, line: int) -> Any:
        return self.odoo.call(MOVE, "js_assign_outstanding_line", [move], line)

    def stands(self, move: int) -> tuple[str, float]:
        """Return the payment state of a document, and what is open of it."""
        [row] = self.odoo.read(MOVE, [move], ["payment_state", "amount_residual"])
        return row["payment_state"], row["amount_residual"]

    def shown(self, move: int, widget: str = "invoice_payments_widget") -> list[dict[str, Any]]:
        """Return what a widget of the document has to show."""
        [row] = self.odoo.read(MOVE, [move], [widget])
        return list(row[widget]["content"]) if row[widget] else []
