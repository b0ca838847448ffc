"""After a restore or a move: a person says what happened, and both sides are looked through."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from odoo_bridge import connecting, sync
from odoo_bridge.commands.action import Failed, OnConnection, Teller
from odoo_bridge.models import Connection


class Recover(OnConnection):
    name, help = "recover", "Say what happened to a connection that is in doubt, look both sides through, and go on."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            choices=[str(doubt) for doubt in Connection.Doubt],
            help="moved: the clinic runs here from now on; clinic, odoo: that side was restored from a backup; "
            "other: this installation takes the other one's place",
        )

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        connecting.answer_doubt(connection, options["what"])
        connection.refresh_from_db()
        with teller.progress("Looking both sides through") as tell:
            sync.recover(connection, progress=tell)
        connection.refresh_from_db()
        if connection.recovery:
            raise Failed(connection.trouble)
        teller.say(f"{connection.name}: both sides are looked through. The next push settles what differs.")
        if teller.as_json:
            teller.give({"recovered_at": connection.recovered_at})
