"""Who decides a field of a connection: what may be chosen, by page or command, and what the merge makes of it."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinic.appointments import actions
from clinic.appointments.models import Appointment
from clinic.patients.models import Patient
from odoo_bridge import deciding, owning
from odoo_bridge.chosen import OwnerChange
from odoo_bridge.intake import take_in
from odoo_bridge.merge import Owner
from odoo_bridge.models import Link
from odoo_bridge.registry import registry
from tests.contract.specimens import moment
from tests.contract.test_every_mapping import settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def patient(practice, connection):
    patient = practice.patient(city="Cork")
    settle(connection)
    return patient


def edit_both(patient, books, mine, other):
    Patient.objects.filter(pk=patient.pk).update(city=mine)
    books.edit(patient, city=other)


def cities(patient, books):
    return Patient.objects.get(pk=patient.pk).city, books.of(patient, "city")["city"] or ""


@pytest.mark.parametrize(("owner", "wins"), [("clinic", "Galway"), ("odoo", "Sligo")])
def test_what_was_chosen_decides_from_then_on(owner, wins, patient, connection, books):
    owning.choose(connection, {"partner.city": owner})
    edit_both(patient, books, "Galway", "Sligo")
    settle(connection)
    assert cities(patient, books) == (wins, wins)
    assert not Link.objects.get(uid=patient.uid).needs_person


def test_an_edit_here_of_what_odoo_decides_is_undone(patient, connection, books):
    owning.choose(connection, {"partner.city": "odoo"})
    Patient.objects.get(pk=patient.pk)
    patient.city = "Galway"
    patient.save()
    settle(connection)
    assert cities(patient, books) == ("Cork", "Cork")


def test_what_a_person_decided_goes_before_the_owner(patient, connection, books):
    owning.choose(connection, {"partner.email": "odoo"})
    books.edit(patient, email="no address")
    settle(connection)
    link = Link.objects.get(uid=patient.uid)
    assert (link.needs_person, list(link.conflicts)) == (True, ["email"])
    deciding.settle_conflict(link, deciding.Side.OURS)
    settle(connection)
    assert books.of(patient, "email")["email"] == patient.email
    assert not Link.objects.get(uid=patient.uid).needs_person


@pytest.mark.parametrize("newer", ["the move here", "the edit in Odoo"])
def test_the_newer_of_two_edits_decides_start_and_stop_together(newer, practice, connection, books):
    """A start of one side with a stop of the other would be a visit that nobody asked for."""
    owning.choose(connection, {"event.start": "newest"})
    visit = practice.appointment()
    settle(connection)
    moved = actions.reschedule(visit, starts_at=visit.starts_at + timedelta(hours=1))
    take_in()
    minutes = 2 if newer == "the move here" else -2
    Link.objects.filter(uid=visit.uid).update(changed_at=timezone.now() + timedelta(minutes=minutes))
    longer = visit.ends_at + timedelta(hours=3)
    books.edit(visit, stop=moment(longer))

    settle(connection)

    after = Appointment.objects.get(pk=visit.pk)
    wanted = (moved.starts_at, moved.ends_at) if minutes > 0 else (visit.starts_at, longer)
    assert (after.starts_at, after.ends_at) == wanted
    there = books.of(visit, "start", "stop")
    assert (there["start"], there["stop"]) == tuple(map(moment, wanted))
    assert books.link(visit).state == "in_odoo"


@pytest.mark.parametrize(
    ("key", "owner", "says"),
    [
        ("move.name", "odoo", "only credited"),
        ("move.amount_residual", "clinic", "Odoo's books"),
        ("payment.amount", "ask", "a fact"),
        ("partner.name", "odoo", "who the patient is"),
        ("order.state", "newest", "Contradicting steps"),
        ("event.name", "odoo", "puts it together"),
        ("quant.quantity", "clinic", "counted in Odoo"),
        ("partner.active", "odoo", "can be decided by: clinic, ask"),
        ("partner.city", "nobody", "can be decided by"),
        ("partner.shoe_size", "odoo", "no field"),
        ("shoes.size", "odoo", "no field"),
        ("rubbish", "odoo", "no field"),
    ],
)
def test_what_nobody_may_choose_is_refused_with_the_reason(key, owner, says, connection):
    with pytest.raises(owning.NotChoosable, match=says):
        owning.choose(connection, {"partner.city": "odoo", key: owner})
    connection.refresh_from_db()
    assert (connection.owners, OwnerChange.objects.count()) == ({}, 0)


def test_a_choice_that_got_into_the_database_by_another_way_does_not_count(practice, connection, books):
    everything = {f"{key}.{name}": "odoo" for key, mapping in registry().items() for name in mapping.fields()}
    connection.owners = everything | {"partner.city": "nobody"}
    connection.save()
    for one in (one for found in owning.every(connection).values() for one in found):
        assert one.owner in one.choices
    invoice = practice.invoice("80.00", patient=practice.patient())
    settle(connection)
    assert books.of(invoice, "name")["name"] == invoice.number


def test_every_field_that_is_written_or_read_has_an_owner_and_a_reason_or_a_choice(connection):
    for mapping, found in owning.every(connection).items():
        told = {name for one in found for name in one.names}
        assert set(mapping.observed) <= told
        assert all(bool(one.why) != (len(one.choices) > 1) for one in found), mapping.key
        assert all(one.default in one.choices and one.label for one in found)
        assert all(one.means.keys() == set(one.choices) for one in found if not one.why)


def command(*words):
    out = io.StringIO()
    call_command("odoo", "owners", *words, stdout=out)
    return out.getvalue()


def test_the_command_lists_and_chooses(connection, settings):
    settings.ODOO_URL = connection.url
    listed = {one["fields"][0]: one for one in json.loads(command("--json"))}
    assert listed["partner.email"]["choices"] == [str(one) for one in Owner]
    assert listed["move.name"]["choices"] == [] and "credited" in listed["move.name"]["why"]
    assert command("event.stop", "newest") == "event.start: ask -> newest\nevent.stop: ask -> newest\n"
    assert command("event.start", "newest") == "event.start is newest already.\n"
    assert json.loads(command("event.start", "default", "--json"))[0] == {
        "field": "event.start",
        "from": "newest",
        "to": "ask",
    }
    assert [one.by for one in OwnerChange.objects.all()] == [None] * 4
    assert command("partner.email").startswith("partner.email                ask     e-mail.")
    with pytest.raises(CommandError, match="only credited") as caught:
        command("move.name", "odoo")
    assert caught.value.returncode == 2
