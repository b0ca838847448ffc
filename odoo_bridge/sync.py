"""The sync: what changed here goes to Odoo, what changed in Odoo comes here.

    push    take in the journal; while something is due: lease a batch, put it into Odoo, note what is agreed
    pull    ask Odoo what was written since a moment on its clock; merge each page; move the moment

No database transaction is open while Odoo is spoken to.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import F, Min, Q
from django.utils import timezone

from odoo_bridge import canary, channel, guard, quarantine, recovery
from odoo_bridge.deletions import look_for_deleted
from odoo_bridge.errors import Busy, Denied, Incompatible, OdooError, Uncertain, Unreachable
from odoo_bridge.guard import Doubtful
from odoo_bridge.inbound import Stillness, absorb
from odoo_bridge.intake import take_in
from odoo_bridge.leases import LEASE, claim, held, save
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.models import URGENT, Connection, Link, LinkQuerySet, Window
from odoo_bridge.outbound import Batch
from odoo_bridge.progress import Progress, silent
from odoo_bridge.reconcile import AUTHOR
from odoo_bridge.registry import offered, registry
from odoo_bridge.said import _
from odoo_bridge.scope import Scope

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)
"""How far a pull looks back before the last one's start: more than Odoo's longest transaction (two minutes)."""

PAGE = 1000
"""How many records Odoo is asked for at once."""

SKEW = timedelta(days=1)
"""How far apart the two sides' clocks may be."""

EVER = datetime(2000, 1, 1, tzinfo=UTC)

RIGHTS_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=15)
PATIENCE = 5
"""How often one record may leave Odoo without an answer, while others get one, before a person has to look."""


def push(connection: Connection, *, seconds: float = 20, progress: Progress = silent) -> int:
    """Put what is due into Odoo, for about so many seconds, and return how many records were worked on.

    Rounds of one batch a mapping, in the order in which they refer to each other: a booking made just now does not
    wait for a backlog of patients.
    """
    until, total = time.monotonic() + seconds, 0
    take_in()
    with channel.trouble_noted(connection):
        scope, refused = Scope(connection, channel.kept_client(connection)), set[str]()
        if due := _due(connection):
            guarded(scope, guard.WRITING)
        elif canary.is_waiting(connection):
            guarded(scope, guard.READING)
        while due and time.monotonic() < until:
            worked_on = _push_round(scope, refused, due)
            if not worked_on:
                break
            take_in()
            due = _due(connection)
            total += worked_on
            progress(total, None)
            Connection.objects.filter(pk=connection.pk).update(last_push_at=timezone.now())
            canary.carry(connection, scope.client)
        if connection.failures and not total:
            scope.client.version()  # Only an answer of Odoo ends its trouble.
        canary.carry(connection, scope.client)
    return total


def guarded(scope: Scope, every: timedelta) -> None:
    """Raise Doubtful where this clinic and that Odoo may not belong together as they are."""
    try:
        guard.look(scope.connection, scope.client, every)
    except Doubtful as doubt:
        if doubt.kind == Connection.Doubt.CLINIC:
            # At once: whatever a person says later, no number may be given a second time.
            recovery.raise_numbers(scope)
        raise


def make_certain(scope: Scope, every: timedelta) -> None:
    """Raise Incompatible, and pause the connection, where this clinic and that Odoo may not belong together."""
    connection = scope.connection
    connection.refresh_from_db(fields=["doubt"])
    if connection.doubt:
        raise Incompatible(_("%(doubt)s. Say first what happened.", doubt=Connection.Doubt(connection.doubt).label))
    try:
        guarded(scope, every)
    except Doubtful as doubt:
        guard.pause(connection, doubt)
        raise Incompatible(doubt.message) from doubt


def has_due(connection: Connection, *, urgent: bool = False) -> bool:
    """Tell whether there is something to send over an active connection; `urgent`: what somebody waits for."""
    due = _due(connection)
    return any(due.values()) if urgent else bool(due)


def _due(connection: Connection) -> dict[str, bool]:
    """Return of which mappings something is due, in their order, and whether somebody waits for some of it.

    None once the connection is paused.
    """
    due = Link.objects.filter(connection=connection, connection__state=Connection.State.ACTIVE).due(timezone.now())
    first = dict(due.order_by().values_list("mapping").annotate(Min("priority")))
    return {key: first[key] == URGENT for key in registry() if key in first}


