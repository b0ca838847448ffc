from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from odoo_bridge.client import Client
from odoo_bridge.transports.http import Timeout

from .served import sandbox_client
from .wire import Answer, Wire, serving

Connect = Callable[..., Client]
KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with serving(Wire()) as wire:
        yield wire


@pytest.fixture
def connect(wire: Wire) -> Iterator[Connect]:
    """A client of the wire; with an argument, the wire answers calls of models' methods with it."""
    with ExitStack() as clients:

        def connect(answer: Answer | None = None, **options: Any) -> Client:
            if answer:
                wire.answer = answer
            options.setdefault("timeout", Timeout(connect=1, read=5))
            options.setdefault("transport", "jsonrpc")
            options.setdefault("checks_fields", False)  # the wire knows of no fields
            client = Client(options.pop("url", wire.url), "clinic", "bridge", KEY, **options)
            return clients.enter_context(client)

        yield connect


@pytest.fixture(params=["jsonrpc", "xmlrpc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=[16, 17, 19])
def odoo(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of a sandbox of each version, shared by the tests of a file: make records of your own."""
    with sandbox_client(request.param) as client:
        yield client
