"""Records with lines: how a list of parts is sent with its record, and what is kept alike of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from odoo_bridge.fields import Field
from odoo_bridge.merge import Values


@dataclass
class Lines:
    """A list of parts that live and die with their record: the lines of an invoice.

    `key` begins the parts' external ids, which make a repeated creation find the parts it made before.
    """

    key: str
    source: str
    fields: dict[str, Field]
    model: str = ""
    """Odoo's model of the parts; needed where some field is optional, or kept."""
    kept: tuple[str, ...] = ()
    """The fields that are kept alike after the record was created; none: what was sent is not looked at again."""
    name: str = ""

    def __post_init__(self) -> None:
        for name, field in self.fields.items():
            field.name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def ours(self, record: Any, scope: Any) -> list[Values]:
        """Return the plain values of each part; "id" is the part's external id."""
        return [
            {"id": scope.xmlid(self.key, part.uid)}
            | {name: field.ours(part, scope) for name, field in self.present(scope).items()}
            for part in self.parts(record)
        ]

    def kept_of(self, record: Any, scope: Any) -> dict[str, Values]:
        """Return the plain values that are kept alike, of each part by its external id."""
        return {
            scope.xmlid(self.key, part.uid): {name: self.fields[name].ours(part, scope) for name in self.kept}
            for part in self.parts(record)
        }

    def parts(self, record: Any) -> Any:
        """Return the parts, which are rows that point at the record, or a list that it puts together."""
        found = getattr(record, self.source)
        return found if isinstance(found, list) else found.all()

    def present(self, scope: Any) -> dict[str, Field]:
        """Return the fields that are sent to this Odoo."""
        return {name: field for name, field in self.fields.items() if field.is_present(self.model, scope)}

    def columns(self, scope: Any) -> list[str]:
        return [f"{self.name}/id", *(f"{self.name}/{field.column}" for field in self.present(scope).values())]

    def cells(self, part: Values) -> list[Any]:
        return [part["id"], *(self.fields[name].to_load(value) for name, value in part.items() if name != "id")]


def read_lines(scope: Any, lines: Lines, ids: Iterable[int]) -> dict[int, tuple[str, Values]]:
    """Return what Odoo has of lines by its ids: what each is known by, and its plain values that are kept alike.

    A line of ours is known by its external id, one that was made in Odoo by "#" and its id; that one says its name,
    too. Headings and notes between the lines are left out. Two calls, whatever the number.
    """
    ids = sorted(ids)
    if not ids:
        return {}
    rows = scope.client.read(lines.model, ids, ["name", "display_type", *lines.kept])
    external = {row["id"]: row["xmlid"] for row in scope.client.call(lines.model, "get_metadata", ids)}
    begin = scope.xmlid_begin(lines.key)
    found = {}
    for row in rows:
        values = {name: lines.fields[name].theirs(row[name], scope) for name in lines.kept}
        xmlid = external.get(row["id"]) or ""
        if xmlid.startswith(begin):
            found[row["id"]] = (xmlid, values)
        elif not row["display_type"]:
            found[row["id"]] = (f"#{row['id']}", values | {"name": row["name"]})
    return found
