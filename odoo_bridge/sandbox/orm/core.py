"""What every model is made of: its environment, its fields, who may use it."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from odoo_bridge.sandbox.errors import AccessError, PythonError, value_error
from odoo_bridge.sandbox.orm.env import Env
from odoo_bridge.sandbox.orm.fields import Description, Field

Vals = dict[str, Any]
Method = TypeVar("Method", bound=Callable[..., Any])

# OdooBot, whom nothing stops.
SUPERUSER = 1
VERBS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}
LETTERS = {"read": "r", "write": "w", "create": "c", "unlink": "u"}


def public(method: Method) -> Method:
    """Marks a method as callable over the wire."""
    method.is_public = True  # type: ignore[attr-defined]
    return method


def marks(ids: Iterable[int]) -> str:
    """A JSON array of ids, for ``IN_IDS``: one statement for any number of ids."""
    return json.dumps(list(ids))


IN_IDS = "IN (SELECT value FROM json_each(?))"


class Core:
    """A model in an environment."""

    name: ClassVar[str] = ""
    # The column that names a record.
    rec_name: ClassVar[str] = "name"
    # What a copy does not repeat, beyond what is read-only.
    not_copied: ClassVar[frozenset[str]] = frozenset()
    # One2many fields whose records are copied too.
    copied_lines: ClassVar[tuple[str, ...]] = ()
    # Whether a copy is called "... (copy)".
    marks_copies: ClassVar[bool] = True

    def __init__(self, env: Env, description: Description) -> None:
        self.env = env
        self.description = description
        self.fields: dict[str, Field] = description.fields
        self.table = description.table

    @property
    def profile(self) -> Any:
        return self.env.profile

    def _text(self, key: str, **values: Any) -> str:
        """One of the version's texts."""
        template: str = self.profile.texts[key]
        return template.format(**values)

    def _ids(self, ids: Any) -> list[int]:
        """Record ids as a client sends them: a list, or a single id."""
        if ids is None or ids is False:
            return []
        return [int(ids)] if isinstance(ids, int | str) else [int(each) for each in ids if each]

    def _may(self, operation: str) -> bool:
        letter = LETTERS[operation]
        if letter in self.description.access or self.env.uid == SUPERUSER:
            return True
        if self.env.is_admin and letter not in self.description.never:
            return True
        granted: bool = self.env["ir.model.access"]._grants(self.name, operation)
        return granted

    def _allow(self, operation: str) -> None:
        """Raises ``AccessError`` in Odoo's words if the user may not do this to the model."""
        if self._may(operation):
            return
        groups = self.description.groups.get(operation, [])
        allowed = "".join(f"\n\t- {self._group(group)}" for group in groups)
        who = (
            f"This operation is allowed for the following groups:{allowed}"
            if groups
            else "No group currently allows this operation."
        )
        raise AccessError(
            f"You are not allowed to {VERBS[operation]} '{self.description.label}' ({self.name}) records.\n\n"
            f"{who}\n\nContact your administrator to request access if necessary."
        )

    def _group(self, group: str) -> str:
        """Groups were renamed in 19."""
        texts: dict[str, str] = self.profile.texts
        renamed = {
            "Administration/Settings": texts["group_settings"],
            "Administration/Access Rights": texts["group_access"],
        }
        return renamed.get(group, group)

    def _field(self, name: str, purpose: str) -> Field:
        """The field of that name; a ``ValueError`` in the words of ``purpose`` (create, read) if there is
        none.
        """
        field = self.fields.get(name)
        if field is None:
            raise value_error(self._text(f"invalid_field_{purpose}", field=name, model=self.name))
        return field

    def _existing(self, ids: Iterable[int]) -> set[int]:
        return set(self.env.column(f"SELECT id FROM {self.table} WHERE id {IN_IDS}", (marks(ids),)))

    def _one(self, ids: Any) -> int:
        """The single record a method needs; Odoo's "Expected singleton" otherwise."""
        found = self._ids(ids)
        if len(found) != 1:
            inside = ", ".join(map(str, found))
            raise PythonError("ValueError", f"Expected singleton: {self.name}({inside})")
        return found[0]

    def _unknown_method(self, method: str) -> PythonError:
        return PythonError("AttributeError", self._text("unknown_method", model=self.name, method=method))
