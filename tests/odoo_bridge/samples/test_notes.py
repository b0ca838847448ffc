"""The samples of somebody's notes on the external API of Odoo 17."""

from __future__ import annotations

from typing import Any

from tests.odoo_bridge.samples.checking import LEAVES_CONNECTIONS, comes_out
from tests.odoo_bridge.samples.conftest import USERS, VERSIONS
from tests.odoo_bridge.samples.domains import NO_FIELD, searching
from tests.odoo_bridge.samples.expecting import (
    TEXT,
    Outcome,
    a_record,
    five_companies,
    gives,
    how_many,
    ids_with,
    rows,
)
from tests.odoo_bridge.samples.running import Step, samples
from tests.odoo_bridge.samples.world import World

__all__ = ["USERS", "VERSIONS"]
DOCUMENT = "5-notes.txt"
pytestmark = LEAVES_CONNECTIONS

DOMAINS = [
    [["is_company", "=", True]],
    [["is_company", "=", True], ["country_id", "=", 21]],
    ["|", ["is_company", "=", True], ["is_customer", "=", True]],
    ["&", "|", ["is_company", "=", True], ["is_customer", "=", True], ["country_id", "=", 21]],
    [["country_id", "in", [21, 22, 23]]],
    [["name", "ilike", "dental"]],
]
# There never was an `is_customer`.
FOUND: list[Any] = [int, 0, NO_FIELD["is_customer"], NO_FIELD["is_customer"], 0, 0]


def access(world: World) -> dict[str, str]:
    return {
        "https://mycompany.odoo.com": world.url,
        '"mycompany"': repr(world.database),
        '"admin"': repr(world.username),
    }


STEPS = [
    Step(
        "Configuration",
        gives(username=lambda found, world, names: found == world.username),
        filled=lambda world: {**access(world), "<password or API key>": world.secret},
    ),
    Step(
        "Step 1: Check server version (optional)",
        gives(version_info=lambda found, world, names: found["server_serie"] == f"{world.version}.0"),
    ),
    Step("Step 2: Authenticate", gives(uid=lambda found, world, names: found == world.uid)),
    Step("Calling Methods", gives(True)),
    Step("1. Search (List Records)", gives(ids=ids_with("mine")), given=lambda world: {"mine": world.companies()}),
    Step("1. Search (List Records) (2)", gives(ids=five_companies)),
    Step("2. Count Records", gives(count=how_many(["is_company", "=", True]))),
    Step(
        "3. Read Records",
        gives(
            records=lambda found, world, names: (
                [row["id"] for row in found] == names["ids"]
                and rows(5, name=str, email=TEXT, phone=TEXT)(found, world, names)
            )
        ),
    ),
    Step("4. Search and Read (Combined)", gives(records=rows(5, name=str, email=TEXT))),
    Step("5. Create Records", gives(id=a_record)),
    Step("6. Update Records", gives(True)),
    Step(
        "the record after the update",
        gives(
            lambda found, world, names: (
                found == [{"id": names["id"], "email": "newemail@example.com", "name": "New Partner"}]
            )
        ),
        code="models.execute_kw(db, uid, password, 'res.partner', 'read', [[id], ['name', 'email']])",
    ),
    Step("7. Delete Records", gives(True)),
    Step("Search Domains", gives(*DOMAINS)),
    searching("Search Domains", DOMAINS, FOUND),
    Step(
        "Example: Complete Integration Pattern",
        gives(
            lambda found, world, names: found == world.uid,
            patients=rows(10, name=str, email=TEXT, phone=TEXT),
            appointment_id=a_record,
        ),
        given=lambda world: {"patient_id": world.partner("Patient")},
        filled=lambda world: {**access(world), "your_api_key_here": world.secret},
    ),
    Step(
        "the client of the sample changes and deletes",
        gives(
            True,
            lambda found, world, names: (
                found
                == [
                    {
                        "id": names["appointment_id"],
                        "name": "Recall",
                        "start": "2025-10-05 10:00:00",
                        "stop": "2025-10-05 11:00:00",
                        "partner_ids": [names["patient_id"]],
                    }
                ]
            ),
            True,
            [],
        ),
        code="client.write('calendar.event', [appointment_id], {'name': 'Recall'})\n"
        "mine = [['id', '=', appointment_id]]\n"
        "client.search_read('calendar.event', mine, ['name', 'start', 'stop', 'partner_ids'])\n"
        "client.unlink('calendar.event', [appointment_id])\n"
        "client.search_read('calendar.event', mine, ['name'])",
    ),
]


def test_the_sample_comes_out_as_on_a_real_server(step: Step, outcomes: tuple[World, dict[str, Outcome]]) -> None:
    comes_out(step, outcomes)


def test_every_sample_is_run() -> None:
    assert [step.name for step in STEPS if not step.code] == list(samples(DOCUMENT))
