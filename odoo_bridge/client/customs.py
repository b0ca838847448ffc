"""Models and fields of one's own in Odoo: looked at, and made once. Needs Odoo's *Access Rights* group.

A client remembers what a model's fields are: use a new one after making a field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.client.commands import Command
from odoo_bridge.client.core import Client, Record
from odoo_bridge.client.domains import F
from odoo_bridge.errors import OdooError, Rejected, Uncertain

_FIELDS = ("name", "ttype", "field_description", "relation", "relation_field", "required", "selection_ids", "state")


@dataclass(frozen=True, slots=True)
class CustomField:
    """`name` begins with x_. `type`: char, integer, float, boolean, date, many2one ... `relation`: the model
    that a relation leads to; `inverse`: the many2one there that a one2many belongs to; `selection`: pairs of
    value and label."""

    name: str
    type: str
    label: str
    relation: str | None = None
    inverse: str | None = None
    selection: tuple[tuple[str, str], ...] = ()
    required: bool = False
    manual: bool = field(default=True, compare=False)
    """Whether somebody made it in this database; False for fields that came with a module."""


class Customs:
    """The models and fields of one Odoo."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def model(self, name: str) -> int | None:
        """The id of a model in `ir.model`; None when there is none of that name."""
        return self._first("ir.model", F("model") == name)

    def fields(self, model: str, *, names: Sequence[str] = ()) -> list[CustomField]:
        """A model's fields: those named, or those that were made in this database."""
        wanted = F("name").in_(names) if names else F("state") == "manual"
        rows = self._client.search_read("ir.model.fields", (F("model") == model) & wanted, _FIELDS, order="name")
        return [self._field(row) for row in rows]

    def ensure_model(self, name: str, label: str) -> int:
        """The id of the model, made if there is none; Odoo gives it a field x_name.

        Nobody has any right on a new one: see `allow`. May be repeated. Raises Uncertain when the answer was
        lost and it is not there (yet).
        """
        if not name.startswith("x_"):
            raise Rejected("The name of a model of one's own begins with x_.", field="model", model="ir.model")
        return self._once("ir.model", {"model": name, "name": label}, lambda: self.model(name))

    def ensure_field(self, model: str, wanted: CustomField) -> int:
        """The id of the field in `ir.model.fields`, made if there is none; may be repeated.

        Raises Rejected that names the difference when there is another field of that name. The label may
        differ, and Odoo may offer more values of a selection than asked for.
        """
        if not wanted.name.startswith("x_"):
            raise Rejected("The name of a field of one's own begins with x_.", field=wanted.name, model=model)
        made = self._once("ir.model.fields", self._values(model, wanted), lambda: self._same(model, wanted))
        self._client.remembered.forget(model)
        return made

    def allow(
        self,
        model: str,
        group: str = "base.group_user",
        *,
        write: bool = True,
        create: bool = True,
        unlink: bool = True,
    ) -> int:
        """Let the users of a group (external id) read the model, and write, create, unlink as said; the id of
        the rule. A rule of that name and group is kept, with these rights."""
        resolved = self._client.resolve(group)
        identifier = self.model(model)
        if not resolved or not identifier:
            raise Rejected(f"Odoo has no {model if resolved else group}.", field="group_id", model="ir.model.access")
        rights = {"perm_read": True, "perm_write": write, "perm_create": create, "perm_unlink": unlink}
        values: dict[str, Any] = {"name": f"{model} {group}", "model_id": identifier, "group_id": resolved[1]}
        same = (F("model_id") == identifier) & (F("group_id") == resolved[1]) & (F("name") == values["name"])
        found = self._first("ir.model.access", same)
        if found:
            self._client.write("ir.model.access", [found], rights)
            return found
        return self._once("ir.model.access", {**values, **rights}, lambda: self._first("ir.model.access", same))

    def _first(self, model: str, domain: Any) -> int | None:
        return next(iter(self._client.search(model, domain, limit=1)), None)

    def _once(self, model: str, values: dict[str, Any], look: Callable[[], int | None]) -> int:
        """What is there, or what is made. After a lost answer, or somebody who was quicker, it is looked for."""
        found = look()
        if found:
            return found
        try:
            return self._client.create(model, values)
        except (Uncertain, Rejected) as error:
            found = self._found_after(error, look)
            if found:
                return found
            raise

    def _found_after(self, error: OdooError, look: Callable[[], int | None]) -> int | None:
        try:
            return look()
        except Rejected:
            raise  # there is one, and it is another
        except OdooError:
            # That looking failed must not hide that something may have been made.
            raise error from None

    # ---- fields

    def _same(self, model: str, wanted: CustomField) -> int | None:
        """The id of the field if it is as wanted, None if there is none. Raises Rejected for another one."""
        domain = (F("model") == model) & (F("name") == wanted.name)
        for row in self._client.search_read("ir.model.fields", domain, _FIELDS):
            difference = _difference(self._field(row), wanted)
            if difference:
                raise Rejected(
                    f"Odoo has a field {wanted.name} in {model}, but {difference}.", field=wanted.name, model=model
                )
            return int(row["id"])
        return None

    def _field(self, row: Record) -> CustomField:
        return CustomField(
            name=row["name"],
            type=row["ttype"],
            label=row["field_description"] or "",
            relation=row["relation"] or None,
            inverse=row["relation_field"] or None,
            selection=self._selection(row["selection_ids"]),
            required=row["required"],
            manual=row["state"] == "manual",
        )

    def _selection(self, ids: list[int]) -> tuple[tuple[str, str], ...]:
        if not ids:
            return ()
        options = self._client.read("ir.model.fields.selection", ids, ["value", "name", "sequence"])
        return tuple((one["value"], one["name"]) for one in sorted(options, key=lambda one: one["sequence"]))

    def _values(self, model: str, wanted: CustomField) -> dict[str, Any]:
        values: dict[str, Any] = {
            "model_id": self.model(model),
            "name": wanted.name,
            "ttype": wanted.type,
            "field_description": wanted.label,
            "required": wanted.required,
        }
        if not values["model_id"]:
            raise Rejected(f"Odoo has no model {model}.", field="model_id", model="ir.model.fields")
        if wanted.relation:
            values["relation"] = wanted.relation
        if wanted.inverse:
            values["relation_field"] = wanted.inverse
        if wanted.selection:
            values["selection_ids"] = [
                Command.create({"value": value, "name": label, "sequence": number})
                for number, (value, label) in enumerate(wanted.selection)
            ]
        return values


def _difference(held: CustomField, wanted: CustomField) -> str | None:
    """In what the two differ so that one cannot stand for the other, to go on after 'but'; None if in nothing."""
    if held.type != wanted.type:
        return f"it is of type {held.type}, not {wanted.type}"
    if held.relation != wanted.relation:
        return f"it leads to {held.relation}, not {wanted.relation}"
    if wanted.inverse and held.inverse != wanted.inverse:
        return f"it belongs to {held.inverse}, not {wanted.inverse}"
    if held.required != wanted.required:
        return "it is required" if held.required else "it is not required"
    lacking = [value for value, _ in wanted.selection if value not in dict(held.selection)]
    return f"it does not offer {', '.join(lacking)}" if lacking else None
