"""Catalogues of a few words, as gettext's compiler writes them."""

from __future__ import annotations

import struct
from pathlib import Path

HEAD = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"


def compiled(folder: Path, language: str, words: dict[str, str]) -> Path:
    """Write a catalogue for LOCALE_PATHS, and return its place.

    `words`: translations by English text; "context\\4text" of a text in a context, and both forms of a plural with
    "\\0" between them, on both sides. Plural forms are those of French: none and one are singular.
    """
    entries = sorted((key.encode(), value.encode()) for key, value in {"": HEAD, **words}.items())
    start = 28 + 16 * len(entries)
    tables, texts = b"", b""
    for side in (0, 1):
        for entry in entries:
            tables += struct.pack("<II", len(entry[side]), start + len(texts))
            texts += entry[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    place = folder / language / "LC_MESSAGES" / "django.mo"
    place.parent.mkdir(parents=True)
    place.write_bytes(head + tables + texts)
    return folder
