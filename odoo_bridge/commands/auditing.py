"""Both sides laid side by side."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from odoo_bridge.audit import audit, repair
from odoo_bridge.commands.action import Exit, OnConnection, Teller
from odoo_bridge.comparing import Drift
from odoo_bridge.models import Connection


class Audit(OnConnection):
    name, help = "audit", "Compare every record with Odoo's, and tell where they are apart."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="let the next push look at what was found")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit:
        with teller.progress("Comparing") as tell:
            found = audit(connection, tell)
        if teller.as_json:
            teller.give([asdict(drift) | {"says": drift.says} for drift in found])
        for drift in found:
            teller.say(f"{drift.mapping} {drift.uid}  {drift.says} {_both(drift)}".rstrip())
        teller.say(f"{len(found)} records are apart." if found else "Both sides are alike.")
        if options["repair"]:
            teller.note(f"{repair(connection, found)} records will be looked at by the next push.")
            return Exit.FINE
        return Exit.NEEDS_SOMEBODY if found else Exit.FINE


def _both(drift: Drift) -> str:
    """Return what both sides say, in a line."""
    if drift.twins:
        return "In Odoo " + ", ".join(f"#{one}" for one in (drift.odoo_id, *drift.twins)) + "."
    return " ".join(f"{name}: {pair['ours']} here, {pair['theirs']} in Odoo." for name, pair in drift.fields.items())
