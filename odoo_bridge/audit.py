"""Audits: every record of a connection compared with Odoo's, what was found written down, and put right on request.

Made in pieces of so many seconds, so that a worker can be killed in between. Repairing decides nothing by itself: it
lets the sync look at what was found, whose merge decides as it always does, and contradictions wait for a person.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from odoo_bridge import channel, comparing, guard, pieces, sync, timeline
from odoo_bridge.comparing import Drift
from odoo_bridge.deciding import try_again
from odoo_bridge.deletions import look_whether_gone
from odoo_bridge.errors import OdooError
from odoo_bridge.found import Apart, AuditFinding, AuditRun
from odoo_bridge.inbound import absorb
from odoo_bridge.intake import want_in
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import Connection, Link, Watch
from odoo_bridge.pieces import FOREVER
from odoo_bridge.progress import Progress, silent
from odoo_bridge.registry import kept_in, registry
from odoo_bridge.said import _, packed
from odoo_bridge.scope import Scope
from odoo_bridge.timeline import Told, What

PAGE = 200
State, FindingState = AuditRun.State, AuditFinding.State
STEPS = (comparing.missing, comparing.compared)


def audit(connection: Connection, progress: Progress = silent, by: Any = None) -> list[Drift]:
    """Compare every record of a connection, and return what was found, in the order of the mappings.

    How many were apart is noted for the metrics, and all of it for the page. Raises any of `odoo_bridge.errors`.
    """
    run = AuditRun.objects.create(connection=connection, by=by)
    work_on(run, progress=progress)
    return drifts(run)


def wish_for(connection: Connection, by: Any = None) -> AuditRun:
    """Ask for an audit, which the worker makes. One that is being made already is that audit."""
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        going_on = AuditRun.objects.filter(connection=connection, state=State.MAKING).first()
        return going_on or AuditRun.objects.create(connection=connection, by=by)


def newest(connection: Connection, *, ready: bool = False) -> AuditRun | None:
    """Return the newest audit of a connection; `ready`: of those that were made."""
    runs = AuditRun.objects.filter(connection=connection).select_related("by")
    return runs.filter(state=State.READY).first() if ready else runs.first()


def drifts(run: AuditRun) -> list[Drift]:
    """Return what an audit found."""
    return [_drift(finding) for finding in run.findings.all()]


def _drift(finding: AuditFinding) -> Drift:
    said = finding.said
    facts = (said["fields"], tuple(said["twins"]), said["words"])
    return Drift(finding.kind, finding.mapping, finding.uid, finding.odoo_id, *facts)


def counts(run: AuditRun) -> dict[str, int]:
    """Return how many findings there are of each kind."""
    return dict(run.findings.order_by().values_list("kind").annotate(number=Count("pk")))


def work_on(run: AuditRun, *, seconds: float = FOREVER, progress: Progress = silent) -> bool:
    """Make an audit for about so many seconds, and tell whether it is done.

    Raises Taken when somebody else does, or any of `odoo_bridge.errors`, which the audit then says as well.
    """
    with channel.hung_up_in_trouble():
        return pieces.work_on(run, _pages, failed={State.MAKING: State.FAILED}, seconds=seconds, progress=progress)


def _pages(run: AuditRun) -> Iterator[None]:
    """Compare a page of records after the other, beginning where the audit stands."""
    scope = Scope(run.connection, channel.kept_client(run.connection))
    kept, mappings = kept_in(scope), list(registry().values())
    if not run.position:
        run.position = {"mapping": 0, "step": 0, "after": 0}
        run.total = comparing.quiet(run.connection).filter(mapping__in=[one.key for one in kept]).count()
    while run.position["mapping"] < len(mappings):
        mapping, step, after = mappings[run.position["mapping"]], run.position["step"], run.position["after"]
        keys, found = STEPS[step](mapping(scope), after) if mapping in kept else ([], [])
        _note(run, found)
        if keys:
            run.done += len(keys) if STEPS[step] is comparing.compared else 0
            run.position = run.position | {"after": keys[-1]}
        elif step + 1 < len(STEPS) and mapping in kept:
            run.position = run.position | {"step": step + 1, "after": 0}
        else:
            run.position = {"mapping": run.position["mapping"] + 1, "step": 0, "after": 0}
        yield
    _finish(run)


def _note(run: AuditRun, found: list[Drift]) -> None:
    """Write a page's findings down. A page that was interrupted is written once."""
    fresh = [
        AuditFinding(
            run=run,
            kind=drift.kind,
            mapping=drift.mapping,
            uid=drift.uid,
            odoo_id=drift.odoo_id,
            values=json.dumps(
                packed({"fields": drift.fields, "words": drift.words or drift.fields, "twins": drift.twins}),
                default=str,
            ),
        )
        for drift in found
    ]
    AuditFinding.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=PAGE)


