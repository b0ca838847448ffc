"""The samples of a guide to the third-party REST module for Odoo 12, which no later Odoo has.

What the module does is in `docs/rest-module.md`; the sandbox has it on every version.
"""

from __future__ import annotations

import ast
from typing import Any

from tests.odoo_bridge.samples.checking import LEAVES_CONNECTIONS, comes_out
from tests.odoo_bridge.samples.conftest import VERSIONS
from tests.odoo_bridge.samples.expecting import Outcome, breaks, gives
from tests.odoo_bridge.samples.running import Step, samples
from tests.odoo_bridge.samples.world import World

__all__ = ["VERSIONS"]
DOCUMENT = "4-rest.txt"
USERS = ("admin",)
WITH_REST = True
NOT_REAL = "The REST module is for Odoo 12 and not part of it."
pytestmark = LEAVES_CONNECTIONS

# Quotes within quotes: the two payloads are no Python as printed.
NO_PYTHON = breaks(SyntaxError, "invalid syntax")


def account(world: World) -> dict[str, str]:
    return {
        "'login': 'admin'": f"'login': {world.username!r}",
        "'password': 'admin'": f"'password': {world.secret!r}",
        "demo_db": world.database,
        "http://example.com": world.url,
    }


def to_order(world: World) -> dict[str, Any]:
    return {"customer": world.partner("Customer"), "product": world.product("Product")}


def orders(world: World) -> dict[str, Any]:
    """Fifteen orders, of which the first ten are left out by the domain, and three more by the offset."""
    customer = world.partner("Customer")
    return {"orders": [world.make("sale.order", partner_id=customer) for _number in range(15)]}


def answered(status: int, body: Any) -> Any:
    """The answer of the module that the sample keeps as ``req``."""
    return lambda found, world, names: (found.status_code, found.json()) == (status, body)


STEPS = [
    Step(
        "How to request for access token",
        gives(
            headers=lambda found, world, names: found["access-token"].startswith("access_token_"),
            content=lambda found, world, names: (
                found["uid"] == world.uid and {"access_token", "company_id", "company_ids", "user_context"} < set(found)
            ),
            printed=lambda found, world, names: list(ast.literal_eval(found)) == list(names["headers"]),
        ),
        filled=account,
    ),
    Step(
        "Deleting An Acccess Token",
        gives(req=answered(200, {"count": 1, "data": [{"desc": "access token successfully deleted", "delete": True}]})),
    ),
    Step(
        "a request with the token that was deleted",
        gives(401, "access_token"),
        code="refused = requests.get(f'{base_url}/api/res.partner/1', headers=headers)\n"
        "refused.status_code\n"
        "refused.json()['type']",
    ),
    Step("Search [GET]", NO_PYTHON),
    Step("Create [POST]", NO_PYTHON),
    Step(
        "a new token",
        gives(headers=lambda found, world, names: names["content"]["access_token"] == found["access-token"]),
        code="content = requests.get(f'{base_url}/api/auth/token', data=data, headers=headers).json()\n"
        "headers['access-token'] = content['access_token']",
    ),
    # With the quotes that Python wants, the payload of the sample is JSON and is understood.
    Step(
        "the search with its payload mended",
        gives(
            200,
            lambda found, world, names: (
                found["count"] == 2
                and all(set(row) == {"id", "partner_id", "name"} for row in found["data"])
                and {row["id"] for row in found["data"]} <= set(names["orders"])
            ),
        ),
        code="""
payload = '''{"limit": 20, "fields": "['id', 'partner_id', 'name']", "domain":"[('id', '>', '10')]", "offset":3}'''
as_json = {'access-token': headers['access-token'], 'content-type': "application/json"}
response = requests.request("GET", f"{base_url}/api/sale.order", data=payload, headers=as_json)
response.status_code
response.json()
""",
        given=orders,
    ),
    Step(
        "the creation with its payload mended",
        gives(
            200,
            lambda found, world, names: (
                found["count"] == 1
                and found["data"][0]["partner_id"][0] == names["customer"]
                and found["data"][0]["amount_untaxed"] == 4000.0
                and len(found["data"][0]["order_line"]) == 1
            ),
        ),
        code="""
payload = '''{"partner_id": 10, "__api__order_line":"[(0, 0,  {'product_id': 1,'price_unit':4000})]"}'''
response = requests.request("POST", f"{base_url}/api/sale.order", data=payload, headers=as_json)
response.status_code
response.json()
""",
        given=to_order,
        filled=lambda world: {
            '"partner_id": 10': f'"partner_id": {newest(world, "res.partner")}',
            "'product_id': 1": f"'product_id': {newest(world, 'product.product')}",
        },
    ),
    # The headers still say "form", and of a form the module reads nothing: it changes nothing and answers the record.
    Step(
        "PUT Request [Write]",
        gives(
            p=lambda found, world, names: (
                found.status_code == 200
                and found.json()["data"][0]["id"] == names["contact"]
                and found.json()["data"][0]["name"] == "Jane Doe"
            ),
            printed=lambda found, world, names: found == f"{names['p'].content}\n",
        ),
        given=lambda world: {"contact": world.partner("Jane Doe")},
        filled=lambda world: {
            "http://theninnercicle.com.ng": world.url,
            "res.partner/68": f"res.partner/{newest(world, 'res.partner')}",
        },
    ),
    # As JSON it is read. The tag is left out: nothing is known of what Odoo 12 makes of a dict there.
    Step(
        "the name and the country sent as JSON",
        gives(200, "John Doe", "Estonia"),
        code="""
as_json_too = json.dumps({'name': 'John Doe', 'country_id': estonia})
changed = requests.put(f'{base_url}/api/res.partner/{contact}', headers=as_json, data=as_json_too)
changed.status_code
changed.json()['data'][0]['name']
changed.json()['data'][0]['country_id'][1]
""",
        given=lambda world: {"estonia": world.id_of("res.country", ["code", "=", "EE"])},
    ),
    Step(
        "DELETE Request",
        gives(
            p=lambda found, world, names: (
                found.status_code == 200
                and found.json() == {"count": 1, "data": f"record {names['contact']} has been successfully deleted"}
            ),
            printed=lambda found, world, names: found == f"{names['p'].content}\n",
        ),
        filled=lambda world: {
            "http://theninnercicle.com.ng": world.url,
            "res.partner/68": f"res.partner/{newest(world, 'res.partner')}",
        },
    ),
]


def newest(world: World, model: str) -> int:
    found: int = world.call(model, "search", [], order="id desc", limit=1)[0]
    return found


def test_the_sample_comes_out_as_the_module_does(step: Step, outcomes: tuple[World, dict[str, Outcome]]) -> None:
    comes_out(step, outcomes)


def test_every_sample_is_run() -> None:
    assert [step.name for step in STEPS if not step.code] == list(samples(DOCUMENT))
