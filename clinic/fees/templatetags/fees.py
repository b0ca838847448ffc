"""What the pages of the fee schedule say of a procedure."""

from __future__ import annotations

from django import template

from clinic.fees.taxing import taxes_of
from clinic.practice.models import Procedure, Tax

register = template.Library()


@register.filter
def taxes(procedure: Procedure) -> list[Tax]:
    """Return the taxes on a procedure: `{% for tax in procedure|taxes %}`."""
    return taxes_of(procedure)
