"""Users, secrets, transactions and snapshots."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from odoo_bridge.sandbox import BRIDGE_KEY, BRIDGE_UID, OdooError, Sandbox, Seed
from tests.odoo_bridge.sandbox.conftest import User


def test_bad_credentials_are_answered_with_false(sandbox: Sandbox) -> None:
    assert sandbox.authenticate("sandbox", "bridge", BRIDGE_KEY) == BRIDGE_UID
    assert sandbox.authenticate("sandbox", "bridge", "wrong") is False
    assert sandbox.authenticate("sandbox", "nobody", BRIDGE_KEY) is False


@pytest.mark.parametrize(
    ("uid", "secret", "code"),
    [(BRIDGE_UID, "wrong", 3), (2, BRIDGE_KEY, 3), (False, BRIDGE_KEY, 3), (9999, "x", 2)],
)
def test_the_secret_is_checked_on_every_call(uid: int, secret: str, code: int, sandbox: Sandbox) -> None:
    with pytest.raises(OdooError) as caught:
        sandbox.execute_kw("sandbox", uid, secret, "res.partner", "search", [[]])
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("model", "method", "args"),
    [
        ("res.country", "write", [[1], {"name": "x"}]),
        ("ir.model.data", "search_read", [[]]),
        ("ir.config_parameter", "search", [[]]),
        ("res.users", "write", [[2], {"login": "x"}]),
        ("account.journal", "create", [{"name": "x"}]),
    ],
)
def test_the_bridge_may_not_do_everything(model: str, method: str, args: list, bridge: User) -> None:
    with pytest.raises(OdooError) as caught:
        bridge(model, method, *args)
    assert caught.value.code == 4
    assert "This operation is allowed for the following groups" in caught.value.message


def test_a_failed_call_leaves_nothing_behind(sandbox: Sandbox, bridge: User) -> None:
    before = sandbox.query("SELECT COUNT(*) FROM res_partner")
    with pytest.raises(OdooError):
        bridge("res.partner", "create", [{"name": "Good"}, {"email": "nameless"}])
    assert sandbox.query("SELECT COUNT(*) FROM res_partner") == before


def test_a_snapshot_brings_everything_back(sandbox: Sandbox, bridge: User) -> None:
    made = bridge("res.partner", "create", {"name": "Ann"})
    snapshot = sandbox.snapshot()
    bridge("res.partner", "write", [made], {"name": "Changed"})
    other = bridge("res.partner", "create", {"name": "Later"})
    sandbox.restore(snapshot)
    assert bridge.one("res.partner", made, "name")["name"] == "Ann"
    assert bridge("res.partner", "create", {"name": "Again"}) == other
    sandbox.reset()
    assert bridge("res.partner", "search", [["name", "=", "Ann"]]) == []


def test_a_file_is_continued_and_can_be_restored(tmp_path: Path) -> None:
    path = str(tmp_path / "odoo.sqlite3")
    first = Sandbox(path=path)
    snapshot = first.snapshot()
    made = first.as_user(2, "res.partner", "create", {"name": "Ann"})
    first.close()
    second = Sandbox(path=path)
    assert second.as_user(2, "res.partner", "read", [made], ["name"]) == [{"id": made, "name": "Ann"}]
    second.restore(snapshot)
    assert second.as_user(2, "res.partner", "read", [made], ["name"]) == []
    second.close()


def test_the_seed_names_company_currency_and_branches() -> None:
    seed = Seed(company="Tooth Co", currency="GBP", country="GB", branches=(("EAST", "East"),), taxes=(20.0,))
    office = User(Sandbox(seed=seed), 2, "admin")
    company = office.one("res.company", 1, "name", "currency_id", "country_id")
    assert (company["name"], company["currency_id"][1], company["country_id"][1]) == (
        "Tooth Co",
        "GBP",
        "United Kingdom",
    )
    assert office.journal("EAST")
    assert office("account.tax", "search_read", [], ["name"])[0]["name"] == "VAT 20%"


def test_a_file_of_an_earlier_sandbox_ends_the_start_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(file)) as old:
        old.execute("CREATE TABLE res_partner (id INTEGER PRIMARY KEY)")
    argv = [sys.executable, "-m", "odoo_bridge.sandbox", "--file", str(file), "--port", "0"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip() == f"{file} was made by an earlier sandbox: remove it, and it is made afresh."
