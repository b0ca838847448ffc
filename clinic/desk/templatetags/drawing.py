"""Templates' access to what is drawn without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString

from clinic.desk import drawing
from clinic.desk.grid import Grid

register = template.Library()


@register.simple_tag
def draw_slots(grid: Grid) -> SafeString:
    """Show the places to click for a new visit."""
    return drawing.draw_slots(grid)


@register.simple_tag(takes_context=True)
def draw_visits(context: dict[str, Any], grid: Grid, marks: Mapping[Any, str]) -> SafeString:
    """Show the visits; `marks` is what `sync_marks` returned for them."""
    abilities = context["request"].user.abilities
    may = {"may_book": "book" in abilities, "sees_alerts": "alerts" in abilities}
    return drawing.Pen(grid, context["by"], marks, context["wishes"], **may).visits()
