"""The samples of a guide to the external API of Odoo 17 in Python."""

from __future__ import annotations

from typing import Any

from tests.odoo_bridge.samples.checking import LEAVES_CONNECTIONS, comes_out
from tests.odoo_bridge.samples.conftest import USERS, VERSIONS
from tests.odoo_bridge.samples.domains import NO_FIELD, searching
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
    rows,
)
from tests.odoo_bridge.samples.guide_uses import (
    ATTACHMENTS,
    CHECKED,
    CUSTOMERS,
    LOGGED,
    ORDERS,
    STOCK,
    WORKFLOWS,
)
from tests.odoo_bridge.samples.running import Step, samples
from tests.odoo_bridge.samples.world import World

__all__ = ["USERS", "VERSIONS"]
DOCUMENT = "3-guide.txt"
pytestmark = LEAVES_CONNECTIONS

COMPANY = ["is_company", "=", True]
OPERATORS: list[Any] = [
    [["name", "=", "Agrolait"]],
    [["name", "!=", "Agrolait"]],
    [["create_date", ">=", "2023-01-01"]],
    [["id", ">", 10]],
    [["name", "like", "Agro%"]],
    [["name", "ilike", "agro%"]],
    [["email", "=like", "%@gmail.com"]],
    [["id", "in", [1, 2, 3, 4]]],
    [["state", "not in", ["draft", "cancel"]]],
    [["active", "=", True]],
    [["parent_id", "=", False]],
    [["description", "!=", False]],
]
# A contact has neither state nor description. Of the ids from 1 to 4 one is archived.
BY_OPERATORS = [1, int, int, int, 1, 1, 0, 3, NO_FIELD["state"], int, int, NO_FIELD["description"]]
LOGIC: list[Any] = [
    [COMPANY, ["country_id", "=", 21]],
    ["|", ["name", "ilike", "odoo"], ["name", "ilike", "agrolait"]],
    ["!", COMPANY],
    ["|", COMPANY, "&", ["customer_rank", ">", 0], ["supplier_rank", ">", 0]],
]


def two_tags(world: World) -> dict[str, Any]:
    return {
        "partner_id": world.partner("Tagged"),
        "category_id1": world.tag("Tag 1"),
        "category_id2": world.tag("Tag 2"),
    }


def not_allowed(verb: str, group: str) -> Any:
    return fault(
        4,
        f"You are not allowed to {verb} 'Models' (ir.model) records.\n\n"
        f"This operation is allowed for the following groups:\n\t- {group}\n\n"
        "Contact your administrator to request access if necessary.",
    )


def administrators_only(verb: str) -> Expected:
    return {16: not_allowed(verb, "Administration/Access Rights"), 19: not_allowed(verb, "Access Rights")}


def base_models(found: Any, world: World, names: dict[str, Any]) -> bool:
    """Models that no user made; the sandbox keeps no `info`."""
    return {"res.partner", "calendar.event", "account.move"} <= {row["model"] for row in found} and all(
        set(row) == {"id", "name", "model", "info"} for row in found
    )


def contacts_model(found: Any, world: World, names: dict[str, Any]) -> bool:
    (row,) = found
    return (row["name"], row["model"]) == ("Contact", "res.partner") and len(row["field_id"]) >= len(
        world.fields("res.partner")
    )


