"""Sending and fetching by hand, and how far the sync is."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from odoo_bridge import deciding, status, sync
from odoo_bridge.commands.action import Action, Exit, Failed, OnConnection, Teller, chosen_connection
from odoo_bridge.models import Connection, Link

LONG = 3600.0
"""Seconds that a push by hand may take."""

SAYS = "{in_odoo} in Odoo, {waiting} waiting, {needs_you} need a person."


class Status(Action):
    name, help = "status", "How many records are in Odoo, waiting, or need a person; over all connections, or one."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", metavar="NAME", help="only this one")

    def run(self, teller: Teller, options: dict[str, Any]) -> Exit:
        only = options["connection"]
        connections = [chosen_connection(only)] if only else list(Connection.objects.in_use())
        counts = status.counts(connections or [chosen_connection()])
        each = {one.connection.name: one.counts for one in status.standings() if one.connection in connections}
        if teller.as_json:
            teller.give(counts | ({"connections": each} if len(each) > 1 else {}))
        for name, own in each.items() if len(each) > 1 else ():
            teller.say(f"{name}: {SAYS.format(**own)}")
        teller.say(SAYS.format(**counts))
        return Exit.NEEDS_SOMEBODY if counts["needs_you"] else Exit.FINE


class Requeue(OnConnection):
    name, help = "requeue", "Try again what waits for a person because Odoo refused it."

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        links = Link.objects.filter(connection=connection, needs_person=True, conflicts={}, gone=False)
        for link in links:
            deciding.try_again(link)
        if teller.as_json:
            teller.give({"requeued": len(links)})
        teller.say(f"{len(links)} records will be tried again.")


class _Moving(OnConnection):
    pushes = pulls = False

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit:
        if connection.state != Connection.State.ACTIVE:
            raise Failed(f"{connection.name} is paused. Check it, then say go: manage.py odoo doctor, odoo go.")
        moved = {}
        if self.pushes:
            with teller.progress("Sending") as tell:
                moved["sent"] = sync.push(connection, seconds=LONG, progress=tell)
            teller.say(f"{moved['sent']} records sent.")
        if self.pulls:
            with teller.progress("Fetching") as tell:
                moved["looked_at"] = sync.pull(connection, progress=tell)
            teller.say(f"{moved['looked_at']} records looked at.")
        connection.refresh_from_db()
        if connection.trouble:
            raise Failed(connection.trouble)
        counts = status.counts([connection])
        if teller.as_json:
            teller.give(moved | counts)
        return Exit.NEEDS_SOMEBODY if counts["needs_you"] else Exit.FINE


class Push(_Moving):
    name, help, pushes = "push", "Send what is due.", True


class Pull(_Moving):
    name, help, pulls = "pull", "Fetch what changed.", True


class Sync(_Moving):
    name, help, pushes, pulls = "sync", "Both.", True, True
