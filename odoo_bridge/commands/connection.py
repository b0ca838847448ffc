"""Setting a connection up, looking whether it works, letting it go and stopping it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from odoo_bridge import connecting, doctor
from odoo_bridge.commands.action import Action, Exit, OnConnection, Teller
from odoo_bridge.models import Connection


class Connect(Action):
    name, help = "connect", "Make or update the connection that the environment describes."

    def run(self, teller: Teller, options: dict[str, Any]) -> None:
        connection = connecting.connect()
        teller.say(f"{connection.name} at {connection.url}: {connection.get_state_display().lower()}.")


class Doctor(OnConnection):
    name, help = "doctor", "Look whether the connection works, and what to do if not."

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit:
        findings = doctor.examine(connection)
        if teller.as_json:
            teller.give([asdict(finding) for finding in findings])
        for finding in findings:
            mark = "!!" if not finding.ok else "->" if finding.fix else "ok"
            teller.say(f"{mark}  {finding.says} {finding.fix}".rstrip())
        return Exit.FINE if all(finding.ok for finding in findings) else Exit.NEEDS_SOMEBODY


class Go(OnConnection):
    name, help = "go", "Let the connection send and fetch."

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        teller.say(f"{connection.name}: {connecting.go(connection)} records wait to be sent.")


class Pause(OnConnection):
    name, help = "pause", "Stop sending and fetching; changes gather meanwhile."

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        connecting.pause(connection)
        teller.say(f"{connection.name} is paused. Changes gather until you say go.")
