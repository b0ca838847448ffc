"""Adoption: contacts that are in Odoo already are proposed as counterparts of patients, and a person says yes or no.

What is confirmed becomes a link by the contact's id: an external id cannot be given to it without administrator's
rights (observed on Odoo 16, 17 and 19). As long as a proposal about a patient is open, that patient is not created in
Odoo. What was rejected is not proposed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from clinic.patients.models import Patient
from clinic.patients.searching import fold
from odoo_bridge import channel, timeline
from odoo_bridge.client import Client
from odoo_bridge.errors import OdooError
from odoo_bridge.fields import Const, Phone, Refused
from odoo_bridge.foresight import say
from odoo_bridge.intake import want_in
from odoo_bridge.mapping import Mapping
from odoo_bridge.mappings.partner import Partner
from odoo_bridge.matching import Card, Index, Pair, decide, digits_of
from odoo_bridge.merge import Values
from odoo_bridge.models import Connection, Link
from odoo_bridge.placing import belonging
from odoo_bridge.progress import Progress, silent
from odoo_bridge.proposed import AdoptionProposal, AdoptionSearch
from odoo_bridge.said import _
from odoo_bridge.scope import Scope
from odoo_bridge.timeline import Told, What

PAGE = 1000
LEASE = timedelta(minutes=10)
State = AdoptionProposal.State
WEIGHED = ["name", "email", "phone", "mobile", "street", "zip", "active", "type"]


class Undecidable(Exception):
    """The proposal cannot be decided so: it was decided already, or the patient got to Odoo in the meantime."""


# The search


def wish_for_search(connection: Connection) -> None:
    """Ask for a search, which the worker makes."""
    AdoptionSearch.objects.update_or_create(connection=connection, defaults={"wanted_at": timezone.now()})


def search(connection: Connection, progress: Progress = silent) -> int:
    """Look in Odoo for patients who are not linked, and return how many pairs are proposed.

    Open proposals of an earlier search are replaced, decisions are kept. Raises any of `odoo_bridge.errors`.
    """
    made, _ = AdoptionSearch.objects.get_or_create(connection=connection)
    now = timezone.now()
    free = AdoptionSearch.objects.filter(Q(leased_until=None) | Q(leased_until__lte=now), pk=made.pk)
    if not free.update(leased_until=now + LEASE, wanted_at=now, trouble=""):
        return 0
    try:
        with channel.client_for(connection) as client:
            scope = Scope(connection, client)
            partners, pairs = _look(scope, made, progress)
            proposed = _propose(Partner(scope), pairs)
    except OdooError as error:
        AdoptionSearch.objects.filter(pk=made.pk).update(trouble=error.message, made_at=now, leased_until=None)
        raise
    AdoptionSearch.objects.filter(pk=made.pk).update(
        made_at=timezone.now(), wanted_at=now, partners=partners, leased_until=None
    )
    return proposed


def _look(scope: Scope, made: AdoptionSearch, progress: Progress) -> tuple[int, list[Pair]]:
    connection, region = scope.connection, settings.PHONENUMBER_DEFAULT_REGION
    taken = _linked_ids(connection)
    index = Index()
    for row in _contacts(scope.client):
        if row["id"] not in taken:
            index.add(_card_of_contact(row, region))
    rejected = AdoptionProposal.objects.filter(connection=connection, state=State.REJECTED)
    turned_down = set(rejected.values_list("uid", "odoo_id"))
    patients = _unlinked(connection)
    total, pairs = patients.count(), []
    for done, patient in enumerate(patients.order_by("pk").iterator(PAGE), 1):
        found = index.pairs(_card_of_patient(patient, region))
        pairs += [pair for pair in found if (pair.person, pair.contact) not in turned_down]
        if done % PAGE == 0 or done == total:
            AdoptionSearch.objects.filter(pk=made.pk).update(done=done, total=total)
            progress(done, total)
    return index.size, pairs


def _linked_ids(connection: Connection) -> set[int]:
    links = Link.objects.filter(connection=connection, mapping=Partner.key, odoo_id__isnull=False)
    return {odoo_id for odoo_id in links.values_list("odoo_id", flat=True) if odoo_id}


def _unlinked(connection: Connection) -> Any:
    """Return the patients who belong in Odoo and have never been sent there."""
    links = Link.objects.filter(connection=connection, mapping=Partner.key)
    known = links.filter(Q(odoo_id__isnull=False) | Q(sent__isnull=False)).values("uid")
    return belonging(Partner, connection).exclude(uid__in=known)


def _contacts(client: Client) -> Iterator[Values]:
    """Yield every person among Odoo's contacts, archived ones included; neither companies nor mere addresses."""
    fields = [name for name in WEIGHED if name in client.fields_get("res.partner")]
    last, context = 0, {"active_test": False}
    while True:
        domain = [["is_company", "=", False], ["id", ">", last]]
        rows = client.search_read("res.partner", domain, fields, limit=PAGE, order="id", context=context)
        if not rows:
            return
        last = max(row["id"] for row in rows)
        yield from (row for row in rows if row["name"] and row["type"] in (False, "contact", "private"))


