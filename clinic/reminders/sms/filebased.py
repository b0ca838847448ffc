"""Puts text messages into files in `SMS_FILE_PATH`, as Django's backend of that name does with e-mail."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from django.conf import settings

from clinic.reminders.sms import NotSent


class Backend:
    def send(self, to: str, text: str) -> None:
        folder = Path(settings.SMS_FILE_PATH)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{uuid4()}.sms").write_text(f"To: {to}\n\n{text}\n")
        except OSError as error:
            raise NotSent(again=True) from error
