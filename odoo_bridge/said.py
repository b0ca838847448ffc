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
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, Protocol

LIMIT = 500
"""Characters kept of a sentence: Odoo may quote whole domains or records."""


class Translator(Protocol):
    """The functions of gettext, for the language in force."""

    def gettext(self, message: str) -> str: ...
    def pgettext(self, context: str, message: str) -> str: ...
    def ngettext(self, singular: str, plural: str, number: int) -> str: ...


_speakers: list[tuple[Translator, Callable[[str], str]]] = []


def speak_with(translator: Translator, dated: Callable[[str], str]) -> None:
    """Let sentences be translated by these functions from now on, and moments be written by `dated` (see `When`)."""
    _speakers[:] = [(translator, dated)]


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
        if not _speakers:
            return str.__str__(self)
        try:
            return _filled(self._translated(_speakers[0][0]), self.values)
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


class When(str):
    """A day or a moment, "2026-11-24" or "2026-11-24T09:30:00+00:00", written as people in the clinic read it."""

    iso: str

    def __new__(cls, iso: str) -> When:
        when = super().__new__(cls, _speakers[0][1](iso) if _speakers else iso)
        when.iso = iso
        return when

    def __getnewargs__(self) -> tuple[str]:
        """What a copy is made of."""
        return (self.iso,)

    def __str__(self) -> str:
        return _speakers[0][1](self.iso) if _speakers else self.iso

    def __html__(self) -> str:
        """What a template shows, which asks for this first."""
        return escape(str(self))


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


COMMA = pgettext("between the things in a list", ", ")


def listed(texts: Iterable[str], between: str = COMMA) -> str:
    """Return what is said one after the other: sentences, or the names of several things.

    A comma `between` them is the one of the language in force: Arabic has its own.
    """
    texts = list(texts)
    places = {f"n{place}": text for place, text in enumerate(texts)}
    if between == COMMA and len(texts) > 1:
        return Said("%(comma)s".join(f"%({place})s" for place in places), places | {"comma": COMMA})
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


def packed(kept: Any) -> Any:
    """Return what JSON keeps of a sentence: what it is made of. In lists and dicts each is packed; others stay."""
    if isinstance(kept, When):
        return {"when": kept.iso}
    if isinstance(kept, Said):
        parts = {"text": kept.text, "values": packed(kept.values), "plural": kept.plural, "context": kept.context}
        return {name: part for name, part in parts.items() if part or name == "text"}
    if isinstance(kept, dict):
        return {name: packed(one) for name, one in kept.items()}
    return [packed(one) for one in kept] if isinstance(kept, list | tuple) else kept


def unpacked(kept: Any) -> Any:
    """Return what was packed. Text that was kept before there were sentences stays as it is."""
    if isinstance(kept, list):
        return [unpacked(one) for one in kept]
    if not isinstance(kept, dict):
        return kept
    if isinstance(kept.get("when"), str):
        return When(kept["when"])
    if isinstance(kept.get("text"), str):
        return Said(kept["text"], unpacked(kept.get("values", {})), kept.get("plural", ""), kept.get("context", ""))
    return {name: unpacked(one) for name, one in kept.items()}


def written(text: str) -> str:
    """Return a sentence as it is written into a column of text."""
    return json.dumps(packed(text), ensure_ascii=False) if isinstance(text, Said) else text


def read(kept: str) -> str:
    """Return the sentence that stands in a column of text; what was not written by `written` is text."""
    if not kept.startswith('{"text": '):
        return kept
    try:
        found: str = unpacked(json.loads(kept))
        return found
    except (KeyError, TypeError, ValueError, AttributeError):
        return kept