def _card_of_contact(row: Values, region: str) -> Card:
    numbers = (row.get(name) for name in ("phone", "mobile"))
    return Card(
        key=row["id"],
        given=(),
        family=tuple(fold(row["name"]).split()),
        email=(row["email"] or "").strip().casefold(),
        phones=frozenset(_number(number, region) for number in numbers if number),
        street=fold(row["street"] or ""),
        postcode=fold(row["zip"] or "").replace(" ", ""),
        archived=not row["active"],
    )


def _card_of_patient(patient: Patient, region: str) -> Card:
    return Card(
        key=patient.uid,
        given=tuple(fold(patient.given_name).split()),
        family=tuple(fold(patient.family_name).split()),
        email=patient.email.strip().casefold(),
        phones=frozenset(_number(number, region) for number in (patient.phone, patient.mobile) if number),
        street=fold(patient.street),
        postcode=fold(patient.postcode).replace(" ", ""),
    )


def _number(number: Any, region: str) -> str:
    """Return a phone number as the sync compares it; what is none of any country by its digits."""
    text = Phone("phone").plain(number, _Region(region)) or ""
    return text if text.startswith("+") else digits_of(text)


@dataclass(frozen=True)
class _Region:
    """What a phone field asks of a scope."""

    phone_region: str


def _propose(mapping: Partner, pairs: list[Pair]) -> int:
    """Replace the open proposals by new ones, with what both sides say, encrypted, until somebody has decided."""
    connection = mapping.scope.connection
    decided = decide(pairs)
    fresh: list[AdoptionProposal] = []
    for start in range(0, len(decided), PAGE):
        fresh += _proposals(mapping, decided[start : start + PAGE])
    with transaction.atomic():
        AdoptionProposal.objects.filter(connection=connection, state__in=AdoptionProposal.OPEN).delete()
        linked = set(
            Link.objects.filter(connection=connection, mapping=Partner.key, odoo_id__isnull=False).values_list(
                "uid", flat=True
            )
        )
        fresh = [one for one in fresh if one.uid not in linked]
        AdoptionProposal.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=PAGE)
    return len(fresh)


def _proposals(mapping: Partner, decided: list[tuple[Pair, bool]]) -> Iterator[AdoptionProposal]:
    records = mapping.fetch({pair.person for pair, _ in decided})
    ids = sorted({pair.contact for pair, _ in decided})
    answers = {row["id"]: row for row in mapping.scope.client.read(mapping.odoo, ids, mapping.read_fields)}
    for pair, is_certain in decided:
        record, answer = records.get(pair.person), answers.get(pair.contact)
        if record is None or answer is None:
            continue
        yield AdoptionProposal(
            connection=mapping.scope.connection,
            uid=record.uid,
            odoo_id=answer["id"],
            score=pair.score,
            reasons=list(pair.reasons),
            archived=pair.archived,
            state=State.CERTAIN if is_certain else State.UNSURE,
            values=json.dumps(_both(mapping, record, answer)),
        )


