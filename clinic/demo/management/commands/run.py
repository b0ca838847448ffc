"""`manage.py run`: everything the clinic consists of, on this machine, with one command."""

from __future__ import annotations

import logging
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections
from rich.console import Console

from clinic.demo.bridge import connect
from clinic.demo.running.follow import Follower
from clinic.demo.running.lock import AlreadyRunning, only_run
from clinic.demo.running.logs import Logs
from clinic.demo.running.plan import SANDBOX_PORT, WEB_PORT, Plan, make_plan
from clinic.demo.running.redis import NoRedis
from clinic.demo.running.supervisor import Supervisor
from clinic.demo.seeding import PATIENTS, is_demo


class Command(BaseCommand):
    help = "Migrate, seed the demo clinic, and start Redis, the Odoo sandbox, the web server, the worker and beat."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", WEB_PORT)))
        parser.add_argument("--sandbox-port", type=int, default=int(os.environ.get("SANDBOX_PORT", SANDBOX_PORT)))
        parser.add_argument("--patients", type=int, default=PATIENTS, help="How many the demo clinic has.")
        parser.add_argument("--demo", action="store_true", help="Seed the demo clinic even with a real Odoo.")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(highlight=False)
        # The programs log to their files; the console is for a person.
        logging.getLogger().setLevel(logging.WARNING)
        try:
            with only_run(settings.VAR_DIR / "run.lock"):
                plan = make_plan(options["port"], options["sandbox_port"])
                for remark in plan.remarks:
                    console.print(f"[yellow]{remark}[/]")
                patients = options["patients"] if options["demo"] or not settings.ODOO_URL else 0
                self._prepare(plan, console, patients)
                self._run(plan, console)
        except (AlreadyRunning, NoRedis) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            console.print("Stopped.")

    def _prepare(self, plan: Plan, console: Console, patients: int) -> None:
        console.print("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)
        if patients:
            call_command("seed", patients=patients, even_with_a_real_odoo=True, without_odoo=True)
        settings.ODOO_SANDBOX_URL = plan.sandbox_url or settings.ODOO_SANDBOX_URL
        if trouble := connect():
            console.print(f"[yellow]The connection to Odoo was not set up: {trouble}[/]")

    def _run(self, plan: Plan, console: Console) -> None:
        logs = Logs(settings.VAR_DIR / "log", console)
        follower = Follower(plan, console, demo=is_demo())
        # The programs must not inherit an open connection to the database.
        connections.close_all()
        supervisor = Supervisor(plan.programs(), logs, [follower])
        console.print("Starting " + ", ".join(program.name for program in plan.programs()) + " ...")
        supervisor.loop()
        logs.close()
        if not supervisor.was_asked_to_stop:
            name, code = supervisor.first_to_end
            raise CommandError(f"The {name} ended by itself (exit code {code}). Its log is {logs.path(name)}.")
        console.print("Stopped. The data is kept: the next start is quick.")
