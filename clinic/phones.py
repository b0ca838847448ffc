"""Phone numbers in the database's tables."""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import Any

from phonenumber_field.modelfields import PhoneNumberField


@lru_cache(maxsize=4000)
def _parsed(field: PhoneField, text: str) -> Any:
    return PhoneNumberField.from_db_value(field, text, None, None)


class PhoneField(PhoneNumberField):
    """A phone number that is taken apart once for several readings: that costs more than all else of reading a row."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Return the number; each reading has one of its own, since they can be changed."""
        return copy(_parsed(self, value)) if value else super().from_db_value(value, expression, connection)

    def deconstruct(self) -> Any:
        """Return how migrations write it: the database need not know of it."""
        name, _, args, kwargs = super().deconstruct()
        return name, "phonenumber_field.modelfields.PhoneNumberField", args, kwargs
