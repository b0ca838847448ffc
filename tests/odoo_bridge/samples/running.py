"""Runs the code of a document as a reader would type it: sample after sample, in one namespace."""

from __future__ import annotations

import ast
import contextlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from tests.odoo_bridge.samples.expecting import Expected, Outcome
from tests.odoo_bridge.samples.world import World

DOCUMENTS = Path(__file__).parent / "documents"
HEADING = "==== "
CREDENTIALS = ("ODOO_URL", "ODOO_DB", "ODOO_USERNAME", "ODOO_API_KEY")


@dataclass(frozen=True)
class Step:
    """One sample of a document and what comes of it.

    ``name`` is the sample's heading, or says what the test does itself where it has ``code`` of its own: it uses what a
    sample only defines. ``given`` answers the names that the document leaves to its reader, ``filled`` the printed
    placeholders and what stands for them. ``expected`` is for an administrator, ``bridge`` for the bridge's user where
    that differs.
    """

    name: str
    expected: Expected
    bridge: Expected | None = None
    given: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    filled: Callable[[World], dict[str, str]] = field(default=lambda world: {})
    code: str = ""
    # Why a real server is spared it.
    too_much: str = ""


def samples(document: str) -> dict[str, str]:
    """The samples of a document by their headings, in its order."""
    _nothing, *parts = ("\n" + (DOCUMENTS / document).read_text()).split("\n" + HEADING)
    return dict(part.split("\n", 1) for part in parts)


def run(document: str, steps: Sequence[Step], world: World, folder: Path) -> dict[str, Outcome]:
    """What came of every step, by its name. ``folder`` is where the samples run, and has their ``.env`` and files."""
    printed = samples(document)
    names: dict[str, Any] = {"__name__": "sample"}
    outcomes = {}
    with contextlib.chdir(folder), mock.patch.dict(os.environ), contextlib.ExitStack() as after:
        for variable in CREDENTIALS:
            os.environ.pop(variable, None)
        after.callback(world.clear, names)
        for step in steps:
            if step.too_much and world.is_real:
                continue
            names |= step.given(world)
            code = step.code or printed[step.name]
            for placeholder, filling in step.filled(world).items():
                assert placeholder in code, f"{placeholder} is not in {step.name}"
                code = code.replace(placeholder, filling)
            outcomes[step.name] = execute(code, names, folder / "sample.py")
    return outcomes


def execute(code: str, names: dict[str, Any], file: Path) -> Outcome:
    """What a piece of code prints, shows and raises; ``names`` is its namespace. An expression's value is shown.

    ``file`` is where the code pretends to lie: `load_dotenv()` looks from there.
    """
    file.write_text(code)
    shown, text = [], io.StringIO()
    error: Exception | None = None
    try:
        with contextlib.redirect_stdout(text):
            for statement in ast.parse(code, str(file)).body:
                if isinstance(statement, ast.Expr):
                    value = eval(compile(ast.Expression(statement.value), str(file), "eval"), names)
                    shown.append(value)
                else:
                    exec(compile(ast.Module([statement], []), str(file), "exec"), names)
    except Exception as raised:
        error = raised
    return Outcome(dict(names), [each for each in shown if each is not None], text.getvalue(), error)
