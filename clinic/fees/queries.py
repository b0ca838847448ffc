"""What is asked about the fee schedule."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from clinic.practice.models import Branch, Procedure


def schedule_of(branch: Branch) -> QuerySet[Procedure]:
    """Return the fee schedule that a branch works with: everything in its currency, retired entries too."""
    return Procedure.objects.filter(currency=branch.currency).order_by("code")


def matching(procedures: QuerySet[Procedure], text: str) -> QuerySet[Procedure]:
    """Return those of `procedures` whose code, name or category has each word of `text` in it."""
    for word in text.split()[:10]:
        procedures = procedures.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(category__icontains=word))
    return procedures
