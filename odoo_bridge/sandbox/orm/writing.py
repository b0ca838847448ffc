"""Creating, changing and deleting."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from odoo_bridge.sandbox.errors import MandatoryField, MissingError, ValidationError
from odoo_bridge.sandbox.orm import commands
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.fields import TEXT_TYPES, Field
from odoo_bridge.sandbox.orm.reading import Reading

AUDIT = ("create_uid", "create_date", "write_uid", "write_date")
EMPTY_WHEN_REQUIRED = TEXT_TYPES | {"date", "datetime", "many2one"}


class Writing(Reading):
    """The half of a model that changes things.

    Models change what happens through the hooks at the end; the public methods check access and answer.
    """

    @public
    def create(self, vals_list: Any) -> Any:
        """New records; an id for a dict, ids for a list. One bad record and none is made."""
        self._allow("create")
        if isinstance(vals_list, dict):
            return self._create([vals_list])[0]
        return self._create(list(vals_list))

    @public
    def write(self, ids: Any, vals: Any) -> bool:
        """Changes records; an identical or empty write bumps ``write_date`` too (observed)."""
        self._allow("write")
        self._allow_records(self._ids(ids), "write")
        self._write(self._ids(ids), dict(vals))
        return True

    @public
    def unlink(self, ids: Any) -> bool:
        self._allow("unlink")
        self._unlink(self._ids(ids))
        return True

    @public
    def default_get(self, fields_list: Any) -> Vals:
        defaults = self._default_values([{}])
        return {name: self._wire_default(name, defaults[name]) for name in fields_list if name in defaults}

    @public
    def name_create(self, name: str) -> list[Any]:
        self._allow("create")
        made = self._create([{self.rec_name: name}])[0]
        return [made, self._display([made])[made]]

    @public
    def copy(self, ids: Any, default: Any = None) -> Any:
        """A copy of each record; 19 answers a list, 16 and 17 an id."""
        self._allow("create")
        if not self.profile.copy_returns_list:
            return self._copy(self._one(ids), dict(default or {}))
        return [self._copy(each, dict(default or {})) for each in self._ids(ids)]

    @public
    def action_archive(self, ids: Any) -> None:
        self.write(ids, {"active": False})

    @public
    def action_unarchive(self, ids: Any) -> None:
        self.write(ids, {"active": True})

    @public
    def toggle_active(self, ids: Any) -> None:
        for each, active in self._column_of(self._ids(ids), "active").items():
            self.write([each], {"active": not active})

    @public
    def message_post(self, ids: Any, **message: Any) -> Any:
        """A note on the record; does not bump its ``write_date`` (observed)."""
        record = self._one(ids)
        made = self.env["mail.message"]._create(
            [
                {
                    "body": message.get("body", ""),
                    "subject": message.get("subject", False),
                    "model": self.name,
                    "res_id": record,
                    "message_type": message.get("message_type", "notification"),
                    "date": self.env.stamp[:19],
                    "attachment_ids": [[6, 0, list(message.get("attachment_ids") or [])]],
                }
            ]
        )
        return made if self.profile.copy_returns_list else made[0]

    @public
    def message_subscribe(self, ids: Any, partner_ids: Any = None, subtype_ids: Any = None) -> bool:
        self._require(self._ids(ids))
        return True

    @public
    def message_unsubscribe(self, ids: Any, partner_ids: Any = None) -> None:
        self._require(self._ids(ids))

    # -- inside

    def _create(self, vals_list: Sequence[Vals]) -> list[int]:
        """Makes records; defaults, conversions, checks and x2many commands included."""
        prepared = [self._before_create(dict(vals)) for vals in self._with_defaults(vals_list)]
        ids = [self._insert(vals) for vals in prepared]
        self._check_references(prepared)
        for made, vals in zip(ids, prepared, strict=True):
            for name, value in vals.items():
                if not self.fields[name].is_column:
                    commands.apply(self, made, self.fields[name], value)
        self._after_create(ids, prepared)
        self._check(ids, {name for vals in prepared for name in vals})
        return ids

    def _with_defaults(self, vals_list: Sequence[Vals]) -> list[Vals]:
        for vals in vals_list:
            for name in vals:
                self._field(name, "create")
        defaults = self._default_values(vals_list)
        return [{**defaults, **vals} for vals in vals_list]

    def _default_values(self, vals_list: Sequence[Vals]) -> Vals:
        defaults = {name: field.default for name, field in self.fields.items() if field.default is not None}
        defaults.update(self._defaults())
        for key, value in self.env.context.items():
            if key.startswith("default_") and key[8:] in self.fields:
                defaults[key[8:]] = value
        return defaults

    def _wire_default(self, name: str, value: Any) -> Any:
        return self.fields[name].to_wire(value) if self.fields[name].is_column else value

    def _insert(self, vals: Vals) -> int:
        env = self.env
        columns: Vals = {
            "create_uid": env.uid,
            "create_date": env.stamp,
            "write_uid": env.uid,
            "write_date": env.stamp,
        }
        for name, value in vals.items():
            field = self.fields[name]
            if field.is_column and name not in AUDIT and name != "id":
                columns[name] = self._to_column(field, value)
        self._check_required(columns, self.fields.values())
        listed = ", ".join(f'"{name}"' for name in columns)
        holes = ", ".join("?" * len(columns))
        cursor = env.execute(f"INSERT INTO {self.table} ({listed}) VALUES ({holes})", list(columns.values()))
        return int(cursor.lastrowid or 0)

    def _to_column(self, field: Field, value: Any) -> Any:
        return field.to_column(value)

    def _check_required(self, columns: Vals, fields: Iterable[Field]) -> None:
        for field in fields:
            if field.required and field.is_column and field.type in EMPTY_WHEN_REQUIRED:
                value = columns.get(field.name)
                if value is None:
                    raise self._mandatory(field)

    def _mandatory(self, field: Field) -> MandatoryField:
        message = self._text(
            "mandatory",
            description=self.description.label,
            model=self.name,
            label=field.string,
            field=field.name,
        )
        return MandatoryField(message, field.name, field.string)

    def _check_references(self, vals_list: Sequence[Vals]) -> None:
        """Every many2one must point at a record, as the database's foreign keys demand."""
        for name in {name for vals in vals_list for name in vals}:
            field = self.fields[name]
            if field.type != "many2one" or not field.is_column or field.relation not in self.env.registry.classes:
                continue
            wanted = {each for vals in vals_list if (each := field.to_column(vals.get(name)))}
            if wanted and wanted - self.env[field.relation]._existing(wanted):
                raise self._foreign_key(field)

    def _foreign_key(self, field: Field) -> ValidationError:
        constraint = field.constraint or f"{self.table}_{field.name}_fkey"
        message = self._text(
            "foreign_key",
            description=self.description.label,
            model=self.name,
            constraint=constraint,
            label=field.string,
            field=field.name,
        )
        return ValidationError(message)

    def _write(self, ids: list[int], vals: Vals) -> None:
        """Changes records, bumping ``write_date`` and ``write_uid``."""
        for name in vals:
            self._field(name, "create")
        self._require(ids)
        vals = self._before_write(ids, vals)
        columns: Vals = {}
        for name, value in vals.items():
            field = self.fields[name]
            if field.is_column and name not in AUDIT and name != "id":
                columns[name] = self._to_column(field, value)
        self._check_required(columns, [self.fields[name] for name in columns])
        self._check_references([vals])
        self._update(ids, columns)
        for name, value in vals.items():
            if not self.fields[name].is_column:
                for each in ids:
                    commands.apply(self, each, self.fields[name], value)
        self._after_write(ids, vals)
        self._check(ids, set(vals))

    def _update(self, ids: Sequence[int], columns: Vals) -> None:
        """Sets stored columns and stamps the rows."""
        columns = {**columns, "write_uid": self.env.uid, "write_date": self.env.stamp}
        assigned = ", ".join(f'"{name}" = ?' for name in columns)
        self.env.execute(
            f"UPDATE {self.table} SET {assigned} WHERE id {IN_IDS}",
            [*columns.values(), marks(ids)],
        )

    def _require(self, ids: list[int]) -> None:
        """Raises ``MissingError`` for the first id that does not exist."""
        missing = set(ids) - self._existing(ids)
        if missing:
            raise MissingError(self.name, min(missing), self.env.uid)

    def _unlink(self, ids: list[int]) -> None:
        """Deletes records with what hangs on them; their external ids go too (observed)."""
        self._require(ids)
        self._before_unlink(ids)
        for pointing in self.env.registry.pointing_at[self.name]:
            self._release(pointing, ids)
        for field in self._relations_to_here():
            side = field.sides[1] if field.relation == self.name and field.model != self.name else field.sides[0]
            self.env.execute(f"DELETE FROM {field.table} WHERE {side} {IN_IDS}", (marks(ids),))
        self.env.execute(f"DELETE FROM {self.table} WHERE id {IN_IDS}", (marks(ids),))
        self.env.execute(f"DELETE FROM ir_model_data WHERE model = ? AND res_id {IN_IDS}", (self.name, marks(ids)))
        self._after_unlink(ids)

    def _relations_to_here(self) -> list[Field]:
        every = (f for d in self.env.registry.descriptions.values() for f in d.fields.values())
        return [f for f in every if f.is_rows and not f.mirror and self.name in (f.relation, f.model)]

    def _release(self, pointing: Field, ids: list[int]) -> None:
        """What happens to records that point at the deleted ones: refused, deleted too, or emptied."""
        model: Writing = self.env[pointing.model]
        found = self.env.column(
            f'SELECT id FROM {model.table} WHERE "{pointing.name}" {IN_IDS}',
            (marks(ids),),
        )
        found = [each for each in found if not (model.name == self.name and each in ids)]
        if not found:
            return
        if pointing.ondelete == "cascade":
            model._unlink(found)
        elif pointing.ondelete == "restrict" or pointing.required:
            raise model._foreign_key(pointing)
        else:
            self.env.execute(
                f'UPDATE {model.table} SET "{pointing.name}" = NULL WHERE id {IN_IDS}',
                (marks(found),),
            )

    def _copy(self, record_id: int, default: Vals) -> int:
        wanted = [f for f in self.fields.values() if f.is_column or f.is_rows]
        (row,) = self._rows([record_id], wanted, named=False) or [{}]
        if not row:
            raise MissingError(self.name, record_id, self.env.uid)
        vals = {
            f.name: [[6, 0, row[f.name]]] if f.is_rows else row[f.name]
            for f in wanted
            if f.name not in (*AUDIT, "id", *self.not_copied) and not f.mirror and (f.manual or not f.readonly)
        }
        if self.marks_copies and self.rec_name in vals and self.rec_name not in default:
            vals[self.rec_name] = f"{vals[self.rec_name]} (copy)"
        (made,) = self._create([{**vals, **default}])
        for name in self.copied_lines:
            self._copy_lines(self.fields[name], record_id, made)
        return made

    def _copy_lines(self, field: Field, source: int, target: int) -> None:
        lines: Writing = self.env[field.relation]
        for each in self._fetch_many(field, [source])[source]:
            lines._copy(each, {field.inverse: target})

    # -- hooks

    def _set_computed(self, record_id: int, field: Field, value: Any) -> None:
        """A write to a field that is not stored; ignored unless a model knows what to do with it."""

    def _defaults(self) -> Vals:
        """Defaults that depend on the database or the user."""
        return {}

    def _before_create(self, vals: Vals) -> Vals:
        return vals

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        pass

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        return vals

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        pass

    def _check(self, ids: list[int], changed: set[str]) -> None:
        self._check_unique(ids, changed)

    def _check_unique(self, ids: list[int], changed: set[str]) -> None:
        for name in changed:
            field = self.fields[name]
            if not field.unique:
                continue
            doubled = self.env.value(
                f"SELECT 1 FROM {self.table} a JOIN {self.table} b "
                f'ON a."{name}" = b."{name}" AND a.id <> b.id WHERE a.id {IN_IDS}',
                (marks(ids),),
            )
            if doubled:
                raise ValidationError(f"The operation cannot be completed: {field.unique}")

    def _before_unlink(self, ids: list[int]) -> None:
        pass

    def _after_unlink(self, ids: list[int]) -> None:
        pass
