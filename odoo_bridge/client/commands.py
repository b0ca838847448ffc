"""Changes to a field of several records (one2many, many2many), by name instead of by number.

    odoo.write("sale.order", [7], {"order_line": [Command.create({"product_id": 3}), Command.delete(12)]})

Each gives the list of three that Odoo reads, which every transport carries. Numbers and their meaning are
those of Odoo 16 to 19.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from odoo_bridge.errors import Rejected

CREATE, UPDATE, DELETE, UNLINK, LINK, CLEAR, SET = range(7)
_OF_ONE = {UPDATE: "update", DELETE: "delete", UNLINK: "unlink", LINK: "link"}


class Command:
    """The seven commands."""

    @staticmethod
    def create(values: Mapping[str, Any]) -> list[Any]:
        """Make a record with these values and add it."""
        return [CREATE, 0, dict(values)]

    @staticmethod
    def update(record: int, values: Mapping[str, Any]) -> list[Any]:
        """Write values on a record of the field."""
        return [UPDATE, record, dict(values)]

    @staticmethod
    def delete(record: int) -> list[Any]:
        """Take a record out of the field, and delete it for good."""
        return [DELETE, record, 0]

    @staticmethod
    def unlink(record: int) -> list[Any]:
        """Take a record out of the field. Lines that cannot stand alone are deleted with that."""
        return [UNLINK, record, 0]

    @staticmethod
    def link(record: int) -> list[Any]:
        """Add a record that is there already."""
        return [LINK, record, 0]

    @staticmethod
    def clear() -> list[Any]:
        """Take out all records, as `unlink` does."""
        return [CLEAR, 0, 0]

    @staticmethod
    def set(records: Iterable[int]) -> list[Any]:
        """Have exactly these records."""
        return [SET, 0, list(records)]


def checked_commands(commands: Sequence[Any], field: str | None = None) -> list[list[Any]]:
    """The commands as plain lists. Raises Rejected with the number of the command at fault, and `field`."""
    if isinstance(commands, str | bytes | Mapping) or not isinstance(commands, Sequence):
        raise Rejected(f"{field or 'The field'} takes a list of commands.", field=field)
    plain = []
    for number, command in enumerate(commands, start=1):
        reason = _fault(command)
        if reason:
            raise Rejected(f"Command {number} for {field or 'the field'} {reason}.", field=field)
        plain.append(_plain(*command))
    return plain


def _plain(number: int, record: Any = 0, argument: Any = 0) -> list[Any]:
    if number == CLEAR:
        return [CLEAR, 0, 0]
    if number in (CREATE, UPDATE):
        return [number, record or 0, dict(argument)]
    return [number, record or 0, list(argument) if number == SET else 0]


def _fault(command: Any) -> str | None:
    """What is wrong with a command, to go on after its number; None for a good one."""
    if not isinstance(command, list | tuple) or not 1 <= len(command) <= 3:
        return "is not a list of three"
    number, record, argument = (*command, 0, 0)[:3]
    if type(number) is not int or not CREATE <= number <= SET:
        return "has none of the numbers 0 to 6"
    if number in _OF_ONE and (type(record) is not int or record <= 0):
        return f"({_OF_ONE[number]}) names no record"
    if number in (CREATE, UPDATE) and not (isinstance(argument, Mapping) and all(isinstance(k, str) for k in argument)):
        return "has no values by field"
    if number == SET and not _are_ids(argument):
        return "(set) has no list of ids"
    return None


def _are_ids(ids: Any) -> bool:
    return isinstance(ids, list | tuple | set | frozenset) and all(type(one) is int and one > 0 for one in ids)
