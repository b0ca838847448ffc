"""Whether what a call names is there: fields in values, columns, conditions and lists, before it is sent.

A field that is not known is looked for once more: somebody may have added it since Odoo was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from odoo_bridge.client.arguments import names_of, values_of
from odoo_bridge.client.checking import Fields, checked
from odoo_bridge.errors import Denied, Rejected, Uncertain, Unreachable

if TYPE_CHECKING:
    from odoo_bridge.client.core import Client, Domain

Checked = TypeVar("Checked")


class _NotTold(Exception):
    """Odoo does not tell this user about the fields of a model; it judges by itself then."""


class Names:
    """Checks the names in the calls of `client`. `asks`: whether Odoo may be asked for its fields."""

    def __init__(self, client: Client, asks: bool) -> None:
        self._client, self._asks = client, asks

    def domain(self, model: str, domain: Domain) -> list[Any]:
        """The conditions as plain lists. Raises Rejected for malformed ones and for unknown fields."""
        plain = checked(domain, model, version=lambda: self._client.major)
        return self._sure(lambda: checked(plain, model, fields=self._fields, version=lambda: self._client.major), plain)

    def fields(self, model: str, names: Iterable[str]) -> list[str]:
        """The names of fields. Raises Rejected for one that the model does not have."""
        listed = names_of(names)
        return self._sure(lambda: self._all_known(model, listed), listed)

    def values(self, model: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by field, those of the parts of one2many fields included. Raises Rejected for unknown fields."""
        plain = values_of(values)
        return self._sure(lambda: self._known_values(model, plain), plain)

    def columns(self, model: str, columns: Sequence[str]) -> list[str]:
        """The columns of `load`, such as 'invoice_line_ids/tax_ids/.id'. Raises Rejected for unknown fields."""
        listed = names_of(columns)
        return self._sure(lambda: self._known_columns(model, listed), listed)

    def _sure(self, check: Callable[[], Checked], unchecked: Checked) -> Checked:
        # The REST module has no answer about fields.
        if not self._asks or self._client.transport.name == "rest":
            return unchecked
        try:
            return check()
        except _NotTold:
            return unchecked
        except RecursionError:  # values that hold themselves
            raise Rejected("The values are nested too deeply.") from None
        except Rejected:
            self._client.remembered.forget()
        try:
            return check()
        except _NotTold:
            return unchecked

    def _fields(self, model: str) -> Fields:
        try:
            return self._client.fields_get(model)
        except Denied as error:
            if error.reason != "rights":
                raise
            raise _NotTold from error
        except Uncertain as error:
            # Asking changes nothing, and the call itself was not sent: there is nothing to look for.
            raise Unreachable(error.message) from error

    def _all_known(self, model: str, names: list[str]) -> list[str]:
        known = self._fields(model)
        for name in names:
            if name not in known:
                raise Rejected(f"{model} has no field {name[:60]}.", field=name, model=model)
        return names

    def _known_values(self, model: str, values: dict[str, Any]) -> dict[str, Any]:
        known = self._fields(model)
        self._all_known(model, list(values))
        for name, value in values.items():
            relation = known[name].get("relation")
            if relation and isinstance(value, list | tuple):
                for command in value:
                    if isinstance(command, list | tuple) and len(command) == 3 and isinstance(command[2], Mapping):
                        self._known_values(str(relation), values_of(command[2], name))
        return values

    def _known_columns(self, model: str, columns: list[str]) -> list[str]:
        for column in columns:
            owner = model
            for part in column.split("/"):
                if part in ("id", ".id"):
                    break
                self._all_known(owner, [part])
                owner = str(self._fields(owner)[part].get("relation") or "")
                if not owner:
                    break
        return columns
