"""What people do with a clinic's events in their own calendars."""

from __future__ import annotations

from typing import Any

import pytest

from clinic.appointments.actions import correct_times
from clinic.appointments.models import Appointment, Reply
from odoo_bridge import sync
from odoo_bridge.mappings.event import HIDDEN
from odoo_bridge.models import Connection
from tests.contract.calls import recorded_calls
from tests.contract.specimens import moment
from tests.contract.test_every_mapping import settle


def attendee(books: Any, visit: Appointment) -> int:
    [found] = books.odoo.search("calendar.attendee", [["event_id", "=", books.odoo_id(visit)]])
    return int(found)


@pytest.mark.parametrize(
    ("method", "reply"),
    [("do_accept", Reply.ACCEPTED), ("do_decline", Reply.DECLINED), ("do_tentative", Reply.TENTATIVE)],
)
def test_what_a_patient_answers_is_shown_on_the_appointment_and_changes_nothing_else(
    practice, connection, books, method, reply
):
    visit = practice.appointment()
    settle(connection)
    before = Appointment.objects.values("status", "starts_at", "ends_at").get(pk=visit.pk)

    books.odoo.call("calendar.attendee", method, [attendee(books, visit)])
    with recorded_calls() as calls:
        settle(connection)

    assert Appointment.objects.get(pk=visit.pk).reply == reply
    assert Appointment.objects.values("status", "starts_at", "ends_at").get(pk=visit.pk) == before
    assert calls.that_change == []


def test_what_somebody_else_answers_is_not_the_patients_answer(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    [mine] = books.odoo.read("res.users", [books.odoo.uid], ["partner_id"])
    event = books.odoo_id(visit)
    silent = {"no_mail_to_attendees": True}
    books.odoo.write("calendar.event", [event], {"partner_ids": [[4, mine["partner_id"][0]]]}, context=silent)
    domain = [["event_id", "=", event], ["partner_id", "=", mine["partner_id"][0]]]
    books.odoo.call("calendar.attendee", "do_decline", books.odoo.search("calendar.attendee", domain))

    settle(connection)

    assert Appointment.objects.get(pk=visit.pk).reply == ""


def make_private(practice: Any, books: Any, visit: Appointment, **more: Any) -> None:
    """Let somebody else in Odoo take an event for their own, and hide it."""
    with practice.office() as office:
        taken = {"user_id": office.uid, "privacy": "private", **more}
        office.write("calendar.event", [books.odoo_id(visit)], taken, context={"no_mail_to_attendees": True})


def test_a_private_event_is_busy_and_busy_is_no_data(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    make_private(practice, books, visit)
    assert books.of(visit, "name")["name"] == "Busy"

    with recorded_calls() as calls:
        settle(connection)

    assert calls.that_change == []
    link = books.link(visit)
    assert link.needs_person
    assert link.reason == HIDDEN
    assert link.conflicts == {}
    assert Appointment.objects.get(pk=visit.pk).starts_at == visit.starts_at

    with practice.office() as office:
        public = {"privacy": "public", "user_id": books.odoo.uid}
        office.write("calendar.event", [books.odoo_id(visit)], public, context={"no_mail_to_attendees": True})
    settle(connection)
    assert books.link(visit).state == "in_odoo"
    assert books.of(visit, "name")["name"] == f"Dental appointment, {visit.practitioner}"


def test_a_private_event_that_is_moved_still_moves_its_appointment(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    start = practice.morning(3)

    make_private(practice, books, visit, start=moment(start), stop=moment(start + visit.duration))
    sync.pull(connection)

    assert Appointment.objects.get(pk=visit.pk).starts_at == start


def attendees_of(visit, books):
    return sorted(books.of(visit, "partner_ids")["partner_ids"])


def test_whom_somebody_invited_in_odoo_stays_whatever_is_sent_from_here(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    guest = books.odoo.create("res.partner", {"name": f"Guest {practice.unique}"})
    books.edit(visit, partner_ids=[[4, guest, 0]])
    invited = attendees_of(visit, books)
    assert len(invited) == 2

    later = practice.morning(2)
    correct_times([(visit, later, later + visit.duration)])
    settle(connection)
    assert attendees_of(visit, books) == invited

    Connection.objects.update(names_patient_in_calendar=False)
    connection.refresh_from_db()
    visit.save()
    settle(connection)
    assert attendees_of(visit, books) == [guest]
    assert books.link(visit).state == "in_odoo"

    Connection.objects.update(names_patient_in_calendar=True)
    connection.refresh_from_db()
    visit.save()
    with recorded_calls() as calls:
        settle(connection)
    assert attendees_of(visit, books) == invited
    assert len(calls.that_change) == 1


def test_a_patient_whom_somebody_took_off_an_event_in_odoo_is_not_invited_again(practice, connection, books):
    visit = practice.appointment()
    settle(connection)
    books.edit(visit, partner_ids=[[6, 0, []]])
    settle(connection)

    visit.save()
    with recorded_calls() as calls:
        settle(connection)

    assert attendees_of(visit, books) == []
    assert calls.that_change == []
    assert books.link(visit).state == "in_odoo"