def _push_round(scope: Scope, refused: set[str], due: dict[str, bool]) -> int:
    """Push what somebody may be waiting for, or else a batch of the backlog of each mapping, until somebody waits.

    In the backlog all that a mapping refers to goes first: its records would only be looked at and wait. What the user
    may not write (it gets into `refused`) holds up nothing else.
    """
    if worked_on := sum(_push_of(scope, key, refused, urgent=True) for key, waited_for in due.items() if waited_for):
        return worked_on
    behind = set[str]()
    for key in due:
        if registry()[key].refers_to() & behind:
            continue
        worked_on += _push_of(scope, key, refused)
        take_in()  # What was saved during the batch is only in the journal yet.
        if worked_on and has_due(scope.connection, urgent=True):
            break
        left = Link.objects.filter(connection=scope.connection, mapping=key).due(timezone.now()).free(timezone.now())
        if key not in refused and left.exists():
            behind.add(key)
    return worked_on


def _push_of(scope: Scope, key: str, refused: set[str], *, urgent: bool = False) -> int:
    """Push a batch of one mapping, unless the user may not."""
    due = Link.objects.filter(connection=scope.connection, mapping=key).due(timezone.now())
    if urgent:
        due = due.filter(priority=URGENT)
    mapping = registry()[key]
    if mapping.pull_only or key in refused:
        return 0
    try:
        return _push_batch(mapping(scope), due) if offered(scope, mapping) else _keep_here(due)
    except Denied as error:
        if error.reason != "rights":
            raise
        refused.add(key)
        return 0


def _keep_here(due: LinkQuerySet) -> int:
    """Let what this Odoo has no place for stay in the clinic, until a check finds that it has."""
    never_sent = due.filter(odoo_id=None, sent__isnull=True).free(timezone.now())
    return int(never_sent.order_by().update(pushed=F("wanted")))


def _push_batch(mapping: Mapping, due: LinkQuerySet) -> int:
    connection = mapping.scope.connection.pk
    lease, links = claim(due, channel.lots.size(connection, mapping.key, mapping.batch), halving=True)
    if links:
        start = time.monotonic()
        work_off(mapping, lease, links)
        channel.lots.learn(connection, mapping.key, len(links), time.monotonic() - start)
    return len(links)


def work_off(mapping: Mapping, lease: UUID, links: list[Link]) -> None:
    """Push links that were leased together; what Odoo gives no answer about is put back, for later or for a person."""
    with held(lease):
        Connection.objects.filter(pk=mapping.scope.connection.pk).update(pushes=F("pushes") + 1)
        try:
            _work_on(mapping, lease, links)
        except (Uncertain, Denied) as error:
            _put_back(mapping, lease, links, error)
            raise


