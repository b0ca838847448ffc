"""What the person at the console is told: where the clinic is once it answers, and how the first sync goes."""

from __future__ import annotations

import time
from collections.abc import Callable

import urllib3
from django.db import connection
from rich.box import ROUNDED
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from clinic.demo.bridge import SyncStatus, sync_status
from clinic.demo.running.plan import Plan
from clinic.demo.seeding.staff import PASSWORD, PEOPLE
from clinic.staff.models import User

START_SECONDS = 60
FOLLOW_SECONDS = 15 * 60


def answers(url: str) -> bool:
    """Tell whether a web server answers at `url`, whatever it says."""
    try:
        with urllib3.PoolManager(retries=False, timeout=2) as pool:
            return pool.request("GET", url, redirect=False).status < 500
    except urllib3.exceptions.HTTPError:
        return False


def wait_until(true: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Ask `true` until it says so, for at most `seconds`; return whether it did."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


class Follower:
    """Follows one run on the console, from the first answer to the last record in Odoo."""

    def __init__(self, plan: Plan, console: Console, demo: bool) -> None:
        self._plan, self._console, self._demo = plan, console, demo

    def __call__(self) -> None:
        for url in filter(None, (self._plan.url, self._plan.sandbox_url)):
            if not wait_until(lambda url=url: answers(url), START_SECONDS):
                self._console.print(f"[red]{url} does not answer.[/] Its log is in var/log.")
                return
        self._console.print(self._box())
        try:
            self._follow_sync()
        finally:
            connection.close()

    def _box(self) -> Panel:
        rows = Table.grid(padding=(0, 3))
        rows.add_row("The clinic", f"[bold link={self._plan.url}]{self._plan.url}[/]")
        if self._plan.sandbox_url:
            rows.add_row("Its Odoo (a sandbox)", f"[bold]{self._plan.sandbox_url}/[/]")
        if self._demo:
            rows.add_row()
            for person in PEOPLE:
                rows.add_row(
                    str(User.Role(person.role).label), f"[bold]{person.username:8}[/][dim]{person.full_name}[/]"
                )
            rows.add_row("Password of each", f"[bold]{PASSWORD}[/]")
        return Panel(rows, box=ROUNDED, padding=(1, 3), expand=False, subtitle="Ctrl-C stops everything")

    def _follow_sync(self) -> None:
        status = sync_status()
        if status is None or status.is_done:
            return
        if self._console.is_terminal:
            self._follow_with_bar()
        else:
            self._follow_with_lines()

    def _follow_with_bar(self) -> None:
        columns = (TextColumn("Odoo"), BarColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task("")
            self._follow(
                lambda status: bar.update(
                    task, description=str(status), total=status.total, completed=status.total - status.waiting
                )
            )

    def _follow_with_lines(self) -> None:
        told = [0.0]

        def tell(status: SyncStatus) -> None:
            if status.is_done or time.monotonic() - told[0] > 5:
                told[0] = time.monotonic()
                self._console.print(f"Odoo: {status}")

        self._follow(tell)

    def _follow(self, tell: Callable[[SyncStatus], None]) -> None:
        def is_done() -> bool:
            status = sync_status()
            if status:
                tell(status)
            return status is None or status.is_done

        wait_until(is_done, FOLLOW_SECONDS, every=1)
