"""``ir.model`` and its family: every model described as records, and models and fields made by users.

Observed on 17: administrators alone may see and make them; a new model is usable by nobody, administrators
included, until ``ir.model.access`` grants it. Computed fields are not imitated.
"""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files, or checked here
import ast
import re
from collections.abc import Iterable
from typing import Any

from odoo_bridge.sandbox.errors import CheckViolation, PythonError, UserError, ValidationError, value_error
from odoo_bridge.sandbox.models.custom_tables import add_field, add_model, drop_field, drop_model, rename_field
from odoo_bridge.sandbox.orm.commands import SET
from odoo_bridge.sandbox.orm.core import Vals
from odoo_bridge.sandbox.orm.fields import Field
from odoo_bridge.sandbox.orm.model import BaseModel

MODEL_NAME = re.compile(r"[a-z0-9_.]+")
FIELD_NAME = re.compile(r"[a-z_][a-z0-9_$]{0,62}", re.IGNORECASE)
# What every model has; described as base fields even on a user's model.
GIVEN = ("id", "display_name", "create_uid", "create_date", "write_uid", "write_date", "__last_update")
MODULE_DATA = "This column contains module data and cannot be removed!"
FIXED = {"model": "Model", "state": "Type", "transient": "Transient Model"}
PERMISSIONS = {"read": "perm_read", "write": "perm_write", "create": "perm_create", "unlink": "perm_unlink"}


class IrModel(BaseModel):
    name = "ir.model"

    def _defaults(self) -> Vals:
        first = {"name": "x_name", "field_description": "Name", "ttype": "char", "copied": True}
        return {"model": "x_", "field_id": [[6, 0, []], [0, 0, first]]}

    def _before_create(self, vals: Vals) -> Vals:
        model = vals.get("model") or "x_"
        if model == "x_":
            raise PythonError("KeyError", "model")
        if not model.startswith("x_"):
            raise ValidationError("The model name must start with 'x_'.")
        if not MODEL_NAME.fullmatch(model):
            raise ValidationError("The model name can only contain lowercase characters, digits, underscores and dots.")
        if model in self.env.registry.classes:
            raise CheckViolation("Each model must have a unique name.")
        # "No others" would take away the fields that every model has.
        wanted = [each for each in vals.get("field_id") or [] if each[0] != SET]
        return {**vals, "state": "manual", "field_id": wanted}

    def _insert(self, vals: Vals) -> int:
        """The table is there before the fields that come with the model."""
        made = super()._insert(vals)
        self.env.reload()
        add_model(self.env, vals["model"])
        described = self.env.registry.descriptions[vals["model"]].fields
        describe(self.env, made, [described[name] for name in GIVEN if name in described])
        return made

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        for name, label in FIXED.items():
            if name in vals and any(old != vals[name] for old in self._column_of(ids, name).values()):
                raise UserError(f'Field "{label}" cannot be modified on models.')
        return vals

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        self.env.reload()

    def _unlink(self, ids: list[int]) -> None:
        self._require(ids)
        if "base" in self._column_of(ids, "state").values():
            raise UserError(MODULE_DATA)
        names = list(self._column_of(ids, "model").values())
        fields = self.env["ir.model.fields"]
        fields._unlink(fields._search([["relation", "in", names], ["model", "not in", names]]))
        for name in names:
            drop_model(self.env, name)
            self.env.execute("DELETE FROM ir_model_fields WHERE model = ?", (name,))
            self.env.execute("DELETE FROM ir_model_data WHERE model = ?", (name,))
        super()._unlink(ids)
        self.env.reload()

    def _compute_modules(self, ids: list[int]) -> dict[int, str]:
        return _modules(self, ids)


