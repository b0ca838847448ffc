"""Templates' access to what is drawn without them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.safestring import SafeString

from clinic.desk import drawing, monthly
from clinic.desk.boarding import Chalk, Lane
from clinic.desk.grid import Grid
from clinic.desk.monthly import Day

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
    return drawing.Pen(grid, context["by"], marks, **may).visits()


@register.simple_tag(takes_context=True)
def draw_lanes(context: dict[str, Any], lanes: list[Lane], marks: Mapping[Any, str]) -> SafeString:
    """Show the columns of the today board; `marks` is what `sync_marks` returned for its visits."""
    return Chalk(marks, context["request"].user.abilities).lanes(lanes)


@register.simple_tag(takes_context=True)
def draw_weeks(context: dict[str, Any], weeks: list[list[Day]], today: date) -> SafeString:
    """Show the days of a month, a row for each week."""
    return SafeString("".join(monthly.draw_week(week, context["request"].branch, today) for week in weeks))
