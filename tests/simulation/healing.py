"""After the last step: who stands still goes on, what is late arrives, people look through what waits for them."""

from __future__ import annotations

from typing import Any

from odoo_bridge.intake import want_what_stayed
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import registry
from tests.simulation import check

ROUNDS = 12
"""How often people look through what waits for them."""


def heal(world: Any) -> None:
    """Let time pass without faults, until nothing is left to do or to decide."""
    world.step += 1
    world.awaited.clear()
    while world.still:
        world.let(world.still.pop(0))
        world.look("sync")
    while world.late:
        world.arrive("arrives", {"which": 0})
        world.look("late")
    world.say("healing")
    for mapping in registry().values():
        if mapping.optional and not mapping.pull_only:
            # A person has the connection checked: an app that seemed to be missing is found.
            want_what_stayed(Connection.objects.get(), mapping)
    for number in range(ROUNDS):
        world.step += 1
        _quiet_round(world)
        if not _people_look(world, ours=number > 0):
            break


def _quiet_round(world: Any) -> None:
    """Push and pull, past every back-off, until nothing waits."""
    for _ in range(6):
        world.clock.advance(1800)
        world.people.go("on", {})
        for what in ("push", "pull"):
            world.work(what, {})
            world.look("sync")
        if not Link.objects.all().waiting().exists() and not Connection.objects.get().trouble:
            return


def _people_look(world: Any, *, ours: bool) -> bool:
    """Decide everything that can be decided. Returns whether there was anything."""
    for said in world.office.post_all_drafts():
        world.say(f"  office: {said}")
    world.look("office")
    links = Link.objects.filter(needs_person=True).order_by("pk")
    waiting = [link for link in links if not check.may_wait(link)]
    for link in waiting:
        world.say(f"  decided: {world.people.decide(link, ours=ours)}")
        world.look("desk")
    return bool(waiting)
