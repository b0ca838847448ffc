"""Every sentence of every page is marked for translation: the pages in a language that puts all of them in brackets."""

from __future__ import annotations

import re
from pathlib import Path

import django.conf
import django.contrib.auth
import django_countries
import phonenumber_field
import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test import Client
from django.utils import translation
from django.utils.formats import reset_format_cache

from clinic.hours.public_holidays import public_holidays
from clinic.staff.models import User
from tests.desk.practice import HTMX, TUESDAY, Practice, open_practice
from tests.desk.test_every_address import ADDRESSES, _fill, _things
from tests.words.marked import LANGUAGE, unmarked, write_catalogue

OURS = Path(settings.BASE_DIR) / "clinic"
CATALOGUES = [
    Path(folder) / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    for folder in (
        OURS,
        *django.conf.__path__,
        *django.contrib.auth.__path__,
        *phonenumber_field.__path__,
        *django_countries.__path__,
    )
]
# Languages are called by their own names, and names are names.
KNOWN = {"Esperanto", "English", "Español", "Français", "العربيّة", "Odoo", "Dr", "EUR", "CSV", "JSON-RPC", "XML-RPC"}
KNOWN |= {"https://odoo.example.com"}


@pytest.fixture
def practice(db: None) -> Practice:
    return open_practice()


@pytest.fixture
def brackets(settings, tmp_path):
    write_catalogue(CATALOGUES, tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [*settings.LANGUAGES, (LANGUAGE, "Esperanto")]
    settings.FORMAT_MODULE_PATH = ["tests.words.formats"]
    reset_format_cache()
    yield
    reset_format_cache()


def _data() -> list[str]:
    """Return all that people may have written into the database, the longest first."""
    found: set[str] = set()
    for model in apps.get_models():
        if model.__module__.startswith(("clinic.", "odoo_bridge.")):
            texts = [field.name for field in model._meta.fields if _is_written(field)]
            found.update(str(value) for row in model._default_manager.values_list(*texts) for value in row if value)
    return sorted(found, key=len, reverse=True)


def _is_written(field: models.Field) -> bool:
    return isinstance(field, models.CharField | models.TextField) and not field.choices


def _words(page: str, data: list[str]) -> list[str]:
    """Return the words of a page that are neither marked nor data."""
    left = []
    for text in unmarked(page):
        rest = text
        for known in (*data, *KNOWN):
            rest = rest.replace(known, " ")
        if re.search(r"[^\W\d_]{2,}", rest):
            left.append(text)
    return left


def _browser(practice: Practice, role: str) -> Client:
    user = User.objects.create(username=role, role=role, language=LANGUAGE, first_name="Olga")
    user.branches.set([practice.branch])
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("role", ["manager", "practitioner"])
@pytest.mark.parametrize("asked", ["page", "fragment"])
def test_every_word_of_every_page_is_marked(practice, brackets, role, asked, time_machine):
    time_machine.move_to(practice.at(10))
    things = _things(practice, practice.branch, practice.ana)
    browser = _browser(practice, role)
    data = [*_data(), *public_holidays(practice.branch, TUESDAY.year).values(), "Ireland"]
    seen, left = 0, {}
    for name, route, _view in ADDRESSES:
        answer = browser.get(
            _fill(name, route, things),
            {"q": "Silva", "day": TUESDAY.isoformat()},
            headers=HTMX if asked == "fragment" else {},
        )
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            seen += 1
            if words := _words(answer.content.decode(), [*data, "Silva", str(TUESDAY)]):
                left[name] = words
    assert seen > 20
    assert not left, "\n".join(f"{name}: {words}" for name, words in left.items())


@pytest.mark.parametrize("path", ["/sign-in/", "/nowhere/"])
def test_every_word_before_signing_in_is_marked(practice, brackets, path):
    browser = Client(headers={"accept-language": LANGUAGE})
    page = browser.get(path, follow=True).content.decode()
    assert f'lang="{LANGUAGE}"' in page
    assert not _words(page, [])


def test_a_word_that_is_not_marked_is_found():
    page = '<p>⟦Money of <b>⟦today⟧</b>⟧</p><p title="Here">⟦Paid⟧ 12.50</p><p>Not <i>yet</i></p>'
    assert _words(page, []) == ["Here", "Not yet"]
    assert translation.get_language() == "en"
