"""Templates' access to teeth: what was done in the notation of who reads it, and the chart to click."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinic.practice.models import Branch
from clinic.treatments import chart
from clinic.treatments.models import Treatment
from clinic.treatments.teeth import SURFACES

register = template.Library()


@register.filter
def as_written_at(treatment: Treatment, branch: Branch) -> str:
    """Return what was done, with the tooth as `branch` writes it: beside what it did itself, numbers mean one thing."""
    return treatment.in_notation(branch.notation)


@register.simple_tag
def draw_teeth(branch: Branch) -> SafeString:
    """Show the teeth of the chart, numbered as `branch` does."""
    return chart.draw(branch.notation, get_language() or "")


@register.simple_tag
def surface_names() -> list[tuple[str, str]]:
    """Return the letters of all surfaces with their names."""
    return [(letter, str(name)) for letter, name in SURFACES.items()]
