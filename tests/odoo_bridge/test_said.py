"""Sentences that are written down in no language, and read in any."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.template import Context, Template
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from clinic.demo.factories import PatientFactory
from odoo_bridge import connecting, said
from odoo_bridge.errors import Rejected, Unreachable
from odoo_bridge.models import Connection, Link
from odoo_bridge.said import Said, When, _, listed, ngettext, pgettext, trimmed
from tests.words.catalogue import compiled

FRENCH = {
    "Waits until %(record)s is in Odoo.": "Attend que %(record)s soit dans Odoo.",
    "Odoo does not accept it: %(message)s": "Odoo le refuse : %(message)s",
    "Nothing answers at %(address)s.": "Rien ne répond à %(address)s.",
    ("%(number)s line", "%(number)s lines"): ("%(number)s ligne", "%(number)s lignes"),
    "Confirmed": "Confirmé",
    "Odoo is away.": "Odoo est %(where)s.",
    "in use": "en usage",
}


@pytest.fixture(autouse=True)
def french(tmp_path: Path, settings: LazySettings) -> None:
    settings.LOCALE_PATHS = [compiled(tmp_path, "fr", FRENCH, {("order", "Confirmed"): "Confirmée"})]


def in_french(text: str) -> str:
    with translation.override("fr"):
        return str(text)


def test_programs_read_english_and_people_their_own_language() -> None:
    sentence = _("Waits until %(record)s is in Odoo.", record="Ana")
    with translation.override("fr"):
        assert sentence == "Waits until Ana is in Odoo."
        assert json.dumps([sentence]) == '["Waits until Ana is in Odoo."]'
        assert str(sentence) == f"{sentence}" == "Attend que Ana soit dans Odoo."
        assert Template("{{ one }}").render(Context({"one": sentence})) == "Attend que Ana soit dans Odoo."
    assert str(sentence) == "Waits until Ana is in Odoo."


@pytest.mark.parametrize(("number", "says"), [(0, "0 ligne"), (1, "1 ligne"), (2, "2 lignes")])
def test_numbers_take_the_forms_of_the_language(number: int, says: str) -> None:
    lines = ngettext("%(number)s line", "%(number)s lines", number)
    assert in_french(lines) == says
    assert lines == ("1 line" if number == 1 else f"{number} lines")


def test_a_context_tells_two_meanings_apart() -> None:
    assert in_french(pgettext("order", "Confirmed")) == "Confirmée"
    assert in_french(_("Confirmed")) == "Confirmé"


def test_a_sentence_in_a_sentence_is_translated_too() -> None:
    inner = _("Nothing answers at %(address)s.", address="odoo.example")
    assert in_french(_("Odoo does not accept it: %(message)s", message=inner)) == (
        "Odoo le refuse : Rien ne répond à odoo.example."
    )
    assert in_french(listed([_("in use"), inner], " ")) == "en usage Rien ne répond à odoo.example."


@pytest.mark.parametrize("theirs", ["100 % <b>bold</b>", "%(message)s %d", '{"text": "Confirmed"}', "انتهى", ""])
def test_what_odoo_says_is_shown_as_it_came(theirs: str) -> None:
    sentence = said.read(said.written(_("Odoo does not accept it: %(message)s", message=theirs)))
    assert in_french(sentence) == f"Odoo le refuse : {theirs}"
    with translation.override("fr"):
        shown = Template("{{ one }}").render(Context({"one": sentence}))
    assert "<b>" not in shown and shown == Template("{{ one }}").render(Context({"one": f"Odoo le refuse : {theirs}"}))


def test_a_translation_that_asks_for_what_is_not_there_gives_way_to_english() -> None:
    assert in_french(_("Odoo is away.")) == "Odoo est %(where)s."  # no values: nothing is filled in
    assert in_french(_("Odoo is away.", since="noon")) == "Odoo is away."


@pytest.mark.parametrize(
    "sentence",
    [
        _("Waits until %(record)s is in Odoo.", record=_("in use")),
        ngettext("%(number)s line", "%(number)s lines", 3),
        pgettext("order", "Confirmed"),
        listed([_("in use"), "Ana"]),
        When("2026-11-24"),
    ],
)
def test_what_is_kept_is_read_as_it_was_said(sentence: Any) -> None:
    kept = json.loads(json.dumps(said.packed({"note": sentence, "change": {"state": [None, sentence, 1]}})))
    again = said.unpacked(kept)
    copies = [again["note"], again["change"]["state"][1], copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))]
    for one in copies:
        assert one == sentence
        assert in_french(one) == in_french(sentence)
    assert again["change"]["state"][::2] == [None, 1]


def test_days_and_moments_are_written_in_the_readers_language_and_on_the_clinics_clock() -> None:
    assert (str(When("2026-12-04")), in_french(When("2026-12-04"))) == ("4 Dec 2026", "4 Déc 2026")
    with timezone.override("Europe/Dublin"):
        assert in_french(When("2026-05-04T09:30:00+00:00")).endswith("10:30")


@given(st.text() | st.text().map(lambda text: '{"text": ' + text) | st.text().map(lambda text: f'{{"text": "{text}"}}'))
def test_any_text_of_before_is_read_as_text(text: str) -> None:
    assert isinstance(said.read(text), str)


def test_only_what_odoo_said_is_cut_short() -> None:
    short = trimmed(_("Odoo does not accept it: %(message)s", message="x" * 900), 100)
    assert isinstance(short, Said) and len(short) == 100
    assert in_french(short).startswith("Odoo le refuse : xxx") and short.endswith("x…")
    assert Rejected(_("Odoo does not accept it: %(message)s", message="x" * 900)).message.endswith("…")


@pytest.mark.django_db
def test_columns_keep_what_a_sentence_is_made_of() -> None:
    connecting.connect()
    connection = Connection.objects.get()
    reason = _("Odoo does not accept it: %(message)s", message="E-mail is wrong")
    link = Link.objects.create(connection=connection, mapping="partner", uid=PatientFactory().uid, reason=reason)
    assert in_french(Link.objects.get(pk=link.pk).reason) == "Odoo le refuse : E-mail is wrong"
    Link.objects.filter(pk=link.pk).update(reason=_("in use"))
    assert in_french(Link.objects.values_list("reason", flat=True).get(pk=link.pk)) == "en usage"
    link.reason = reason
    Link.objects.bulk_update([link], ["reason"])
    assert Link.objects.get(pk=link.pk).reason == "Odoo does not accept it: E-mail is wrong"
    assert Link.objects.filter(pk=link.pk).exclude(reason="").exists()
    # A sentence from before there were any is shown as it stands.
    Link.objects.filter(pk=link.pk).update(reason="It was kept so.")
    assert in_french(Link.objects.get(pk=link.pk).reason) == "It was kept so."


def test_an_error_keeps_its_sentence() -> None:
    error = Unreachable(_("Nothing answers at %(address)s.", address="odoo.example"))
    assert in_french(error.message) == in_french(said.said_by(error)) == "Rien ne répond à odoo.example."
