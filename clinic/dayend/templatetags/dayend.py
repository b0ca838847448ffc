"""How what was counted in a till is shown."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django import template

from clinic.dayend.models import Closing

register = template.Library()


class Piece(NamedTuple):
    """A coin or note: its value, how many were counted, and what they come to."""

    value: Decimal
    number: int
    amount: Decimal


@register.filter
def pieces(closing: Closing) -> list[Piece]:
    """Return the coins and notes that were counted, the largest first: `{% for piece in closing|pieces %}`."""
    counted = sorted(((Decimal(value), number) for value, number in closing.denominations.items()), reverse=True)
    return [Piece(value, number, value * number) for value, number in counted]
