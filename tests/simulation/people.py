"""People who look through what waits for them, on the sync's own pages: they decide, and let a connection go on."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from odoo_bridge import connecting, deciding
from odoo_bridge.models import Connection, Link
from odoo_bridge.outbound import DELETED_HERE, DELETED_HERE_FOR_GOOD


class People:
    """`world`: what counts their decisions, and keeps account of them."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def decide_one(self, what: str, arguments: dict[str, Any]) -> str:
        """A person looks at a record that waits for them, and decides."""
        links = list(Link.objects.filter(needs_person=True).order_by("pk"))
        if not links:
            return "nothing to decide"
        link = links[arguments["which"] % len(links)]
        if link.leased_until and link.leased_until > timezone.now():
            return "the sync is at work on it"
        return self.decide(link, ours=arguments["ours"])

    def decide(self, link: Link, *, ours: bool) -> str:
        """Decide on what a link waits for: for ours, or for Odoo's value where the clinic can take it over."""
        world = self._world
        world.count("decisions")
        if link.conflicts:
            ours = ours or not deciding.may_take_theirs(link)
            world.count("conflicts decided")
            world.intents.decide(link.mapping, link.uid.hex, link.conflicts, ours)
            deciding.settle_conflict(link, deciding.Side.OURS if ours else deciding.Side.THEIRS)
            return f"{link.mapping} {link.uid} {sorted(link.conflicts)}: {'ours' if ours else 'theirs'}"
        if link.gone:
            world.count("sent as new")
            world.intents.send_as_new(link.mapping, link.uid.hex)
            deciding.send_as_new(link)
            return f"{link.mapping} {link.uid} is sent as new"
        if link.reason in (DELETED_HERE, DELETED_HERE_FOR_GOOD):
            world.count("left in Odoo")
            world.left.add(f"{link.mapping}_{link.uid.hex}")
            said = world.office.put_right(link.mapping, link.odoo_id)
            deciding.leave(link)
            return f"{link.mapping} {link.uid} is left in Odoo, {said}"
        world.count("tried again")
        deciding.try_again(link)
        return f"{link.mapping} {link.uid} is tried again: {link.reason}"

    def go(self, what: str, arguments: dict[str, Any]) -> str:
        """A person lets a paused connection go on."""
        connection = Connection.objects.get()
        if connection.doubt:
            return self._clear_up(connection)
        if connection.state == Connection.State.PAUSED:
            connecting.go(connection)
        return connection.state

    def _clear_up(self, connection: Connection) -> str:
        """A person says what happened: it must be what the connection is in doubt about."""
        world = self._world
        world.count(f"doubts about {connection.doubt}")
        if connection.doubt not in world.restored:
            world.intents.violations.append(f"a false alarm: {connection.doubt}")
        connecting.answer_doubt(connection, connection.doubt)
        world.work("recover", {})
        return f"recovery after {connection.doubt}"
