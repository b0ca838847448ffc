"""The one test of a document: each of its samples comes out as expected."""

from __future__ import annotations

import pytest

from tests.odoo_bridge.samples.expecting import Outcome, choose
from tests.odoo_bridge.samples.running import Step
from tests.odoo_bridge.samples.world import World

# The samples leave their connections to the garbage collector.
LEAVES_CONNECTIONS = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def comes_out(step: Step, outcomes: tuple[World, dict[str, Outcome]]) -> None:
    """Raises ``AssertionError`` where a real server of the world's version gives something else."""
    world, came = outcomes
    if step.name not in came:
        pytest.skip(step.too_much)
    expected = step.expected if world.is_admin or step.bridge is None else step.bridge
    choose(expected, world.version)(came[step.name], world)
