"""Fields and model descriptions, read from ``data/models/*.json`` for one version."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from odoo_bridge.sandbox.errors import value_error
from odoo_bridge.sandbox.orm.rounding import rounded
from odoo_bridge.sandbox.profiles import DATA, VERSIONS

SECONDS = "%Y-%m-%d %H:%M:%S"
TEXT_TYPES = frozenset({"char", "text", "html", "binary", "selection"})
NUMBER_TYPES = frozenset({"float", "monetary"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one model, in one version: what ``fields_get`` shows, and how the sandbox keeps it."""

    name: str
    model: str
    type: str
    string: str
    required: bool = False
    readonly: bool = False
    store: bool = True
    relation: str = ""
    inverse: str = ""
    mirror: str = ""
    related: str = ""
    unique: str = ""
    constraint: str = ""
    ondelete: str = "set null"
    selection: Any = ()
    default: Any = None
    filter: Any = ()
    digits: int | None = None
    # The most characters a text keeps; 0 for no limit.
    size: int = 0
    column: bool = False
    help: str = ""
    # Made by a user, through ``ir.model.fields``.
    manual: bool = False

    @property
    def is_column(self) -> bool:
        return (self.store or self.column) and self.type not in ("one2many", "many2many")

    @property
    def is_rows(self) -> bool:
        """A many2many kept in a table of its own."""
        return self.type == "many2many" and (self.store or self.column)

    @property
    def is_searchable(self) -> bool:
        return self.is_column or self.is_rows or self.type == "one2many" or bool(self.related)

    @property
    def table(self) -> str:
        """The relation table of a many2many; a mirrored field shares the other side's."""
        if self.mirror:
            return f"rel_{self.relation}_{self.mirror}".replace(".", "_")
        return f"rel_{self.model}_{self.name}".replace(".", "_")

    @property
    def sides(self) -> tuple[str, str]:
        """The relation table's columns: (this record, the other)."""
        return ("there", "here") if self.mirror else ("here", "there")

    @property
    def sql_type(self) -> str:
        if self.type in ("integer", "boolean", "many2one", "many2one_reference"):
            return "INTEGER"
        return "REAL" if self.type in NUMBER_TYPES else "TEXT"

    def to_column(self, value: Any) -> Any:
        """The stored form of a value sent by a client.

        Raises ``ValueError`` as Odoo does, for dates, numbers and selections that do not parse.
        """
        convert = _TO_COLUMN.get(self.type)
        return convert(self, value) if convert else value

    def to_wire(self, value: Any) -> Any:
        """What ``read`` answers for a stored value (many2one and x2many are answered by the model)."""
        if self.type == "boolean":
            return bool(value)
        if self.type in ("integer", "many2one_reference"):
            return value or 0
        if self.type in NUMBER_TYPES:
            return value or 0.0
        if value is None:
            return False
        return value[:19] if self.type == "datetime" else value

    def describe(self) -> dict[str, Any]:
        """The attributes ``fields_get`` knows."""
        out: dict[str, Any] = {
            "type": self.type,
            "string": self.string,
            "required": self.required,
            "readonly": self.readonly,
            "store": self.store,
            "searchable": self.is_searchable,
            "sortable": self.is_column,
            "name": self.name,
            "manual": self.manual,
        }
        if self.size:
            out["size"] = self.size
        if self.help:
            out["help"] = self.help
        if self.relation:
            out["relation"] = self.relation
        if self.type == "one2many":
            out["relation_field"] = self.inverse
        if self.type == "selection":
            out["selection"] = [list(pair) for pair in self.selection]
        return out


def relation_table(field: Field) -> Iterator[str]:
    """The statements that create a many2many's table."""
    columns = "here INTEGER, there INTEGER, PRIMARY KEY (here, there)"
    yield f"CREATE TABLE {field.table} ({columns}) WITHOUT ROWID"
    yield f"CREATE INDEX {field.table}_there ON {field.table} (there)"


def _text(field: Field, value: Any) -> str | None:
    return None if value is None or value is False else str(value)[: field.size or None]


def _integer(field: Field, value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError) as error:
        raise value_error(str(error)) from None


