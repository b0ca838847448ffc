"""`manage.py odoo`: what people and scripts do with the bridge from a shell."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from odoo_bridge import connecting, doctor, status, sync
from odoo_bridge.models import Connection
from odoo_bridge.sandbox.main import main as sandbox


class Command(BaseCommand):
    help = "Connect to Odoo, check the connection, push, pull, and run the sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("connect", help="Make or update the connection that the environment describes.")
        actions.add_parser("go", help="Let the connection send and fetch.")
        check = actions.add_parser("check", help="Look whether the connection works, and what to do if not.")
        check.add_argument("--json", action="store_true")
        status_ = actions.add_parser("status", help="How many records are in Odoo, waiting, or need a person.")
        status_.add_argument("--json", action="store_true")
        for name, what in {"push": "Send what is due.", "pull": "Fetch what changed.", "sync": "Both."}.items():
            actions.add_parser(name, help=what)
        box = actions.add_parser("sandbox", help="Run the Odoo sandbox.", add_help=False)
        box.add_argument("rest", nargs="*")

    def run_from_argv(self, argv: list[str]) -> None:
        # The sandbox has options of its own, and needs neither settings nor a database.
        if argv[2:3] == ["sandbox"]:
            sandbox(argv[3:])
            return
        super().run_from_argv(argv)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        getattr(self, f"do_{action}")(**options)

    def do_connect(self, **options: Any) -> None:
        connection = connecting.connect()
        self.stdout.write(f"{connection.name} at {connection.url}: {connection.get_state_display().lower()}.")

    def do_go(self, **options: Any) -> None:
        connection = _connection()
        self.stdout.write(f"{connection.name}: {connecting.go(connection)} records wait to be sent.")

    def do_check(self, **options: Any) -> None:
        findings = doctor.examine(_connection())
        if options["json"]:
            self.stdout.write(json.dumps([vars(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{'ok ' if finding.ok else '!! '} {finding.says} {finding.fix}".rstrip())
        if not all(finding.ok for finding in findings):
            sys.exit(1)

    def do_status(self, **options: Any) -> None:
        counts = status.counts()
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write("{in_odoo} in Odoo, {waiting} waiting, {needs_you} need a person.".format(**counts))

    def do_push(self, **options: Any) -> None:
        self._speak(push=True)

    def do_pull(self, **options: Any) -> None:
        self._speak(pull=True)

    def do_sync(self, **options: Any) -> None:
        self._speak(push=True, pull=True)

    def _speak(self, *, push: bool = False, pull: bool = False) -> None:
        connection = _connection()
        if connection.state != Connection.State.ACTIVE:
            raise CommandError(f"{connection.name} is paused. Check it, then say go: manage.py odoo check, odoo go.")
        if push:
            self.stdout.write(f"{sync.push(connection, seconds=3600)} records sent.")
        if pull:
            self.stdout.write(f"{sync.pull(connection)} records looked at.")
        connection.refresh_from_db()
        if connection.trouble:
            raise CommandError(connection.trouble)


def _connection() -> Connection:
    connection = status.current_connection()
    if connection is None:
        raise CommandError("There is no connection yet: manage.py odoo connect makes one.")
    return connection
