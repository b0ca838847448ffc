"""Numbers that no practitioner can have are refused on the form of the waiting list."""

from __future__ import annotations

import pytest

from tests.desk.conftest import desk, practice

__all__ = ["desk", "practice"]


@pytest.mark.parametrize("odd", ["9" * 30, "\x00", "-1", "x"])
def test_a_practitioner_that_cannot_be_is_refused_and_what_was_typed_stays(desk, odd):
    answer = desk.post("/waiting/new/", {"practitioners": odd, "note": "Mornings, please"})
    assert answer.status_code == 422
    assert "Mornings, please" in answer.content.decode()
