"""Sentences for people, in whichever language each of them reads.

A worker has no language, and does not know who will read what it writes down. So a sentence keeps what it is made of:
the English text, which is its key in the catalogues, and the values that belong in it. As a `str` it is its English
text, which is what programs compare, log and print as JSON. Shown in a page, or turned into text with `str` or in an
f-string, it is in the language in force at that moment.

    _("Waits until %(record)s is in Odoo.", record=record)
    ngettext("%(number)s record was sent.", "%(number)s records were sent.", number)
    pgettext("to the books", "Posted")

The functions are called as gettext's are, for its tools to find the texts. Who speaks is set by the application
(`speak_with`): this module works without one, in English.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any, Protocol

LIMIT = 500
"""Characters kept of a sentence: Odoo may quote whole domains or records."""


class Translator(Protocol):
    """The functions of gettext, for the language in force."""

    def gettext(self, message: str) -> str: ...
    def pgettext(self, context: str, message: str) -> str: ...
    def ngettext(self, singular: str, plural: str, number: int) -> str: ...


_translators: list[Translator] = []


def speak_with(translator: Translator) -> None:
    """Let sentences be translated by these functions from now on."""
    _translators[:] = [translator]


class Said(str):
    """A sentence: its English text with named places, and the values to put there, which may be sentences too.

    With a `plural` it is said of so many: `values["number"]`.
    """

    text: str
    values: dict[str, Any]
    plural: str
    context: str

    def __new__(cls, text: str, values: dict[str, Any] | None = None, plural: str = "", context: str = "") -> Said:
        values = {name: value if isinstance(value, int | str) else str(value) for name, value in (values or {}).items()}
        one = not plural or values["number"] == 1
        english = {name: str.__str__(value) if isinstance(value, str) else value for name, value in values.items()}
        said = super().__new__(cls, _filled(text if one else plural, english))
        said.text, said.values, said.plural, said.context = text, values, plural, context
        return said

    def __getnewargs__(self) -> tuple[Any, ...]:
        """What a copy is made of."""
        return self.text, self.values, self.plural, self.context

    def __str__(self) -> str:
        if not _translators:
            return str.__str__(self)
        try:
            return _filled(self._translated(_translators[0]), self.values)
        except (KeyError, TypeError, ValueError):
            return str.__str__(self)  # A translation with a place that there is no value for.

    def __html__(self) -> str:
        """What a template shows, which asks for this first."""
        return escape(str(self))

    def _translated(self, translator: Translator) -> str:
        if self.plural:
            return translator.ngettext(self.text, self.plural, self.values["number"])
        if self.context:
            return translator.pgettext(self.context, self.text)
        return translator.gettext(self.text) if self.text else ""


def _filled(text: str, values: dict[str, Any]) -> str:
    return text % values if values else text


def _(text: str, /, **values: Any) -> Said:
    """Say a sentence."""
    return Said(text, values)


def ngettext(singular: str, plural: str, number: int, /, **values: Any) -> Said:
    """Say a sentence of so many; `%(number)s` is how many."""
    return Said(singular, {**values, "number": number}, plural)


def pgettext(context: str, text: str, /, **values: Any) -> Said:
    """Say what means different things in different places; `context` says which of them is meant."""
    return Said(text, values, context=context)


def listed(texts: Iterable[str], between: str = ", ") -> str:
    """Return what is said one after the other: sentences, or the names of several things."""
    texts = list(texts)
    places = {f"n{place}": text for place, text in enumerate(texts)}
    return Said(between.join(f"%({place})s" for place in places), places) if texts else ""


def said_by(error: Exception) -> str:
    """Return the sentence that an error was raised with."""
    [sentence] = error.args or [""]
    return sentence if isinstance(sentence, str) else str(sentence)


def trimmed(text: str, limit: int = LIMIT) -> str:
    """`text` without outer blanks, at most `limit` characters (the last of them an ellipsis).

    Of a sentence its longest value is cut, which is what Odoo said.
    """
    if isinstance(text, Said):
        return _cut(text, len(text) - limit)
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _cut(said: Said, excess: int) -> Said:
    texts = {name: value for name, value in said.values.items() if isinstance(value, str)}
    if excess <= 0 or not texts:
        return said
    longest = max(texts, key=lambda name: len(texts[name]))
    short = trimmed(texts[longest], max(1, len(texts[longest]) - excess))
    return Said(said.text, said.values | {longest: short}, said.plural, said.context)


def packed(text: str) -> Any:
    """Return what a sentence is kept as in JSON: what it is made of. Other text is kept as it is."""
    if not isinstance(text, Said):
        return text
    values = {name: packed(value) if isinstance(value, str) else value for name, value in text.values.items()}
    kept = {"text": text.text, "values": values, "plural": text.plural, "context": text.context}
    return {name: value for name, value in kept.items() if value or name == "text"}


def unpacked(kept: Any) -> str:
    """Return the sentence that was kept as JSON; text that was kept before there were sentences stays as it is."""
    if not isinstance(kept, dict):
        return str(kept)
    values = {
        name: value if isinstance(value, int) else unpacked(value) for name, value in kept.get("values", {}).items()
    }
    return Said(kept["text"], values, kept.get("plural", ""), kept.get("context", ""))


def written(text: str) -> str:
    """Return a sentence as it is written into a column of text."""
    return json.dumps(packed(text), ensure_ascii=False) if isinstance(text, Said) else text


def read(kept: str) -> str:
    """Return the sentence that stands in a column of text; what was not written by `written` is text."""
    if not kept.startswith('{"text": '):
        return kept
    try:
        return unpacked(json.loads(kept))
    except (KeyError, TypeError, ValueError, AttributeError):
        return kept
