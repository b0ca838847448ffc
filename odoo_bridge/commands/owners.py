"""Who decides each field of a connection."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from odoo_bridge import owning
from odoo_bridge.commands.action import Failed, OnConnection, Teller
from odoo_bridge.models import Connection
from odoo_bridge.owning import Owned

DEFAULT = "default"


class Owners(OnConnection):
    name = "owners"
    help = "List who decides each field, or choose it: owners partner.email newest."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("field", nargs="?", help="the field as the list names it")
        parser.add_argument("owner", nargs="?", help="clinic, odoo, newest, ask; or default, as it was at first")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        try:
            if options["owner"]:
                self._choose(teller, connection, options["field"], options["owner"])
            elif options["field"]:
                self._list(teller, [owning.find(connection, options["field"])])
            else:
                self._list(teller, [one for found in owning.every(connection).values() for one in found])
        except owning.NotChoosable as refusal:
            raise Failed(str(refusal)) from None

    def _choose(self, teller: Teller, connection: Connection, key: str, owner: str) -> None:
        wanted = str(owning.find(connection, key).default) if owner == DEFAULT else owner
        changes = owning.choose(connection, {key: wanted})
        if teller.as_json:
            teller.give([_change(one) for one in changes])
        for one in changes:
            teller.say(f"{one.mapping}.{one.field}: {one.before} -> {one.after}")
        if not changes:
            teller.say(f"{key} is {wanted} already.")

    def _list(self, teller: Teller, found: list[Owned]) -> None:
        if teller.as_json:
            teller.give([_document(one) for one in found])
        for one in found:
            may = f"one of {', '.join(one.choices)}" if not one.why else one.why
            teller.say(f"{one.key:28} {one.owner:7} {one.label}. {may}")


def _document(one: Owned) -> dict[str, Any]:
    return {
        "fields": [f"{one.mapping}.{name}" for name in one.names],
        "label": one.label,
        "owner": str(one.owner),
        "default": str(one.default),
        "choices": [] if one.why else [str(choice) for choice in one.choices],
        "why": one.why,
    }


def _change(one: Any) -> dict[str, Any]:
    return {"field": f"{one.mapping}.{one.field}", "from": one.before, "to": str(one.after)}
