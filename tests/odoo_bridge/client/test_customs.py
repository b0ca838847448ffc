"""Models and fields of one's own: made once, whatever gets lost, and never in place of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from odoo_bridge.client.customs import CustomField, Customs
from odoo_bridge.errors import Denied, Rejected, Uncertain

from .conftest import Connect
from .wire import Request, Wire

UNIQUE = {
    "ir.model": ("Each model must have a unique name.", ("model",)),
    "ir.model.fields": ("Field names must be unique per model.", ("model_id", "name")),
}
"""What Odoo 17 says of a second one, and what it takes for the same."""


class Registry:
    """The tables of models, fields and rights, as far as Odoo 17 was seen to keep them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {"ir.model": [], "ir.model.fields": []}
        self.rows |= {"ir.model.fields.selection": [], "ir.model.access": []}
        self.add("ir.model", model="res.partner", name="Contact")
        self.field("res.partner", "ref", "char", state="base")

    def add(self, of: str, /, **values: Any) -> int:
        table = self.rows[of]
        message, keys = UNIQUE.get(of, ("", ()))
        if keys and any(all(row[key] == values[key] for key in keys) for row in table):
            raise ValueError(f"The operation cannot be completed: {message}")
        table.append({"id": len(table) + 1, **values})
        return len(table)

    def field(self, model: str, name: str, kind: str, state: str = "manual", **more: Any) -> int:
        (owner,) = (row["id"] for row in self.rows["ir.model"] if row["model"] == model)
        return self.create_field({"model_id": owner, "name": name, "ttype": kind, "state": state, **more})

    def create_field(self, values: dict[str, Any]) -> int:
        (owner,) = (row for row in self.rows["ir.model"] if row["id"] == values["model_id"])
        options = [self.add("ir.model.fields.selection", **command[2]) for command in values.pop("selection_ids", [])]
        defaults = {"field_description": "X", "relation": False, "relation_field": False, "required": False}
        row = {**defaults, "state": "manual", **values, "model": owner["model"], "selection_ids": options}
        return self.add("ir.model.fields", **row)

    def found(self, model: str, domain: list[Any]) -> list[dict[str, Any]]:
        def fits(row: dict[str, Any]) -> bool:
            return all(row[name] in (value if op == "in" else [value]) for name, op, value in domain)

        return [row for row in self.rows[model] if fits(row)]

    def __call__(self, request: Request) -> None:
        model, method, args, *_ = request.call()[2][3:]
        try:
            request.result(getattr(self, f"do_{method}")(model, *args))
        except ValueError as error:
            request.result({"error": {"data": {"name": "odoo.exceptions.ValidationError", "message": str(error)}}})

    def do_search(self, model: str, domain: list[Any]) -> list[int]:
        return [row["id"] for row in self.found(model, domain)][:1]

    def do_search_read(self, model: str, domain: list[Any], fields: list[str]) -> list[dict[str, Any]]:
        return [{name: row[name] for name in ["id", *fields]} for row in self.found(model, domain)]

    def do_read(self, model: str, ids: list[int], fields: list[str]) -> list[dict[str, Any]]:
        return [{name: row[name] for name in ["id", *fields]} for row in self.rows[model] if row["id"] in ids]

    def do_create(self, model: str, values: dict[str, Any]) -> int:
        return self.create_field(values) if model == "ir.model.fields" else self.add(model, **values)

    def do_write(self, model: str, ids: list[int], values: dict[str, Any]) -> bool:
        for row in self.rows[model]:
            row.update(values if row["id"] in ids else {})
        return True

    def do_check_object_reference(self, model: str, module: str, name: str) -> list[Any]:
        if (module, name) != ("base", "group_user"):
            raise ValueError(f"External ID not found in the system: {module}.{name}")
        return ["res.groups", 1]


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def customs(connect: Connect, registry: Registry) -> Customs:
    return Customs(connect(registry))


def created(wire: Wire) -> list[str]:
    return [call[0] for call in wire.calls if call[1] == "create"]


