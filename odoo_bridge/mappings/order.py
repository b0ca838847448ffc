"""Treatment plans as quotations: proposed, accepted or declined on either side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from clinic.totals import round_money
from clinic.treatments import actions
from odoo_bridge.disclosure import described, plan_name, taxes
from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.fields import Char, Lookup, Lookups, Number, Ref, Refused, Stage
from odoo_bridge.mapping import SILENT, Mapping
from odoo_bridge.merge import Owner, Values
from odoo_bridge.parts import Lines, read_lines
from odoo_bridge.said import _, pgettext, said_by

QUOTATION, ORDER, CANCELLED = "draft", "sale", "cancel"


def no_company(branch: Any) -> str:
    return _(
        "No company in Odoo is known for branch %(branch)s. Choose a journal for it on the connection page.",
        branch=branch,
    )


OPEN = frozenset({"draft", "sent"})
"""Odoo's words for a quotation."""
AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total")

STEPS: dict[tuple[str | None, str | None], tuple[str, ...]] = {
    (QUOTATION, ORDER): ("action_confirm",),
    (CANCELLED, ORDER): ("action_draft", "action_confirm"),
    (QUOTATION, CANCELLED): ("action_cancel",),
    (ORDER, CANCELLED): ("action_cancel",),
    (CANCELLED, QUOTATION): ("action_draft",),
    (ORDER, QUOTATION): ("action_cancel", "action_draft"),
}
"""The methods that lead from where an order stands to where the plan does."""


def company(plan: Any, scope: Any) -> int:
    """Return the company that has the books of the plan's branch. Raises Refused where it is not known."""
    found: int | None = scope.company_of(plan.branch_id)
    if found is None:
        raise Refused(no_company(plan.branch.code))
    return found


def item_taxes(item: Any, scope: Any) -> list[tuple[int | None, str, bool]]:
    return taxes(item, item.phase.plan.branch_id, scope)


