"""Setting a connection up, looking whether it works, letting it go and stopping it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from getpass import getpass
from typing import Any

from django.db import transaction

from clinic.practice.models import Branch
from odoo_bridge import connecting, doctor, plan
from odoo_bridge.commands.action import Action, Exit, Failed, OnConnection, Teller
from odoo_bridge.models import Connection
from odoo_bridge.placing import branches_of


class Connect(Action):
    name = "connect"
    help = "Make or update the connection that the environment describes, or with --name a further one."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", help="what the further connection is called")
        for name in ("url", "database", "username"):
            parser.add_argument(f"--{name}")
        parser.add_argument("--transport", choices=Connection.Transport.values, default=Connection.Transport.AUTO)
        parser.add_argument("--branch", action="append", metavar="CODE", help="a branch whose books are there; repeat")
        parser.add_argument(
            "--key-variable", metavar="VARIABLE", help="where the API key is; else it is read from stdin"
        )

    def run(self, teller: Teller, options: dict[str, Any]) -> None:
        connection = _further(options) if options["name"] else connecting.connect()
        teller.say(f"{connection.name} at {connection.url}: {connection.get_state_display().lower()}.")


def _further(options: dict[str, Any]) -> Connection:
    """Make the connection of that name, or change what is given of it."""
    existing = Connection.objects.filter(name=options["name"]).first()
    where = {name: options[name] for name in ("url", "database", "username") if options[name]}
    codes = options["branch"] or []
    branches = list(Branch.objects.filter(code__in=codes))
    if unknown := set(codes) - {branch.code for branch in branches}:
        raise Failed(f"There is no branch {', '.join(sorted(unknown))}.")
    if existing is None:
        if missing := {"url", "database", "username"} - where.keys():
            raise Failed(f"A new connection needs --{', --'.join(sorted(missing))}.")
        return connecting.add(options["name"], branches, **where, api_key=_key(options), transport=options["transport"])
    url, database = where.get("url", existing.url), where.get("database", existing.database)
    connecting.refuse_double(url, database, but=existing.pk)
    with transaction.atomic():
        connecting.relocate(existing, where | {"api_key": _key(options), "transport": options["transport"]})
        if codes:
            connecting.assign(existing, branches)
    return existing


def _key(options: dict[str, Any]) -> str:
    """Return the API key: never from the command line, which other people on the machine can read."""
    if variable := options["key_variable"]:
        key = os.environ.get(variable, "")
    elif sys.stdin.isatty():
        key = getpass("API key: ")
    else:
        key = sys.stdin.readline()
    if not key.strip():
        raise Failed("No API key was given: write it to stdin, or name a variable with --key-variable.")
    return key.strip()


class Connections(Action):
    name, help = "connections", "List the connections, with their branches."

    def run(self, teller: Teller, options: dict[str, Any]) -> None:
        rows = [_described(one) for one in Connection.objects.order_by("is_sandbox", "-is_default", "pk")]
        if teller.as_json:
            teller.give(rows)
        for row in rows:
            branches = ", ".join(row["branches"]) or "no branch"
            teller.say(f"{row['name']}: {row['state']}, {row['database']} at {row['url']}, {branches}")


def _described(connection: Connection) -> dict[str, Any]:
    branches = branches_of(connection) if connection in Connection.objects.in_use() else []
    values = {
        name: getattr(connection, name) for name in ("name", "state", "url", "database", "username", "is_default")
    }
    return values | {"branches": [branch.code for branch in branches], "companies": connection.companies}


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

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do not ask, though nobody has looked what would happen")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        if (unlooked := plan.unlooked(connection)) and not options["yes"]:
            raise Failed(" ".join([*unlooked, "Say manage.py odoo adopt and odoo plan first, or odoo go --yes."]))
        teller.say(f"{connection.name}: {connecting.go(connection)} records wait to be sent.")


class Pause(OnConnection):
    name, help = "pause", "Stop sending and fetching; changes gather meanwhile."

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        connecting.pause(connection)
        teller.say(f"{connection.name} is paused. Changes gather until you say go.")
