"""Where records belong: which connection's Odoo has, or is to have, each of them.

An invoice, a payment or an appointment is in one Odoo only: in the one that has it, or else where the books of its
branch are. What was sent once stays there when its branch moves to another connection, and what follows it (the
payments of an invoice) goes there too. Only contacts may be in several.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from clinic.practice.models import Branch
from odoo_bridge.mapping import Mapping
from odoo_bridge.models import BranchBooks, Connection, Link, kind_in_force


class Places:
    """Which connection has which branches, read once: asked anew for every batch, since people move branches.

    `connections`: those in use. `default`: the one that has every branch which is assigned to no other. `alone`: there
    is no other connection of the kind in force, used or archived, so that everything is at home there.
    """

    def __init__(self) -> None:
        everything = list(Connection.objects.order_by("-is_default", "pk"))
        kind = kind_in_force({one.is_sandbox for one in everything})
        of_kind = [one for one in everything if one.is_sandbox == kind]
        self.connections = [one for one in of_kind if one.state != Connection.State.ARCHIVED]
        self.default = self.connections[0] if self.connections else None
        self.alone = len(of_kind) == 1
        self.of_kind = {one.pk for one in of_kind}
        self._assigned: dict[int, int] = {}
        if not self.alone:
            books = BranchBooks.objects.filter(connection__in=self.connections)
            self._assigned = dict(books.values_list("branch", "connection"))

    def of_branch(self, branch: int) -> int:
        """Return the key of the connection that has a branch's books. There has to be a default connection."""
        assert self.default is not None
        return self._assigned.get(branch, self.default.pk)

    def at_home(self, mapping: type[Mapping], connection: Connection) -> Q:
        """Return the condition on a mapping's records that their branch's books are in a connection."""
        is_default = self.default is not None and connection.pk == self.default.pk
        if not mapping.branch:
            return Q() if is_default else Q(pk__in=[])
        there = [branch for branch, pk in self._assigned.items() if (pk == connection.pk) != is_default]
        condition = Q(**{f"{mapping.branch}__in": there})
        return ~condition if is_default else condition


def branches_of(connection: Connection) -> list[Branch]:
    """Return the branches whose books are in a connection."""
    places = Places()
    if places.alone:
        return list(Branch.objects.all())
    return [
        branch for branch in Branch.objects.all() if places.default and places.of_branch(branch.pk) == connection.pk
    ]


def homes(mapping: type[Mapping], uids: Collection[UUID], places: Places) -> dict[UUID, int]:
    """Return the key of the connection that each record belongs in; records that are gone are left out."""
    home = _by_branch(mapping, uids, places)
    if places.alone or mapping.shared:
        return home
    return home | {uid: pk for uid, pk in bound_in(mapping.key, uids, places).items() if uid in home}


def _by_branch(mapping: type[Mapping], uids: Collection[UUID], places: Places) -> dict[UUID, int]:
    """Return where each record goes that no Odoo has: with the record it follows, or else with its branch."""
    if places.default is None:
        return {}
    if places.alone:
        return dict.fromkeys(uids, places.default.pk)
    records = mapping.model().objects.filter(uid__in=uids)
    if mapping.branch:
        branches = records.values_list("uid", mapping.branch)
        home = {uid: places.of_branch(branch) for uid, branch in branches}
    else:
        home = dict.fromkeys(records.values_list("uid", flat=True), places.default.pk)
    if mapping.follows:
        leader, path = mapping.follows
        led = dict(records.exclude(**{path: None}).values_list("uid", path))
        leaders = bound_in(leader, set(led.values()), places)
        home |= {uid: leaders[one] for uid, one in led.items() if one in leaders}
    return home


def bound_in(key: str, uids: Collection[UUID], places: Places) -> dict[UUID, int]:
    """Return which connection's Odoo has each record of a mapping, or may have it; those that none has are left out."""
    links = Link.objects.filter(connection__in=places.of_kind, mapping=key, uid__in=uids).bound()
    return dict(links.order_by("-pk").values_list("uid", "connection"))


def belonging(mapping: type[Mapping], connection: Connection) -> Any:
    """Return the query set of the records that belong in a connection's Odoo; history that stays here is left out."""
    places, records = Places(), mapping.sent_over(connection)
    if connection.pk not in places.of_kind or places.alone:
        return records
    home = places.at_home(mapping, connection)
    if mapping.follows:
        leader, path = mapping.follows
        led_here = mapping.model().objects.filter(**{f"{path}__in": _bound(leader, [connection.pk])})
        led_away = mapping.model().objects.filter(**{f"{path}__in": _bound(leader, places.of_kind - {connection.pk})})
        home = Q(pk__in=led_here.values("pk")) | (home & ~Q(pk__in=led_away.values("pk")))
    if not mapping.shared:
        away = _bound(mapping.key, places.of_kind - {connection.pk})
        home = (home | Q(uid__in=_bound(mapping.key, [connection.pk]))) & ~Q(uid__in=away)
    return records.filter(home)


def _bound(key: str, connections: Iterable[int]) -> Any:
    return Link.objects.filter(connection__in=connections, mapping=key).bound().values("uid")


def astray(mapping: type[Mapping], connection: Connection, uids: Collection[UUID]) -> dict[UUID, bool]:
    """Return the records that must not be sent anew over a connection, and whether that may still change.

    Asked under a lease, right before something new is sent. Of two connections that both took a record up while its
    branch moved, the one that leased it later sees the other's lease, so that only one of them sends it.
    """
    places = Places()
    if mapping.shared or places.alone or connection.pk not in places.of_kind:
        return {}
    home = _by_branch(mapping, uids, places)
    away = Link.objects.filter(connection__in=places.of_kind - {connection.pk}, mapping=mapping.key, uid__in=uids)
    found = {uid: odoo_id is None for uid, odoo_id in away.bound().values_list("uid", "odoo_id")}
    elsewhere = {uid for uid in uids if home.get(uid) != connection.pk}
    return found | dict.fromkeys(elsewhere, False)
