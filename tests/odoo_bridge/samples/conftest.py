"""The Odoos that the samples run against: a sandbox of each version over HTTP, or the real one of ODOO_URL.

A real one must be meant for tests (ODOO_TEST_DATABASE=1), and needs ODOO_ADMIN_PASSWORD too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox
from odoo_bridge.sandbox.seed import ADMIN_PASSWORD
from tests.contract import peers
from tests.odoo_bridge.samples.expecting import Outcome
from tests.odoo_bridge.samples.running import run
from tests.odoo_bridge.samples.world import World
from tests.odoo_bridge.sandbox.serving import serving

VERSIONS = (16, 17, 19)
USERS = ("admin", "bridge")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every document in every Odoo as every user, and ask after each of its steps."""
    if "step" not in metafunc.fixturenames:
        return
    module = metafunc.module
    odoos = ["real"] if os.environ.get("ODOO_URL") else [str(version) for version in module.VERSIONS]
    worlds = [f"{odoo}-{user}" for odoo in odoos for user in module.USERS]
    metafunc.parametrize("outcomes", worlds, indirect=True, scope="module")
    metafunc.parametrize("step", module.STEPS, ids=lambda step: step.name)


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, dict[str, Outcome]]]:
    """What came of each step of the module's document, and where."""
    odoo, user = request.param.split("-")
    module = request.module
    folder = tmp_path_factory.mktemp("samples")
    with real(user) if odoo == "real" else sandboxed(int(odoo), user, getattr(module, "WITH_REST", False)) as world:
        if world.is_real and getattr(module, "NOT_REAL", ""):
            pytest.skip(module.NOT_REAL)
        (folder / "file.pdf").write_bytes(b"%PDF-1.4")
        lines = {"ODOO_URL": world.url, "ODOO_DB": world.database, "ODOO_USERNAME": world.username}
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        yield world, run(module.DOCUMENT, module.STEPS, world, folder)


@contextmanager
def sandboxed(version: int, user: str, with_rest: bool) -> Iterator[World]:
    """A fresh sandbox behind a real port."""
    secret = ADMIN_PASSWORD if user == "admin" else BRIDGE_KEY
    sandbox = Sandbox(version)
    try:
        with serving(sandbox, with_rest=with_rest) as caller:
            yield World(caller.url, sandbox.database, user, secret, ADMIN_PASSWORD)
    finally:
        sandbox.close()


@contextmanager
def real(user: str) -> Iterator[World]:
    """The server that the environment names."""
    if not peers.may_write():
        pytest.skip(peers.ONLY_LOOKED_AT)
    password = os.environ.get("ODOO_ADMIN_PASSWORD")
    if not password:
        pytest.skip("The samples sign in as the administrator: set ODOO_ADMIN_PASSWORD.")
    url, database, username, key = (os.environ[variable] for variable in peers.VARIABLES)
    login, secret = ("admin", password) if user == "admin" else (username, key)
    yield World(url, database, login, secret, password, is_real=True)