def _both(mapping: Mapping, record: Any, answer: Values) -> dict[str, list[Any]]:
    """Return field -> [ours, theirs, ours in words, theirs in words], of the fields that both sides keep."""
    theirs = mapping.theirs(answer)
    both = {}
    for name, field in mapping.present.items():
        if isinstance(field, Const):
            continue
        try:
            ours = field.ours(record, mapping.scope)
        except Refused:
            ours = None  # Odoo does not know the country: the push will say so.
        both[name] = [ours, theirs[name], say(mapping, name, ours, record), say(mapping, name, theirs[name], None)]
    return both


# Decisions


def confirm(proposal: AdoptionProposal, by: Any = None, *, prefer: str = "") -> Link:
    """Link a patient with a contact in Odoo, so that the first merge loses nothing of either side.

    What only one side knows is filled in on the other. What both know differently waits for a person, unless `prefer`
    ("ours" or "theirs") says whose value is right. Raises Undecidable.
    """
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=proposal.connection_id)
        proposal = AdoptionProposal.objects.select_for_update().get(pk=proposal.pk)
        if proposal.state not in AdoptionProposal.OPEN:
            raise Undecidable(_("Somebody has decided this already."))
        if not _link(connection, [proposal], by, prefer):
            raise Undecidable(_("The patient or the contact has got another counterpart in the meantime."))
    return Link.objects.get(connection=connection, mapping=Partner.key, uid=proposal.uid)


def _link(connection: Connection, proposals: list[AdoptionProposal], by: Any, prefer: str) -> int:
    """Link those of a page of proposals that may be, and return how many. To be called in a transaction."""
    now, uids = timezone.now(), [one.uid for one in proposals]
    links = Link.objects.filter(connection=connection, mapping=Partner.key)
    fresh = [Link(connection=connection, mapping=Partner.key, uid=uid) for uid in uids]
    Link.objects.bulk_create(fresh, ignore_conflicts=True)
    taken = set(links.filter(odoo_id__in=[one.odoo_id for one in proposals]).values_list("odoo_id", flat=True))
    free = links.filter(odoo_id=None, sent__isnull=True).free(now)
    linked = [
        one
        for one in proposals
        if one.odoo_id not in taken
        and free.filter(uid=one.uid).update(
            odoo_id=one.odoo_id,
            adopted=True,
            agreed=first_agreement(one, prefer),
            agreed_at=now,
            # An empty digest makes the push read what Odoo has before it decides anything.
            seen="",
            wanted=F("wanted") + 1,
            wanted_since=now,
            next_attempt_at=None,
            attempts=0,
            needs_person=False,
            reason="",
        )
    ]
    _note(AdoptionProposal.objects.filter(pk__in=[one.pk for one in linked]), State.CONFIRMED, by)
    timeline.write(_told(one, SAME[prefer], by) for one in linked)
    # One person has one counterpart, and a contact is one person.
    theirs = Q(uid__in=[one.uid for one in linked]) | Q(odoo_id__in=[one.odoo_id for one in linked])
    rivals = open_proposals(connection).filter(theirs)
    released = set(rivals.values_list("uid", flat=True)) - {one.uid for one in linked}
    rivals.delete()
    _release(connection, released)
    return len(linked)


SAME = {
    "": _("The same person in Odoo. What both sides say differently waits for a decision"),
    "ours": _("The same person in Odoo. What is here was preferred"),
    "theirs": _("The same person in Odoo. What Odoo says was preferred"),
}
"""What was decided about a proposal, by whose values were preferred."""


def _told(proposal: AdoptionProposal, note: str, by: Any) -> Told:
    """Return what the patient's timeline says of a decision: what both sides said differently then, and by whom."""
    apart = {name: [mine, other] for name, (mine, other, *_more) in both_sides(proposal).items() if mine != other}
    connection, uid = proposal.connection_id, proposal.uid
    link = Link(connection_id=connection, mapping=Partner.key, uid=uid, odoo_id=proposal.odoo_id)
    return Told(link, What.DECIDED, apart, note, str(by or ""))