FIELDS = [
    CustomField("x_code", "char", "Code"),
    CustomField("x_kind", "selection", "Kind", selection=(("b", "Big"), ("a", "Any"))),
    CustomField("x_partner_id", "many2one", "Partner", relation="res.partner"),
    CustomField("x_child_ids", "one2many", "Children", relation="x_thing", inverse="x_parent_id"),
    CustomField("x_when", "datetime", "When", required=True),
]


def test_a_model_is_made_once(customs: Customs, wire: Wire) -> None:
    assert customs.model("x_thing") is None
    made = customs.ensure_model("x_thing", "Thing")
    assert customs.ensure_model("x_thing", "Another label") == made == customs.model("x_thing")
    assert created(wire) == ["ir.model"]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_field_is_made_once_and_read_as_it_was_asked_for(customs: Customs, wire: Wire, field: CustomField) -> None:
    customs.ensure_model("x_thing", "Thing")
    made = customs.ensure_field("x_thing", field)
    assert customs.ensure_field("x_thing", field) == made
    assert customs.fields("x_thing") == [field]
    assert created(wire) == ["ir.model", "ir.model.fields"]


def test_fields_of_odoo_itself_are_seen_when_they_are_named(customs: Customs) -> None:
    assert customs.fields("res.partner") == []
    (ref,) = customs.fields("res.partner", names=["ref", "x_nothing"])
    assert (ref.name, ref.type, ref.manual) == ("ref", "char", False)


@pytest.mark.parametrize(
    ("field", "difference"),
    [
        (CustomField("x_code", "integer", "Code"), "it is of type char, not integer"),
        (CustomField("x_code", "char", "Code", required=True), "it is not required"),
        (CustomField("x_when", "datetime", "When"), "it is required"),
        (
            CustomField("x_partner_id", "many2one", "P", relation="res.users"),
            "it leads to res.partner, not res.users",
        ),
        (
            CustomField("x_child_ids", "one2many", "C", relation="x_thing", inverse="x_other_id"),
            "it belongs to x_parent_id, not x_other_id",
        ),
        (
            CustomField("x_kind", "selection", "K", selection=(("a", "Any"), ("c", "C"), ("d", "D"))),
            "it does not offer c, d",
        ),
    ],
)
def test_another_field_of_that_name_is_refused_with_the_difference(
    customs: Customs, field: CustomField, difference: str, wire: Wire
) -> None:
    customs.ensure_model("x_thing", "Thing")
    for present in FIELDS:
        customs.ensure_field("x_thing", present)
    before = len(created(wire))
    with pytest.raises(Rejected) as caught:
        customs.ensure_field("x_thing", field)
    assert caught.value.message == f"Odoo has a field {field.name} in x_thing, but {difference}."
    assert caught.value.field == field.name
    assert len(created(wire)) == before


def test_a_label_may_differ_and_odoo_may_offer_more(customs: Customs) -> None:
    customs.ensure_model("x_thing", "Thing")
    made = customs.ensure_field("x_thing", FIELDS[1])
    assert customs.ensure_field("x_thing", CustomField("x_kind", "selection", "?", selection=(("a", "A"),))) == made


@pytest.mark.parametrize("wrong", ["thing", "x", "res.thing"])
def test_names_of_ones_own_begin_with_x(customs: Customs, wrong: str, wire: Wire) -> None:
    for attempt in (
        lambda: customs.ensure_model(wrong, "Thing"),
        lambda: customs.ensure_field("res.partner", CustomField(wrong, "char", "X")),
    ):
        with pytest.raises(Rejected, match="begins with x_"):
            attempt()
    assert wire.calls == []


def test_a_field_needs_its_model(customs: Customs, wire: Wire) -> None:
    with pytest.raises(Rejected, match="no model x_nothing"):
        customs.ensure_field("x_nothing", FIELDS[0])
    assert created(wire) == []


# ---- lost answers, and others who are quicker


def losing(registry: Registry, *, done: bool) -> Callable[[Request], None]:
    """Loses the answer to the first creation, after or instead of carrying it out."""
    lost: list[bool] = []

    def answer(request: Request) -> None:
        model, method, args, *_ = request.call()[2][3:]
        if method == "create" and not lost:
            lost.append(True)
            if done:
                registry.do_create(model, *args)
            request.reset()
        else:
            registry(request)

    return answer


