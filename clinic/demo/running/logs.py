"""Where the programs' words go: all of them to a file each, the worrying ones to the console as well."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.markup import escape

_WORRYING = re.compile(r"\b(ERROR|CRITICAL)\b|^Traceback|^\w*(Error|Exception)\b")
_REPEAT_AFTER_SECONDS = 60


class Logs:
    """The printer that the supervisor writes to.

    A worrying line that differs only in its figures from one shown within the last minute is not shown again.
    """

    width = 0

    def __init__(self, folder: Path, console: Console) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._console = folder, console
        self._files: dict[str, IO[str]] = {}
        self._shown: dict[str, float] = {}
        self.is_stopping = False

    def path(self, name: str) -> Path:
        """Return the log file of the program called `name`."""
        return self._folder / f"{name}.log"

    def write(self, message: Any) -> None:
        """Take one of Honcho's messages: a line of a program, or of the supervisor ("system")."""
        text = message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
        file = self._file(message.name)
        for line in text.splitlines():
            file.write(f"{message.time:%Y-%m-%d %H:%M:%S} {line}\n")
            if _WORRYING.search(line) and not self.is_stopping:
                self._show(message.name, line)
        file.flush()

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _file(self, name: str) -> IO[str]:
        if name not in self._files:
            self._files[name] = self.path(name).open("w", encoding="utf-8")
        return self._files[name]

    def _show(self, name: str, line: str) -> None:
        kind, now = f"{name} {re.sub(r'[0-9a-f-]{8,}|[0-9]+', '#', line)}", time.monotonic()
        if now - self._shown.get(kind, -_REPEAT_AFTER_SECONDS) < _REPEAT_AFTER_SECONDS:
            return
        self._shown[kind] = now
        self._console.print(f"[red]{name}[/]: {escape(line[:300])} [dim]({self.path(name)})[/]", highlight=False)
