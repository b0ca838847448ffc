"""Columns that hold sentences."""

from __future__ import annotations

from typing import Any

from django.db import models

from odoo_bridge import said


class SentenceField(models.TextField):  # type: ignore[type-arg]
    """Text that is a sentence of ours (see `said`), or somebody else's words, or one from before there were any."""

    def get_prep_value(self, value: Any) -> Any:
        return said.written(value) if isinstance(value, str) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else said.read(value)


class PackedField(models.JSONField):
    """JSON in which sentences may stand."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(said.packed(value), connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return said.unpacked(super().from_db_value(value, expression, connection))
