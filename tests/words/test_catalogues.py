"""The catalogues say everything, say it whole, and are compiled from what can be read of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings

from tests.provision.missing import unavailable

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
HOME = Path(settings.BASE_DIR)
LOCALE = Path("clinic") / "locale"
# What a translation has to take over as it is.
FIXED = re.compile(r"%\(\w+\)[sd]|%[sd]|{\w+}|</?\w+[^>]*>")


def _read(language: str, home: Path = HOME) -> Catalog:
    folder = home / LOCALE / language / "LC_MESSAGES"
    return read_po(BytesIO((folder / "django.po").read_bytes()), language)


def _messages(language: str) -> list[Message]:
    return [message for message in _read(language) if message.id]


def _ids(message: Message) -> list[str]:
    return list(message.id) if message.pluralizable else [message.id]


def _said(message: Message) -> list[str]:
    return list(message.string) if message.pluralizable else [message.string]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_said(language):
    catalogue = _read(language)
    assert len(catalogue) > 700
    assert not [message.id for message in catalogue if message.id and not all(_said(message))]
    assert not [message.id for message in catalogue if message.id and message.fuzzy]
    assert all(len(_said(message)) == catalogue.num_plurals for message in catalogue if message.pluralizable)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_and_what_is_marked_up_stays_whole(language):
    wrong = []
    for message in _messages(language):
        wanted = {frozenset(FIXED.findall(text)) for text in _ids(message)}
        if message.pluralizable:
            # The forms for one and two may do without the number.
            wanted |= {one - {left_out} for one in wanted for left_out in one if left_out.startswith("%")}
        wrong += [said for said in filter(None, _said(message)) if frozenset(FIXED.findall(said)) not in wanted]
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_is_said_breaks_out_of_an_attribute(language):
    assert not [said for message in _messages(language) for said in _said(message) if '"' in FIXED.sub("", said or "")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_can_be_read(language):
    with (HOME / LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    written = {(m.context, _ids(m)[0]): tuple(_said(m)) for m in _messages(language) if all(_said(m)) and not m.fuzzy}
    # Babel leaves contexts of compiled catalogues as bytes.
    found = {(m.context and m.context.decode(), _ids(m)[0]): tuple(_said(m)) for m in compiled if m.id}
    assert found == written, "Run `make words`."


def test_the_catalogues_hold_what_the_pages_say_and_nothing_else(tmp_path):
    if shutil.which("xgettext") is None:
        unavailable("gettext (xgettext, which collects what is to be translated)")
    for part in ("clinic", "odoo_bridge", "templates"):
        shutil.copytree(HOME / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "sandbox"))
    shutil.copy(HOME / "manage.py", tmp_path)
    target = next(line for line in _recipe() if "makemessages" in line)
    command = [sys.executable, *target.split()[1:]]
    surroundings = os.environ | {"CLINIC_VAR": str(tmp_path / "var"), "SECRET_KEY": "collecting"}
    subprocess.run([part.strip("'") for part in command], cwd=tmp_path, env=surroundings, check=True, timeout=120)
    for language in LANGUAGES:
        fresh = {(message.context, *_ids(message)) for message in _read(language, tmp_path) if message.id}
        assert fresh == {(message.context, *_ids(message)) for message in _messages(language)}, "Run `make words`."


def _recipe() -> list[str]:
    """Return the lines of the Makefile, those that go on taken together."""
    return (HOME / "Makefile").read_text().replace("\\\n", " ").splitlines()