class Order(Mapping):
    """Created with its lines once the patient is asked; then only its stage goes on, by methods, never by a write."""

    key, odoo, local = "order", "sale.order", "treatments.TreatmentPlan"
    optional = True
    batch = 50
    # Odoo 16 and 17 answer a cancellation with a question, and change nothing, unless told not to ask (observed).
    context = {**SILENT, "disable_cancel_warning": True}
    branch = "branch"
    dated = "proposed_at__date"
    consequences = {
        "create": _("Plans become quotations, and orders once they are accepted. Odoo mails none of them to patients."),
    }
    identity = ("partner_id", "client_order_ref", "amount_total")
    fixed = {
        "*": _("A plan that was proposed does not change any more, so its order is sent once."),
        "state": _("Accepting and declining have consequences on both sides. Contradicting steps wait for you."),
        **dict.fromkeys(AMOUNTS, _("Both sides compute it, and a difference waits for you.")),
    }
    one, called = _("treatment plan"), _("treatment plans")
    labels = {
        "company_id": _("company"),
        "client_order_ref": _("name of the plan"),
        "order_line": _("lines"),
        "currency_id": _("currency"),
        "amount_untaxed": _("total before tax"),
        "amount_tax": _("tax"),
        "amount_total": _("total"),
        "partner_id": _("payer"),
        "state": _("status"),
    }
    person = "patient__uid"
    leads_to = {
        ORDER: pgettext("order", "Confirmed"),
        CANCELLED: pgettext("order", "Cancelled"),
        QUOTATION: _("Set back to a quotation"),
    }
    related = ("branch", "patient", "payer", "practitioner")
    prefetched = ("phases__items__procedure",)
    observed = (*AMOUNTS, "currency_id")

    # An order has no journal that says whose it is.
    company_id = Lookup("res.company", company, once=True)
    partner_id = Ref("partner", "payer", once=True)
    client_order_ref = Char(plan_name, once=True)
    state = Stage(
        "status",
        first=QUOTATION,
        ours={"proposed": QUOTATION, "accepted": ORDER, "done": ORDER, "declined": CANCELLED, "draft": QUOTATION},
        theirs={"sent": QUOTATION, "done": ORDER},
        owner=Owner.ASK,
    )
    order_line = Lines(
        "item",
        "items",
        {
            "product_id": Lookup("product.product", lambda item, scope: scope.connection.product),
            "name": Char(described),
            "product_uom_qty": Number("quantity"),
            "price_unit": Number("fee"),
            "discount": Number("discount"),
            # Odoo 19 renamed it.
            "tax_id": Lookups("account.tax", item_taxes, optional=True),
            "tax_ids": Lookups("account.tax", item_taxes, optional=True),
        },
        model="sale.order.line",
        # What it says goes by the connection's disclosure, and taxes show in the totals.
        kept=("product_uom_qty", "price_unit", "discount"),
    )

    def __init__(self, scope: Any) -> None:
        super().__init__(scope)
        if len(scope.connection.companies) < 2:
            del self.present["company_id"]

    @classmethod
    def belongs(cls) -> Any:
        return cls.model().objects.sent()

    def is_wanted(self, record: Any) -> bool:
        """A plan that was declined before Odoo had heard of it has no business there."""
        return record.status not in {"draft", "declined"}

    def is_history(self, record: Any) -> bool:
        cutoff = self.scope.connection.history_from
        return cutoff is not None and timezone.localtime(record.proposed_at).date() < cutoff

    def is_finished(self, record: Any) -> bool:
        return False

    def finish(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        return self.observe([(plan, answer) for plan, _, answer in found])

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        return {plan.uid: reason for plan, answer in found if (reason := self._difference(plan, answer))}

    def _difference(self, plan: Any, answer: Values) -> str | None:
        lines = self.theirs(answer).get("order_line")
        if answer["state"] == CANCELLED or (lines is not None and lines != self.ours(plan)["order_line"]):
            return None  # Lines that differ are told as such.
        currency = self.scope.code_of("res.currency", answer["currency_id"][0])
        if currency != plan.currency:
            return _(
                "Odoo makes this order out in %(theirs)s, the plan is in %(ours)s.", theirs=currency, ours=plan.currency
            )
        amounts = self.amounts(plan, answer)
        if all(pair["ours"] == pair["theirs"] for pair in amounts.values()):
            return None
        ours, theirs = (amounts["amount_total"][side] for side in ("ours", "theirs"))
        return _(
            "Odoo computes %(theirs)s %(currency)s for this order, the plan says %(ours)s. Put it right in Odoo.",
            theirs=theirs,
            currency=currency,
            ours=ours,
        )

    def amounts(self, record: Any, answer: Values) -> dict[str, dict[str, str]]:
        ours = record.amounts
        return {
            name: {
                "ours": str(round_money(amount, record.currency)),
                "theirs": str(round_money(Decimal(str(answer[name])), record.currency)),
            }
            for name, amount in zip(AMOUNTS, (ours.untaxed, ours.tax, ours.total), strict=True)
        }

    def theirs(self, answer: Values) -> Values:
        """The lines are kept alike as long as the order is a quotation: later, Odoo adds and changes some by itself."""
        shown = super().theirs(answer)
        if answer["state"] not in OPEN or not isinstance(shown["order_line"], dict):
            del shown["order_line"]
        return shown

    def put_lines_right(self, record: Any, odoo_id: int, edits: dict[str, Values | None]) -> str:
        """Each step may be repeated without harm: an answer that is lost is asked for again."""
        client, lines = self.scope.client, self.order_line
        [order] = client.read(self.odoo, [odoo_id], ["state", "order_line"])
        if order["state"] not in OPEN:
            return _("The order is no quotation any more. Put its lines right in Odoo.")
        ids = {key: one for one, (key, _) in read_lines(self.scope, lines, order["order_line"]).items()}
        try:
            if surplus := [ids[key] for key, edit in edits.items() if edit is None and key in ids]:
                client.unlink(lines.model, surplus)
            for key, line in lines.kept_of(record, self.scope).items():
                if edits.get(key) and key in ids:
                    # All of them: of a quantity that is written alone, Odoo makes a price of its own (observed on 17).
                    values = {name: lines.fields[name].to_write(value) for name, value in line.items()}
                    client.write(lines.model, [ids[key]], values, context=self.context)
            missing = {key for key, edit in edits.items() if edit and key not in ids}
            rows = [[odoo_id, *lines.cells(part)] for part in lines.ours(record, self.scope) if part["id"] in missing]
            if rows:
                columns = ["order_id/.id", *(name.partition("/")[2] for name in lines.columns(self.scope))]
                client.load(lines.model, columns, rows, context=self.context).raise_if_refused()
        except (Rejected, Missing, Refused) as error:
            return _("Odoo does not take the lines: %(why)s", why=said_by(error))
        return ""

    def lead(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        reasons: dict[UUID, str] = {}
        for plan, odoo_id, answer in found:
            stands, wanted = self.theirs(answer)["state"], self.ours(plan)["state"]
            try:
                for method in STEPS.get((stands, wanted), ()):
                    self.scope.client.call(self.odoo, method, [odoo_id], context=self.context)
            except (Rejected, Missing) as error:
                reasons[plan.uid] = _("Odoo does not take this step: %(why)s", why=error.message)
        return reasons

    def take_over(self, found: list[tuple[Any, Values]]) -> None:
        """What people do with a quotation in Odoo: the customer confirms it, or it is cancelled."""
        for record, values in found:
            self._follow(record, values["state"])
            record.refresh_from_db()

    def _follow(self, plan: Any, state: Any) -> None:
        try:
            if state == ORDER:
                actions.accept(plan, "Confirmed in Odoo")
            elif state == CANCELLED:
                actions.decline(plan, "Cancelled in Odoo")
            else:
                raise Refused(
                    _("The order was set back to a quotation in Odoo. Confirm it there again, or decline it.")
                )
        except actions.PlanError as error:
            raise Refused(_("The order was changed in Odoo. %(why)s", why=_(str(error)))) from error
