from __future__ import annotations

import pytest

from odoo_bridge.sandbox import OdooError, Sandbox
from tests.odoo_bridge.sandbox.conftest import Clock, User


@pytest.mark.parametrize("version", (16, 17, 18, 19))
def test_every_field_of_every_model_can_be_read(sandbox: Sandbox, office: User) -> None:
    move = office.invoice()
    office("account.move", "action_post", [move])
    context = {"active_model": "account.move", "active_ids": [move]}
    wizard = office("account.payment.register", "create", {}, context=context)
    office("account.payment.register", "action_create_payments", [wizard])
    times = {"start": "2026-12-01 09:00:00", "stop": "2026-12-01 09:30:00"}
    office("calendar.event", "create", {"name": "Visit", **times})
    office("ir.attachment", "create", {"name": "a.txt", "datas": "eA=="})
    for model in sandbox.registry.descriptions:
        rows = office(model, "search_read", [])
        assert all(set(row) == set(sandbox.registry.descriptions[model].fields) for row in rows), model


@pytest.mark.parametrize(
    ("version", "equal", "greater"),
    [(16, False, True), (17, False, True), (18, False, True), (19, True, False)],
)
def test_write_date_compares_as_each_version_does(version: int, equal: bool, greater: bool, bridge: User) -> None:
    made = bridge("res.partner", "create", {"name": "Ann"})
    stamp = bridge.one("res.partner", made, "write_date")["write_date"]
    assert stamp == "2026-11-22 08:00:00"
    found = {op: made in bridge("res.partner", "search", [["write_date", op, stamp]]) for op in ("=", ">", ">=")}
    assert found == {"=": equal, ">": greater, ">=": True}


def test_an_identical_write_bumps_the_write_date(bridge: User, clock: Clock) -> None:
    made = bridge("res.partner", "create", {"name": "Ann"})
    clock.advance(60)
    bridge("res.partner", "write", [made], {})
    assert bridge.one("res.partner", made, "write_date")["write_date"] == "2026-11-22 08:01:00"


def test_archived_records_hide_unless_asked_for(bridge: User) -> None:
    made = bridge("res.partner", "create", {"name": "Ann", "active": False})
    assert made not in bridge("res.partner", "search", [])
    assert made in bridge("res.partner", "search", [], context={"active_test": False})
    assert made in bridge("res.partner", "search", [["active", "in", [True, False]]])
    assert bridge.one("res.partner", made, "name") == {"id": made, "name": "Ann"}


def test_conditions_on_computed_fields_match_everything_on_17(bridge: User) -> None:
    everybody = bridge("res.partner", "search_count", [])
    assert bridge("res.partner", "search_count", [["company_type", "=", "company"]]) == everybody


@pytest.mark.parametrize("version", (19,))
def test_conditions_on_computed_fields_are_refused_on_19(version: int, bridge: User) -> None:
    with pytest.raises(OdooError, match="company_type"):
        bridge("res.partner", "search", [["company_type", "=", "company"]])


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ([["name", "ilike", "zoë"]], {"ZOË", "Zoë 2"}),
        ([["name", "=", "Zoë 2"]], {"Zoë 2"}),
        (["|", ["name", "=", "Zoë 2"], ["ref", "=", "A"]], {"ZOË", "Zoë 2"}),
        (["!", ["ref", "=", False], ["name", "like", "ZO"]], {"ZOË"}),
        ([["country_id.code", "=", "SE"]], {"Zoë 2"}),
        ([["country_id", "=", "Sweden"]], {"Zoë 2"}),
        ([["ref", "in", ["A", False]], ["name", "ilike", "zo"]], {"ZOË", "Zoë 2"}),
        ([["ref", "not in", ["A"]], ["name", "ilike", "zo"]], {"Zoë 2"}),
        ([["country_id", "!=", False], ["name", "ilike", "zo"]], {"Zoë 2"}),
        ([["name", "not ilike", "zoë"], ["ref", "=", "A"]], set()),
    ],
)
def test_domains_mean_what_they_mean_in_odoo(domain: list, names: set[str], bridge: User) -> None:
    sweden = bridge("res.country", "search", [["code", "=", "SE"]])[0]
    bridge("res.partner", "create", [{"name": "ZOË", "ref": "A"}, {"name": "Zoë 2", "country_id": sweden}])
    assert {row["name"] for row in bridge("res.partner", "search_read", domain, ["name"])} == names


def test_pages_by_id_see_a_slow_transaction_only_with_an_overlap(sandbox: Sandbox, bridge: User, clock: Clock) -> None:
    began = clock()
    clock.advance(3)
    quick = bridge("res.partner", "create", {"name": "Quick"})
    cursor = bridge.one("res.partner", quick, "write_date")["write_date"]
    slow = sandbox.execute_kw(
        "sandbox", bridge.uid, bridge.secret, "res.partner", "create", [{"name": "Slow"}], {}, started=began
    )
    assert slow not in bridge("res.partner", "search", [["write_date", ">=", cursor]])
    assert slow in bridge("res.partner", "search", [["write_date", ">=", "2026-11-22 07:55:00"]])