def test_a_lost_answer_is_resolved_by_looking(connect: Connect, registry: Registry, wire: Wire) -> None:
    made = Customs(connect(losing(registry, done=True))).ensure_model("x_thing", "Thing")
    assert registry.rows["ir.model"][-1] == {"id": made, "model": "x_thing", "name": "Thing"}
    customs = Customs(connect(losing(registry, done=True)))
    field = customs.ensure_field("x_thing", FIELDS[0])
    assert registry.rows["ir.model.fields"][-1]["id"] == field
    assert created(wire) == ["ir.model", "ir.model.fields"]


def test_a_call_that_was_not_carried_out_stays_uncertain_and_may_be_repeated(
    connect: Connect, registry: Registry, wire: Wire
) -> None:
    customs = Customs(connect(losing(registry, done=False)))
    with pytest.raises(Uncertain):
        customs.ensure_model("x_thing", "Thing")
    assert created(wire) == ["ir.model"]
    assert customs.ensure_model("x_thing", "Thing")


def quicker(registry: Registry, somebody: Callable[[], Any]) -> Callable[[Request], None]:
    """Somebody else makes theirs between our looking and our making."""
    once: list[bool] = []

    def answer(request: Request) -> None:
        if request.call()[2][4] == "create" and not once:
            once.append(True)
            somebody()
        registry(request)

    return answer


def test_who_was_quicker_made_it_for_us_too(connect: Connect, registry: Registry) -> None:
    client = connect(quicker(registry, lambda: registry.add("ir.model", model="x_thing", name="Theirs")))
    assert Customs(client).ensure_model("x_thing", "Thing") == registry.rows["ir.model"][-1]["id"]


def test_who_was_quicker_may_have_made_something_else(connect: Connect, registry: Registry) -> None:
    client = connect(quicker(registry, lambda: registry.field("res.partner", "x_code", "integer")))
    with pytest.raises(Rejected, match="of type integer, not char"):
        Customs(client).ensure_field("res.partner", FIELDS[0])


def test_a_refusal_rises(connect: Connect, wire: Wire) -> None:
    denied = {"error": {"data": {"name": "odoo.exceptions.AccessError", "message": "No."}}}
    with pytest.raises(Denied):
        Customs(connect(lambda request: request.result(denied))).ensure_model("x_thing", "Thing")
    assert created(wire) == []


# ---- rights


def test_rights_are_given_once_and_changed_in_place(customs: Customs, registry: Registry) -> None:
    customs.ensure_model("x_thing", "Thing")
    rule = customs.allow("x_thing")
    assert customs.allow("x_thing", unlink=False) == rule
    assert registry.rows["ir.model.access"] == [
        {
            "id": rule,
            "name": "x_thing base.group_user",
            "model_id": 2,
            "group_id": 1,
            "perm_read": True,
            "perm_write": True,
            "perm_create": True,
            "perm_unlink": False,
        }
    ]


@pytest.mark.parametrize(
    ("model", "group", "missing"), [("x_no", "base.group_user", "x_no"), ("res.partner", "base.no", "base.no")]
)
def test_rights_need_a_model_and_a_group(customs: Customs, model: str, group: str, missing: str) -> None:
    with pytest.raises(Rejected, match=f"Odoo has no {missing}"):
        customs.allow(model, group)


def test_a_lost_answer_stays_uncertain_when_looking_fails_too(connect: Connect, wire: Wire) -> None:
    def answer(request: Request) -> None:
        made = any(call[1] == "create" for call in wire.calls)
        if not made:
            request.result([])
        elif wire.calls[-1][1] == "create":
            request.reset()
        else:
            request.page("", status="503 Service Unavailable")

    with pytest.raises(Uncertain):
        Customs(connect(answer)).ensure_model("x_thing", "Thing")
    assert [call[1] for call in wire.calls] == ["search", "create", "search"]