def reject(proposal: AdoptionProposal, by: Any = None) -> None:
    """Remember that these two are not the same person. Raises Undecidable."""
    with transaction.atomic():
        open_one = AdoptionProposal.objects.filter(pk=proposal.pk, state__in=AdoptionProposal.OPEN)
        if not _note(open_one, State.REJECTED, by):
            raise Undecidable(_("Somebody has decided this already."))
        timeline.write([_told(proposal, _("Somebody else in Odoo"), by)])
        _release(proposal.connection, {proposal.uid})


def confirm_certain(connection: Connection, by: Any = None, *, limit: int | None = None) -> int:
    """Confirm the certain proposals, at most `limit` of them, and return how many that were."""
    certain = AdoptionProposal.objects.filter(connection=connection, state=State.CERTAIN)
    keys, confirmed = list(certain.order_by("pk").values_list("pk", flat=True)[:limit]), 0
    for start in range(0, len(keys), PAGE):
        with transaction.atomic():
            confirmed += _link(connection, list(certain.filter(pk__in=keys[start : start + PAGE])), by, prefer="")
    return confirmed


def open_proposals(connection: Connection) -> Any:
    return AdoptionProposal.objects.filter(connection=connection, state__in=AdoptionProposal.OPEN)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many proposals are in each state."""
    found = AdoptionProposal.objects.filter(connection=connection)
    return {state: found.filter(state=state).count() for state in State.values}


def both_sides(proposal: AdoptionProposal) -> dict[str, list[Any]]:
    """Return field -> [ours, theirs, ours in words, theirs in words]; empty once it is decided."""
    values: dict[str, list[Any]] = json.loads(proposal.values) if proposal.values else {}
    return values


def first_agreement(proposal: AdoptionProposal, prefer: str) -> dict[str, Values]:
    """Return what both sides are said to have agreed on before they met: nothing, as a rule.

    Then a value that only one side has is filled in on the other, and two different ones are a conflict (see `merge`).
    Where a side was preferred, only the other side's value is agreed, and so the preferred one is news. A contact that
    is archived in Odoo is brought back: whoever confirmed it has seen that.
    """
    ours: Values = {}
    theirs: Values = {}
    one_way = {name for name, field in Partner.fields().items() if field.one_way}
    both = both_sides(proposal)
    for name, (mine, other, *_more) in both.items():
        if _is_crossed(name, both):
            ours[name], theirs[name] = mine, other
        elif mine in (None, "") or other in (None, "") or mine == other:
            continue
        elif prefer == "ours":
            theirs[name] = other
        elif prefer == "theirs" and name not in one_way:
            ours[name] = mine
    if proposal.archived:
        theirs["active"] = False
    return {"ours": ours, "theirs": theirs}


def _is_crossed(name: str, both: dict[str, list[Any]]) -> bool:
    """Tell whether only one side has a number, and the other keeps it as the other kind: it is not to be doubled."""
    mine, other, *_ = both[name]
    twin = both.get({"phone": "mobile", "mobile": "phone"}.get(name, ""))
    if twin is None:
        return False
    return (bool(other) and not mine and other == twin[0]) or (bool(mine) and not other and mine == twin[1])


def _note(proposals: Any, state: AdoptionProposal.State, by: Any) -> int:
    return int(proposals.update(state=state, decided_by=by, decided_at=timezone.now(), values=""))


def _release(connection: Connection, uids: set[UUID]) -> None:
    """Let patients go to Odoo that nothing open holds any more."""
    held = set(open_proposals(connection).filter(uid__in=uids).values_list("uid", flat=True))
    links = Link.objects.filter(connection=connection, mapping=Partner.key, uid__in=uids - held, odoo_id=None)
    want_in(connection, Partner, links.values_list("uid", flat=True))
