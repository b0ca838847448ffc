from __future__ import annotations

import pytest

from odoo_bridge.sandbox import OdooError, Sandbox
from tests.odoo_bridge.sandbox.conftest import User

TIMES = {"start": "2026-12-01 09:00:00", "stop": "2026-12-01 09:30:00"}
SILENT = {"no_mail_to_attendees": True}


def mails(sandbox: Sandbox) -> int:
    count: int = sandbox.query("SELECT COUNT(*) FROM mail_mail")[0][0]
    return count


def visit(user: User, context: dict | None = None, **more: object) -> int:
    patient = user("res.partner", "create", {"name": "Ann", "email": "ann@example.com"})
    vals = {"name": "Visit", "partner_ids": [[6, 0, [patient]]], **TIMES, **more}
    made: int = user("calendar.event", "create", vals, context=context or {})
    return made


@pytest.mark.parametrize(
    ("context", "expected"),
    [({}, 1), ({"dont_notify": True}, 1), ({"tracking_disable": True}, 1), (SILENT, 0)],
)
def test_only_one_context_key_stops_the_mails(context: dict, expected: int, sandbox: Sandbox, bridge: User) -> None:
    visit(bridge, context)
    assert mails(sandbox) == expected


def test_a_past_event_mails_nobody(sandbox: Sandbox, bridge: User) -> None:
    visit(bridge, start="2026-11-01 09:00:00", stop="2026-11-01 09:30:00")
    assert mails(sandbox) == 0


def test_moving_an_event_mails_unless_silenced(sandbox: Sandbox, bridge: User) -> None:
    event = visit(bridge, SILENT)
    bridge("calendar.event", "write", [event], {"start": "2026-12-01 10:00:00"}, context=SILENT)
    assert mails(sandbox) == 0
    bridge("calendar.event", "write", [event], {"start": "2026-12-01 11:00:00"})
    assert mails(sandbox) == 1


def test_renaming_archiving_and_deleting_mail_nobody(sandbox: Sandbox, bridge: User) -> None:
    event = visit(bridge, SILENT)
    bridge("calendar.event", "write", [event], {"name": "Other"})
    bridge("calendar.event", "write", [event], {"active": False})
    bridge("calendar.event", "unlink", [event])
    assert mails(sandbox) == 0


def test_the_system_parameter_silences_everybody(sandbox: Sandbox, bridge: User, office: User) -> None:
    office("ir.config_parameter", "create", {"key": "calendar.block_mail", "value": "True"})
    event = visit(bridge)
    office("calendar.event", "write", [event], {"start": "2026-12-01 11:00:00"})
    assert mails(sandbox) == 0


def test_loading_identical_rows_mails_again(sandbox: Sandbox, bridge: User) -> None:
    patient = bridge("res.partner", "create", {"name": "Ann", "email": "ann@example.com"})
    row = [["c.e", "Visit", TIMES["start"], TIMES["stop"], str(patient)]]
    head = ["id", "name", "start", "stop", "partner_ids/.id"]
    bridge("calendar.event", "load", head, row)
    bridge("calendar.event", "load", head, row)
    assert mails(sandbox) == 2


def test_stop_does_not_follow_from_duration(bridge: User) -> None:
    with pytest.raises(OdooError, match="cannot be earlier"):
        bridge("calendar.event", "create", {"name": "Visit", "start": "2026-12-01 09:00:00", "duration": 0.5})


def test_moving_the_start_keeps_the_length(bridge: User) -> None:
    event = visit(bridge)
    bridge("calendar.event", "write", [event], {"start": "2026-12-02 14:00:00"})
    row = bridge.one("calendar.event", event, "stop", "duration")
    assert (row["stop"], row["duration"]) == ("2026-12-02 14:30:00", 0.5)


def test_a_new_length_moves_the_stop(bridge: User) -> None:
    event = visit(bridge)
    bridge("calendar.event", "write", [event], {"duration": 1.5})
    assert bridge.one("calendar.event", event, "stop")["stop"] == "2026-12-01 10:30:00"


def test_without_partners_the_user_attends(bridge: User) -> None:
    event = bridge("calendar.event", "create", {"name": "Meeting", **TIMES})
    row = bridge.one("calendar.event", event, "partner_ids", "attendee_ids")
    assert row["partner_ids"] == [bridge.one("res.users", bridge.uid, "partner_id")["partner_id"][0]]
    assert bridge.one("calendar.attendee", row["attendee_ids"][0], "state")["state"] == "accepted"


def test_all_day_events_last_from_eight_to_six(bridge: User) -> None:
    vals = {"name": "Fair", "allday": True, "start_date": "2026-12-01", "stop_date": "2026-12-02"}
    event = bridge("calendar.event", "create", vals)
    row = bridge.one("calendar.event", event, "start", "stop")
    assert (row["start"], row["stop"]) == ("2026-12-01 08:00:00", "2026-12-02 18:00:00")


def test_other_peoples_private_events_read_busy(bridge: User, office: User) -> None:
    event = office("calendar.event", "create", {"name": "Dentist", "privacy": "private", "location": "x", **TIMES})
    row = bridge.one("calendar.event", event, "name", "location", "partner_ids", "start")
    assert row == {"id": event, "name": "Busy", "location": False, "partner_ids": [], "start": TIMES["start"]}
    assert office.one("calendar.event", event, "name")["name"] == "Dentist"


def test_an_answer_of_an_attendee_does_not_touch_the_event(bridge: User, office: User) -> None:
    event = visit(bridge)
    attendee = bridge.one("calendar.event", event, "attendee_ids")["attendee_ids"]
    assert office("calendar.attendee", "do_accept", attendee) is True
    assert bridge.one("calendar.event", event, "write_uid")["write_uid"][0] == bridge.uid


def test_deleting_a_patient_takes_the_attendance_along(sandbox: Sandbox, bridge: User) -> None:
    event = visit(bridge)
    patients = bridge.one("calendar.event", event, "partner_ids")["partner_ids"]
    bridge("res.partner", "unlink", patients)
    assert bridge.one("calendar.event", event, "partner_ids", "attendee_ids") == {
        "id": event,
        "partner_ids": [],
        "attendee_ids": [],
    }