def _work_on(mapping: Mapping, lease: UUID, links: list[Link]) -> None:
    """Push a batch; when it fails in a way that no record was found guilty of, in halves, until one is."""
    try:
        Batch(mapping, lease, links).run()
    except (Unreachable, Uncertain, Busy, Denied, Incompatible, OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(links) > 1:
            middle = len(links) // 2
            for part in (links[:middle], links[middle:]):
                if waiting := [link for link in part if link.pushed < link.wanted and not link.needs_person]:
                    _work_on(mapping, lease, waiting)
            return
        quarantine.ask(links[0], error)
        mine = Link.objects.filter(pk=links[0].pk, lease=lease, wanted=links[0].wanted)
        mine.update(needs_person=True, reason=links[0].reason)


def _put_back(mapping: Mapping, lease: UUID, links: list[Link], error: OdooError) -> None:
    """Let what was not done wait: longer each time, and for a person once it is clear that Odoo breaks off over it."""
    waiting, now = Link.objects.filter(lease=lease).waiting(), timezone.now()
    attempts = max(link.attempts for link in links)
    wait = RIGHTS_WAIT if isinstance(error, Denied) else min(channel.PROBE * 2**attempts, LONGEST_WAIT)
    reason = error.message
    if isinstance(error, Uncertain) and len(links) == 1 and attempts >= PATIENCE:
        others = Connection.objects.filter(pk=mapping.scope.connection.pk, last_push_at__gte=now - wait)
        waiting.update(needs_person=others.exists(), reason=reason)
    if isinstance(error, Denied) or attempts:
        waiting.update(reason=reason)
        still = set(waiting.values_list("pk", flat=True))
        for link in links:
            # Spread out, so that what failed together does not come back together.
            link.next_attempt_at = now + wait * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        save(lease, [link for link in links if link.pk in still], ["next_attempt_at"])
    waiting.update(attempts=F("attempts") + 1)


def recover(connection: Connection, *, progress: Progress = silent) -> None:
    """Look both sides through after a restore, as a person said, and let the connection go on."""
    with channel.trouble_noted(connection):
        recovery.recover(Scope(connection, channel.kept_client(connection)), progress)


def pull(connection: Connection, *, progress: Progress = silent) -> int:
    """Bring what changed in Odoo here, and return how many records were looked at.

    What our own code stumbles over in one mapping holds up no other, and is raised in the end.
    """
    total, denied = 0, None
    stumbled: Exception | None = None
    with channel.trouble_noted(connection):
        scope = Scope(connection, channel.kept_client(connection))
        guarded(scope, guard.READING)
        still = Stillness(connection.pk)
        windows = {window.mapping: window for window in Window.objects.filter(connection=connection)}
        for mapping in registry().values():
            try:
                if offered(scope, mapping):
                    total += _pull_one(mapping(scope), windows.get(mapping.key), still)
                progress(total, None)
            except Denied as error:
                if error.reason != "rights":
                    raise
                denied = error
            except (OdooError, OperationalError, InterfaceError):
                raise
            except Exception as error:
                stumbled = stumbled or error
        if stumbled:
            raise stumbled
        now = timezone.now()
        since = (connection.trouble_since or now) if denied else None
        done = {"trouble": denied.message if denied else "", "trouble_since": since}
        Connection.objects.filter(pk=connection.pk).update(last_pull_at=now, **done)
    return total


def _pull_one(mapping: Mapping, known: Window | None, still: Stillness) -> int:
    with _window(mapping, known) as window:
        if window is None:
            return 0
        client, total, complete, begun = mapping.scope.client, 0, True, None
        # The first moment is kept at once: should this run fail, the next one begins where this one did.
        since = window.since or _beginning(mapping)
        if not window.since:
            _note(window, since=since)
        fields = [*mapping.read_fields, *AUTHOR]
        pages = client.changed_since(mapping.odoo, since - OVERLAP, fields, domain=mapping.pulled, page=PAGE)
        for page in _each_in_stillness(pages, still):
            begun = begun or client.server_time
            complete &= absorb(mapping, mapping.complete(page), partial(still.lasts, window))
            total += len(page)
        moved = {"since": begun} if complete and (begun := begun or client.server_time) else {}
        if _is_to_be_swept(window):
            _sweep(mapping, window, moved)
        elif moved:
            _note(window, **moved)
    return total


def _each_in_stillness(pages: Iterator[list[Values]], still: Stillness) -> Iterator[list[Values]]:
    """Yield each page, which is asked for when it is noted whether anything is on its way to Odoo."""
    still.begin()
    for page in pages:
        yield page
        still.begin()


def _is_to_be_swept(window: Window) -> bool:
    """Tell whether it is time to look for deletions."""
    often = timedelta(seconds=settings.ODOO_DELETIONS_SECONDS)
    return not window.swept_at or timezone.now() - window.swept_at >= often


def _sweep(mapping: Mapping, window: Window, moved: dict[str, datetime]) -> None:
    """Look for deletions. A person who says go after an alarm has looked: it is believed then.

    `moved`: what the pull has come to, which is noted whether or not the look succeeds.
    """
    now = timezone.now()
    found: dict[str, datetime | bool] = {**moved}
    try:
        look_for_deleted(mapping, believing=window.doubted)
        found |= {"swept_at": now, "doubted": False}
    except Incompatible:
        found["doubted"] = True
        raise
    finally:
        if found:
            _note(window, **found)


def _note(window: Window, **values: datetime | bool) -> None:
    """Note something of a window, if it is still ours."""
    Window.objects.filter(pk=window.pk, lease=window.lease).update(**values)


def _beginning(mapping: Mapping) -> datetime:
    """Return the moment from which a first pull asks: now on Odoo's clock, or before the first record got there.

    Pushes may have gone through for a long time before a pull does. What only comes from Odoo is asked for from its
    beginning.
    """
    if mapping.pull_only:
        return EVER
    mapping.scope.client.version()
    now = mapping.scope.client.server_time or timezone.now()
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key, odoo_id__isnull=False)
    first = links.aggregate(first=Min("agreed_at"))["first"]
    # That moment is on this machine's clock.
    return min(now, first - SKEW) if first else now


@contextmanager
def _window(mapping: Mapping, known: Window | None) -> Iterator[Window | None]:
    """Lease a mapping's window, so that one pull of it runs at a time; None if it is leased to somebody.

    `known`: the window as it was when this pull began, None before the first pull of all. If somebody has moved it
    since, they have just pulled: it is not leased either.
    """
    now, lease = timezone.now(), uuid4()
    mine = {"lease": lease, "leased_until": now + LEASE}
    if known is None:
        key = {"connection": mapping.scope.connection, "mapping": mapping.key}
        window, is_mine = Window.objects.get_or_create(**key, defaults=mine)
    else:
        window = known
        as_known = {name: getattr(known, name) for name in ("since", "swept_at", "doubted")}
        free = Window.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), pk=known.pk, **as_known)
        is_mine = bool(free.update(**mine))
    if not is_mine:
        yield None
        return
    window.lease = lease
    with held(lease, Window):
        yield window
