"""The chart of teeth that is clicked: two arches as one sees who sits opposite, their right on one's left.

It is drawn here and not by a template, since it is the same for all patients: once for each notation and language. What
is on record for a patient is marked by the script, from what the page says of it.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate, pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from clinic.treatments import teeth

WIDTH, HEIGHT = 360, 364
_MIDDLE = WIDTH / 2
# Half of the gap between the jaws.
_GAP = 18
# The half axes of each arch, in the chart's own units; on a phone one unit is one pixel.
_AXES = {False: (152.0, 148.0), True: (120.0, 118.0)}
# How much of the arch a tooth takes up, and how deep it is, by its place from the midline.
_ACROSS = {False: (27, 27, 28, 28.5, 28.5, 32, 32, 32), True: (27, 27, 28, 34, 36)}
_DEEP = {False: (25, 25, 27, 28, 28, 31, 31, 30), True: (25, 25, 27, 31, 32)}
_STEPS = 720


@lru_cache(maxsize=32)
def draw(notation: str, language: str) -> SafeString:
    """Return the teeth of both sets as SVG, labelled in a notation and in `language`, which is the active one."""
    sets = "".join(
        f'<g class="mouth-set" data-set="{name}"{hidden}>{"".join(_draw_set(arches, notation))}</g>'
        for name, arches, hidden in (("permanent", teeth.PERMANENT, ""), ("deciduous", teeth.DECIDUOUS, " hidden"))
    )
    return SafeString(sets)


def _draw_set(arches: teeth.Arches, notation: str) -> Iterator[str]:
    for row, down in zip(arches, (-1, 1), strict=True):
        for tooth, (x, y, turned) in zip(row, _places(row, down), strict=True):
            yield _draw_tooth(tooth, x, y, turned, notation)


def _draw_tooth(tooth: str, x: float, y: float, turned: float, notation: str) -> str:
    """Return a tooth at a place, its chewing side towards the middle; the marks are within the arch beside it."""
    is_milk, at = teeth.is_deciduous(tooth), int(tooth[1]) - 1
    across, deep = _ACROSS[is_milk][at] - 1.5, _DEEP[is_milk][at]
    number, name = escape(teeth.written(tooth, notation)), escape(teeth.named(tooth))
    label = escape(pgettext("between the things in a list", ", ")).join([number, name])
    kind = "is-front" if teeth.is_front(tooth) else "is-back"
    return (
        f'<g class="mouth-tooth {kind}" role="radio" aria-checked="false" tabindex="-1" aria-label="{label}"'
        f' data-tooth="{tooth}" data-typed="{number}" data-surfaces="{teeth.surfaces_of(tooth)}"'
        f' transform="translate({x:.1f} {y:.1f})"><g transform="rotate({turned:.1f})">'
        f'<rect class="mouth-crown" x="{-across / 2:.1f}" y="{-deep / 2:.1f}" width="{across:.1f}" height="{deep}"'
        f' rx="{8 if kind == "is-back" else 10}"/>'
        f'<circle class="mouth-done" cx="-5" cy="{deep / 2 + 7:.1f}" r="3.5"/>'
        f'<circle class="mouth-planned" cx="5" cy="{deep / 2 + 7:.1f}" r="3"/></g>'
        f'<text y="4">{number}</text></g>'
    )


def _places(row: teeth.Row, down: int) -> Iterator[tuple[float, float, float]]:
    """Yield where each tooth of an arch is, and by how many degrees it is turned; `down` is 1 for the lower jaw."""
    is_milk = teeth.is_deciduous(row[0])
    across, deep = _AXES[is_milk]
    weights = [_ACROSS[is_milk][int(tooth[1]) - 1] for tooth in row]
    done, angles = 0.0, _angles(across, deep)
    for weight in weights:
        angle = angles((done + weight / 2) / sum(weights))
        done += weight
        x, y = -across * math.cos(angle), deep * math.sin(angle)
        # Upright at the midline, and lying at the ends of the arch: at right angles to the ellipse.
        turned = math.degrees(math.atan2(x / across**2, y / deep**2))
        yield _MIDDLE + x, HEIGHT / 2 + down * (_GAP + y), turned if down < 0 else 180 - turned


def _angles(across: float, deep: float) -> Callable[[float], float]:
    """Return what says at which angle a part of half an ellipse's length is reached, from 0 to 1."""
    angles = (math.pi * step / _STEPS for step in range(_STEPS + 1))
    points = [(across * math.cos(angle), deep * math.sin(angle)) for angle in angles]
    reached = list(accumulate((math.dist(one, other) for one, other in pairwise(points)), initial=0.0))
    return lambda part: math.pi * bisect(reached, part * reached[-1]) / _STEPS
