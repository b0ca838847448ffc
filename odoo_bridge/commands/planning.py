"""What a sync would do, and doing exactly that."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from odoo_bridge import plan as plans
from odoo_bridge.commands.action import Exit, Failed, OnConnection, Teller
from odoo_bridge.models import Connection
from odoo_bridge.pieces import Taken
from odoo_bridge.proposed import Kind, PlanItem, SyncPlan
from odoo_bridge.registry import registry

ASKS = frozenset({Kind.CONFLICT, Kind.WAITS, Kind.REFUSED})
"""What a sync does not do by itself."""


class Plan(OnConnection):
    name, help = "plan", "Tell what a sync would do, field by field; nothing is touched."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=50, help="records to show; the counts are of all (50)")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit:
        with teller.progress("Looking") as tell:
            made = plans.plan(connection, progress=tell)
        items = list(made.items.order_by("pk")[: max(0, options["limit"])])
        if teller.as_json:
            teller.give(summary(made) | {"items": [_item(item) for item in items]})
        for line in _lines(made):
            teller.say(line)
        for item in items:
            teller.say(_said(item))
        if made.counts_something:
            teller.say(f"manage.py odoo apply {made.pk} does exactly this, until {made.expires_at:%d %B %H:%M} UTC.")
        asks = any(ASKS.intersection(kinds) for kinds in made.counts.values())
        return Exit.NEEDS_SOMEBODY if asks else Exit.FINE


class Apply(OnConnection):
    name, help = "apply", "Do what a plan says, and nothing that has changed since."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("plan", type=int, help="the number that `plan` gave")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit:
        made = SyncPlan.objects.filter(pk=options["plan"], connection=connection).first()
        if made is None:
            raise Failed(f"{connection.name} has no plan {options['plan']}.")
        try:
            with teller.progress("Applying") as tell:
                plans.apply(connection, made, progress=tell)
        except (plans.Expired, Taken) as error:
            raise Failed(str(error)) from None
        outcome = plans.outcomes(made)
        if teller.as_json:
            left = made.items.exclude(state=PlanItem.State.DONE).order_by("pk")
            teller.give({"plan": made.pk, "outcome": outcome, "items": [_item(item) for item in left]})
        for state, count in outcome.items():
            teller.say(f"{count:6}  {PlanItem.State(state).label}")
        for item in made.items.filter(state__in=[PlanItem.State.CHANGED, PlanItem.State.NEEDS_YOU]).order_by("pk"):
            teller.say(
                f"{item.mapping} {item.uid}  {item.get_state_display()}. {plans.values_of(item)['reason']}".rstrip()
            )
        return Exit.FINE if outcome.keys() <= {PlanItem.State.DONE} else Exit.NEEDS_SOMEBODY


def summary(made: SyncPlan) -> dict[str, Any]:
    """Return a plan as a JSON document, without its items."""
    return {
        "plan": made.pk,
        "expires_at": made.expires_at,
        "counts": made.counts,
        "money": made.money,
        "consequences": plans.consequences(made),
    }


def _item(item: PlanItem) -> dict[str, Any]:
    document = {"mapping": item.mapping, "uid": item.uid, "odoo_id": item.odoo_id, "state": item.state}
    return document | {"kinds": [str(kind) for kind in item.each_kind]} | plans.values_of(item)


def _lines(made: SyncPlan) -> list[str]:
    lines = [
        f"{count:6}  {registry()[key].one}: {Kind(kind).label.lower()}"
        + "".join(f", {amount} {currency}" for currency, amount in made.money.get(key, {}).get(kind, {}).items())
        for key, kinds in made.counts.items()
        for kind, count in kinds.items()
    ]
    return [*(lines or ["Nothing is to be done: both sides are alike."]), *plans.consequences(made)]


def _said(item: PlanItem) -> str:
    values, mapping = plans.values_of(item), registry()[item.mapping]
    what = ", ".join(kind.label.lower() for kind in item.each_kind)
    lines = [f"{item.mapping} {item.uid}  {what}. {values['reason']}".rstrip()]
    for name, pair in values["fields"].items():
        here, there = pair.get("ours") or "empty", pair.get("theirs")
        arrow = {"there": "->", "here": "<-", "stays": "<>"}[pair["goes"]]
        label = mapping.say(name)
        lines.append(f"    {label} ({name}): {here}" + ("" if there is None else f" {arrow} {there or 'empty'}"))
    return "\n".join(lines)
