"""Domains that a document only prints: what a search with them gives."""

from __future__ import annotations

from typing import Any
from xmlrpc.client import Fault

from tests.odoo_bridge.samples.expecting import Check, gives
from tests.odoo_bridge.samples.running import Step
from tests.odoo_bridge.samples.world import World

COUNT = """
def count(domain):
    try:
        return models.execute_kw(db, uid, password, 'res.partner', 'search_count', [domain])
    except xmlrpc.client.Fault as refused:
        return refused

found = [count(domain) for domain in domains]
"""


class NoField(dict[int, str]):
    """The last line of the fault for an unknown field in a domain, by version."""

    def __init__(self, leaf: tuple[Any, ...]) -> None:
        line = "ValueError: Invalid field res.partner.{} in {} {!r}"
        super().__init__({16: line.format(leaf[0], "leaf", leaf), 19: line.format(leaf[0], "condition", leaf)})


NO_FIELD = {
    leaf[0]: NoField(leaf)
    for leaf in (
        ("is_customer", "=", True),
        ("state", "not in", ["draft", "cancel"]),
        ("description", "!=", False),
    )
}


def searching(name: str, domains: list[Any], wanted: list[Any]) -> Step:
    """A step that counts what each domain finds.

    ``wanted`` has, for each, how many are found in a fresh sandbox, ``int`` for any number, or the fault by version.
    """
    assert len(domains) == len(wanted)

    def right(found: list[Any], world: World, names: dict[str, Any]) -> bool:
        return all(_is(each, what, world) for each, what in zip(found, wanted, strict=True))

    check: Check = gives(found=right)
    return Step(f"{name}, searched for", check, code=COUNT, given=lambda world: {"domains": domains})


def _is(found: Any, wanted: Any, world: World) -> bool:
    if isinstance(wanted, NoField):
        line = wanted[max(each for each in wanted if each <= world.version)]
        return isinstance(found, Fault) and (found.faultCode, found.faultString.strip().splitlines()[-1]) == (1, line)
    if wanted is int or world.is_real:
        return type(found) is int and found >= 0
    return bool(found == wanted)
