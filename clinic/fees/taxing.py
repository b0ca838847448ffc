"""The one place where the fee schedule knows how a procedure holds its tax."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.practice.models import Procedure, Tax

FIELD = "tax"


def with_taxes(procedures: QuerySet[Procedure]) -> QuerySet[Procedure]:
    """Return `procedures` with their taxes, in a fixed number of queries."""
    return procedures.select_related("tax")


def taxes_of(procedure: Procedure) -> list[Tax]:
    """Return the taxes on a procedure."""
    return [procedure.tax] if procedure.tax else []


def refuse_taxes(taxes: Sequence[Tax]) -> None:
    """Raise ValidationError for taxes that a procedure cannot have together."""
    if len(taxes) > 1:
        raise ValidationError(_("A procedure has at most one tax."))


def save_with(procedure: Procedure, taxes: Sequence[Tax]) -> None:
    """Save a procedure, with `taxes` on it and no others."""
    procedure.tax = taxes[0] if taxes else None
    procedure.save()
