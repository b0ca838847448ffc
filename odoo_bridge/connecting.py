"""Setting connections up: from the environment or by a person, by whose go they start, and which branches they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinic.practice.models import Branch
from clinic.supplies import actions as supplies
from odoo_bridge import canary
from odoo_bridge.intake import settle_in, take_in, want_all, want_in
from odoo_bridge.models import BranchBooks, Connection, Link
from odoo_bridge.registry import registry
from odoo_bridge.said import _
from odoo_bridge.sandbox.seed import BRIDGE_KEY

SANDBOX = {
    "name": "Odoo sandbox",
    "database": "sandbox",
    "username": "bridge",
    "api_key": BRIDGE_KEY,
}


WHERE = ("url", "database", "username", "api_key", "transport")
"""What says which Odoo it is, and who we are there: when it changes, somebody has to look again."""


class NotSo(Exception):
    """What was asked of a connection is not done; the message tells a person why."""


def connect() -> Connection:
    """Make or update the connection that the settings describe, and return it: the default one of its kind.

    With no `ODOO_URL` it is the sandbox, ready to go. A real Odoo starts paused. A change of address, database, user
    or key pauses a real connection again, until it has been checked. Those of the other kind come to rest, so that
    nothing of a sandbox's practice gets into a real Odoo.
    """
    is_sandbox = not settings.ODOO_URL
    wanted = _sandbox() if is_sandbox else _real()
    of_kind = Connection.objects.filter(is_sandbox=is_sandbox)
    connection = of_kind.filter(is_default=True).first()
    if connection is None:
        connection = Connection.objects.create(**_named(wanted), is_sandbox=is_sandbox, is_default=True)
    else:
        relocate(connection, wanted)
    others = Connection.objects.filter(is_sandbox=not is_sandbox, state=Connection.State.ACTIVE)
    others.update(state=Connection.State.PAUSED)
    _show_supplies()
    if is_sandbox:
        go(connection)
        # The first check finds the branches' journals. Odoo need not answer yet: the worker makes it.
        ask_for_check(connection)
    return connection


def _named(wanted: dict[str, str]) -> dict[str, str]:
    """The same with a name that no other connection has."""
    name, number = wanted["name"], 1
    while Connection.objects.filter(name=wanted["name"]).exists():
        number += 1
        wanted = {**wanted, "name": f"{name} {number}"}
    return wanted


def add(name: str, branches: Iterable[Branch] = (), **where: str) -> Connection:
    """Make a further connection to a real Odoo, for the given branches. It starts paused, and is checked soon.

    `where`: url, database, username, api_key, and transport. Raises NotSo for a name or an Odoo that has one.
    """
    if Connection.objects.filter(name=name).exists():
        raise NotSo(_("There is a connection called %(name)s already.", name=name))
    refuse_double(where["url"], where["database"])
    connection = Connection(name=name, check_wanted_at=timezone.now(), **where)
    with transaction.atomic():
        connection.save()
        assign(connection, branches)
    return connection


def refuse_double(url: str, database: str, but: int | None = None) -> None:
    """Raise NotSo where a connection has that database already: with two, every contact would be there twice."""
    at = url.rstrip("/")
    if found := Connection.objects.filter(url__in=[at, f"{at}/"], database=database).exclude(pk=but or 0).first():
        raise NotSo(
            _(
                "%(name)s is connected to this database. Several companies in one Odoo need one connection.",
                name=found.name,
            )
        )


def relocate(connection: Connection, where: dict[str, Any]) -> None:
    """Write down where a connection's Odoo is. If that is news, it pauses until somebody has checked it."""
    changed = [name for name in WHERE if name in where and getattr(connection, name) != where[name]]
    if not changed:
        return
    for name in changed:
        setattr(connection, name, where[name])
    if connection.state == Connection.State.ACTIVE:
        connection.state = Connection.State.PAUSED
    # What was found before was found elsewhere.
    connection.findings, connection.check_wanted_at = [], timezone.now()
    # Nothing else: a worker may have noted something meanwhile.
    connection.save(update_fields=[*changed, "state", "findings", "check_wanted_at"])


def assign(connection: Connection, branches: Iterable[Branch]) -> None:
    """Let a connection have the books of exactly these branches; what it gives up goes to the default one.

    What was sent stays where it is. What no Odoo has been told of yet goes to the new place.
    """
    branches = list(branches)
    if is_default(connection):
        _assign_default(connection, branches)
    else:
        connection.books.exclude(branch__in=branches).delete()
        for branch in branches:
            place = BranchBooks.objects.filter(branch=branch, in_sandbox=connection.is_sandbox).first()
            if place is None or place.connection_id != connection.pk:
                BranchBooks.objects.filter(branch=branch, in_sandbox=connection.is_sandbox).delete()
                BranchBooks.objects.create(connection=connection, branch=branch)
    settle_in()


def _assign_default(connection: Connection, branches: list[Branch]) -> None:
    others = BranchBooks.objects.filter(in_sandbox=connection.is_sandbox).exclude(connection=connection)
    others.filter(branch__in=branches).delete()
    taken = set(others.values_list("branch", flat=True))
    if given_up := [branch for branch in Branch.objects.all() if branch not in branches and branch.pk not in taken]:
        raise NotSo(
            _("%(branch)s has to be given to another connection: choose it on that one's page.", branch=given_up[0])
        )


