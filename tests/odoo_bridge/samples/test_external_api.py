"""The samples of Odoo's own page on its external API."""

from __future__ import annotations

import xmlrpc.client
from typing import Any

from tests.odoo_bridge.samples.checking import LEAVES_CONNECTIONS, comes_out
from tests.odoo_bridge.samples.conftest import USERS, VERSIONS
from tests.odoo_bridge.samples.expecting import (
    RELATED,
    TEXT,
    Expected,
    Outcome,
    a_record,
    described,
    every_field,
    fault,
    five_companies,
    gives,
    how_many,
    ids_with,
    rows,
)
from tests.odoo_bridge.samples.running import Step, samples
from tests.odoo_bridge.samples.world import World

__all__ = ["USERS", "VERSIONS"]
DOCUMENT = "2-external-api.txt"
pytestmark = LEAVES_CONNECTIONS


def started(outcome: Outcome, world: World) -> None:
    """Where and who a test database is. A server that gives none does not know the address."""
    if world.is_real:
        assert isinstance(outcome.error, xmlrpc.client.ProtocolError)
        assert outcome.error.errcode == 404
        return
    gives(url=world.url, db=world.database, username="admin", password=world.admin_password)(outcome, world)


def is_version(found: Any, world: World, names: dict[str, Any]) -> bool:
    """Whether it is what `version()` answers, as the page shows it."""
    return bool(
        found["server_version"].split("-")[0] == found["server_serie"] == f"{world.version}.0"
        and found["server_version_info"][:5] == [world.version, 0, 0, "final", 0]
        and found["protocol_version"] == 1
    )


def custom_model(*more: str) -> Any:
    """The fields of a new model: those that every model has, and the name that it gets unasked."""
    kinds = {
        "id": "integer",
        "display_name": "char",
        "create_uid": "many2one",
        "create_date": "datetime",
        "write_uid": "many2one",
        "write_date": "datetime",
        "x_name": "char",
        **dict.fromkeys(more, "datetime"),
    }
    return lambda found, world, names: {name: each["type"] for name, each in found.items()} == kinds


def not_allowed(group: str) -> Any:
    return fault(
        4,
        "You are not allowed to create 'Models' (ir.model) records.\n\n"
        f"This operation is allowed for the following groups:\n\t- {group}\n\n"
        "Contact your administrator to request access if necessary.",
    )


NOT_ALLOWED: Expected = {16: not_allowed("Administration/Access Rights"), 19: not_allowed("Access Rights")}
COMPANY = ["is_company", "=", True]
STEPS = [
    Step(
        "Configuration",
        gives(url=lambda found, world, names: found == world.url),
        filled=lambda world: {
            "<insert server URL>": repr(world.url),
            "<insert database name>": repr(world.database),
            "<insert password for your admin user (default: admin)>": repr(world.secret),
            "'admin'": repr(world.username),
        },
    ),
    Step("Test database", started, filled=lambda world: {"https://demo.odoo.com": world.url}),
    Step("Logging in: version", gives(is_version), given=World.access),
    Step("Logging in: authenticate", gives(uid=lambda found, world, names: found == world.uid)),
    Step("Calling methods", gives(True)),
    Step("List records", gives(ids_with("mine")), given=lambda world: {"mine": world.companies()}),
    Step("Pagination", gives(five_companies)),
    Step("Count records", gives(how_many(COMPANY))),
    Step("Read records", gives(every_field)),
    Step(
        "Read records: three fields",
        gives(rows(1, name=str, country_id=RELATED, comment=TEXT)),
    ),
    Step(
        "List record fields",
        # Not every field has a help text, and the sandbox keeps none.
        gives(
            described(
                "string",
                "help",
                "type",
                wants={
                    "name": {"type": "char", "string": "Name"},
                    "active": {"type": "boolean", "string": "Active"},
                    "write_date": {"type": "datetime", "string": "Last Updated on"},
                },
            )
        ),
    ),
    Step("Search and read", gives(rows(5, name=str, country_id=RELATED, comment=TEXT))),
    Step("Create records", gives(id=a_record)),
    Step(
        "Update records",
        gives(True, lambda found, world, names: found == [{"id": names["id"], "display_name": "Newer partner"}]),
    ),
    Step("Delete records", gives(True, [])),
    # A model without rights for anybody: its fields may be asked for, its records not.
    Step(
        "ir.model",
        {16: gives(a_record, custom_model("__last_update")), 17: gives(a_record, custom_model())},
        NOT_ALLOWED,
    ),
    # Odoo adds x_name to a new model by itself, so the sample's own is one too many.
    Step(
        "ir.model.fields",
        fault(2, "The operation cannot be completed: Field names must be unique per model.", id=a_record),
        NOT_ALLOWED,
    ),
    Step(
        "what the last sample left",
        gives(["x_custom", "x_custom_model"]),
        gives([]),
        code="sorted(each['model'] for each in known)",
        given=lambda world: {
            "known": world.call("ir.model", "search_read", [["model", "like", "x_custom"]], ["model"])
        },
    ),
]


def test_the_sample_comes_out_as_on_a_real_server(step: Step, outcomes: tuple[World, dict[str, Outcome]]) -> None:
    comes_out(step, outcomes)


def test_every_sample_is_run() -> None:
    assert [step.name for step in STEPS if not step.code] == list(samples(DOCUMENT))
