"""The declarative mapping language: one class per pair of models, Odoo's names on the left, ours on the right."""

from __future__ import annotations

from typing import ClassVar


class Mapping:
    """How one of the clinic's models stands in one of Odoo's."""

    key: ClassVar[str] = ""
    odoo: ClassVar[str]
    local: ClassVar[str]

    @classmethod
    def refers_to(cls) -> set[str]:
        """Return the keys of the mappings whose records must be in Odoo before this one's."""
        return set()
