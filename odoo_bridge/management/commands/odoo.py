"""`manage.py odoo`: what people and scripts do with the bridge from a shell. Each word is an `odoo_bridge.commands`."""

from __future__ import annotations

import sys
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser

from odoo_bridge.commands import actions
from odoo_bridge.commands.action import Failed, Teller
from odoo_bridge.connecting import NotSo
from odoo_bridge.errors import OdooError
from odoo_bridge.sandbox.main import main as sandbox


class Command(BaseCommand):
    help = (
        "Connect to Odoo, check the connection, push, pull, call Odoo by hand, and run the sandbox. "
        "Ends with 0 if all is well, 1 if something needs a person, 2 if it could not be done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        words = parser.add_subparsers(dest="action", required=True)
        for name, action in actions().items():
            own = words.add_parser(name, help=action.help)
            own.add_argument("--json", action="store_true", help="answer with JSON, for scripts")
            action.prepare(own)
        words.add_parser("sandbox", help="Run the Odoo sandbox.", add_help=False)

    def run_from_argv(self, argv: list[str]) -> None:
        # The sandbox has options of its own, and needs neither settings nor a database.
        if argv[2:3] == ["sandbox"]:
            sandbox(argv[3:])
            return
        super().run_from_argv(argv)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        teller = Teller(cast(IO[str], self.stdout), cast(IO[str], self.stderr), as_json=options["json"])
        try:
            code = actions()[action].run(teller, options)
        except OdooError as error:
            raise Failed(f"{type(error).__name__}: {error.message}") from None
        except NotSo as error:
            raise Failed(str(error)) from None
        if code:
            sys.exit(code)
