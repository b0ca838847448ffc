"""Setting a document in type with typst: a library that brings all it needs, and the fonts that lie beside this file.

Knows nothing of Django.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import typst

HERE = Path(__file__).parent
_one_at_a_time = threading.Lock()


@cache
def compiler() -> typst.Compiler:
    """Return the one of this process: it keeps the fonts and the parsed template, which take most of the first time."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")])
    return typst.Compiler(str(HERE / "paper.typ"), root=str(HERE), font_paths=fonts)


def compiled(content: str) -> bytes:
    """Return the PDF of what a document says (JSON; see `pdf`). Equal content gives equal bytes: it holds no time."""
    with _one_at_a_time:
        return compiler().compile(format="pdf", sys_inputs={"content": content}, timestamp=0)
