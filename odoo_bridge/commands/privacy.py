"""What leaves the clinic about somebody: shown before it does, listed after it did, forgotten on demand."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from odoo_bridge import channel, privacy
from odoo_bridge.commands.action import Action, Failed, OnConnection, Teller
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.models import Connection
from odoo_bridge.registry import registry
from odoo_bridge.scope import Scope


class Preview(OnConnection):
    name, help = "preview", "Print the exact call that would create a record in Odoo, and send nothing."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mapping", choices=sorted(registry()))
        parser.add_argument("uid", type=UUID)

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        with channel.client_for(connection) as client:
            try:
                call = privacy.exact_bytes(Scope(connection, client), options["mapping"], options["uid"])
            except KeyError:
                raise Failed("There is no such record here.") from None
            except (NotYet, Refused) as reason:
                raise Failed(str(reason)) from None
        teller.out.write(call.decode() + "\n")


class Disclosures(Action):
    name, help = "disclosures", "List what left the clinic about a patient: when, to which Odoo, which fields."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("patient", type=UUID, help="the patient's uid")

    def run(self, teller: Teller, options: dict[str, Any]) -> None:
        found = privacy.disclosures(options["patient"])
        if teller.as_json:
            teller.give(
                [
                    {"at": one.entry.at, "to": one.entry.connection.name, "record": one.entry.mapping}
                    | {"uid": one.entry.uid, "odoo_id": one.entry.odoo_id, "fields": one.entry.fields}
                    | {"values": None if one.is_erased else {name: pair[1] for name, pair in one.change.items()}}
                    for one in found
                ]
            )
        for one in found:
            entry = one.entry
            teller.say(f"{entry.at:%Y-%m-%d %H:%M} {entry.connection}  {entry.mapping}: {', '.join(entry.fields)}")
        teller.say(f"{len(found)} times something left the clinic." if found else "Nothing left the clinic.")


class Forget(Action):
    name, help = "forget", "Make the values about a patient in the sync's timelines unreadable, for ever."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("patient", type=UUID, help="the patient's uid")
        parser.add_argument("--yes", action="store_true", help="it cannot be undone: say so")

    def run(self, teller: Teller, options: dict[str, Any]) -> None:
        if not options["yes"]:
            raise Failed("This cannot be undone. Say --yes.")
        count = privacy.forget(options["patient"])
        teller.say(f"The values of {count} records can no longer be read.")
        if teller.as_json:
            teller.give({"forgotten": count})
