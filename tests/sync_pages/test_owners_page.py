"""The page on which managers choose who decides a field, and what they chose so far."""

from __future__ import annotations

import re

from django.test import Client

from odoo_bridge.chosen import OwnerChange
from odoo_bridge.models import Connection
from odoo_bridge.owning import MEANS, choose, every
from tests.desk.practice import Practice


def choices(connection: Connection, **chosen: str) -> dict[str, str]:
    """What the form sends: each field as it stands, but for what is chosen, by "partner__email"."""
    found = [one for owned in every(connection).values() for one in owned if not one.why]
    return {one.key: str(one.owner) for one in found} | {
        name.replace("__", "."): owner for name, owner in chosen.items()
    }


def page(client: Client, connection: Connection) -> str:
    return client.get(f"/sync/connection/{connection.pk}/owners/").content.decode()


def test_every_field_is_shown_with_who_decides_it_and_what_that_means(manager: Client, connection: Connection) -> None:
    shown = page(manager, connection)

    for label in ("E-mail", "Starts at and ends at", "Number, journal", "Still owed", "Quantity", "Answer"):
        assert label in shown or label.lower() in shown, label
    for sentence in MEANS.values():
        assert sentence in shown
    assert "from then on only credited" in shown
    assert "Nobody has chosen anything yet" in shown


def test_what_nobody_may_choose_has_no_choice(manager: Client, connection: Connection) -> None:
    chosen = set(re.findall(r'<select name="([^"]+)"', page(manager, connection)))

    assert {"partner.email", "partner.active", "event.start"} < chosen
    assert not {name for name in chosen if name.split(".")[0] in ("move", "payment", "order", "quant", "attendee")}
    assert not {"partner.name", "event.name", "event.stop", "partner.customer_rank"} & chosen


def test_a_choice_is_kept_written_down_and_shown_with_who_made_it(manager: Client, connection: Connection) -> None:
    sent = choices(connection, partner__email="newest", event__start="clinic")
    answer = manager.post(f"/sync/connection/{connection.pk}/owners/", sent, follow=True)

    connection.refresh_from_db()
    assert connection.owners == {"partner.email": "newest", "event.start": "clinic", "event.stop": "clinic"}
    by_field = {one.field: (one.before, one.after, str(one.by)) for one in OwnerChange.objects.all()}
    assert by_field["email"] == ("ask", "newest", str(answer.wsgi_request.user))
    shown = answer.content.decode()
    assert f"e-mail: <del>Ask me</del> <ins>The newer one</ins> · {answer.wsgi_request.user}" in shown
    assert "At first: Ask me." in shown


def test_saving_what_is_there_changes_and_tells_nothing(manager: Client, connection: Connection) -> None:
    manager.post(f"/sync/connection/{connection.pk}/owners/", choices(connection))

    connection.refresh_from_db()
    assert (connection.owners, OwnerChange.objects.count()) == ({}, 0)


def test_a_choice_that_there_is_not_is_refused_and_nothing_else_is_saved(
    manager: Client, connection: Connection
) -> None:
    sent = choices(connection, partner__email="newest", partner__active="odoo")
    answer = manager.post(f"/sync/connection/{connection.pk}/owners/", sent)

    connection.refresh_from_db()
    assert (answer.status_code, connection.owners) == (422, {})


def test_the_desk_may_not_choose(practice: Practice, connection: Connection) -> None:
    desk = practice.somebody("receptionist")

    answer = desk.post(f"/sync/connection/{connection.pk}/owners/", choices(connection, partner__email="odoo"))

    connection.refresh_from_db()
    assert (answer.status_code, connection.owners) == (403, {})


def test_saving_does_not_undo_what_somebody_else_chose_since_the_page_was_opened(
    manager: Client, connection: Connection
) -> None:
    shown = page(manager, connection)
    hidden = dict(re.findall(r'<input type="hidden" name="(initial-[^"]+)" value="([^"]+)"', shown))
    assert hidden["initial-partner.email"] == "ask"
    mine = choices(connection, partner__city="newest") | hidden
    choose(connection, {"partner.email": "clinic"})

    manager.post(f"/sync/connection/{connection.pk}/owners/", mine)

    connection.refresh_from_db()
    assert connection.owners == {"partner.email": "clinic", "partner.city": "newest"}
