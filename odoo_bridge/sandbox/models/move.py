"""Journal entries: invoices, credit notes, and the entries of payments."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from odoo_bridge.sandbox.errors import UserError, ValidationError
from odoo_bridge.sandbox.models import reconcile, widgets
from odoo_bridge.sandbox.models.companies import company_of
from odoo_bridge.sandbox.models.numbering import Number, Numbering
from odoo_bridge.sandbox.models.partner import sanitised
from odoo_bridge.sandbox.models.totals import INVOICES, holding
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.model import BaseModel

# What 19 refuses to change once a move is posted.
PROTECTED = (
    "invoice_line_ids",
    "line_ids",
    "partner_id",
    "invoice_date",
    "date",
    "journal_id",
    "currency_id",
)
# Copied from a move to its lines.
SHARED = {
    "partner_id": "partner_id",
    "date": "date",
    "ref": "ref",
    "journal_id": "journal_id",
    "state": "parent_state",
}


class AccountMove(BaseModel):
    name = "account.move"

    @property
    def payment_column(self) -> str:
        """19 renamed the link from an entry to its payment."""
        return "payment_id" if "payment_id" in self.fields else "origin_payment_id"

    # -- creating and changing

    def _create(self, vals_list: Sequence[Vals]) -> list[int]:
        with holding(self.env) as stale:
            ids = super()._create(vals_list)
            stale.update(ids)
        return ids

    def _write(self, ids: list[int], vals: Vals) -> None:
        with holding(self.env) as stale:
            super()._write(ids, vals)
            stale.update(ids)

    def _before_create(self, vals: Vals) -> Vals:
        kind = vals.get("move_type") or "entry"
        vals["move_type"] = kind
        vals["journal_id"] = vals.get("journal_id") or self._default_journal(kind)
        vals["company_id"] = company_of(self.env, vals["journal_id"])
        vals["currency_id"] = vals.get("currency_id") or self._currency(vals["journal_id"])
        vals["date"] = vals.get("invoice_date") or vals.get("date") or self.env.today
        vals["posted_before"] = False
        if kind in INVOICES:
            # Observed: without terms or due date an invoice is due today, whatever its own date.
            vals["invoice_date_due"] = vals.get("invoice_date_due") or self.env.today
            vals["invoice_user_id"] = vals.get("invoice_user_id", self.env.uid)
            vals["payment_state"] = "not_paid"
        return self._derived(vals)

    def _default_journal(self, kind: str) -> int:
        wanted = "sale" if kind.startswith("out_") else "purchase" if kind.startswith("in_") else "general"
        own = [["type", "=", wanted], ["company_id", "=", self.env.company_id]]
        found = self.env["account.journal"]._search(own, limit=1)
        if not found:
            raise UserError(
                f"No journal could be found in company {self._company_name()} for any of those types: {wanted}"
            )
        return int(found[0])

    def _company_name(self) -> str:
        return str(self.env.value("SELECT name FROM res_company WHERE id = ?", (self.env.company_id,)))

    def _currency(self, journal: Any) -> int:
        return int(
            self.env.value("SELECT currency_id FROM account_journal WHERE id = ?", (journal,))
            or self.env.value("SELECT currency_id FROM res_company WHERE id = ?", (company_of(self.env, journal),))
        )

    def _derived(self, vals: Vals) -> Vals:
        if "narration" in vals:
            vals["narration"] = sanitised(vals["narration"], "<p>{text}</p>")
        if "partner_id" in vals:
            partner = vals["partner_id"] or 0
            vals["commercial_partner_id"] = vals["partner_id"]
            names = self.env["res.partner"]._display([partner])
            vals["invoice_partner_display_name"] = names.get(partner, False)
        if vals.get("name") == "/":
            vals["name"] = False
        return vals

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        Numbering(self).settle(ids)

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        self._refuse_protected(ids, vals)
        if vals.get("invoice_date"):
            vals.setdefault("date", vals["invoice_date"])
        return self._derived(vals)

    def _refuse_protected(self, ids: list[int], vals: Vals) -> None:
        if not self.profile.protects_posted or "posted" not in self._column_of(ids, "state").values():
            return
        forbidden = [name for name in vals if name in PROTECTED]
        if forbidden:
            raise UserError(self._text("protected", fields=", ".join(forbidden)))

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        if vals.keys() & {"name", "date", "journal_id"}:
            Numbering(self).settle(ids)
        shared = {SHARED[name]: value for name, value in vals.items() if name in SHARED}
        if shared:
            self._share(ids, {column: value or None for column, value in shared.items()})

    def _share(self, ids: list[int], columns: Vals) -> None:
        lines = self.env.column(f"SELECT id FROM account_move_line WHERE move_id {IN_IDS}", (marks(ids),))
        if lines:
            self.env["account.move.line"]._update(lines, columns)

    def _check(self, ids: list[int], changed: set[str]) -> None:
        for each in ids:
            journal, name, state = self._stored(each, "journal_id", "name", "state")
            if state == "posted":
                self._check_number(each, journal, name)

    def _check_number(self, move_id: int, journal: int, name: str) -> None:
        taken = self.env.value(
            "SELECT 1 FROM account_move WHERE journal_id = ? AND name = ? AND state = 'posted' AND id <> ?",
            (journal, name, move_id),
        )
        if taken:
            raise ValidationError(self._text("name_taken"))

    # -- posting and its undoing

    @public
    def action_post(self, ids: Any) -> bool:
        """Posts drafts, all or none; answers ``False`` (observed)."""
        self._allow("write")
        self._post(self._ids(ids))
        return False

    @public
    def button_draft(self, ids: Any) -> None:
        """Back to draft; payments come loose (except on 19, where the state lies; observed)."""
        self._allow("write")
        found = self._ids(ids)
        self._require(found)
        for state in self._column_of(found, "state").values():
            if state == "draft" and not self.profile.drafts_can_be_drafted:
                raise UserError(self._text("draft_twice"))
        self._set_state(found, "draft", keep=self.profile.draft_keeps_reconciliation)

    @public
    def button_cancel(self, ids: Any) -> None:
        self._allow("write")
        found = self._ids(ids)
        self._require(found)
        self._set_state(found, "cancel")

    def _set_state(self, ids: list[int], state: str, keep: bool = False) -> None:
        touched = reconcile.family(self.env, self._line_ids(ids))
        with holding(self.env) as stale:
            if not keep:
                reconcile.release(self.env, self._line_ids(ids))
            self._update(ids, {"state": state})
            self._share(ids, {"parent_state": state})
            stale.update(ids)
        self.env["account.payment"]._follow([*ids, *touched])

    def _line_ids(self, ids: Iterable[int]) -> list[int]:
        return self.env.column(f"SELECT id FROM account_move_line WHERE move_id {IN_IDS}", (marks(ids),))

    def _post(self, ids: list[int]) -> None:
        self._require(ids)
        for each in ids:
            self._check_postable(each)
        reversals = self._reversals(ids) if self.profile.refund_reconciles else []
        with holding(self.env) as stale:
            for each in ids:
                self._post_one(each)
            stale.update(ids)
        self._check(ids, {"name"})
        self.env["account.payment"]._follow(ids)
        for refund, original in reversals:
            reconcile.match(self.env, reconcile.open_lines(self.env, [refund, original]))

    def _check_postable(self, move_id: int) -> None:
        state, name, kind, partner, currency, total = self._stored(
            move_id, "state", "name", "move_type", "partner_id", "currency_id", "amount_total"
        )
        if state != "draft":
            raise UserError(self._text("post_twice", name=name, id=move_id))
        if not self.env.value(
            "SELECT 1 FROM account_move_line WHERE move_id = ? AND display_type NOT IN ('line_section', 'line_note')",
            (move_id,),
        ):
            raise UserError(self._text("post_empty"))
        if kind in INVOICES and not partner:
            raise UserError(self._text("post_without_partner"))
        if kind in INVOICES and total < 0:
            raise UserError(
                "You cannot validate an invoice with a negative total amount. "
                "You should create a credit note instead. "
                "Use the action menu to transform it into a credit note or refund."
            )
        if not self.env.value("SELECT active FROM res_currency WHERE id = ?", (currency,)):
            (code,) = self.env["res.currency"]._stored(currency, "name")
            raise UserError(f"You cannot validate a document with an inactive currency: {code}")
        if kind in INVOICES:
            self._check_open(move_id)

    def _check_open(self, move_id: int) -> None:
        """Refuse what lies in a closed period (observed on 17)."""
        company, day = self._stored(move_id, "company_id", "invoice_date")
        fields = self.env["res.company"].fields
        locks = ("period_lock_date", "fiscalyear_lock_date", "sale_lock_date", "hard_lock_date")
        names = [name for name in locks if name in fields]
        locked = max((until or "" for until in self.env["res.company"]._stored(company, *names)), default="")
        if locked and (day or "") <= locked:
            raise UserError(self._text("locked", day=date.fromisoformat(locked).strftime("%m/%d/%Y")))

    def _post_one(self, move_id: int) -> None:
        kind, invoice_date, partner, reference = self._stored(
            move_id, "move_type", "invoice_date", "partner_id", "payment_reference"
        )
        columns: Vals = {"state": "posted", "posted_before": 1}
        if kind in INVOICES and not invoice_date:
            columns.update(invoice_date=self.env.today, date=self.env.today)
        self._update([move_id], columns)
        Numbering(self).settle([move_id])
        name, date = self._stored(move_id, "name", "date")
        self._share([move_id], {"parent_state": "posted", "date": date, "move_name": name})
        if kind in ("out_invoice", "out_refund"):
            # A credit note has no reference to pay it by, unless somebody gives it one (observed on 17).
            if not reference and kind == "out_invoice":
                self._update([move_id], {"payment_reference": name})
                reference = name
            self._name_due_line(move_id, reference or "")
            # Odoo counts a customer's documents without touching the contact's write_date.
            self.env.execute(
                "UPDATE res_partner SET customer_rank = COALESCE(customer_rank, 0) + 1 WHERE id = ?",
                (partner,),
            )

    def _name_due_line(self, move_id: int, reference: str) -> None:
        self.env.execute(
            "UPDATE account_move_line SET name = ? WHERE move_id = ? AND display_type = 'payment_term'",
            (reference, move_id),
        )

    def _reversals(self, ids: Iterable[int]) -> list[tuple[int, int]]:
        """Which posted invoice each credit note settles at its posting (17 and later).

        Odoo names each invoice once and then goes through both lists at the same pace: behind a second credit note of
        one invoice, posted by the same call, each meets the invoice of the next, and the last meets none (observed).
        """
        reversed_by = {each: invoice for each in ids if (invoice := self._stored(each, "reversed_entry_id")[0])}
        states = self._column_of(reversed_by.values(), "state")
        refunds = [each for each, invoice in reversed_by.items() if states[invoice] == "posted"]
        return list(zip(refunds, dict.fromkeys(reversed_by[each] for each in refunds), strict=False))

    # -- deleting

    def _unlink(self, ids: list[int]) -> None:
        orders = self.env["sale.order"]._of_invoices(ids)
        super()._unlink(ids)
        self.env["sale.order"]._refresh(orders)

    def _before_unlink(self, ids: list[int]) -> None:
        for each in ids:
            state, name, posted_before = self._stored(each, "state", "name", "posted_before")
            if state == "posted":
                raise UserError(self._text("unlink_posted"))
            if posted_before and name and name != "/" and not self._ends_sequence(each, name):
                raise UserError(
                    "You cannot delete this entry, as it has already consumed a sequence number and is not "
                    "the last one in the chain. You should probably revert it instead."
                )

    def _ends_sequence(self, move_id: int, name: str) -> bool:
        last = Numbering(self).last(move_id)
        mine = Number.of(name)
        return last is None or last.prefix != mine.prefix or int(last.number or 0) < int(mine.number or 0)

    # -- payments on an invoice

    @public
    def js_assign_outstanding_line(self, ids: Any, line_id: int) -> None:
        """Reconciles an open line with this invoice or credit note; answers nothing.

        Repeating it is a ``UserError`` on 16 and 17 and does nothing on 19, once the line is settled. Nothing happens
        where there is nothing open on this side, or where both sides owe (observed on 17).
        """
        move = self._one(ids)
        self._require([move])
        self.env["account.move.line"]._require([int(line_id)])
        (account, closed) = self.env["account.move.line"]._stored(int(line_id), "account_id", "reconciled")
        if closed and self.profile.repeats_are_ignored:
            return
        lines = [
            each for each in reconcile.open_lines(self.env, [move]) if reconcile.account_of(self.env, each) == account
        ]
        reconcile.match(self.env, [int(line_id), *lines])

    @public
    def js_remove_outstanding_partial(self, ids: Any, partial_id: int) -> bool:
        """Undoes one reconciliation of this invoice."""
        self._one(ids)
        self.env["account.partial.reconcile"]._require([int(partial_id)])
        self.env["account.partial.reconcile"]._unlink([int(partial_id)])
        return True

    # -- computed

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """``INV/2026/00001 (ref)``, ``Draft Invoice`` without a number."""
        names, refs = self._column_of(ids, "name"), self._column_of(ids, "ref")
        states, kinds = self._column_of(ids, "state"), self._column_of(ids, "move_type")
        return {each: widgets.display(names[each], refs[each], states[each], kinds[each]) for each in names}

    def _compute_invoice_payments_widget(self, ids: list[int]) -> dict[int, Any]:
        return {each: widgets.payments(self.env, each) for each in ids}

    def _compute_invoice_outstanding_credits_debits_widget(self, ids: list[int]) -> dict[int, Any]:
        return {each: widgets.outstanding(self.env, each) for each in ids}

    def _compute_invoice_has_outstanding(self, ids: list[int]) -> dict[int, bool]:
        return {each: bool(widgets.outstanding(self.env, each)) for each in ids}

    def _compute_has_reconciled_entries(self, ids: list[int]) -> dict[int, bool]:
        return {each: bool(reconcile.partials(self.env, self._line_ids([each]))) for each in ids}

    def _compute_status_in_payment(self, ids: list[int]) -> dict[int, str]:
        states, paid = self._column_of(ids, "state"), self._column_of(ids, "payment_state")
        return {each: paid[each] if _tells(states[each], paid[each]) else states[each] for each in ids}


def _tells(state: str, paid: str | None) -> bool:
    """A posted invoice is called after its payments as soon as there are any."""
    return state == "posted" and paid not in (None, "not_paid")
