"""Collecting what is to be translated, as Django does it, but without guesses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """A sentence that changed is to be translated anew: one like it is not taken for it. Dates make no differences."""

    # The names that modules give to `gettext` and `gettext_lazy` where they need both.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=_now", "--keyword=_lazy"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def write_po_file(self, potfile: Any, locale: str) -> None:
        """Write a catalogue without the time at which it was written."""
        super().write_po_file(potfile, locale)
        catalogue = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        text = catalogue.read_text(encoding="utf-8")
        catalogue.write_text(re.sub(r'"POT-Creation-Date: .*\n', "", text), encoding="utf-8")
