"""Who decides each field of a connection: what may be chosen, what was chosen, and choosing otherwise.

Fields that make sense together only (`Mapping.together`) are chosen together.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from odoo_bridge.chosen import OwnerChange
from odoo_bridge.fields import Const
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Owner
from odoo_bridge.models import Connection
from odoo_bridge.registry import registry
from odoo_bridge.said import _

WHO = {Owner.CLINIC: _("The clinic"), Owner.ODOO: "Odoo", Owner.NEWEST: _("The newer one"), Owner.ASK: _("Ask me")}

MEANS = {
    Owner.CLINIC: _("What is here counts, and an edit in Odoo is put back."),
    Owner.ODOO: _("What Odoo says counts, and an edit here is undone."),
    Owner.NEWEST: _("Edits go both ways. Where both sides changed it, the later edit counts."),
    Owner.ASK: _("Edits go both ways. Where both sides changed it, it waits for you."),
}
"""What each owner means, in one sentence."""

ONE_WAY = _("An edit here goes to Odoo. An edit in Odoo waits for you.")
"""What asking means for a field that the clinic cannot take over."""


class NotChoosable(Exception):
    """Nobody may choose that; the message tells a person why."""


@dataclass(frozen=True)
class Owned:
    """One field of a mapping, or several that belong together: who decides it, and who may.

    `names` are Odoo's. `why` says why nobody may choose, and is empty where somebody may.
    """

    mapping: str
    names: tuple[str, ...]
    label: str
    owner: Owner
    default: Owner
    choices: tuple[Owner, ...]
    why: str

    @property
    def key(self) -> str:
        """By which it is chosen: "partner.email", of several the first."""
        return f"{self.mapping}.{self.names[0]}"

    @property
    def means(self) -> dict[Owner, str]:
        """What each choice would mean."""
        is_one_way = Owner.ODOO not in self.choices
        return {one: ONE_WAY if is_one_way and one is Owner.ASK else MEANS[one] for one in self.choices}


def owned(connection: Connection, mapping: type[Mapping]) -> list[Owned]:
    """Return what a mapping writes or reads, in its order, with who decides it on a connection."""
    lines = mapping.lines()
    names = [name for name, field in mapping.fields().items() if not isinstance(field, Const)]
    names += [lines.name] if lines and not lines.kept else []
    names += [name for name in mapping.observed if name not in names]
    found, done = [], set[str]()
    for name in names:
        if name not in done:
            group = tuple(one for one in names if one in mapping.together) if name in mapping.together else (name,)
            done.update(group)
            found.append(_owned(connection, mapping, group))
    return found


def _owned(connection: Connection, mapping: type[Mapping], names: tuple[str, ...]) -> Owned:
    first = names[0]
    field, label = mapping.fields().get(first), " and ".join(mapping.say(name) for name in names)
    if field is None:
        lines = mapping.lines()
        is_list = lines is not None and lines.name == first
        owner = Owner.CLINIC if is_list else Owner.ODOO
        why = mapping.fixed["*"] if is_list else mapping.why_fixed(first)
        return Owned(mapping.key, names, label, owner, owner, (owner,), why)
    choices = (Owner.CLINIC,) if field.once else mapping.may_decide(first)
    chosen = connection.owners.get(f"{mapping.key}.{first}")
    default = Owner.CLINIC if field.once else field.owner
    owner = Owner(chosen) if chosen in choices else default
    return Owned(mapping.key, names, label, owner, default, choices, mapping.why_fixed(first))


def every(connection: Connection) -> dict[type[Mapping], list[Owned]]:
    """Return what every mapping writes or reads, with who decides it."""
    return {mapping: owned(connection, mapping) for mapping in registry().values()}


def choose(connection: Connection, wanted: Dict[str, str], by: Any = None) -> list[OwnerChange]:
    """Choose who decides fields: key -> owner (see `Owned.key`; of fields that belong together any will do).

    Returns what is changed by it, written down with who did it (a user, or None: by command). All of it is done, or
    nothing. Conflicts that wait already go on waiting. Raises NotChoosable.
    """
    with transaction.atomic():
        present = Connection.objects.select_for_update().get(pk=connection.pk)
        changes = [change for key, owner in wanted.items() for change in _chosen(present, key, owner, by)]
        for change in changes:
            present.owners[f"{change.mapping}.{change.field}"] = change.after
        present.save(update_fields=["owners"])
        OwnerChange.objects.bulk_create(changes)
    connection.owners = present.owners
    return changes


def _chosen(connection: Connection, key: str, owner: str, by: Any) -> Iterable[OwnerChange]:
    one = find(connection, key)
    if one.why:
        raise NotChoosable(
            _("Nobody chooses who decides %(label)s (%(key)s): %(why)s", label=one.label, key=key, why=one.why)
        )
    if owner not in one.choices:
        raise NotChoosable(
            _(
                "%(label)s (%(key)s) can be decided by: %(choices)s.",
                label=one.label,
                key=key,
                choices=", ".join(one.choices),
            )
        )
    if owner == one.owner:
        return []
    return [
        OwnerChange(connection=connection, mapping=one.mapping, field=name, before=one.owner, after=owner, by=by)
        for name in one.names
    ]


def find(connection: Connection, key: str) -> Owned:
    """Return what a key means. Raises NotChoosable where there is no such field."""
    mapping, _dot, name = key.partition(".")
    found = owned(connection, registry()[mapping]) if mapping in registry() else []
    for one in found:
        if name in one.names:
            return one
    raise NotChoosable(_("There is no field %(key)s.", key=key))
