"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One precondition looked at.

    `check`: its name, for scripts; `ok`: whether the sync can work with it; `says`: what was found, in plain words;
    `fix`: what to do. One that is ok and has a fix is a warning.
    """

    check: str
    ok: bool
    says: str
    fix: str = ""
