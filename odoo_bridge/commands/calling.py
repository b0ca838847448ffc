"""Odoo by hand: one call, a model's fields, a Python prompt."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from odoo_bridge import channel, console
from odoo_bridge.client.retries import READS
from odoo_bridge.commands.action import Failed, OnConnection, Teller
from odoo_bridge.models import Connection


class Call(OnConnection):
    name, help = "call", "Call a method of a model, and print what it answers as JSON."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model")
        parser.add_argument("method")
        parser.add_argument("words", nargs="*", metavar="argument", help="JSON, or text; name=JSON for one by name")
        parser.add_argument("--yes", action="store_true", help="do not ask before a method that may change something")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        model, method = options["model"], options["method"]
        if method not in READS and not options["yes"] and not self._agrees(f"{model}.{method} may change Odoo."):
            raise Failed("Nothing was sent.")
        positional, named = console.arguments(options["words"])
        with channel.client_for(connection) as client:
            teller.give(client.call(model, method, *positional, **named))

    def _agrees(self, what: str) -> bool:
        if not sys.stdin.isatty():
            raise Failed(f"{what} Say --yes to send it.")
        return input(f"{what} Send it? [y/N] ").strip().lower() in ("y", "yes")


class Fields(OnConnection):
    name, help = "fields", "Show the fields of a model."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model")
        parser.add_argument("names", nargs="*", metavar="name")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        model, names = options["model"], options["names"]
        with channel.client_for(connection) as client:
            known = client.fields_get(model)
            if unknown := [name for name in names if name not in known]:
                raise Failed(f"{model} has no {', '.join(unknown)} in this Odoo.")
            if teller.as_json:
                teller.give({name: known[name] for name in names or sorted(known)})
            else:
                console.show_fields(client, model, names, teller.paper)


class Shell(OnConnection):
    name, help = "shell", "A Python prompt with the client as `odoo`; reads a script from a pipe."

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        with channel.client_for(connection) as client:
            console.prompt(client, sys.stdin)
