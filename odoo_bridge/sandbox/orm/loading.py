"""``load()``: many rows in one transaction, matched by external id; all of them, or none.

Rows are first read (every bad cell is reported at once), then written. When writing fails the rows are
tried one by one, so that the message names the row, and everything is rolled back: ``ids`` is ``False`` and
nothing is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.sandbox.errors import CheckViolation, MandatoryField, OdooError, PythonError
from odoo_bridge.sandbox.orm import convert
from odoo_bridge.sandbox.orm.commands import CREATE, LINK, SET, UPDATE
from odoo_bridge.sandbox.orm.core import Vals, public
from odoo_bridge.sandbox.orm.fields import Field
from odoo_bridge.sandbox.orm.writing import Writing

REFERENCES = (None, "id", ".id")


@dataclass(slots=True)
class Record:
    """One record to load: the rows it spans, its identity, its values."""

    first: int
    last: int
    xmlid: str = ""
    database_id: Any = ""
    vals: Vals = field(default_factory=dict)


class Loading(Writing):
    checks_in_batches = False

    @public
    def load(self, fields: Any, data: Any) -> Vals:
        """Creates or updates a record for each row.

        ``fields`` are paths (``id``, ``.id``, ``name``, ``country_id/id``, ``line_ids/name``), ``data``
        rows of cells. Answers ``{"ids": [...] or False, "messages": [...], "nextrow": 0}``. Raises for
        unknown columns only.
        """
        paths = [path.split("/") for path in fields]
        self._check_columns(paths)
        messages: list[Vals] = []
        records = [self._read_record(paths, rows, at, messages) for at, rows in self._spans(paths, data)]
        if messages:
            return {"ids": False, "messages": messages, "nextrow": 0}
        self.env.execute("SAVEPOINT loading")
        ids = self._load_all(records, messages)
        if messages:
            self.env.execute("ROLLBACK TO loading")
        self.env.execute("RELEASE loading")
        return {"ids": False if messages else ids, "messages": messages, "nextrow": 0}

    def _check_columns(self, paths: list[list[str]]) -> None:
        for path in paths:
            if path[0] not in (".id", "id") and path[0] not in self.fields:
                kind, _colon, message = self._text("unknown_column", field=path[0]).partition(": ")
                raise PythonError(kind, message)

    # -- rows to records

    def _spans(self, paths: list[list[str]], data: Any) -> Iterator[tuple[int, list[Any]]]:
        """Groups rows: a row whose own cells are blank continues the record above it with another line."""
        inner = [at for at, path in enumerate(paths) if self._is_lines(path)]
        own = [at for at in range(len(paths)) if at not in inner]
        start = 0
        span: list[Any] = []
        for at, row in enumerate(data):
            continues = inner and span and not any(row[i] for i in own) and any(row[i] for i in inner)
            if span and not continues:
                yield start, span
                span = []
            if not span:
                start = at
            span.append(row)
        if span:
            yield start, span

    def _is_lines(self, path: list[str]) -> bool:
        return path[0] in self.fields and self.fields[path[0]].type == "one2many"

    def _read_record(self, paths: list[list[str]], rows: list[Any], at: int, messages: list[Vals]) -> Record:
        record = Record(at, at + len(rows) - 1)
        grouped: dict[str, list[int]] = {}
        for column, path in enumerate(paths):
            grouped.setdefault(path[0], []).append(column)
        for name, columns in grouped.items():
            cells = [rows[0][column] for column in columns]
            if name == "id":
                record.xmlid = cells[0] or ""
            elif name == ".id":
                record.database_id = cells[0] or ""
            else:
                inner = [paths[column][1:] for column in columns]
                table = [[row[column] for column in columns] for row in rows]
                self._read_field(record, self.fields[name], inner, table, messages)
        self._find_database_id(record, messages)
        return record

    def _read_field(
        self,
        record: Record,
        field: Field,
        inner: list[list[str]],
        table: list[list[Any]],
        messages: list[Vals],
    ) -> None:
        try:
            record.vals[field.name] = self._value(field, inner, table)
        except convert.BadCell as bad:
            messages.append(
                {
                    "rows": {"from": record.first, "to": record.last},
                    "type": "error",
                    "record": record.first,
                    "field": field.name,
                    "message": bad.message,
                    **bad.more,
                    "field_name": field.string,
                }
            )

    def _find_database_id(self, record: Record, messages: list[Vals]) -> None:
        wanted = record.database_id
        if wanted and not (str(wanted).isdigit() and self._existing([int(wanted)])):
            messages.append(
                {
                    "rows": {"from": record.first, "to": record.last},
                    "type": "error",
                    "record": record.first,
                    "field": ".id",
                    "message": f"Unknown database identifier '{wanted}'",
                }
            )

    def _value(self, field: Field, inner: list[list[str]], table: list[list[Any]]) -> Any:
        """What the cells of one field say. An empty cell clears the field (observed)."""
        if field.type == "one2many":
            return self._line_commands(field, inner, table)
        value = table[0][0]
        if field.type not in ("many2one", "many2many"):
            return convert.cell(self, field, value) if value not in ("", None, False) else False
        how = inner[0][0] if inner[0] else None
        if field.type == "many2one":
            return convert.reference(self, field, how, value) or False
        if not value:
            return [[SET, 0, []]]
        targets = [convert.reference(self, field, how, each.strip()) for each in str(value).split(",")]
        return [[SET, 0, [each for each in targets if each]]]

    def _line_commands(self, field: Field, inner: list[list[str]], table: list[list[Any]]) -> Any:
        """Commands for a one2many: lines with a known external id are changed, all others are new."""
        comodel: Loading = self.env[field.relation]
        comodel._check_columns(inner)
        commands: list[Any] = []
        for row in table:
            if not any(row):
                continue
            messages: list[Vals] = []
            line = comodel._read_record(inner, [row], 0, messages)
            if messages:
                raise convert.BadCell(messages[0]["message"], **_more(messages[0]))
            commands += self._line_command(field, comodel, line)
        return commands or False

    def _line_command(self, field: Field, comodel: Loading, line: Record) -> list[Any]:
        known = int(line.database_id) if line.database_id else None
        if line.xmlid:
            known = self.env["ir.model.data"]._target(_qualified(line.xmlid), comodel.name)
        if known:
            return [[LINK, known, 0], [UPDATE, known, line.vals]]
        vals = {**line.vals, "id": _qualified(line.xmlid)} if line.xmlid else line.vals
        return [[CREATE, 0, vals]]

    # -- records to the database

    def _load_all(self, records: list[Record], messages: list[Vals]) -> list[int]:
        self.env.execute("SAVEPOINT attempt")
        try:
            ids = self._store(records)
        except OdooError as error:
            self.env.execute("ROLLBACK TO attempt")
            if self.checks_in_batches and self.profile.load_blames_batch:
                # Observed on 19: a constraint checked for the whole batch is held against every row of it.
                messages += [self._complaint(record, error) for record in records]
                ids = []
            else:
                ids = self._load_singly(records, messages)
        self.env.execute("RELEASE attempt")
        return ids

    def _load_singly(self, records: list[Record], messages: list[Vals]) -> list[int]:
        ids: list[int] = []
        for record in records:
            self.env.execute("SAVEPOINT single")
            try:
                ids += self._store([record])
            except OdooError as error:
                self.env.execute("ROLLBACK TO single")
                messages.append(self._complaint(record, error))
            self.env.execute("RELEASE single")
        return ids

    def _complaint(self, record: Record, error: OdooError) -> Vals:
        message: Vals = {
            "rows": {"from": record.first, "to": record.last},
            "record": record.first,
            "type": "error",
            "message": error.message,
        }
        if isinstance(error, CheckViolation):
            message["message"] = self._text("check_in_load", message=error.bare)
        elif isinstance(error, MandatoryField):
            message["message"] = f"Missing required value for the field '{error.label}' ({error.field})"
            message["field"] = error.field
        return message

    def _store(self, records: list[Record]) -> list[int]:
        """Creates what is new in one go, changes the rest one by one; ids in the order of the records."""
        data = self.env["ir.model.data"]
        known = data._targets([_qualified(r.xmlid) for r in records if r.xmlid], self.name)
        ids: list[int] = [0] * len(records)
        fresh: list[int] = []
        pending: set[str] = set()
        for at, record in enumerate(records):
            xmlid = _qualified(record.xmlid) if record.xmlid else ""
            target = known.get(xmlid) if xmlid else int(record.database_id or 0)
            if target is None and xmlid in pending:
                # The same external id twice in a batch: both rows go into one record, the last wins.
                self._store_fresh(records, fresh, ids, known)
                fresh, pending, target = [], set(), known[xmlid]
            if target:
                self._allow("write")
                self._write([target], record.vals)
                ids[at] = target
            else:
                self._allow("create")
                fresh.append(at)
                pending.add(xmlid)
        self._store_fresh(records, fresh, ids, known)
        return ids

    def _store_fresh(
        self, records: list[Record], fresh: list[int], ids: list[int], known: dict[str, int | None]
    ) -> None:
        if not fresh:
            return
        made = self._create([records[at].vals for at in fresh])
        named: list[tuple[str, int]] = []
        for at, new in zip(fresh, made, strict=True):
            ids[at] = new
            if records[at].xmlid:
                xmlid = _qualified(records[at].xmlid)
                known[xmlid] = new
                named.append((xmlid, new))
        self.env["ir.model.data"]._attach_all(named, self.name)


def _qualified(xmlid: str) -> str:
    """An external id without module lives in the module ``__import__`` (observed)."""
    return xmlid if "." in xmlid else f"__import__.{xmlid}"


def _more(message: Vals) -> Vals:
    return {k: v for k, v in message.items() if k == "moreinfo"}
