"""Models and fields made over RPC; the refusals are those of a running Odoo 17."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from odoo_bridge.sandbox import OdooError, Sandbox
from tests.odoo_bridge.sandbox.conftest import ADMIN_UID, User

EVERY = pytest.mark.parametrize("version", (16, 17, 18, 19))


def model_id(user: User, model: str) -> int:
    (found,) = user("ir.model", "search", [["model", "=", model]])
    return found


def field(user: User, model: str, name: str, kind: str = "char", **more: Any) -> int:
    vals = {"model_id": model_id(user, model), "name": name, "ttype": kind, "field_description": "Made", **more}
    return user("ir.model.fields", "create", vals)


def implant(user: User) -> int:
    """A model of implants that everybody may use."""
    made = user("ir.model", "create", {"name": "Implant", "model": "x_implant"})
    rights = {"perm_read": True, "perm_write": True, "perm_create": True, "perm_unlink": True}
    user("ir.model.access", "create", {"name": "implants", "model_id": made, **rights})
    return made


def refusal(user: User, *call: Any, **more: Any) -> OdooError:
    with pytest.raises(OdooError) as caught:
        user(*call, **more)
    return caught.value


@EVERY
def test_every_model_is_described(office: User, sandbox: Sandbox) -> None:
    rows = office("ir.model", "search_read", [], ["model", "name", "state"])
    assert {row["model"] for row in rows} == set(sandbox.registry.descriptions)
    assert {row["state"] for row in rows} == {"base"}
    described = office("ir.model.fields", "search_read", [["model", "=", "res.partner"]], [])
    known = sandbox.registry.descriptions["res.partner"].fields
    assert {row["name"] for row in described} == set(known)
    (country,) = [row for row in described if row["name"] == "country_id"]
    assert (country["ttype"], country["relation"], country["state"]) == ("many2one", "res.country", "base")
    assert country["model_id"][1] == "Contact"


@pytest.mark.parametrize("model", ("ir.model", "ir.model.fields", "ir.model.access"))
def test_only_administrators_see_and_make_them(bridge: User, model: str) -> None:
    assert "Administration/Access Rights" in refusal(bridge, model, "search", []).message
    assert "Administration/Access Rights" in refusal(bridge, model, "create", {"name": "x_no"}).message


@EVERY
def test_a_new_model_is_usable_by_nobody_until_access_is_granted(office: User, bridge: User) -> None:
    made = office("ir.model", "create", {"name": "Implant", "model": "x_implant"})
    assert (
        "You are not allowed to create 'Implant' (x_implant)"
        in refusal(office, "x_implant", "create", {"x_name": "A"}).message
    )
    office("ir.model.access", "create", {"name": "all", "model_id": made, "perm_read": True, "perm_create": True})
    record = bridge("x_implant", "create", {"x_name": "A"})
    assert bridge("x_implant", "name_search", "A") == [[record, "A"]]
    assert refusal(office, "x_implant", "unlink", [record]).name == "odoo.exceptions.AccessError"


def test_access_may_be_for_a_group(office: User, bridge: User) -> None:
    made = office("ir.model", "create", {"name": "Implant", "model": "x_implant"})
    settings = office("ir.model.data", "check_object_reference", "base", "group_system")[1]
    office("ir.model.access", "create", {"name": "all", "model_id": made, "perm_read": True, "group_id": settings})
    assert office("x_implant", "search", []) == []
    assert refusal(bridge, "x_implant", "search", []).name == "odoo.exceptions.AccessError"


@EVERY
def test_fields_of_every_kind_can_be_made_and_used(office: User, bridge: User) -> None:
    implant(office)
    field(office, "x_implant", "x_maker", selection="[('a', 'Ankylos'), ('b', 'Bego')]", kind="selection")
    choices = [[0, 0, {"value": "q", "name": "Quick"}]]
    field(office, "x_implant", "x_pace", "selection", selection_ids=choices)
    field(office, "x_implant", "x_patient", "many2one", relation="res.partner", on_delete="cascade")
    field(office, "x_implant", "x_tags", "many2many", relation="res.partner.category")
    field(office, "res.partner", "x_implants", "one2many", relation="x_implant", relation_field="x_patient")
    plain = {"integer": 4, "float": 2.5, "boolean": True, "date": "2026-01-02", "datetime": "2026-01-02 03:04:05"}
    plain |= {"text": "long", "char": "short"}
    for kind in plain:
        field(office, "x_implant", f"x_{kind}_1", kind)
    patient = bridge("res.partner", "create", {"name": "Ann Lee"})
    tag = bridge("res.partner.category", "create", {"name": "Recall"})
    vals = {"x_name": "I1", "x_maker": "b", "x_pace": "q", "x_patient": patient, "x_tags": [[6, 0, [tag]]]}
    vals |= {f"x_{kind}_1": value for kind, value in plain.items()}
    record = bridge("x_implant", "create", vals)
    row = bridge.one("x_implant", record)
    assert (row["x_maker"], row["x_pace"], row["x_patient"], row["x_tags"]) == ("b", "q", [patient, "Ann Lee"], [tag])
    assert {kind: row[f"x_{kind}_1"] for kind in plain} == plain
    assert bridge.one("res.partner", patient, "x_implants")["x_implants"] == [record]
    assert bridge("x_implant", "search", [["x_patient.name", "=", "Ann Lee"]], order="x_integer_1 desc") == [record]
    described = bridge("x_implant", "fields_get", ["x_maker", "x_patient"], ["selection", "relation", "manual"])
    assert described == {
        "x_maker": {"selection": [["a", "Ankylos"], ["b", "Bego"]], "manual": True},
        "x_patient": {"relation": "res.partner", "manual": True},
    }
    assert refusal(bridge, "x_implant", "write", [record], {"x_maker": "z"}).name == "builtins.ValueError"
    bridge("res.partner", "unlink", [patient])
    assert bridge("x_implant", "search", []) == []


@EVERY
def test_a_field_on_a_model_of_odoos_is_at_once_there_for_everybody(office: User, bridge: User) -> None:
    field(office, "res.partner", "x_clinic_uid", help="Ours")
    loaded = bridge("res.partner", "load", ["id", "name", "x_clinic_uid"], [["clinic.ann", "Ann Lee", "u-1"]])
    assert bridge("res.partner", "search", [["x_clinic_uid", "=", "u-1"]]) == loaded["ids"]
    assert bridge("res.partner", "fields_get", ["x_clinic_uid"], ["help"]) == {"x_clinic_uid": {"help": "Ours"}}
    # An ordinary index, not a unique one (observed).
    bridge("res.partner", "create", {"name": "Bob", "x_clinic_uid": "u-1"})
    assert bridge("res.partner", "search_count", [["x_clinic_uid", "=", "u-1"]]) == 2


REFUSED_MODELS = (
    ({"name": "Foo", "model": "foo"}, "The model name must start with 'x_'."),
    ({"name": "Foo", "model": "x_Foo bar"}, "can only contain lowercase characters"),
    ({"name": "Foo", "model": "x_implant"}, "Each model must have a unique name."),
    ({"name": "Foo"}, "model"),
    ({"model": "x_foo"}, "Model Description"),
)


@pytest.mark.parametrize(("vals", "words"), REFUSED_MODELS)
def test_models_that_are_refused(office: User, vals: dict[str, Any], words: str) -> None:
    implant(office)
    before = office("ir.model", "search_count", [])
    assert words in refusal(office, "ir.model", "create", vals).message
    assert office("ir.model", "search_count", []) == before


REFUSED_FIELDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "foo"}, "Custom fields must have a name that starts with 'x_'!"),
    ({"name": "x_a b"}, "Field names can only contain characters, digits and underscores"),
    ({"name": "x_name"}, "Field names must be unique per model."),
    ({"ttype": None}, "Field Type"),
    ({"ttype": "nochar"}, "Wrong value for ir.model.fields.ttype: 'nochar'"),
    ({"ttype": "many2one", "relation": "no.model"}, "Unknown model name 'no.model' in Related Model"),
    ({"ttype": "one2many", "relation": "res.partner"}, "relation_field"),
    ({"ttype": "one2many", "relation": "res.partner", "relation_field": "x_no"}, "Many2one x_no on model res.partner"),
    ({"ttype": "many2one", "relation": "res.partner", "required": True}, "Only 'restrict' and 'cascade' make sense"),
    ({"ttype": "selection", "selection": "nonsense"}, "malformed node or string"),
    ({"model_id": None}, "missing model name for"),
    ({"compute": "pass"}, "keeps no computed fields"),
)


@pytest.mark.parametrize(("vals", "words"), REFUSED_FIELDS)
def test_fields_that_are_refused(office: User, vals: dict[str, Any], words: str) -> None:
    base = {"model_id": implant(office), "name": "x_new", "ttype": "char", "field_description": "New"}
    before = office("x_implant", "fields_get")
    given = {name: value for name, value in {**base, **vals}.items() if value is not None}
    assert words in refusal(office, "ir.model.fields", "create", given).message
    assert office("x_implant", "fields_get") == before


def test_what_cannot_be_changed_or_deleted(office: User) -> None:
    made = implant(office)
    base = office("ir.model.fields", "search", [["model", "=", "res.partner"], ["name", "=", "name"]])
    assert "base fields cannot be altered" in refusal(office, "ir.model.fields", "write", base, {"required": 1}).message
    assert "contains module data" in refusal(office, "ir.model.fields", "unlink", base).message
    assert "contains module data" in refusal(office, "ir.model", "unlink", [model_id(office, "res.partner")]).message
    assert 'Field "Model" cannot be' in refusal(office, "ir.model", "write", [made], {"model": "x_other"}).message
    assert 'Field "Type" cannot be' in refusal(office, "ir.model", "write", [made], {"state": "base"}).message
    patient = field(office, "x_implant", "x_patient", "many2one", relation="res.partner")
    assert "Changing the type" in refusal(office, "ir.model.fields", "write", [patient], {"ttype": "char"}).message
    other = {"model_id": model_id(office, "res.partner")}
    assert "Changing the model" in refusal(office, "ir.model.fields", "write", [patient], other).message
    field(office, "res.partner", "x_implants", "one2many", relation="x_implant", relation_field="x_patient")
    assert "'res.partner.x_implants' depends on it" in refusal(office, "ir.model.fields", "unlink", [patient]).message


def test_a_field_can_be_renamed_and_relabelled(office: User) -> None:
    implant(office)
    note, tags = (
        field(office, "x_implant", "x_note"),
        field(office, "x_implant", "x_t", "many2many", relation="res.users"),
    )
    record = office("x_implant", "create", {"x_name": "A", "x_note": "n", "x_t": [[6, 0, [2]]]})
    office("ir.model.fields", "write", [note], {"name": "x_remark", "field_description": "Remark", "required": True})
    office("ir.model.fields", "write", [tags], {"name": "x_users"})
    assert office.one("x_implant", record, "x_remark", "x_users") == {"id": record, "x_remark": "n", "x_users": [2]}
    assert "Remark" in refusal(office, "x_implant", "create", {"x_name": "B"}).message


@EVERY
def test_deleting_a_model_or_a_field_removes_it_with_its_data(office: User, bridge: User) -> None:
    made = implant(office)
    patient = field(office, "x_implant", "x_patient", "many2one", relation="res.partner")
    field(office, "x_implant", "x_tags", "many2many", relation="res.partner.category")
    back = field(office, "res.partner", "x_implants", "one2many", relation="x_implant", relation_field="x_patient")
    bridge("x_implant", "load", ["id", "x_name"], [["clinic.i1", "I1"]])
    office("ir.model.fields", "unlink", [back, patient])
    assert "x_patient" not in bridge("x_implant", "fields_get")
    field(office, "res.partner", "x_first", "many2one", relation="x_implant")
    office("ir.model", "unlink", [made])
    assert refusal(bridge, "x_implant", "search", []).message == "Object x_implant doesn't exist"
    assert "x_first" not in bridge("res.partner", "fields_get")
    assert office("ir.model.access", "search", []) == []
    assert office("ir.model.data", "search", [["model", "=", "x_implant"]]) == []
    implant(office)
    assert bridge("x_implant", "search", []) == []


def test_a_refused_call_leaves_no_model_behind(office: User, sandbox: Sandbox) -> None:
    bad = [[0, 0, {"name": "nope", "ttype": "char", "field_description": "N"}]]
    refusal(office, "ir.model", "create", {"name": "Implant", "model": "x_implant", "field_id": bad})
    assert "x_implant" not in sandbox.registry.descriptions
    implant(office)


def test_they_survive_snapshots_and_go_with_a_reset(office: User, sandbox: Sandbox) -> None:
    empty = sandbox.snapshot()
    implant(office)
    office("x_implant", "create", {"x_name": "A"})
    full = sandbox.snapshot()
    sandbox.restore(empty)
    assert refusal(office, "x_implant", "search", []).message == "Object x_implant doesn't exist"
    sandbox.restore(full)
    assert len(office("x_implant", "search", [])) == 1
    sandbox.reset()
    assert refusal(office, "x_implant", "search", []).message == "Object x_implant doesn't exist"


def test_they_survive_a_restart_and_are_seen_by_another_server(tmp_path: Path) -> None:
    path = str(tmp_path / "odoo.sqlite")
    first, second = Sandbox(17, path), Sandbox(17, path)
    implant(User(first, ADMIN_UID, "admin"))
    assert second.as_user(ADMIN_UID, "x_implant", "search", []) == []
    first.close()
    second.close()
    third = Sandbox(17, path)
    made = third.as_user(ADMIN_UID, "x_implant", "create", {"x_name": "A"})
    assert third.as_user(ADMIN_UID, "x_implant", "read", [made], ["x_name"]) == [{"id": made, "x_name": "A"}]
    third.close()


def test_a_file_of_an_earlier_sandbox_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "odoo.sqlite"
    old = Sandbox(17, str(path))
    old._connection.execute("DROP TABLE ir_model")
    old.close()
    with pytest.raises(ValueError, match="remove it, and it is made afresh"):
        Sandbox(17, str(path))


def test_a_short_text_is_cut_and_a_copy_keeps_what_is_read_only(office: User) -> None:
    implant(office)
    field(office, "x_implant", "x_code", size=4)
    field(office, "x_implant", "x_lot", readonly=True)
    record = office("x_implant", "create", {"x_name": "A", "x_code": "12345", "x_lot": "L1"})
    copied = office("x_implant", "copy", [record])
    assert office.one("x_implant", copied, "x_code", "x_lot") == {"id": copied, "x_code": "1234", "x_lot": "L1"}
    assert office("x_implant", "fields_get", ["x_code"], ["size"]) == {"x_code": {"size": 4}}


def test_which_add_on_a_model_comes_from(office: User) -> None:
    made = implant(office)
    assert office.one("ir.model", made, "modules")["modules"] == ""
    assert office.one("ir.model", model_id(office, "res.partner"), "modules")["modules"] == "base"
    rows = office("ir.model.fields", "search_read", [["model", "=", "x_implant"]], ["modules", "state"])
    assert {row["modules"] for row in rows} == {""}
    assert {row["state"] for row in rows} == {"base", "manual"}


@pytest.mark.parametrize(("version", "there"), ((16, True), (17, False), (19, False)))
def test_16_tells_twice_when_a_record_changed(version: int, there: bool, office: User) -> None:
    made = office("ir.model", "create", {"name": "Implant", "model": "x_implant"})
    described = office("ir.model.fields", "search", [["model_id", "=", made], ["name", "=", "__last_update"]])
    assert bool(described) is there
    for model in ("res.partner", "x_implant"):
        assert ("__last_update" in office(model, "fields_get")) is there
    (partner,) = office("res.partner", "read", [3])
    assert partner.get("__last_update", partner["write_date"]) == partner["write_date"]
    assert ("__last_update" in partner) is there