class IrModelFields(BaseModel):
    name = "ir.model.fields"
    rec_name = "field_description"

    def _before_create(self, vals: Vals) -> Vals:
        vals = {**vals, "state": "manual"}
        self._find_model(vals)
        self._check_name(vals.get("name") or "")
        if self.env.value("SELECT 1 FROM ir_model_fields WHERE model = ? AND name = ?", (vals["model"], vals["name"])):
            raise CheckViolation("Field names must be unique per model.")
        if vals.get("compute"):
            raise UserError("The sandbox keeps no computed fields.")
        if vals.get("ttype") in ("many2one", "one2many", "many2many"):
            self._check_relation(vals)
        elif vals.get("ttype") == "selection" and vals.get("selection"):
            self._spell_out(vals)
        return vals

    def _find_model(self, vals: Vals) -> None:
        if not vals.get("model_id") and not vals.get("model"):
            raise PythonError("AssertionError", f"missing model name for {vals}")
        if not vals.get("model_id"):
            vals["model_id"] = self.env.value("SELECT id FROM ir_model WHERE model = ?", (vals["model"],))
        vals["model"] = self.env.value("SELECT model FROM ir_model WHERE id = ?", (vals["model_id"],))
        if not vals["model"]:
            raise self._foreign_key(self.fields["model_id"])

    def _check_name(self, name: str) -> None:
        if not name.startswith("x_"):
            raise CheckViolation("Custom fields must have a name that starts with 'x_'!")
        if not FIELD_NAME.fullmatch(name):
            raise ValidationError("Field names can only contain characters, digits and underscores (up to 63).")

    def _check_relation(self, vals: Vals) -> None:
        """A relation to nothing is accepted by a real 17 and cannot be read afterwards; here it is refused."""
        relation = vals.get("relation")
        if relation not in self.env.registry.classes:
            raise ValidationError(f"Unknown model name '{relation}' in Related Model")
        if vals["ttype"] == "one2many":
            self._check_inverse(vals)
        elif vals["ttype"] == "many2one":
            vals["on_delete"] = vals.get("on_delete") or "set null"
            if vals.get("required") and vals["on_delete"] == "set null":
                raise ValidationError(
                    f"The m2o field {vals['name']} is required but declares its ondelete policy as being "
                    "'set null'. Only 'restrict' and 'cascade' make sense."
                )

    def _check_inverse(self, vals: Vals) -> None:
        if "relation_field" not in vals:
            raise PythonError("KeyError", "relation_field")
        inverse = self.env[vals["relation"]].fields.get(vals["relation_field"])
        if inverse is None or inverse.type != "many2one":
            raise UserError(f"Many2one {vals['relation_field']} on model {vals['relation']} does not exist!")

    def _spell_out(self, vals: Vals) -> None:
        """ "[('a', 'Aa')]", the old way to give choices, as records of their own."""
        try:
            pairs = [(str(value), str(label)) for value, label in ast.literal_eval(vals["selection"])]
        except (ValueError, SyntaxError, TypeError) as error:
            raise value_error(str(error)) from None
        rows = [{"value": value, "name": label, "sequence": at} for at, (value, label) in enumerate(pairs)]
        vals["selection_ids"] = [[0, 0, row] for row in rows]

    def _insert(self, vals: Vals) -> int:
        made = super()._insert(vals)
        self.env.reload()
        add_field(self.env, self.env.registry.descriptions[vals["model"]].fields[vals["name"]])
        return made

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        self._tell_selection(ids)

    def _tell_selection(self, ids: Iterable[int]) -> None:
        """The old text form follows the choices."""
        for each in ids:
            rows = self.env.execute(
                "SELECT value, name FROM ir_model_fields_selection WHERE field_id = ? ORDER BY sequence, id", (each,)
            )
            text = str([tuple(row) for row in rows])
            self.env.execute(
                "UPDATE ir_model_fields SET selection = ? WHERE id = ? AND ttype = 'selection' AND state = 'manual'",
                (text, each),
            )
        self.env.reload()

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        if "base" in self._column_of(ids, "state").values():
            raise UserError(
                "Properties of base fields cannot be altered in this manner! Please modify them through "
                "Python code, preferably through a custom addon!"
            )
        if "ttype" in vals and set(self._column_of(ids, "ttype").values()) != {vals["ttype"]}:
            raise UserError("Changing the type of a field is not yet supported. Please drop it and create it again!")
        if "model_id" in vals and set(self._column_of(ids, "model_id").values()) != {vals["model_id"]}:
            raise UserError("Changing the model of a field is forbidden!")
        if "name" in vals:
            self._check_name(vals["name"])
            for each in ids:
                rename_field(self.env, self._described_by(each), vals["name"])
        return vals

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        self._tell_selection(ids)

    def _described_by(self, row: int) -> Field:
        model, name = self._stored(row, "model", "name")
        field: Field = self.env.registry.descriptions[model].fields[name]
        return field

    def _unlink(self, ids: list[int]) -> None:
        self._require(ids)
        if "base" in self._column_of(ids, "state").values():
            raise UserError(MODULE_DATA)
        gone = [self._described_by(each) for each in ids]
        for field in gone:
            self._refuse_needed(field, gone)
        super()._unlink(ids)
        self.env.reload()
        for field in gone:
            drop_field(self.env, field)

    def _refuse_needed(self, field: Field, gone: list[Field]) -> None:
        every = (f for d in self.env.registry.descriptions.values() for f in d.fields.values() if f.manual)
        for other in every:
            through = other.model == field.model and other.related.split(".")[0] == field.name
            back = other.relation == field.model and other.inverse == field.name
            if (through or back) and other not in gone:
                raise UserError(
                    f"The field '{field.model}.{field.name}' cannot be removed because the field "
                    f"'{other.model}.{other.name}' depends on it."
                )

    def _compute_modules(self, ids: list[int]) -> dict[int, str]:
        return _modules(self, ids)

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """ "Note (Contact)"."""
        labels, owners = self._column_of(ids, "field_description"), self._column_of(ids, "model_id")
        names = self.env["ir.model"]._display(set(owners.values()))
        return {each: f"{label} ({names[owners[each]]})" for each, label in labels.items()}