@transaction.atomic
def _finish(run: AuditRun) -> None:
    """The values that earlier audits found are those of patients, and of no more use once nobody waits for a repair."""
    run.state, run.made_at, run.done = State.READY, timezone.now(), run.total
    run.found = run.findings.count()
    run.keep()
    earlier = AuditFinding.objects.filter(run__connection=run.connection, run__lt=run.pk)
    earlier.exclude(state=FindingState.ASKED).delete()
    noted = {"drift": run.found, "audited_at": run.made_at}
    Watch.objects.update_or_create(connection=run.connection, defaults=noted)


# Repairing


def wish_to_repair(run: AuditRun, findings: Any, by: Any = None) -> int:
    """Ask for a query set of an audit's findings to be repaired, which the worker does; how many that are."""
    open_ones = findings.filter(run=run, state=FindingState.OPEN).exclude(kind=Apart.DOUBLED)
    return int(open_ones.update(state=FindingState.ASKED, by=by, at=timezone.now()))


def is_to_repair() -> bool:
    """Tell whether somebody asked for a repair that has not been made yet."""
    return AuditFinding.objects.filter(state=FindingState.ASKED).exists()


def repair_what_was_asked(*, seconds: float = FOREVER) -> int:
    """Repair what people asked for, for about so many seconds; how many records. Raises any of `odoo_bridge.errors`.

    Twice does no harm: should two workers do it at once, both let the sync look at the same records.
    """
    until, repaired = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        asked = AuditFinding.objects.filter(state=FindingState.ASKED).select_related("run__connection", "by")
        page = list(asked.order_by("run", "by", "pk")[:PAGE])
        page = [one for one in page if (one.run_id, one.by_id) == (page[0].run_id, page[0].by_id)]
        if not page:
            break
        run, findings = page[0].run, AuditFinding.objects.filter(pk__in=[one.pk for one in page])
        try:
            repaired += repair(run.connection, map(_drift, page), by=str(page[0].by or ""))
        except Exception as error:
            # Open again whatever it is: what stays asked for would be stumbled over for ever.
            findings.update(state=FindingState.OPEN)
            AuditRun.objects.filter(pk=run.pk).update(trouble=_sentence(error))
            channel.hang_up()
            raise
        findings.update(state=FindingState.REPAIRED)
        AuditRun.objects.filter(pk=run.pk).update(trouble="")
    return repaired


def _sentence(error: Exception) -> str:
    if isinstance(error, OdooError):
        return error.message
    return _(
        "The repair broke off (%(kind)s). Tell whoever looks after this system, then try again.",
        kind=type(error).__name__,
    )


def repair(connection: Connection, found: Iterable[Drift], by: str = "") -> int:
    """Let the sync look at what was found; how many records that are. Raises any of `odoo_bridge.errors`.

    `by`: the name of who asks for it. What is twice in Odoo is left to people.
    """
    by_mapping: dict[str, dict[str, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    for drift in found:
        if drift.kind != Apart.DOUBLED:
            by_mapping[drift.mapping][drift.kind].append(drift.uid)
    if not by_mapping:
        return 0
    scope = Scope(connection, channel.kept_client(connection))
    sync.make_certain(scope, guard.READING)
    return sum(
        _repair_kind(registry()[key](scope), Apart(kind), uids, by)
        for key, kinds in by_mapping.items()
        for kind, uids in kinds.items()
    )


def _repair_kind(mapping: Mapping, kind: Apart, uids: list[UUID], by: str) -> int:
    connection = mapping.scope.connection
    if kind is Apart.ABSENT:
        want_in(connection, type(mapping), uids)
    links = list(Link.objects.filter(connection=connection, mapping=mapping.key, uid__in=uids))
    if kind in (Apart.DIFFERS, Apart.ARCHIVED):
        for link in links:
            try_again(link, by=by)
        return len(links)
    timeline.write(
        Told(link, What.DECIDED, note=_("%(what)s: looked at again", what=kind.label), actor=by) for link in links
    )
    ids = [link.odoo_id for link in links if link.odoo_id]
    if kind is Apart.GONE:
        look_whether_gone(mapping, ids)
    elif kind is Apart.MONEY:
        _look_again(mapping, ids)
    return len(links)


def _look_again(mapping: Mapping, ids: list[int]) -> None:
    """Take note of what Odoo says of records by now, as a pull does of what was changed there."""
    links = Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key, odoo_id__in=ids)
    links.update(seen="")
    absorb(mapping, mapping.complete(mapping.scope.client.read(mapping.odoo, ids, mapping.read_fields)))
