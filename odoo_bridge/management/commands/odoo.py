"""`manage.py odoo`: what people and scripts do with the bridge from a shell."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from odoo_bridge import audit, connecting, console, deciding, doctor, status, sync
from odoo_bridge.client.retries import READS
from odoo_bridge.errors import OdooError
from odoo_bridge.models import Connection, Link
from odoo_bridge.sandbox.main import main as sandbox


class Command(BaseCommand):
    help = "Connect to Odoo, check the connection, push, pull, call Odoo by hand, and run the sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("connect", help="Make or update the connection that the environment describes.")
        actions.add_parser("go", help="Let the connection send and fetch.")
        doctor_ = actions.add_parser("doctor", help="Look whether the connection works, and what to do if not.")
        doctor_.add_argument("--json", action="store_true")
        status_ = actions.add_parser("status", help="How many records are in Odoo, waiting, or need a person.")
        status_.add_argument("--json", action="store_true")
        audit_ = actions.add_parser("audit", help="Compare every record with Odoo's, and tell where they are apart.")
        audit_.add_argument("--repair", action="store_true", help="let the next push look at what was found")
        audit_.add_argument("--json", action="store_true")
        actions.add_parser("requeue", help="Try again what waits for a person because Odoo refused it.")
        for name, what in {"push": "Send what is due.", "pull": "Fetch what changed.", "sync": "Both."}.items():
            actions.add_parser(name, help=what)
        self._add_console(actions)
        box = actions.add_parser("sandbox", help="Run the Odoo sandbox.", add_help=False)
        box.add_argument("rest", nargs="*")

    def _add_console(self, actions: Any) -> None:
        call = actions.add_parser("call", help="Call a method of a model, and print what it answers as JSON.")
        call.add_argument("model")
        call.add_argument("method")
        call.add_argument("words", nargs="*", metavar="argument", help="JSON, or text; name=JSON for one by name")
        call.add_argument("--yes", action="store_true", help="do not ask before a method that may change something")
        fields = actions.add_parser("fields", help="Show the fields of a model.")
        fields.add_argument("model")
        fields.add_argument("names", nargs="*", metavar="name")
        fields.add_argument("--json", action="store_true")
        actions.add_parser("shell", help="A Python prompt with the client as `odoo`; reads a script from a pipe.")

    def run_from_argv(self, argv: list[str]) -> None:
        # The sandbox has options of its own, and needs neither settings nor a database.
        if argv[2:3] == ["sandbox"]:
            sandbox(argv[3:])
            return
        super().run_from_argv(argv)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"do_{action}")(**options)
        except OdooError as error:
            raise CommandError(f"{type(error).__name__}: {error.message}") from None

    def do_connect(self, **options: Any) -> None:
        connection = connecting.connect()
        self.stdout.write(f"{connection.name} at {connection.url}: {connection.get_state_display().lower()}.")

    def do_go(self, **options: Any) -> None:
        connection = _connection()
        self.stdout.write(f"{connection.name}: {connecting.go(connection)} records wait to be sent.")

    def do_doctor(self, **options: Any) -> None:
        findings = doctor.examine(_connection())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                mark = "!!" if not finding.ok else "->" if finding.fix else "ok"
                self.stdout.write(f"{mark}  {finding.says} {finding.fix}".rstrip())
        if not all(finding.ok for finding in findings):
            sys.exit(1)

    def do_call(self, *, model: str, method: str, words: list[str], yes: bool, **options: Any) -> None:
        if method not in READS and not yes and not self._agrees(f"{model}.{method} may change Odoo."):
            raise CommandError("Nothing was sent.")
        positional, named = console.arguments(words)
        with sync.client_for(_connection()) as client:
            answer = client.call(model, method, *positional, **named)
        self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False, default=str))

    def _agrees(self, what: str) -> bool:
        if not sys.stdin.isatty():
            raise CommandError(f"{what} Say --yes to send it.")
        return input(f"{what} Send it? [y/N] ").strip().lower() in ("y", "yes")

    def do_fields(self, *, model: str, names: list[str], **options: Any) -> None:
        with sync.client_for(_connection()) as client:
            known = client.fields_get(model)
            if unknown := [name for name in names if name not in known]:
                raise CommandError(f"{model} has no {', '.join(unknown)} in this Odoo.")
            if options["json"]:
                shown = {name: known[name] for name in names or sorted(known)}
                self.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False))
            else:
                # A label is shown as it is: "[red]" in one is no colour, and ":tooth:" no picture.
                out = Console(
                    file=cast(IO[str], self.stdout), soft_wrap=True, markup=False, emoji=False, highlight=False
                )
                console.show_fields(client, model, names, out)

    def do_shell(self, **options: Any) -> None:
        with sync.client_for(_connection()) as client:
            console.prompt(client, sys.stdin)

    def do_status(self, **options: Any) -> None:
        counts = status.counts()
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write("{in_odoo} in Odoo, {waiting} waiting, {needs_you} need a person.".format(**counts))

    def do_audit(self, *, repair: bool, **options: Any) -> None:
        connection = _connection()
        found = audit.audit(connection, self._tell_progress)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(drift) for drift in found], indent=2, default=str))
        else:
            for drift in found:
                both = (
                    f"{name}: {pair['ours']} here, {pair['theirs']} in Odoo." for name, pair in drift.fields.items()
                )
                self.stdout.write(" ".join([f"{drift.mapping} {drift.uid}  {drift.says}", *both]))
            self.stdout.write(f"{len(found)} records are apart." if found else "Both sides are alike.")
        if repair:
            self.stderr.write(f"{audit.repair(connection, found)} records will be looked at by the next push.")
        elif found:
            sys.exit(1)

    def _tell_progress(self, mapping: str, done: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{mapping}: {done}", ending="\n" if not done else "")

    def do_requeue(self, **options: Any) -> None:
        links = Link.objects.filter(connection=_connection(), needs_person=True, conflicts={}, gone=False)
        for link in links:
            deciding.try_again(link)
        self.stdout.write(f"{len(links)} records will be tried again.")

    def do_push(self, **options: Any) -> None:
        self._speak(push=True)

    def do_pull(self, **options: Any) -> None:
        self._speak(pull=True)

    def do_sync(self, **options: Any) -> None:
        self._speak(push=True, pull=True)

    def _speak(self, *, push: bool = False, pull: bool = False) -> None:
        connection = _connection()
        if connection.state != Connection.State.ACTIVE:
            raise CommandError(f"{connection.name} is paused. Check it, then say go: manage.py odoo doctor, odoo go.")
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
