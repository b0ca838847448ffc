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
from odoo_bridge.mapping import SILENT, Lines, Mapping
from odoo_bridge.merge import Owner, Values

QUOTATION, ORDER, CANCELLED = "draft", "sale", "cancel"
NO_COMPANY = "No company in Odoo is known for branch {}. Choose a journal for it on the connection page."
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
        raise Refused(NO_COMPANY.format(plan.branch.code))
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
        "create": "Plans become quotations, and orders once they are accepted. Odoo mails none of them to patients.",
    }
    person = "patient__uid"
    leads_to = {ORDER: "Confirmed", CANCELLED: "Cancelled", QUOTATION: "Set back to a quotation"}
    related = ("branch", "patient", "payer", "practitioner")
    prefetched = ("phases__items__procedure", "phases__items__tax")
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
        if answer["state"] == CANCELLED:
            return None
        currency = self.scope.code_of("res.currency", answer["currency_id"][0])
        if currency != plan.currency:
            return f"Odoo makes this order out in {currency}, the plan is in {plan.currency}."
        amounts = self.amounts(plan, answer)
        if all(pair["ours"] == pair["theirs"] for pair in amounts.values()):
            return None
        ours, theirs = (amounts["amount_total"][side] for side in ("ours", "theirs"))
        return f"Odoo computes {theirs} {currency} for this order, the plan says {ours}. Put it right in Odoo."

    def amounts(self, record: Any, answer: Values) -> dict[str, dict[str, str]]:
        ours = record.amounts
        return {
            name: {
                "ours": str(round_money(amount, record.currency)),
                "theirs": str(round_money(Decimal(str(answer[name])), record.currency)),
            }
            for name, amount in zip(AMOUNTS, (ours.untaxed, ours.tax, ours.total), strict=True)
        }

    def lead(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        reasons = {}
        for plan, odoo_id, answer in found:
            stands, wanted = self.theirs(answer)["state"], self.ours(plan)["state"]
            try:
                for method in STEPS.get((stands, wanted), ()):
                    self.scope.client.call(self.odoo, method, [odoo_id], context=self.context)
            except (Rejected, Missing) as error:
                reasons[plan.uid] = f"Odoo does not take this step: {error.message}"
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
                raise Refused("The order was set back to a quotation in Odoo. Confirm it there again, or decline it.")
        except actions.PlanError as error:
            raise Refused(f"The order was changed in Odoo. {error}") from error
