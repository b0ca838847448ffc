"""A drawn signature: strokes on a sheet and nothing else."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from clinic.treatments.signatures import HEIGHT, LONGEST, WIDTH, refuse_other_than_strokes

POINT = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))
STROKES = st.lists(st.lists(POINT, min_size=2, max_size=4), min_size=1, max_size=3)


@given(strokes=STROKES)
def test_strokes_on_the_sheet_are_taken(strokes):
    refuse_other_than_strokes("".join("M" + "L".join(f"{x} {y}" for x, y in stroke) for stroke in strokes))


@pytest.mark.parametrize(
    "path",
    [
        *("", "M1 2", "L1 2L3 4", "M1 2L3", "M1 2C3 4", "M1 2l3 4", "M1 2L3 4Z", "M1.5 2L3 4", "M-1 2L3 4"),
        *("M1 2 L3 4", "M1 2L601 4", "M1 2L3 201", "M1 2L1000 4", "M1 2L3 4\n", "M1,2L3,4", "M١ ٢L٣ ٤"),
        'M1 2L3 4"/><script>',
    ],
)
def test_anything_else_is_refused(path):
    with pytest.raises(ValidationError, match="no signature"):
        refuse_other_than_strokes(path)


def test_a_signature_has_an_end():
    line = "L100 100" * (LONGEST // 8 - 1)
    refuse_other_than_strokes(f"M0 0{line}")
    with pytest.raises(ValidationError, match="too long"):
        refuse_other_than_strokes(f"M0 0{line}L100 100")


@given(text=st.text(alphabet="ML0123456789 .-", max_size=60))
def test_what_is_taken_draws_within_the_sheet(text):
    try:
        refuse_other_than_strokes(text)
    except ValidationError:
        return
    points = [pair.split(" ") for pair in text.replace("M", "L").split("L")[1:]]
    assert all(int(x) <= WIDTH and int(y) <= HEIGHT for x, y in points)
