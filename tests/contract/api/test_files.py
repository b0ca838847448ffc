"""Attachments: sent and fetched in pieces, byte for byte."""

from __future__ import annotations

import hashlib
import io
import random
import tracemalloc
from typing import IO

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.attachments import Attachments
from odoo_bridge.errors import Missing, Rejected
from tests.contract.api.conftest import Made

MODEL = "ir.attachment"


class Noise(io.RawIOBase):
    """A file of random bytes, as long as it is said to be, that is nowhere."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.seek(0)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._random, self._left = random.Random(7), self.size
        return 0

    def read(self, size: int = -1) -> bytes:
        piece = self._random.randbytes(min(size, self._left))
        self._left -= len(piece)
        return piece


@pytest.mark.parametrize("size", [1, 2, 3, 196_607, 196_608, 196_609, 700_001])
def test_a_file_comes_back_as_it_went(size: int, odoo: Client, partner: int, made: Made) -> None:
    content = random.Random(size).randbytes(size)
    files = Attachments(odoo)
    attachment = made(MODEL, files.upload("res.partner", partner, "x-ray.png", io.BytesIO(content)))
    fetched = io.BytesIO()
    known = files.download(attachment, fetched)
    assert fetched.getvalue() == content
    assert (known.name, known.mimetype, known.size) == ("x-ray.png", "image/png", size)
    assert known.checksum == hashlib.sha1(content).hexdigest()
    assert files.of("res.partner", partner) == [known]


def test_the_same_bytes_are_attached_once(odoo: Client, partner: int, made: Made) -> None:
    files = Attachments(odoo)

    def upload(name: str, content: bytes) -> int:
        return files.upload("res.partner", partner, name, io.BytesIO(content))

    first = made(MODEL, upload("plan.txt", b"first"))
    assert upload("plan.txt", b"first") == first
    assert made(MODEL, upload("plan.txt", b"second")) != first
    assert made(MODEL, upload("copy.txt", b"first")) != first
    assert len(files.of("res.partner", partner)) == 3


def test_a_large_file_takes_little_memory(odoo: Client, partner: int, made: Made) -> None:
    size = 10 * 2**20
    files = Attachments(odoo)
    assert odoo.uid
    tracemalloc.start()
    try:
        attachment = made(MODEL, files.upload("res.partner", partner, "scan.bin", Noise(size)))  # type: ignore[arg-type]
        target = Counted()
        files.download(attachment, target)  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
    finally:
        tracemalloc.stop()
    assert target.size == size


class Counted(io.RawIOBase):
    """Counts what is written to it."""

    size = 0

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self.size += len(piece)
        return len(piece)


def test_an_empty_file_and_one_that_is_too_large_are_refused(odoo: Client, partner: int, made: Made) -> None:
    files = Attachments(odoo)
    empty: IO[bytes] = io.BytesIO()
    with pytest.raises(Rejected, match="is empty"):
        files.upload("res.partner", partner, "empty.txt", empty)
    attachment = made(MODEL, files.upload("res.partner", partner, "two.txt", io.BytesIO(b"ab")))
    target = io.BytesIO()
    with pytest.raises(Rejected, match="larger than"):
        files.download(attachment, target, limit=1)
    assert target.getvalue() == b""


def test_a_file_that_is_gone_is_missing(odoo: Client, partner: int) -> None:
    files = Attachments(odoo)
    attachment = files.upload("res.partner", partner, "note.txt", io.BytesIO(b"note"))
    files.delete(attachment)
    with pytest.raises(Missing):
        files.download(attachment, io.BytesIO())
    assert files.of("res.partner", partner) == []