def _sandbox() -> dict[str, str]:
    return {**SANDBOX, "url": settings.ODOO_SANDBOX_URL}


def _real() -> dict[str, str]:
    return {
        "name": "Odoo",
        "url": settings.ODOO_URL,
        "database": settings.ODOO_DB,
        "username": settings.ODOO_USERNAME,
        "api_key": settings.ODOO_API_KEY,
        "transport": settings.ODOO_TRANSPORT,
    }


def rename_events(connection: Connection) -> None:
    """Let the events of visits to come be looked at again: whether they name the patient was chosen otherwise."""
    event = registry()["event"]
    to_come = event.model().objects.filter(ends_at__gte=timezone.now()).values("uid")
    links = Link.objects.filter(connection=connection, mapping=event.key, odoo_id__isnull=False, uid__in=to_come)
    want_in(connection, event, links.values_list("uid", flat=True))


def is_default(connection: Connection) -> bool:
    """Tell whether a connection has the branches that are assigned to no other."""
    return bool(connection == Connection.objects.in_use().first())


def ask_for_check(connection: Connection) -> None:
    """Let the worker look whether a connection works."""
    Connection.objects.filter(pk=connection.pk).update(check_wanted_at=timezone.now())


def go(connection: Connection) -> int:
    """Let a connection send and fetch; returns how many records are new to it.

    Raises NotSo for one that is archived or in doubt, and where the other kind is in force: the sandbox and real Odoos
    never run together.
    """
    if connection.doubt:
        raise NotSo(_("%(doubt)s. Say first what happened.", doubt=connection.get_doubt_display()))
    if connection.state == Connection.State.ARCHIVED:
        raise NotSo(_("%(name)s is archived. Bring it back first.", name=connection.name))
    if not Connection.objects.of_one_kind().filter(pk=connection.pk).exists():
        raise NotSo(
            _("%(name)s is the sandbox, and a real Odoo is in force.", name=connection.name)
            if connection.is_sandbox
            else _("This installation works with the sandbox. To use real Odoos, set ODOO_URL and start again.")
        )
    take_in()
    new = want_all(connection)
    connection.state = Connection.State.ACTIVE
    connection.trouble, connection.trouble_since, connection.failures, connection.resume_at = "", None, 0, None
    connection.save(update_fields=["state", "trouble", "trouble_since", "failures", "resume_at"])
    canary.begin(connection)
    return new


_Doubt = Connection.Doubt
ANSWERS: dict[str, tuple[Connection.Doubt, ...]] = {
    _Doubt.MOVED: (_Doubt.MOVED, _Doubt.CLINIC),
    _Doubt.CLINIC: (_Doubt.CLINIC,),
    _Doubt.ODOO: (_Doubt.ODOO, _Doubt.MOVED),
    _Doubt.OTHER: (_Doubt.OTHER,),
}
"""What a person may answer to each doubt, the likeliest first. That this is a copy for trying out needs no answer."""


def answer_doubt(connection: Connection, what: str) -> None:
    """Note what a person says has happened: a `Connection.Doubt`. The worker looks both sides through and goes on."""
    Connection.objects.filter(pk=connection.pk).update(recovery=Connection.Doubt(what))


def pause(connection: Connection) -> None:
    """Stop sending and fetching. Changes gather until the connection goes on."""
    active = Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE)
    active.update(state=Connection.State.PAUSED, trouble_since=timezone.now())


@transaction.atomic
def archive(connection: Connection) -> None:
    """End a connection for good: its branches go to the default one, and it only remembers what its Odoo has.

    So what was posted there is never sent to another Odoo. Raises NotSo for the default one.
    """
    if is_default(connection):
        raise NotSo(
            _("%(name)s is the default connection: branches that nobody assigned are in it.", name=connection.name)
        )
    connection.books.all().delete()
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.ARCHIVED, trouble="", failures=0)
    _show_supplies()
    settle_in()


def bring_back(connection: Connection) -> None:
    """Let an archived connection be checked and started again."""
    archived = Connection.objects.filter(pk=connection.pk, state=Connection.State.ARCHIVED)
    archived.update(state=Connection.State.PAUSED, findings=[], check_wanted_at=timezone.now())
    _show_supplies()


def _show_supplies() -> None:
    """Show the supplies of the connections in use, and of no other: nobody looks how much of those there is."""
    used = set(Connection.objects.in_use().values_list("pk", flat=True))
    for pk in Connection.objects.values_list("pk", flat=True):
        supplies.set_counted(pk, pk in used)


def has_sent(connection: Connection) -> bool:
    """Tell whether anything was sent over a connection, or may have been. What only came from there does not count."""
    brought = [key for key, mapping in registry().items() if mapping.pull_only]
    return bool(Link.objects.filter(connection=connection).bound().exclude(mapping__in=brought).exists())


@transaction.atomic
def remove(connection: Connection) -> None:
    """Forget a connection over which nothing was ever sent, and what came from there.

    Raises NotSo for any other: it can be archived.
    """
    if is_default(connection):
        raise NotSo(
            _("%(name)s is the default connection: branches that nobody assigned are in it.", name=connection.name)
        )
    if has_sent(connection):
        raise NotSo(
            _("%(name)s has sent records, and is the only one to know which: archive it instead.", name=connection.name)
        )
    supplies.forget(connection.pk)
    connection.delete()
    settle_in()
