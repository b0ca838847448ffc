"""Catalogues of a few words, for pages in a language."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo


def compiled(folder: Path, language: str, words: dict, contexts: dict | None = None) -> Path:
    """Write a catalogue for LOCALE_PATHS, and return its place.

    `words`: translations by English text, or both forms by the English singular and plural. `contexts`: those of texts
    in a context, by context and text.
    """
    catalogue = Catalog(locale=language)
    for text, said in words.items():
        catalogue.add(text, said)
    for (context, text), said in (contexts or {}).items():
        catalogue.add(text, said, context=context)
    place = folder / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    return folder
