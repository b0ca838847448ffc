"""A signature drawn with a finger, a pen or a mouse, kept as what an SVG path says: M and L with whole numbers."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 600, 200
"""The sheet that a signature is drawn on, in its own units; 0 0 is its upper left corner."""
LONGEST = 20_000
"""How many characters a signature has at most; a long one has about three thousand."""

_STROKES = re.compile(r"(?:M[0-9]{1,3} [0-9]{1,3}(?:L[0-9]{1,3} [0-9]{1,3})+)+", re.ASCII)


def refuse_other_than_strokes(path: str) -> None:
    """Raise `ValidationError` unless `path` is one stroke or several, "M10 20L30 40", all of it on the sheet."""
    if len(path) > LONGEST:
        raise ValidationError(_("This signature is too long to be kept. Clear it and sign once more."), code="long")
    if not _STROKES.fullmatch(path) or not _is_on_the_sheet(path):
        raise ValidationError(_("This is no signature. Clear it and sign once more."), code="no_signature")


def _is_on_the_sheet(path: str) -> bool:
    numbers = [int(number) for number in re.findall("[0-9]+", path)]
    return max(numbers[::2]) <= WIDTH and max(numbers[1::2]) <= HEIGHT


def as_svg(path: str, ink: str) -> str:
    """Return a signature as a picture by itself, drawn in the colour `ink`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"><path d="{path}" fill="none"'
        f' stroke="{ink}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