def _number(field: Field, value: Any) -> float:
    try:
        number = float(value or 0.0)
        return number if field.digits is None else rounded(number, 10.0**-field.digits)
    except (TypeError, ValueError) as error:
        raise value_error(str(error)) from None


def _date(field: Field, value: Any) -> str | None:
    if not value:
        return None
    text = str(value)[:10]
    try:
        dt.datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a date
    except ValueError as error:
        raise value_error(str(error)) from None
    return text


def _datetime(field: Field, value: Any) -> str | None:
    if not value:
        return None
    text = str(value)
    try:
        # Shorter values are completed with zeros, as Odoo does.
        moment = dt.datetime.strptime(text, SECONDS[: max(len(text) - 2, 8)])  # noqa: DTZ007 - UTC by contract
    except ValueError as error:
        raise value_error(str(error)) from None
    return moment.strftime(SECONDS)


def _selection(field: Field, value: Any) -> str | None:
    if value is None or value is False or value == "":
        return None
    if field.selection and not any(value == key for key, _label in field.selection):
        raise value_error(f"Wrong value for {field.model}.{field.name}: {value!r}")
    return str(value)


def _many2one(field: Field, value: Any) -> int | None:
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return _integer(field, value) or None


def _boolean(field: Field, value: Any) -> int:
    return int(bool(value))


_TO_COLUMN = {
    "char": _text,
    "text": _text,
    "html": _text,
    "binary": _text,
    "integer": _integer,
    "many2one_reference": _integer,
    "float": _number,
    "monetary": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "selection": _selection,
    "many2one": _many2one,
}


@dataclass(frozen=True, slots=True)
class Description:
    """A model's data: its fields, order, label, and who may do what with it."""

    model: str
    label: str
    order: str
    access: str
    groups: dict[str, list[str]]
    transient: bool
    fields: dict[str, Field]
    # What not even an administrator may do; ``rwcu``.
    never: str = ""
    # Made by a user, through ``ir.model``.
    manual: bool = False

    @property
    def table(self) -> str:
        return self.model.replace(".", "_")


@cache
def descriptions(version: int) -> dict[str, Description]:
    """Every model of one version, by name. Immutable, so shared by all sandboxes."""
    found = (json.loads(path.read_text()) for path in sorted((DATA / "models").glob("*.json")))
    return {data["model"]: _description(data, version) for data in found}


def _description(data: dict[str, Any], version: int) -> Description:
    model = data["model"]
    fields = {"id": Field(name="id", model=model, type="integer", string="ID", readonly=True)}
    for name, attributes in data["fields"].items():
        if _exists(attributes, version):
            fields[name] = _field(model, name, attributes, version)
    if "write_date" in fields:
        fields |= last_update(model, version)
    order = data.get(f"order_{version}", data["order"])
    return Description(
        model=model,
        label=data["description"],
        order=order,
        access=data["access"],
        groups=data.get(f"groups_{version}", data.get("groups", {})),
        transient=data.get("transient", False),
        fields=fields,
        never=data.get("never", ""),
    )


def last_update(model: str, version: int) -> dict[str, Field]:
    """When a record changed, as every model of 16 tells once more; 17 has it no longer (odoo/odoo#105739)."""
    if version > 16:
        return {}
    field = Field("__last_update", model, "datetime", "Last Modified on", readonly=True, store=False)
    return {field.name: field}


def _exists(attributes: dict[str, Any], version: int) -> bool:
    """Whether a field exists in a version; 18 was not observed and is like 17 where nothing else is said."""
    known = attributes.get("in", VERSIONS)
    return version in known or (version == 18 and 17 in known and 18 not in attributes.get("gone", ()))


def _field(model: str, name: str, attributes: dict[str, Any], version: int) -> Field:
    per_version = attributes.get("versions", {})
    merged = {
        **attributes,
        **per_version.get(str(version), per_version.get("17", {}) if version == 18 else {}),
    }
    for key in ("in", "gone", "versions"):
        merged.pop(key, None)
    if merged.get("selection") == "tz":
        merged["selection"] = tuple((zone, zone) for zone in sorted(available_timezones()))
    elif merged.get("selection") == "lang":
        # Which languages are installed is a fact of the database, so the model checks it.
        merged["selection"] = ()
    return Field(name=name, model=model, **merged)
