"""Files of records: `ir.attachment`, sent and fetched in pieces."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

from odoo_bridge.errors import Garbled, Incompatible, Missing, Rejected
from odoo_bridge.transports.streams import PIECE, Sink, Upload

if TYPE_CHECKING:
    from odoo_bridge.client.core import Client, Record

MODEL = "ir.attachment"
LARGEST = 95 * 2**20
"""Bytes of a file at most: as base64 it stays below the 128 MiB of a request that Odoo takes (source of 17)."""

_FIELDS = ("name", "mimetype", "file_size", "checksum", "res_model", "res_id")


@dataclass(frozen=True, slots=True)
class Attachment:
    """`size`: bytes; `checksum`: SHA-1 of the bytes, in hexadecimal; `model`, `record`: what it belongs to."""

    id: int
    name: str
    mimetype: str
    size: int
    checksum: str
    model: str
    record: int


class Attachments:
    """The files of one Odoo. The whole of a file is never in memory, however large it is."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def of(self, model: str, record: int) -> list[Attachment]:
        """The files of a record, oldest first."""
        return self._found([["res_model", "=", model], ["res_id", "=", record]])

    def upload(
        self,
        model: str,
        record: int,
        name: str,
        file: IO[bytes],
        *,
        mimetype: str | None = None,
        context: dict[str, Any] | None = None,
    ) -> int:
        """Attach a file to a record; the attachment's id.

        `file`: open for reading, binary and seekable; all of it is sent. The same bytes are attached to a
        record once: if they are there already under this name, nothing is sent. So it may be repeated after
        Uncertain. Raises Rejected for an empty file and for one above 95 MiB; Odoo 19 raises Denied where
        the record does not exist, which 16 and 17 accept (observed).
        """
        checksum, size = _measured(file)
        domain = [["res_model", "=", model], ["res_id", "=", record], ["checksum", "=", checksum]]
        for same in self._found([*domain, ["name", "=", name]]):
            return same.id
        upload = Upload(file, size)
        values = {
            "name": name,
            "res_model": model,
            "res_id": record,
            "datas": upload.placeholder,
            "mimetype": mimetype or mimetypes.guess_type(PurePath(name).name)[0] or "application/octet-stream",
        }
        made = self._client.call(MODEL, "create", values, context=context, upload=upload)
        if type(made) is not int:
            raise Garbled("Odoo's answer to create cannot be read.", model=MODEL, method="create")
        return made

    def download(self, attachment: int, file: IO[bytes], *, limit: int = LARGEST) -> Attachment:
        """Write the bytes of an attachment to a file that is open for writing, binary; what it is.

        Raises Missing when it is gone, Rejected when it is larger than `limit` bytes (nothing is written
        then), Garbled when the bytes are not those that Odoo announced. After Garbled and Uncertain, a part of the
        file may be written.
        """
        found = self._found([["id", "=", attachment]])
        if not found:
            raise Missing("The file is gone from Odoo.", ids=[attachment], model=MODEL)
        known = found[0]
        if known.size > limit:
            raise Rejected(f"The file is larger than {limit // 2**20} MiB.", model=MODEL)
        digest = _Digest(file)
        sink = Sink(digest, "datas", limit)  # type: ignore[arg-type]  # it writes, and no more
        rows = self._client.call(MODEL, "read", [attachment], ["datas"], sink=sink)
        if not rows:
            raise Missing("The file is gone from Odoo.", ids=[attachment], model=MODEL)
        if sink.written != known.size or (known.checksum and digest.sha1.hexdigest() != known.checksum):
            raise Garbled("The file did not arrive as Odoo described it.", model=MODEL, method="read")
        return known

    def delete(self, attachment: int) -> None:
        """Remove an attachment for good. Raises Missing when it is gone."""
        self._client.unlink(MODEL, [attachment])

    def _found(self, domain: list[Any]) -> list[Attachment]:
        rows = self._client.search_read(MODEL, domain, _FIELDS, order="id")
        try:
            return [_attachment(row) for row in rows]
        except KeyError as missing:
            raise Incompatible(f"Attachments have no {missing.args[0]} in this Odoo.", model=MODEL) from None


def _attachment(row: Record) -> Attachment:
    size = row["file_size"] or 0
    texts = [row[name] or "" for name in ("name", "mimetype", "checksum", "res_model")]
    if type(size) is not int or not all(isinstance(text, str) for text in texts):
        raise Garbled("Odoo's description of a file cannot be read.", model=MODEL)
    name, mimetype, checksum, model = texts
    return Attachment(row["id"], name, mimetype, size, checksum, model, row["res_id"] or 0)


class _Digest:
    """Writes to a file, and knows the SHA-1 of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sha1 = file, hashlib.sha1(usedforsecurity=False)

    def write(self, piece: bytes) -> int:
        self.sha1.update(piece)
        return self._file.write(piece)


def _measured(file: IO[bytes]) -> tuple[str, int]:
    """SHA-1 and size in bytes of a file, which is left at its beginning."""
    file.seek(0)
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
        if size > LARGEST:
            raise Rejected(f"The file is larger than {LARGEST // 2**20} MiB.", field="datas", model=MODEL)
    file.seek(0)
    if not size:
        raise Rejected("The file is empty.", field="datas", model=MODEL)
    return digest.hexdigest(), size
