"""Rounding as Odoo rounds: half away from zero, with a nudge against binary fractions.

2.675 is stored as 2.67499999999999982236431605997495353221893310546875 and still becomes 2.68, because a
tie-break of the size of the number's last bit is added first (the rule of ``odoo.tools.float_round``,
HALF-UP; checked against recorded totals of 16, 17 and 19).
"""

from __future__ import annotations

import math


def rounded(value: float, step: float) -> float:
    """``value`` to the nearest multiple of ``step`` (0.01, 1.0, 0.001...)."""
    if not value or not step:
        return 0.0
    units = value / step
    units += math.copysign(2.0 ** (math.log2(abs(units)) - 52), units)
    whole = math.copysign(math.floor(abs(units) + 0.5), units)
    # Dividing by the inverse keeps 234 cents from becoming 2.3400000000000003.
    inverse = round(1 / step) if step < 1 else 0
    return (whole / inverse if inverse else whole * step) or 0.0


def is_zero(value: float, step: float) -> bool:
    return abs(rounded(value, step)) < step / 2
