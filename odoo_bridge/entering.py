"""The field of a record that a person's choice for the books fills (see `posting`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from odoo_bridge.fields import Lookup


class Chosen(Lookup):
    """One of Odoo's own records that a person chose for the books; left out where nobody did.

    `company`: of a record and a scope, the company whose books it is in.
    """

    def __init__(self, model: str, purpose: str, company: Callable[[Any, Any], int | None]) -> None:
        super().__init__(model, lambda record, scope: (purpose, company(record, scope)), once=True)
        self.purpose = purpose

    def is_present(self, model: str, scope: Any) -> bool:
        return bool(scope.is_chosen(self.purpose))
