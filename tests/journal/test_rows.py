"""Many rows in one statement: each value arrives as a `save` would have written it, on either database."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic.demo.factories import PatientFactory
from clinic.patients.models import Patient
from clinic.rows import insert_rows, write_rows
from odoo_bridge.leases import claim, save
from odoo_bridge.models import Connection, Entry, Link, Seal

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "odoo_id": 2**40,
    "agreed": {"ours": {"name": "Zoë \"quote\" 'single' %s \\ back", "n": [1, None, 2.5]}, "theirs": {}},
    "sent": None,
    "late": [{"at": 1.5, "sent": {}}],
    "agreed_at": MOMENT,
    "next_attempt_at": None,
    "needs_person": True,
    "reason": "100 % of 'it', \\n \"so\"\nto say",
}


def _links(many: int) -> list[Link]:
    odoo = Connection.objects.create(name="Odoo", url="http://odoo.example", database="d", username="u", api_key="k")
    return Link.objects.bulk_create(Link(connection=odoo, mapping="partner", uid=uuid4()) for _ in range(many))


def test_every_kind_of_value_arrives() -> None:
    links = _links(2)
    for link in links:
        for name, value in VALUES.items():
            setattr(link, name, value)
    links[1].odoo_id = None
    write_rows(links, VALUES, also={"attempts": 3, "lease": links[0].uid})
    for link in links:
        kept = Link.objects.get(pk=link.pk)
        assert {name: getattr(kept, name) for name in VALUES} == {name: getattr(link, name) for name in VALUES}
        assert (kept.attempts, kept.lease) == (3, links[0].uid)
    assert Link.objects.filter(sent__isnull=True).count() == 2


def test_days_and_phone_numbers_arrive() -> None:
    patient = PatientFactory(mobile="+353871234567")
    patient.mobile, patient.date_of_birth = "+353877654321", MOMENT.date()
    write_rows([patient], ["mobile", "date_of_birth"])
    kept = Patient.objects.get(pk=patient.pk)
    assert (str(kept.mobile.as_e164), kept.date_of_birth) == ("+353877654321", MOMENT.date())


def test_only_rows_that_still_have_what_is_asked_for_are_written() -> None:
    links = _links(2)
    mine = uuid4()
    Link.objects.filter(pk=links[0].pk).update(lease=mine)
    for link in links:
        link.reason = "new"
    write_rows(links, ["reason"], lease=mine)
    assert [Link.objects.get(pk=link.pk).reason for link in links] == ["new", ""]


def test_what_is_too_long_is_refused_and_not_cut_off() -> None:
    [link] = _links(1)
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no limit to the length of a text.")
    link.edited_by = "x" * 81
    with pytest.raises(DataError):
        write_rows([link], ["edited_by"])


def test_many_rows_take_as_many_statements_as_one() -> None:
    links = _links(300)
    with CaptureQueriesContext(connection) as made:
        write_rows(links, ["reason", "agreed"])
    assert sum("UPDATE" in one["sql"] for one in made) == 1


def _entry(link: Link, **values: Any) -> dict[str, Any]:
    made = {"connection_id": link.connection_id, "mapping": "partner", "uid": link.uid, "odoo_id": None, "at": MOMENT}
    return made | {"what": Entry.What.SENT, "actor": "", "fields": [], "sealed": ""} | values


def test_every_kind_of_value_arrives_in_a_row_that_is_inserted() -> None:
    first, second = _links(2)
    values = {
        "odoo_id": 2**40,
        "fields": ["Zoë \"quote\" 'single' %s \\ back", None],
        "sealed": "100 % of 'it', \\n \"so\"\n",
    }
    with CaptureQueriesContext(connection) as made:
        insert_rows(Entry, [_entry(first, **values), _entry(second), _entry(second, actor="Zoë")])
    assert sum("INSERT" in one["sql"] for one in made) == 1
    kept = Entry.objects.get(uid=first.uid)
    assert {name: getattr(kept, name) for name in values} == values
    assert (kept.connection, kept.at, kept.what) == (first.connection, MOMENT, Entry.What.SENT)
    others = Entry.objects.filter(uid=second.uid).order_by("pk")
    assert [(one.odoo_id, one.fields, one.actor) for one in others] == [(None, [], ""), (None, [], "Zoë")]


def test_of_rows_that_are_there_already_the_first_stays() -> None:
    uid, other = uuid4(), uuid4()
    for key in ("old", "new"):
        insert_rows(Seal, [{"uid": uid, "key": key}], ignore_conflicts=True)
    insert_rows(Seal, [{"uid": uid, "key": "newer"}, {"uid": other, "key": "other"}], ignore_conflicts=True)
    assert dict(Seal.objects.values_list("uid", "key")) == {uid: "old", other: "other"}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Seal, [{"uid": uid, "key": "newest"}])


def test_links_that_are_saved_for_the_last_time_are_free() -> None:
    _links(3)
    lease, links = claim(Link.objects.order_by("pk"), 3)
    links[0].reason = links[1].reason = "seen"
    save(lease, links[:1], ["reason"])
    assert Link.objects.filter(lease=lease).count() == 3
    save(lease, links[:2], ["reason"], last=True)
    assert list(Link.objects.filter(lease=None).order_by("pk")) == links[:2]
    assert not Link.objects.filter(lease=None, leased_until__isnull=False).exists()
