"""Files on their way to and from Odoo, in pieces: the whole of a file is never in memory.

Odoo's interfaces carry a file as base64 text inside of a call. On the way out a placeholder stands for that text
in the encoded call, and the file takes its place piece by piece; on the way in the text is taken out of the
answer while it arrives.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Iterator
from typing import IO

from odoo_bridge.errors import Garbled, Rejected

PIECE = 3 * 2**16
"""Bytes read of a file at a time; a multiple of three, so that the base64 texts of the pieces join."""

_BREAKS = re.compile(rb"\\[nr]|[\r\n\\ ]")
"""What may stand between the letters of a base64 text: a JSON answer breaks lines as \\n, and may write / as \\/."""


class Upload:
    """A file that goes with a call.

    `file`: open for reading, binary, from its present position on; `size`: bytes. Put `placeholder` where the
    base64 text belongs.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.file, self.size = file, size
        self.placeholder = f"upload-{uuid.uuid4()}"

    def body(self, call: bytes) -> tuple[Iterator[bytes], int]:
        """The pieces of the encoded call with the file in it, and their length in bytes together."""
        before, found, after = call.partition(self.placeholder.encode())
        if not found:
            raise Rejected("The file has no place in this call.")
        length = len(before) + len(after) + 4 * -(-self.size // 3)
        return self._pieces(before, after), length

    def _pieces(self, before: bytes, after: bytes) -> Iterator[bytes]:
        yield before
        left = self.size
        while left:
            piece = _exactly(self.file, min(PIECE, left))
            left -= len(piece)
            yield base64.b64encode(piece)
        yield after


def _exactly(file: IO[bytes], size: int) -> bytes:
    """Read `size` bytes, which a pipe or a socket may give in several goes."""
    piece = file.read(size)
    while len(piece) < size:
        more = file.read(size - len(piece))
        if not more:
            raise Rejected("The file ended before its size was reached.")
        piece += more
    return piece


class Sink:
    """Takes the base64 text of one field out of an answer, and writes the file it stands for.

    `file`: open for writing, binary; `limit`: bytes written at most. `written` counts them.
    """

    def __init__(self, file: IO[bytes], field: str, limit: int) -> None:
        self.file, self.limit, self.written = file, limit, 0
        name = re.escape(field.encode())
        self._begin = re.compile(
            rb'"' + name + rb'"\s*:\s*"|<name>' + name + rb"</name>\s*<value>\s*<(?:string|base64)>\s*"
        )
        self._held = b""
        self._inside = False
        self._done = False

    def keep(self, chunk: bytes) -> bytes:
        """Of the next chunk of an answer, what is not the file."""
        if self._done:
            return chunk
        self._held += chunk
        if self._inside:
            return self._write()
        found = self._begin.search(self._held)
        if found:
            self._inside, kept = True, self._held[: found.end()]
            self._held = self._held[found.end() :]
            return kept + self._write()
        # The beginning may be cut in two by the end of the chunk.
        kept, self._held = self._held[:-256], self._held[-256:]
        return kept

    def rest(self) -> bytes:
        """What is held back at the end of the answer."""
        held, self._held = self._held, b""
        return held

    def _write(self) -> bytes:
        end = re.search(rb'["<]', self._held)
        text = self._held[: end.start()] if end else self._held
        cut = b"\\" if text.endswith(b"\\") else b""  # half of an escape, whose other half comes with the next chunk
        text = _BREAKS.sub(b"", text.removesuffix(cut))
        whole = len(text) if end else len(text) // 4 * 4
        self._decode(text[:whole])
        if not end:
            self._held = text[whole:] + cut
            return b""
        kept, self._held, self._done = self._held[end.start() :], b"", True
        return kept

    def _decode(self, text: bytes) -> None:
        try:
            piece = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise Garbled("The file in the answer cannot be read.") from None
        self.written += len(piece)
        if self.written > self.limit:
            raise Garbled(f"The file in the answer is larger than {self.limit // 2**20} MiB.")
        self.file.write(piece)
