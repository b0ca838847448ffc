"""Plans: what a sync would do now, written down to be read by a person, and then done exactly so or not at all.

    make    look at every record in pages, and note the step that a sync would take: nothing is touched
    apply   look at each noted record again; where both versions are still those of the plan, take the step

Both go on where they were stopped, in pieces of so many seconds, so that a worker can be killed in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from odoo_bridge import channel, guard, pieces, said, sync
from odoo_bridge.errors import OdooError
from odoo_bridge.foresight import TO_ODOO, Foresight, Step, steps
from odoo_bridge.inbound import absorb
from odoo_bridge.intake import want_in
from odoo_bridge.leases import claim
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Values
from odoo_bridge.models import Connection, Link
from odoo_bridge.pieces import FOREVER
from odoo_bridge.placing import belonging
from odoo_bridge.progress import Progress, silent
from odoo_bridge.proposed import AdoptionSearch, Kind, PlanItem, SyncPlan
from odoo_bridge.registry import kept_in, registry
from odoo_bridge.said import _
from odoo_bridge.scope import Scope

PAGE = 500
_HERE = frozenset({Kind.TAKE_OVER, Kind.CONFLICT})
_FAILED = {SyncPlan.State.MAKING: SyncPlan.State.EXPIRED, SyncPlan.State.APPLYING: SyncPlan.State.READY}
State, ItemState = SyncPlan.State, PlanItem.State


class Expired(Exception):
    """The plan is too old, or has been applied already: make a new one."""


def plan(connection: Connection, *, by: Any = None, progress: Progress = silent) -> SyncPlan:
    """Make a plan of a connection, whole, and return it. Raises any of `odoo_bridge.errors`."""
    made = wish_for_plan(connection, by)
    work_on(made, progress=progress)
    return made


def wish_for_plan(connection: Connection, by: Any = None) -> SyncPlan:
    """Ask for a plan, which the worker makes. One that is being made already is that plan."""
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=connection.pk)
        going_on = SyncPlan.objects.filter(connection=connection, state=State.MAKING, trouble="").first()
        return going_on or SyncPlan.objects.create(connection=connection, by=by)


def newest(connection: Connection) -> SyncPlan | None:
    return SyncPlan.objects.filter(connection=connection).first()


def wish_to_apply(made: SyncPlan, by: Any = None) -> None:
    """Say yes to a plan. Raises Expired."""
    ready = SyncPlan.objects.filter(pk=made.pk, state=State.READY, expires_at__gt=timezone.now())
    if not ready.update(state=State.APPLYING, applied_by=by, position={}, done=0, total=made.items.count(), trouble=""):
        raise Expired(_("This plan was applied already, or is too old. Make a new one."))
    made.refresh_from_db()


def apply(connection: Connection, made: SyncPlan, *, by: Any = None, progress: Progress = silent) -> SyncPlan:
    """Do exactly what a plan says, and return it with the outcome of each item.

    What has changed since, on either side, is left as it is and said so. Nothing else is done. Raises Expired,
    ValueError for another connection's plan, or any of `odoo_bridge.errors`: it may then be applied again, and goes on.
    """
    if made.connection_id != connection.pk:
        raise ValueError("That plan is of another connection.")
    wish_to_apply(made, by)
    work_on(made, progress=progress)
    return made


def work_on(made: SyncPlan, *, seconds: float = FOREVER, progress: Progress = silent) -> bool:
    """Make or apply a plan for about so many seconds, and tell whether it is done.

    Raises Taken when somebody else does, or any of `odoo_bridge.errors`, which the plan then says as well.
    """
    work = _make if made.state == State.MAKING else _apply
    with channel.hung_up_in_trouble():
        return pieces.work_on(made, work, failed=_FAILED, seconds=seconds, progress=progress)


def unlooked(connection: Connection) -> list[str]:
    """Return, in sentences, what nobody has looked at yet before a connection to a real Odoo goes."""
    if connection.is_sandbox or Link.objects.filter(connection=connection, pushed__gt=0).exists():
        return []
    sentences: list[str] = []
    if not AdoptionSearch.objects.filter(connection=connection, made_at__isnull=False).exists():
        sentences.append(_("Nobody has looked who is in Odoo already: patients who are may get there a second time."))
    recent = SyncPlan.objects.filter(connection=connection, expires_at__gt=timezone.now())
    if not recent.filter(state__in=[State.READY, State.APPLYING, State.APPLIED]).exists():
        sentences.append(_("Nobody has looked at what would happen: everything that belongs in Odoo is sent."))
    return sentences


def values_of(item: PlanItem) -> dict[str, Any]:
    """Return what a plan says of a record: {"fields": see `foresight.Step`, "reason": ...}; empty once it is done."""
    if not item.values:
        return {"fields": {}, "reason": said.read(item.note)}
    values: dict[str, Any] = said.unpacked(json.loads(item.values))
    return values


def consequences(made: SyncPlan) -> list[str]:
    """Return what a person should know before a plan is applied, in sentences."""
    return [
        sentence
        for key, mapping in registry().items()
        for kind, sentence in mapping.consequences.items()
        if made.counts.get(key, {}).get(kind)
    ]


def outcomes(made: SyncPlan) -> dict[str, int]:
    """Return how many items of a plan are in each state."""
    return dict(made.items.values_list("state").annotate(number=Count("pk")).order_by("state"))


def expire() -> None:
    """Forget what old plans say: the values in them are those of patients."""
    SyncPlan.objects.filter(state=State.READY, expires_at__lte=timezone.now()).update(state=State.EXPIRED)
    PlanItem.objects.filter(plan__state=State.EXPIRED).delete()
    PlanItem.objects.filter(plan__state=State.APPLIED, plan__expires_at__lte=timezone.now()).delete()


# Making


def _make(made: SyncPlan) -> Iterator[None]:
    connection = made.connection
    scope = Foresight(connection, channel.kept_client(connection), made)
    mappings = list(registry().values())
    if not made.position:
        made.position, made.total = {"mapping": 0, "new": False, "after": 0}, _size(scope)
    kept = kept_in(scope)
    while made.position["mapping"] < len(mappings):
        if mappings[made.position["mapping"]] not in kept:
            made.position = {"mapping": made.position["mapping"] + 1, "new": False, "after": 0}
            continue
        mapping = mappings[made.position["mapping"]](scope)
        page = _page(mapping, **{name: made.position[name] for name in ("new", "after")})
        if page:
            found, _ = steps(mapping, [link for _, link in page])
            _note(made, mapping, found)
            made.done += len(page)
            made.position["after"] = page[-1][0]
        elif not made.position["new"]:
            made.position |= {"new": True, "after": 0}
        else:
            made.position = {"mapping": made.position["mapping"] + 1, "new": False, "after": 0}
        yield
    made.state, made.done = State.READY, made.total


def _size(scope: Scope) -> int:
    size = 0
    for mapping in kept_in(scope):
        size += _linked(scope.connection, mapping.key).count() + _new(scope.connection, mapping).count()
    return size


def _linked(connection: Connection, key: str) -> Any:
    """Links of records that are in Odoo, or may be: something was sent without an answer."""
    links = Link.objects.filter(connection=connection, mapping=key)
    return links.filter(Q(odoo_id__isnull=False) | Q(sent__isnull=False))


def _new(connection: Connection, mapping: type[Mapping]) -> Any:
    return belonging(mapping, connection).exclude(uid__in=_linked(connection, mapping.key).values("uid"))


def _page(mapping: Mapping, *, new: bool, after: int) -> list[tuple[int, Link]]:
    """Return a page of links beyond a key, each with its key: of what is in Odoo, or of what is new to it."""
    connection = mapping.scope.connection
    if not new:
        links = _linked(connection, mapping.key).filter(pk__gt=after).order_by("pk")[:PAGE]
        return [(link.pk, link) for link in links]
    keys = dict(
        _new(connection, type(mapping)).filter(pk__gt=after).order_by("pk").values_list("pk", "uid").distinct()[:PAGE]
    )
    known = {link.uid: link for link in _links(mapping, list(keys.values()))}
    fresh = {uid: Link(connection=connection, mapping=mapping.key, uid=uid) for uid in keys.values()}
    return [(pk, known.get(uid) or fresh[uid]) for pk, uid in keys.items()]


def _links(mapping: Mapping, uids: list[Any]) -> Any:
    return Link.objects.filter(connection=mapping.scope.connection, mapping=mapping.key, uid__in=uids)


@transaction.atomic
def _note(made: SyncPlan, mapping: Mapping, found: list[Step]) -> None:
    """Write down what is to be done about a page of records. A page that was interrupted is written once."""
    items = [
        PlanItem(
            plan=made,
            mapping=mapping.key,
            uid=step.uid,
            odoo_id=step.odoo_id,
            kinds=step.each_kind,
            fields=sorted(step.fields),
            values=json.dumps(said.packed({"fields": step.fields, "reason": step.reason})),
            ours=step.ours,
            theirs=step.theirs,
        )
        for step in found
    ]
    PlanItem.objects.bulk_create(items, ignore_conflicts=True, batch_size=PAGE)
    for step in found:
        counts, money = made.counts.setdefault(mapping.key, {}), made.money.setdefault(mapping.key, {})
        for kind in step.kinds:
            counts[kind] = counts.get(kind, 0) + 1
            if step.worth and kind in (Kind.POST, Kind.ASSIGN):
                currency, amount = step.worth
                sums = money.setdefault(kind, {})
                sums[currency] = str(Decimal(sums.get(currency, "0")) + amount)


# Applying


def _apply(made: SyncPlan) -> Iterator[None]:
    connection = made.connection
    scope = Scope(connection, channel.kept_client(connection))
    made.done = made.items.exclude(state=ItemState.PLANNED).count()
    for key, mapping in registry().items():
        open_ones = made.items.filter(mapping=key, state=ItemState.PLANNED).order_by("pk")
        while page := list(open_ones[: mapping.batch]):
            sync.make_certain(scope, guard.WRITING)
            _apply_page(mapping(scope), page)
            made.done += len(page)
            yield
    made.state, made.applied_at = State.APPLIED, timezone.now()


def _apply_page(mapping: Mapping, page: list[PlanItem]) -> None:
    """Take the steps of a page that are still what was planned, and note what became of each."""
    connection, uids = mapping.scope.connection, [item.uid for item in page]
    known = {link.uid: link for link in _links(mapping, uids)}
    links = [known.get(uid) or Link(connection=connection, mapping=mapping.key, uid=uid) for uid in uids]
    found, answers = steps(mapping, links)
    now = {step.uid: step for step in found}
    agreed_to = [now[item.uid] for item in page if item.uid in now and now[item.uid].is_as(item)]
    try:
        _take_steps(mapping, agreed_to, answers)
    except OdooError:
        # What Odoo may have got is for the next push to look for; the rest is still planned.
        sent = {link.uid for link in _links(mapping, uids).filter(Q(sent__isnull=False) | Q(odoo_id__isnull=False))}
        for item in page:
            if item.uid in sent and now.get(item.uid) in agreed_to:
                item.state, item.note, item.values = ItemState.WAITING, "", ""
        PlanItem.objects.bulk_update(page, ["state", "note", "values"], batch_size=PAGE)
        raise
    outcome = {link.uid: link for link in _links(mapping, uids)}
    for item in page:
        step = now.get(item.uid)
        if step is None or not step.is_as(item):
            item.state, item.note = ItemState.CHANGED, said.written(step.reason) if step else ""
        else:
            item.state, note = _outcome(step, outcome.get(item.uid))
            item.note = said.written(note)
        item.values = ""
    PlanItem.objects.bulk_update(page, ["state", "note", "values"], batch_size=PAGE)


def _take_steps(mapping: Mapping, agreed_to: list[Step], answers: dict[int, Values]) -> None:
    """What only comes here is done as a pull would, all else as a push would, which takes over on its way."""
    there = [step.uid for step in agreed_to if TO_ODOO.intersection(step.kinds)]
    here = {step.odoo_id for step in agreed_to if step.uid not in there and _HERE.intersection(step.kinds)}
    absorb(mapping, [answer for odoo_id, answer in answers.items() if odoo_id in here])
    if there:
        want_in(mapping.scope.connection, type(mapping), there)
        mine = _links(mapping, there).filter(wanted__gt=F("pushed"))
        # An empty digest makes the push read what Odoo has before it decides anything.
        mine.filter(uid__in=[step.uid for step in agreed_to if step.fields]).update(seen="")
        lease, links = claim(mine.order_by("pk"), len(there))
        if links:
            sync.work_off(mapping, lease, links)


def _outcome(step: Step, link: Link | None) -> tuple[PlanItem.State, str]:
    if not TO_ODOO.intersection(step.kinds) and Kind.TAKE_OVER not in step.kinds:
        return ItemState.LEFT, step.reason
    if link is None or link.needs_person:
        return ItemState.NEEDS_YOU, link.reason if link else ""
    if link.wanted > link.pushed:
        return ItemState.WAITING, link.reason
    return ItemState.DONE, ""
