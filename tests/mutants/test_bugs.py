"""That each bug can still be planted: the code that it is planted in moves."""

from __future__ import annotations

import pytest

from tests.mutants.__main__ import ROOT, faulty
from tests.mutants.bugs import BUGS, Bug


@pytest.mark.parametrize("bug", BUGS, ids=[f"{number} {bug.kind}" for number, bug in enumerate(BUGS)])
def test_a_planted_bug_changes_code_that_can_still_be_run(bug: Bug) -> None:
    text = faulty(bug)
    assert text != (ROOT / bug.file).read_text()
    compile(text, bug.file, "exec")
