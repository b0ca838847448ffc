"""Rounding as Odoo rounds: half away from zero, with a nudge against binary fractions.

2.675 is stored as 2.67499999999999982236431605997495353221893310546875 and still becomes 2.68, because a
tie-break of the size of the number's last bit is added first (the rule of ``odoo.tools.float_round``,
HALF-UP; checked against recorded totals of 16, 17 and 19).
"""

from __future__ import annotations

import math

EARLIER, LATER = 52, 50
"""How far below its value a half may have come out and still count as one, in bits: until 17, and in 19."""


def rounded(value: float, step: float, bits: int = EARLIER) -> float:
    """``value`` to the nearest multiple of ``step`` (0.01, 1.0, 0.001...); ``bits``: EARLIER or LATER."""
    if not value or not step:
        return 0.0
    units = value / step
    units += math.copysign(2.0 ** (math.log2(abs(units)) - bits), units)
    whole = math.copysign(math.floor(abs(units) + 0.5), units)
    # Dividing by the inverse keeps 234 cents from becoming 2.3400000000000003.
    inverse = round(1 / step) if step < 1 else 0
    return (whole / inverse if inverse else whole * step) or 0.0


def is_zero(value: float, step: float) -> bool:
    return abs(rounded(value, step)) < step / 2
