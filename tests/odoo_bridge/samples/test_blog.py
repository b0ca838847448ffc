"""The samples of a blog post of 2019, which were written for Odoo 12."""

from __future__ import annotations

from tests.odoo_bridge.samples.checking import LEAVES_CONNECTIONS, comes_out
from tests.odoo_bridge.samples.conftest import USERS, VERSIONS
from tests.odoo_bridge.samples.expecting import (
    Expected,
    Outcome,
    a_record,
    described,
    fault,
    gives,
    how_many,
    ids_with,
)
from tests.odoo_bridge.samples.running import Step, samples
from tests.odoo_bridge.samples.world import World

__all__ = ["USERS", "VERSIONS"]
DOCUMENT = "1-blog.txt"
pytestmark = LEAVES_CONNECTIONS


def on(version: int, name: str) -> dict[str, object]:
    """What `version()` answers."""
    info = [version, 0, 0, "final", 0, ""]
    return {
        "server_version": name,
        "server_version_info": info,
        "server_serie": f"{version}.0",
        "protocol_version": 1,
    }


# The boolean `customer` became the number `customer_rank` with Odoo 13.
NO_CUSTOMER: Expected = {
    16: fault(1, "ValueError: Invalid field res.partner.customer in leaf ('customer', '=', True)"),
    19: fault(1, "ValueError: Invalid field res.partner.customer in condition ('customer', '=', True)"),
}
NAME = {"type": "char", "string": "Name"}
STEPS = [
    Step(
        "Test Version",
        {
            16: gives(on(16, "16.0")),
            17: gives(lambda found, world, names: found == on(17, found["server_version"])),
            19: gives(on(19, "19.0")),
        },
        given=World.access,
    ),
    Step("Authentication", gives(uid=lambda found, world, names: found == world.uid > 1)),
    Step(
        "Search",
        gives(
            partners=ids_with("mine"), printed=lambda found, world, names: found.startswith("[") and found[-2:] == "]\n"
        ),
        given=lambda world: {"mine": [world.partner("Samples' own")]},
    ),
    Step("Search (2)", NO_CUSTOMER),
    Step("Search (3)", NO_CUSTOMER),
    Step("Read", NO_CUSTOMER),
    Step("Read (2)", NO_CUSTOMER),
    Step(
        "fields get",
        gives(
            fields=lambda found, world, names: (
                {**NAME, "required": False, "readonly": False, "store": True}.items() <= found["name"].items()
                and {"type": "many2one", "relation": "res.country"}.items() <= found["country_id"].items()
                and "customer" not in found
                and ("mobile" in found) == (world.version < 18)
            ),
            printed=lambda found, world, names: found == f"{names['fields']}\n",
        ),
    ),
    Step(
        "fields get (2)",
        gives(
            fields=described(
                "type", "string", wants={"name": NAME, "country_id": {"type": "many2one", "string": "Country"}}
            ),
            printed=lambda found, world, names: found == f"{names['fields']}\n",
        ),
    ),
    Step("Search and Read", NO_CUSTOMER),
    Step(
        "Search and Read (2)",
        gives(count=how_many(), printed=lambda found, world, names: found == f"{names['count']}\n"),
    ),
    Step("Create", gives(id=a_record, printed=lambda found, world, names: found == f"{names['id']}\n")),
    Step("Update", gives(True)),
    Step(
        "the record after the update",
        gives(lambda found, world, names: found == [{"id": names["id"], "name": "Sammy"}]),
        code="models.execute_kw(db, uid, password, 'res.partner', 'read', [[id], ['name']])",
    ),
    Step("Delete", gives(True)),
    Step(
        "the record after the deletion",
        gives([]),
        code="models.execute_kw(db, uid, password, 'res.partner', 'read', [[id], ['name']])",
    ),
]


def test_the_sample_comes_out_as_on_a_real_server(step: Step, outcomes: tuple[World, dict[str, Outcome]]) -> None:
    comes_out(step, outcomes)


def test_every_sample_is_run() -> None:
    assert [step.name for step in STEPS if not step.code] == list(samples(DOCUMENT))
