"""No template and no script holds a sentence that is not marked: also in states that no test puts a page into."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.words.marked import unmarked

TEMPLATES = Path(settings.BASE_DIR) / "templates"
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
# Patients are written to in their own language, whatever that of the page is (`clinic.reminders.words`).
TO_PATIENTS = {"reminders/answer.html", "reminders/mail.html"}
MARKED = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}|{#.*?#}", re.DOTALL)
# The names of classes that a page changes in the page it extends.
CLASSES = re.compile(r"{% block \w+_class %}[\w-]*{% endblock %}")
CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SENTENCE = re.compile(r"""(?<!import )(["'`])([A-Z][a-z]+(?: [^"'`]*)?)\1""")
KEYS = {"Enter", "Escape", "Tab", "Infinity", "Arrow", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"}
KEYS |= {"Home", "End", "Delete", "Backspace"}


def _bare(template: str) -> list[str]:
    text = CODE.sub("", CLASSES.sub("", MARKED.sub("", template)))
    return [left for left in unmarked(text) if re.search(r"[^\W\d_]{2,}", left)]


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_holds_no_bare_word(template):
    if str(template.relative_to(TEMPLATES)) not in TO_PATIENTS:
        assert not _bare(template.read_text())


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.name)
def test_a_script_holds_no_sentence(script):
    said = {found[2] for line in script.read_text().splitlines() for found in SENTENCE.finditer(line)}
    assert not {text for text in said if text not in KEYS and text.isascii() and not text.isupper()}


def test_a_bare_word_is_found():
    assert _bare('{% translate "Here" %}<p title="There">{{ name }}<kbd>Esc</kbd></p>') == ["There"]
    assert _bare("<p>{% blocktranslate %}Here{% endblocktranslate %} and {% if x %}there{% endif %}</p>") == [
        "and there"
    ]
