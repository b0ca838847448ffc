"""Random invoices come to the same at the desk and in Odoo, to the last digit and by line.

`make baskets` tries ten thousand of them; a failing one is found again by its seed.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from clinic.totals import Rounding
from odoo_bridge.client import Client
from odoo_bridge.sandbox import BRIDGE_KEY, Sandbox, Seed
from odoo_bridge.sandbox.seed import ADMIN_PASSWORD
from tests.odoo_bridge.baskets import Books, random_basket
from tests.odoo_bridge.sandbox.serving import serving

COUNT = int(os.environ.get("BASKETS", "600"))
SEED = int(os.environ.get("BASKETS_SEED", "1"))
VERSIONS = (16, 17, 19)
METHODS = ("round_per_line", "round_globally")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.timeout(60 + COUNT)
def test_random_invoices_come_to_the_same_at_the_desk_and_in_odoo(version: int, method: str) -> None:
    random = Random(f"{SEED} {version} {method}")
    baskets = [random_basket(random) for _ in range(-(-COUNT // len(VERSIONS) // len(METHODS)))]
    sandbox = Sandbox(version, seed=Seed(taxes=()))
    with (
        serving(sandbox) as server,
        Client(server.url, sandbox.database, "bridge", BRIDGE_KEY) as client,
        Client(server.url, sandbox.database, "admin", ADMIN_PASSWORD) as office,
    ):
        office.write("res.company", [1], {"tax_calculation_rounding_method": method})
        assert not Books(client, office).differences(baskets, Rounding.of(method, version))