class IrModelFieldsSelection(BaseModel):
    name = "ir.model.fields.selection"

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        self.env.reload()

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        self.env["ir.model.fields"]._tell_selection(set(self._column_of(ids, "field_id").values()))

    def _unlink(self, ids: list[int]) -> None:
        owners = set(self._column_of(ids, "field_id").values())
        super()._unlink(ids)
        self.env["ir.model.fields"]._tell_selection(owners)


class IrModelAccess(BaseModel):
    """What is granted beyond what a model grants by itself."""

    name = "ir.model.access"

    def _grants(self, model: str, operation: str) -> bool:
        """Whether a row lets this user do it: one for everybody, or for a group of theirs."""
        groups = self.env["res.groups"]
        members = groups.fields["user_ids" if "user_ids" in groups.fields else "users"].table
        return bool(
            self.env.value(
                "SELECT 1 FROM ir_model_access a JOIN ir_model m ON m.id = a.model_id "
                f"WHERE m.model = ? AND a.active = 1 AND a.{PERMISSIONS[operation]} = 1 AND (a.group_id IS NULL "
                f"OR a.group_id IN (SELECT here FROM {members} WHERE there = ?))",
                (model, self.env.uid),
            )
        )


def _modules(model: BaseModel, ids: list[int]) -> dict[int, str]:
    """Which add-ons define it: none for what users made."""
    made = set(model.env.column("SELECT model FROM ir_model WHERE state = 'manual'"))
    states, names = model._column_of(ids, "state"), model._column_of(ids, "model")
    return {each: "base" if states[each] == "base" and names[each] not in made else "" for each in states}


def describe(env: Any, model_id: int, fields: Iterable[Field]) -> None:
    """Rows of ``ir.model.fields`` for fields that no user made."""
    rows = [_row(field, model_id, env) for field in fields]
    columns = ", ".join(rows[0])
    holes = ", ".join("?" for _column in rows[0])
    statement = f"INSERT INTO ir_model_fields ({columns}) VALUES ({holes})"
    env.connection.executemany(statement, [tuple(row.values()) for row in rows])


def _row(field: Field, model_id: int, env: Any) -> Vals:
    audit = {"create_uid": env.uid, "create_date": env.stamp, "write_uid": env.uid, "write_date": env.stamp}
    return {
        "name": field.name,
        "model": field.model,
        "model_id": model_id,
        "field_description": field.string,
        "ttype": field.type,
        "state": "base",
        "required": int(field.required),
        "readonly": int(field.readonly),
        "store": int(field.store),
        "relation": field.relation or None,
        "relation_field": field.inverse or None,
        "selection": _choices(field),
        "on_delete": field.ondelete if field.type == "many2one" else None,
        "copied": int(field.store and field.type != "one2many"),
        "selectable": int(field.is_searchable),
        "related": field.related or None,
        **audit,
    }


def _choices(field: Field) -> str | None:
    """Choices as text; those that a method computes (time zones, languages) are not told."""
    fixed = field.type == "selection" and 0 < len(field.selection) < 100
    return str([tuple(pair) for pair in field.selection]) if fixed else None


def plant_models(env: Any) -> None:
    """Describes every model of the version, in an empty database."""
    for description in env.registry.descriptions.values():
        row = (description.model, description.label, "base", description.order, int(description.transient))
        cursor = env.execute(
            'INSERT INTO ir_model (model, name, state, "order", transient, create_uid, create_date, write_uid, '
            "write_date) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, env.uid, env.stamp, env.uid, env.stamp),
        )
        describe(env, int(cursor.lastrowid), description.fields.values())
