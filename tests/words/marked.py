"""A language in which every sentence that is marked for translation is put into brackets, and what is left outside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# One that the clinic does not speak; Babel has to know it.
LANGUAGE = "eo"
OPEN, CLOSE = "⟦", "⟧"
# What a reader sees or hears of an element beside its text.
SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-toast"}
SILENT = {"script", "style"}
# A rubber band for texts that a bracket may not break apart: the end of a block.
BLOCKS = {"p", "li", "td", "th", "div", "section", "h1", "h2", "h3", "option", "label", "button", "dt", "dd", "title"}


def write_catalogue(sources: Iterable[Path], folder: Path) -> None:
    """Write the sentences of the catalogues at `sources`, in brackets, where Django finds them for `LANGUAGE`."""
    marked = Catalog(locale="en")
    for source in sources:
        for message in (one for one in read_po(BytesIO(source.read_bytes()), "fr") if one.id):
            said = [_in_brackets(one) for one in message.id] if message.pluralizable else _in_brackets(message.id)
            marked.add(message.id, said, context=message.context)
    where = folder / LANGUAGE / "LC_MESSAGES"
    where.mkdir(parents=True)
    with (where / "django.mo").open("wb") as file:
        write_mo(file, marked)


def _in_brackets(sentence: str) -> str:
    return f"{OPEN}{sentence}{CLOSE}"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = [""]
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        if tag in BLOCKS:
            self.texts.append("")
        self.texts[:0] = [value for name, value in attrs if value and name in SPOKEN]
        if tag == "kbd":
            self.silent += 1

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT or tag == "kbd"
        if tag in BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts[-1] += data


def unmarked(page: str) -> list[str]:
    """Return what is visible on a page, or read out, and not within brackets."""
    reader = _Reader()
    reader.feed(page)
    left = []
    for text in reader.texts:
        while (shorter := re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text)) != text:
            text = shorter
        left.append(" ".join(text.split()))
    return [text for text in left if text]
