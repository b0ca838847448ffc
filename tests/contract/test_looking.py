"""What the sync does with an Odoo that it may only look at."""

from __future__ import annotations

import pytest

from odoo_bridge import doctor, sync
from tests.contract.calls import recorded_calls

pytestmark = pytest.mark.looks_only


def test_the_doctor_looks_and_changes_nothing(connection):
    with recorded_calls() as calls:
        findings = doctor.examine(connection)
    assert findings
    assert [finding.says for finding in findings if not finding.ok] == []
    assert calls.that_change == []


def test_an_empty_clinic_sends_nothing(connection):
    with recorded_calls() as calls:
        sync.push(connection)
        sync.pull(connection)
    assert not connection.trouble
    # But for the mark by which a second installation would be seen.
    assert [call.model for call in calls.that_change] == ["ir.attachment"]
