"""A sandbox of any version behind a real port, and a client of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import make_server

from odoo_bridge.client import Client
from odoo_bridge.sandbox.sandbox import BRIDGE_KEY, Sandbox
from odoo_bridge.sandbox.web.pages import Pages
from odoo_bridge.sandbox.wire.app import App


@contextmanager
def sandbox_client(version: int, **options: Any) -> Iterator[Client]:
    """A client of a fresh sandbox, which serves until the block ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
    sandbox = Sandbox(version)
    server = make_server("127.0.0.1", 0, App(sandbox, Pages(sandbox)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with Client(f"http://127.0.0.1:{server.port}", "sandbox", "bridge", BRIDGE_KEY, **options) as client:
            yield client
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        sandbox.close()
