"""What changed in Odoo, written to the clinic's records: those of a page together, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction

from odoo_bridge import leases, quarantine
from odoo_bridge.errors import OdooError
from odoo_bridge.fields import NotYet, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Agreed, Merged, Values
from odoo_bridge.models import Link
from odoo_bridge.said import _, listed, said_by


@dataclass(eq=False)
class Pair:
    """One record on both sides: our plain values, what Odoo's `read` answered, and what is to become of the two.

    `theirs`: Odoo's plain values of the answer, once it was decided about. `kept`: what is agreed as the database has
    it since a value was taken over.
    """

    link: Link
    record: Any
    ours: Values
    answer: Values
    merged: Merged = field(default_factory=Merged)
    theirs: Values = field(default_factory=dict)
    kept: Values | None = None


def take_over(mapping: Mapping, pairs: list[Pair]) -> list[Pair]:
    """Write `merged.to_clinic` of each pair to its record, and read `ours` anew. Returns those we stumbled over.

    `merged.to_clinic` is left with what was taken. What somebody here has changed in the meantime is not: that change
    is journalled, and the next push merges it. What our rules refuse becomes a conflict of that record alone, and of
    that field alone unless it belongs together with others: what fails together is tried in smaller company.
    """
    return _take_over_lots(mapping, [pairs])


def _take_over_lots(mapping: Mapping, lots: list[list[Pair]]) -> list[Pair]:
    pairs = [pair for lot in lots for pair in lot]
    if not pairs:
        return []
    if len(pairs) == 1:
        with quarantine.set_aside(pairs[0].link):
            _take_over_one(mapping, pairs[0])
            return []
        return pairs
    try:
        _write(mapping, pairs)
    except (OdooError, NotYet, OperationalError, InterfaceError):
        raise
    except Exception:  # Whose fault it is shows in smaller company.
        lots = lots if len(lots) > 1 else _taken_apart(mapping, pairs)
        middle = len(lots) // 2
        return [*_take_over_lots(mapping, lots[:middle]), *_take_over_lots(mapping, lots[middle:])]
    return []


def _taken_apart(mapping: Mapping, pairs: list[Pair]) -> list[list[Pair]]:
    """Return pairs in lots that do not depend on each other; where all of them do, each by itself."""
    lots = mapping.dependent([(pair.record, pair.merged.to_clinic) for pair in pairs])
    return [[pairs[one] for one in lot] for lot in lots] if len(lots) > 1 else [[pair] for pair in pairs]


def _take_over_one(mapping: Mapping, pair: Pair) -> None:
    merged, offered = pair.merged, pair.merged.to_clinic
    taken: Values = {}
    parts = [{name: value} for name, value in offered.items()]
    for values in [offered] if len(parts) == 1 or mapping.together else [offered, *parts]:
        if values.keys() & taken.keys():
            break
        merged.to_clinic = values
        try:
            _write(mapping, [pair])
            taken |= merged.to_clinic
        except (Refused, ValidationError) as error:
            if len(values) == 1 or mapping.together:
                merged.conflicts.extend(values)
                merged.reason = said_by(error) if isinstance(error, Refused) else _sentence(error)
    merged.to_clinic = taken


def _write(mapping: Mapping, pairs: list[Pair]) -> None:
    """Write Odoo's values to the records, and what is agreed thereby to their links: both, or nothing of it."""
    before = [pair.link.agreed for pair in pairs]
    try:
        with transaction.atomic():
            _write_all(mapping, pairs)
    except BaseException:
        for pair, agreed in zip(pairs, before, strict=True):
            pair.link.agreed, pair.kept = agreed, None
        raise


def _write_all(mapping: Mapping, pairs: list[Pair]) -> None:
    """Write Odoo's values to the records as they are now, and note on the pairs how we spell them.

    That is read before the transaction ends: what somebody changes here afterwards is an edit, not what was agreed.
    A pair whose record somebody changed or deleted is left with nothing taken, as is one whose lease is lost: somebody
    else has looked since. Raises what `Mapping.take_over` raises.
    """
    mine = _still_held(mapping, pairs)
    names = {name for pair in pairs for name in pair.merged.to_clinic}
    present = mapping.lock([pair.record for pair in pairs if pair.link.pk in mine], names)
    found: list[Pair] = []
    moved_on: list[Pair] = []
    for pair in pairs:
        (found if _is_as_it_was(mapping, present.get(pair.record.pk), pair) else moved_on).append(pair)
    spelled: list[Values] = []
    if found:
        mapping.take_over([(present[pair.record.pk], pair.merged.to_clinic) for pair in found])
        spelled = [_ours(mapping, present[pair.record.pk], pair.merged.to_clinic) for pair in found]
    # Nothing fails from here on: a pair that is tried again must be as it was.
    for pair, values in zip(found, spelled, strict=True):
        pair.ours = pair.ours | values
    for pair in moved_on:
        pair.merged.to_clinic = {}
    if mapping.lease is not None:
        _keep(mapping.lease, found)


def _keep(lease: UUID, pairs: list[Pair]) -> None:
    """Save what is agreed: should we stop here, whoever comes next would take Odoo's value for an edit of ours."""
    for pair in pairs:
        agreed, names = Agreed.from_json(pair.link.agreed) or Agreed({}, {}), pair.merged.to_clinic
        pair.link.agreed = Agreed(
            agreed.ours | {name: pair.ours[name] for name in names},
            agreed.theirs | {name: pair.theirs[name] for name in names},
        ).to_json()
        pair.kept = pair.link.agreed
    leases.save(lease, [pair.link for pair in pairs], ["agreed"])


def _still_held(mapping: Mapping, pairs: list[Pair]) -> set[Any]:
    """Return the links that are held under the mapping's lease, for nobody else to lease them until we have written.

    Where it has none, nothing is going to be kept: all of them.
    """
    links = {pair.link.pk for pair in pairs}
    if mapping.lease is None:
        return links
    held = Link.objects.filter(pk__in=links, lease=mapping.lease).order_by("pk").select_for_update()
    return set(held.values_list("pk", flat=True))


def _is_as_it_was(mapping: Mapping, record: Any, pair: Pair) -> bool:
    names = pair.merged.to_clinic
    return record is not None and _ours(mapping, record, names) == {name: pair.ours[name] for name in names}


def _ours(mapping: Mapping, record: Any, names: Iterable[str]) -> Values:
    return {name: mapping.present[name].ours(record, mapping.scope) for name in names}


def _sentence(error: ValidationError) -> str:
    return _("Odoo's value is not accepted here: %(why)s", why=listed(map(_, error.messages), " "))
