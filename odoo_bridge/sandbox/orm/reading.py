"""Searching and reading."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from odoo_bridge.sandbox.errors import AccessError, PythonError, UserError, value_error
from odoo_bridge.sandbox.orm import grouping
from odoo_bridge.sandbox.orm.core import IN_IDS, LETTERS, Core, Vals, marks, public
from odoo_bridge.sandbox.orm.domain import Condition, condition, fields_of
from odoo_bridge.sandbox.orm.fields import Field

OF_A_COMPANY = (
    *("account.move", "account.move.line", "account.payment", "account.journal", "account.tax", "account.account"),
)
"""Models whose records are hidden from whoever does not work for their company."""

ORDER_TERM = re.compile(r'^"?([a-z_][a-z0-9_$]*)"?(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$', re.IGNORECASE)


class Reading(Core):
    """The half of a model that changes nothing."""

    @public
    def search(self, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None) -> list[int]:
        self._allow("read")
        return self._search(domain, offset, limit, order)

    @public
    def search_count(self, domain: Any, limit: int | None = None) -> int:
        self._allow("read")
        sql, parameters = self._where(domain)
        count: int = self.env.value(f"SELECT COUNT(*) FROM {self.table} WHERE {sql}", parameters)
        return min(count, limit) if limit else count

    @public
    def search_read(
        self,
        domain: Any = None,
        fields: Any = None,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> list[Vals]:
        self._allow("read")
        return self.read(self._search(domain or [], offset, limit, order), fields)

    @public
    def read_group(
        self,
        domain: Any,
        fields: Any = None,
        groupby: Any = None,
        offset: int = 0,
        limit: int | None = None,
        orderby: Any = False,
        lazy: bool = True,
    ) -> list[Vals]:
        """Counts and sums by the values of fields; see ``orm.grouping``."""
        self._allow("read")
        return grouping.read_group(self, domain, fields, groupby, offset, limit, orderby, lazy)

    @public
    def read(self, ids: Any, fields: Any = None, load: str = "_classic_read") -> list[Vals]:
        """Rows in the order of ``ids``; ids that do not exist are left out, as in Odoo.

        Where nothing but the id is asked for, Odoo does not look whether there is such a record (observed on 17).
        """
        self._allow("read")
        self._allow_records(self._ids(ids), "read")
        names = list(fields) if fields else list(self.fields)
        if set(names) == {"id"}:
            return [{"id": each} for each in self._ids(ids)]
        wanted = [self._field(name, "read") for name in dict.fromkeys(["id", *names])]
        return self._mask(self._rows(self._ids(ids), wanted, named=load == "_classic_read"))

    @public
    def exists(self, ids: Any) -> list[int]:
        self._callable("exists")
        found = self._existing(self._ids(ids))
        return [each for each in self._ids(ids) if each in found]

    @public
    def browse(self, ids: Any = None) -> Any:
        """Answers a recordset, which no wire can carry well: a string in JSON, a fault in XML (observed on
        17).
        """
        self._callable("browse")
        return RecordSet(self.name)

    def _callable(self, method: str) -> None:
        if not self.profile.exists_is_callable:
            raise AccessError(self._text("private", model=self.name, method=method))

    @public
    def name_search(
        self, name: str = "", args: Any = None, operator: str = "ilike", limit: int = 100, **renamed: Any
    ) -> list[Any]:
        """19 calls ``args`` ``domain``."""
        self._allow("read")
        if renamed.keys() - {self.profile.name_search_domain}:
            raise PythonError("TypeError", f"name_search() got an unexpected keyword argument '{next(iter(renamed))}'")
        args = renamed.get("domain", args)
        domain = [*(args or []), ["display_name", operator, name]] if name else list(args or [])
        found = self._search(domain, 0, limit, None)
        names = self._display(found)
        return [[each, names[each]] for each in found]

    @public
    def name_get(self, ids: Any) -> list[Any]:
        """Gone with 18: ``display_name`` is read instead."""
        if not self.profile.name_get_is_callable:
            raise self._unknown_method("name_get")
        self._allow("read")
        names = self._display(self._ids(ids))
        return [[each, names[each]] for each in self._ids(ids) if each in names]

    @public
    def fields_get(self, allfields: Any = None, attributes: Any = None) -> Vals:
        """The fields of this version, with the attributes asked for; an empty list asks for none (observed)."""
        out = {}
        for name, field in self.fields.items():
            if not allfields or name in allfields:
                described = self._described(field)
                out[name] = {k: v for k, v in described.items() if attributes is None or k in attributes}
        return out

    def _described(self, field: Field) -> Vals:
        described = field.describe()
        if field.name == "lang" and field.type == "selection":
            rows = self.env.execute("SELECT code, name FROM res_lang WHERE active = 1 ORDER BY name")
            described["selection"] = [list(row) for row in rows]
        return described

    @public
    def check_access_rights(self, operation: str, raise_exception: bool = True) -> bool:
        """Kept by 18 and 19.0 next to ``has_access``."""
        if operation not in LETTERS:
            raise PythonError("AssertionError", "Invalid access mode")
        if raise_exception:
            self._allow(operation)
        return self._may(operation)

    @public
    def has_access(self, ids: Any, operation: str) -> bool:
        """From 18 on: whether the user may do it to records, or to any at all."""
        if not self.profile.has_access_is_callable:
            raise self._unknown_method("has_access")
        return self.check_access_rights(operation, raise_exception=False)

    @public
    def check_access(self, ids: Any, operation: str) -> None:
        """From 18 on: an ``AccessError`` unless the user may."""
        if not self.profile.has_access_is_callable:
            raise self._unknown_method("check_access")
        self.check_access_rights(operation)

    @public
    def get_metadata(self, ids: Any) -> list[Vals]:
        """Who made and changed each record, and its external ids."""
        self._allow("read")
        names = ["create_uid", "create_date", "write_uid", "write_date"]
        rows = self._rows(self._ids(ids), [self.fields[name] for name in ("id", *names)])
        xmlids = self._xmlids(self._ids(ids))
        for row in rows:
            known = xmlids.get(row["id"], [])
            first = known[0] if known else {"xmlid": False, "noupdate": False}
            row.update(xmlid=first["xmlid"], noupdate=first["noupdate"], xmlids=known)
        return rows

    @public
    def get_external_id(self, ids: Any) -> dict[int, str]:
        """Integer keys: JSON makes strings of them, XML-RPC cannot carry them (observed)."""
        xmlids = self._xmlids(self._ids(ids))
        return {each: xmlids[each][0]["xmlid"] if each in xmlids else "" for each in self._ids(ids)}

    @public
    def export_data(self, ids: Any, fields_to_export: Any) -> Vals:
        """Rows of cells for administrators; everybody else lacks the right to export (observed)."""
        if not self.env.is_admin:
            raise UserError("You don't have the rights to export data. Please contact an Administrator.")
        found = self._ids(ids)
        xmlids = self._xmlids(found)
        plain = [name for name in fields_to_export if name not in (".id", "id")]
        rows = self._rows(found, [self._field(name, "read") for name in plain])
        for row in rows:
            known = xmlids.get(row["id"])
            row.update({".id": str(row["id"]), "id": known[0]["xmlid"] if known else ""})
        return {"datas": [[_exported(row[name]) for name in fields_to_export] for row in rows]}

    def _xmlids(self, ids: list[int]) -> dict[int, list[Vals]]:
        rows = self.env.execute(
            f"SELECT res_id, module || '.' || name, noupdate FROM ir_model_data "
            f"WHERE model = ? AND res_id {IN_IDS} ORDER BY id",
            (self.name, marks(ids)),
        )
        found: dict[int, list[Vals]] = {}
        for res_id, xmlid, noupdate in rows:
            found.setdefault(res_id, []).append({"xmlid": xmlid, "noupdate": bool(noupdate)})
        return found

    # -- inside

    def _search(self, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None) -> list[int]:
        sql, parameters = self._where(domain)
        tail = f" LIMIT {int(limit) if limit else -1} OFFSET {int(offset or 0)}" if limit or offset else ""
        statement = f"SELECT id FROM {self.table} WHERE {sql} ORDER BY {self._order(order)}{tail}"
        return self.env.column(statement, parameters)

    def _where(self, domain: Any) -> Condition:
        sql, parameters = condition(self, domain)
        hides = self.env.context.get("active_test", True) and "active" in self.fields
        if hides and "active" not in fields_of(domain):
            sql = f"({sql}) AND active = 1"
        if rule := self._rule():
            sql = f"({sql}) AND {rule}"
        return sql, parameters

    def _rule(self) -> str:
        """The condition under which the user sees a record: that it belongs to a company of theirs."""
        if self.name not in OF_A_COMPANY or "company_id" not in self.fields:
            return ""
        if self.env.is_superuser or not self.env.has_several_companies:
            return ""
        return f"company_id IN ({', '.join(map(str, map(int, self.env.companies)))})"

    def _allow_records(self, ids: list[int], operation: str) -> None:
        """Raises ``AccessError`` for a record of a company that the user does not work for (observed on 17)."""
        rule = self._rule()
        if rule and self.env.value(f"SELECT 1 FROM {self.table} WHERE id {IN_IDS} AND NOT {rule}", (marks(ids),)):
            user = self.env["res.users"]._display([self.env.uid])[self.env.uid]
            raise AccessError(
                "Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"
                f"Sorry, {user} (id={self.env.uid}) doesn't have '{operation}' access to:\n"
                f"- {self.description.label} ({self.name})\n"
            )

    def _order(self, order: str | None) -> str:
        terms = []
        for term in (order or self.description.order).split(","):
            match = ORDER_TERM.match(term.strip())
            if not match:
                raise PythonError("ValueError", f"Invalid order specified: {order!r}")
            terms += self._order_term(match.group(1), (match.group(2) or "asc").lower())
        return ", ".join([*terms, "id"])

    def _order_term(self, name: str, direction: str) -> list[str]:
        field = self._field(name, "read")
        if not field.is_column:
            if self.profile.unsearchable_is_error:
                raise value_error(f"Cannot convert {field.model}.{name} to SQL because it is not stored")
            # Observed on Odoo 16 and 17: ordering by a field that is not stored is ignored.
            return []
        # PostgreSQL puts NULL last when ascending, SQLite first.
        return [f'"{name}" {direction} NULLS {"LAST" if direction == "asc" else "FIRST"}']

    def _rows(self, ids: list[int], wanted: Iterable[Field], named: bool = True) -> list[Vals]:
        """The rows of ``ids`` that exist, in that order."""
        wanted = list(wanted)
        columns = [field for field in wanted if field.is_column]
        listed = ", ".join(f'"{field.name}"' for field in columns)
        statement = f"SELECT id, {listed or 'id'} FROM {self.table} WHERE id {IN_IDS}"
        stored = {row[0]: row[1:] for row in self.env.execute(statement, (marks(ids),))}
        present = [each for each in ids if each in stored]
        rows: dict[int, Vals] = {each: {"id": each} for each in present}
        position = {field.name: at for at, field in enumerate(columns)}
        for field in wanted:
            if field.name in position:
                at = position[field.name]
                self._fill_column(field, {each: stored[each][at] for each in present}, rows, named)
            else:
                for each, value in self._fetch(field, present, named).items():
                    rows[each][field.name] = value
        return [rows[each] for each in present]

    def _fill_column(self, field: Field, values: dict[int, Any], rows: dict[int, Vals], named: bool) -> None:
        if field.type != "many2one":
            for each, value in values.items():
                rows[each][field.name] = field.to_wire(value)
            return
        names = self._names_of(field, values.values()) if named else {}
        for each, value in values.items():
            rows[each][field.name] = self._pair(value, names, named)

    def _pair(self, value: int | None, names: dict[int, str], named: bool) -> Any:
        if not value or (named and value not in names):
            return False
        return [value, names[value]] if named else value

    def _names_of(self, field: Field, values: Iterable[int | None]) -> dict[int, str]:
        present = {value for value in values if value}
        if not present or field.relation not in self.env.registry.classes:
            return {}
        names: dict[int, str] = self.env[field.relation]._display(present)
        return names

    def _fetch(self, field: Field, ids: list[int], named: bool) -> dict[int, Any]:
        """The values of a field that is no column: x2many, related or computed."""
        if field.related:
            return self._fetch_related(field, ids, named)
        if field.is_rows or field.type == "one2many":
            return self._fetch_many(field, ids)
        if field.name == "display_name":
            names = self._display(ids)
            return {each: names.get(each, False) for each in ids}
        computed: dict[int, Any] = getattr(self, f"_compute_{field.name}")(ids)
        return computed

    def _compute___last_update(self, ids: list[int]) -> dict[int, Any]:
        changed = self.fields["write_date"]
        return {each: changed.to_wire(value) for each, value in self._column_of(ids, changed.name).items()}

    def _fetch_related(self, field: Field, ids: list[int], named: bool) -> dict[int, Any]:
        first, _dot, last = field.related.partition(".")
        targets = self._column_of(ids, first)
        comodel: Reading = self.env[self.fields[first].relation]
        found = comodel._rows([t for t in set(targets.values()) if t], [comodel.fields[last]], named)
        values = {row["id"]: row[last] for row in found}
        return {each: values.get(targets[each], False) for each in ids}

    def _fetch_many(self, field: Field, ids: list[int]) -> dict[int, list[int]]:
        comodel: Reading = self.env[field.relation]
        if field.type == "one2many":
            inverse, source = f'"{field.inverse}"', comodel.table
            sql, parameters = condition(comodel, field.filter)
            hidden = " AND active = 1" if self._hides_inactive(comodel) else ""
            statement = (
                f"SELECT {inverse}, id FROM {source} WHERE {inverse} {IN_IDS} AND ({sql}){hidden} "
                f"ORDER BY {comodel._order(None)}"
            )
        else:
            here, there = field.sides
            parameters = []
            hidden = " WHERE t.active = 1" if self._hides_inactive(comodel) else ""
            statement = (
                f"SELECT r.{here}, r.{there} FROM (SELECT * FROM {field.table} WHERE {here} {IN_IDS}) r "
                f"JOIN {comodel.table} t ON t.id = r.{there}{hidden} ORDER BY r.{there}"
            )
        found: dict[int, list[int]] = {each: [] for each in ids}
        for each, other in self.env.execute(statement, (marks(ids), *parameters)):
            found[each].append(other)
        return found

    def _hides_inactive(self, comodel: Core) -> bool:
        return "active" in comodel.fields and bool(self.env.context.get("active_test", True))

    def _column_of(self, ids: Iterable[int], name: str) -> dict[int, Any]:
        """The stored values of one column."""
        rows = self.env.execute(f'SELECT id, "{name}" FROM {self.table} WHERE id {IN_IDS}', (marks(ids),))
        return dict(rows.fetchall())

    def _stored(self, record_id: int, *names: str) -> tuple[Any, ...]:
        """Stored values of one record, in the order of ``names``."""
        listed = ", ".join(f'"{name}"' for name in names)
        row: tuple[Any, ...] = self.env.execute(
            f"SELECT {listed} FROM {self.table} WHERE id = ?", (record_id,)
        ).fetchone()
        return row

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """How records are called; ``model,id`` for models without names, as in Odoo."""
        if self.rec_name not in self.fields:
            return {each: f"{self.name},{each}" for each in ids}
        return {each: name or "" for each, name in self._column_of(ids, self.rec_name).items()}

    def _display_condition(self, operator: str, value: Any) -> Condition:
        """A condition on the display name."""
        if self.rec_name not in self.fields:
            return "0", []
        return condition(self, [[self.rec_name, operator, value]])

    def _mask(self, rows: list[Vals]) -> list[Vals]:
        """A chance to hide what the user may not see."""
        return rows


def _exported(value: Any) -> Any:
    """A cell: related records by name."""
    return value[1] if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str) else value


class RecordSet:
    """What ``browse`` returns."""

    def __init__(self, model: str) -> None:
        self.model = model

    def __str__(self) -> str:
        return f"{self.model}()"