STEPS = [
    Step(
        "Basic Configuration",
        gives(db=lambda found, world, names: found == world.database),
        filled=lambda world: {
            "https://your-instance.odoo.com": world.url,
            "your_database_name": world.database,
            "your_username": world.username,
            "'your_password'": repr(world.secret),
        },
    ),
    Step(
        "API Keys (Recommended - Available since v14.0)",
        gives(password=lambda found, world, names: found == world.secret),
        filled=lambda world: {"your_generated_api_key": world.secret},
    ),
    Step(
        "Establishing Connection",
        gives(
            printed=lambda found, world, names: found.startswith(f"Server version: {world.version}.0"),
            uid=lambda found, world, names: found == world.uid,
        ),
    ),
    Step(
        "The execute_kw Function",
        gives(result=1),
        given=lambda world: {
            "model_name": "res.partner",
            "method_name": "search_count",
            "args": [[["id", "=", world.partner("Counted")]]],
            "kwargs": {},
        },
    ),
    Step(
        "4.1 Search Records",
        gives(partner_ids=five_companies),
        given=lambda world: {"mine": world.companies()},
    ),
    Step("4.2 Count Records", gives(count=how_many(COMPANY))),
    Step(
        "4.3 Read Records",
        gives(
            record=lambda found, world, names: every_field(len(found[0]), world, names) and len(found) == 1,
            records=rows(1, name=str, country_id=RELATED, email=TEXT),
        ),
    ),
    Step("4.4 Search and Read (Combined)", gives(records=rows(5, name=str, country_id=RELATED, comment=TEXT))),
    # Several records are one argument, a list; the sample gives two.
    Step(
        "4.5 Create Records",
        fault(1, "TypeError: ResPartner.create() takes 2 positional arguments but 3 were given", partner_id=a_record),
    ),
    Step(
        "4.6 Update Records",
        gives(success=True),
        given=lambda world: {
            **{name: world.partner(name) for name in ("id1", "id2", "id3")},
            "category_id": world.tag("Tag"),
        },
    ),
    Step(
        "the records after the update",
        gives(
            lambda found, world, names: found == [["id1", names["category_id"]], ["id2", names["category_id"]]],
            lambda found, world, names: found == [{"id": names["partner_id"], "name": "Updated Partner Name"}],
        ),
        code="[[row['name'], *row['category_id']] for row in models.execute_kw(\n"
        "    db, uid, password, 'res.partner', 'read', [[id1, id2], ['name', 'category_id']])]\n"
        "models.execute_kw(db, uid, password, 'res.partner', 'read', [[partner_id], ['name']])",
    ),
    Step("4.7 Delete Records", gives(success=True, remaining=[])),
    Step(
        "5.1 Get Field Information",
        gives(
            fields_info=described(
                "string",
                "help",
                "type",
                "required",
                wants={
                    "name": {"type": "char", "string": "Name", "required": False},
                    "email": {"type": "char", "string": "Email", "required": False},
                },
            )
        ),
    ),
    Step(
        "5.2 Check Access Rights",
        gives(can_read=True, permissions=dict.fromkeys(("read", "write", "create", "unlink"), True)),
    ),
    Step("Common Domain Operators", gives(*OPERATORS), given=lambda world: {"agrolait": world.partner("Agrolait")}),
    searching("Common Domain Operators", OPERATORS, BY_OPERATORS),
    Step("Complex Domain Logic", gives(*LOGIC)),
    searching("Complex Domain Logic", LOGIC, [0, 1, int, 17]),
    Step(
        "7.1 Many2one Fields",
        gives(
            partners=rows(5, name=str, country_id=list),
            belgian_partners=lambda found, world, names: set(names["mine"]) <= set(found),
        ),
    ),
    # The values are printed as named arguments, which `write` does not have.
    Step(
        "7.2 One2many and Many2many Fields",
        fault(
            1,
            "TypeError: ResPartner.write() got an unexpected keyword argument 'category_id'",
            partner=lambda found, world, names: (
                found == [{"id": names["partner_id"], "name": "Tagged", "category_id": [], "child_ids": []}]
            ),
        ),
        given=two_tags,
    ),
    Step(
        "the short forms of the commands that the sample lists",
        gives([2], [1], [0], True, [0, 0]),
        code="""
def tags_after(*commands):
    models.execute_kw(db, uid, password, 'res.partner', 'write', [[partner_id], {'category_id': commands}])
    return [len(models.execute_kw(db, uid, password, 'res.partner', 'read', [[partner_id]])[0]['category_id'])]

tags_after((6, 0, [category_id1, category_id2]))
tags_after((3, category_id1))
tags_after((5,))
tags_after((4, category_id2)) == [1]
tags_after((2, category_id2)) + [
    models.execute_kw(db, uid, password, 'res.partner.category', 'search_count', [[['id', '=', category_id2]]])]
""",
    ),
    Step(
        "8.1 Query Available Models",
        gives(models_info=base_models, partner_model=contacts_model),
        administrators_only("access"),
    ),
    # Nobody has rights on a new model, the administrator neither.
    Step(
        "8.2 Create Custom Models (Dynamic)",
        fault(
            4,
            "You are not allowed to create 'Custom Model' (x_custom_model) records.\n\n"
            "No group currently allows this operation.\n\n"
            "Contact your administrator to request access if necessary.",
            custom_model_id=a_record,
            field_id=a_record,
        ),
        administrators_only("create"),
    ),
    # Records that are not there are left out; reading them is no error.
    Step("9.1 Error Handling", gives(result=[]), given=lambda world: {"invalid_id": 99_999_999}),
    Step(
        "9.2 Performance Best Practices",
        gives(
            printed=lambda found, world, names: (
                found.splitlines() == [row["name"] for row in world.call("res.partner", "read", names["ids"], ["name"])]
            ),
            records=[],
            offset=100,
        ),
        too_much="It reads all fields of all contacts three times, which takes a large database minutes.",
    ),
    *CUSTOMERS,
    *ORDERS,
    *STOCK,
    Step(
        "11.2 Special Value Handling",
        gives(
            date_value=lambda found, world, names: len(found) == len("2026-11-22"),
            datetime_value=lambda found, world, names: len(found) == len("2026-11-22 12:00:00"),
            file_content="JVBERi0xLjQ=",
            record_data={"category_ids": [(6, 0, [1, 2])]},
        ),
        given=lambda world: {"cat1_id": 1, "cat2_id": 2},
    ),
    *WORKFLOWS,
    # The model is the guide's invention.
    Step(
        "12.2 Calling Custom Methods",
        fault(2, "Object custom.model doesn't exist"),
        given=lambda world: {"arg1": 1, "arg2": 2, "value1": 3, "value2": 4},
    ),
    *ATTACHMENTS,
    Step(
        "13.1 API Key Management",
        gives(
            True,
            url=lambda found, world, names: found == world.url,
            username=lambda found, world, names: found == world.username,
            api_key=None,
        ),
    ),
    *CHECKED,
    Step(
        "14.1 Connection Testing",
        gives(
            printed=lambda found, world, names: (
                [line.split(" (")[0] for line in found.splitlines()]
                == [
                    f"✓ Connected to Odoo {world.common.version()['server_version']}",  # type: ignore[call-overload,index]
                    f"✓ Authenticated as user ID {world.uid}",
                    "✓ Can access partners",
                    "Connection successful!",
                ]
            )
        ),
    ),
    Step(
        "the test of the sample with a wrong password",
        gives(False, printed=lambda found, world, names: found.splitlines()[1:] == ["✗ Authentication failed"]),
        code="test_connection(url, db, username, 'wrong')",
    ),
    *LOGGED,
]


def test_the_sample_comes_out_as_on_a_real_server(step: Step, outcomes: tuple[World, dict[str, Outcome]]) -> None:
    comes_out(step, outcomes)


def test_every_sample_is_run() -> None:
    assert [step.name for step in STEPS if not step.code] == list(samples(DOCUMENT))
