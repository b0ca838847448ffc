"""Files in calls and answers, cut into pieces at every place, and answers that are not what they should be."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.client.attachments import Attachments
from odoo_bridge.errors import Garbled, Missing, OdooError, Rejected, Uncertain
from odoo_bridge.transports.streams import Sink, Upload

from .conftest import Connect
from .wire import Answer, Request, Wire

CONTENT = bytes(range(256)) * 3
KNOWN = {
    "id": 4,
    "name": "x-ray.png",
    "mimetype": "image/png",
    "file_size": len(CONTENT),
    "checksum": hashlib.sha1(CONTENT).hexdigest(),
    "res_model": "res.partner",
    "res_id": 9,
}
TEXT = base64.b64encode(CONTENT).decode()
JSON = '{"jsonrpc": "2.0", "id": 1, "result": [{"id": 4, "datas": "%s", "name": "é"}]}'
XML = (
    "<methodResponse><member><name>datas</name>\n<value><string>%s</string></value></member>"
    "<member><name>name</name><value><string>b</string></value></member></methodResponse>"
)


@given(st.data(), st.sampled_from([JSON, XML]), st.binary(max_size=64))
def test_a_file_is_taken_out_however_the_answer_is_cut(data: st.DataObject, answer: str, content: bytes) -> None:
    body = (answer % base64.b64encode(content).decode()).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    file = io.BytesIO()
    sink = Sink(file, "datas", limit=1000)
    kept = b"".join(sink.keep(body[a:b]) for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)) + sink.rest()
    assert file.getvalue() == content
    assert kept == (answer % "").encode()


@given(st.data(), st.sampled_from([(JSON, "\\n"), (JSON, "\\r\\n"), (XML, "\n")]), st.binary(min_size=1, max_size=200))
def test_lines_of_a_file_may_be_broken(data: st.DataObject, kind: tuple[str, str], content: bytes) -> None:
    answer, line_break = kind
    text = base64.encodebytes(content).decode().replace("\n", line_break)
    body = (answer % (text if line_break == "\n" else text.replace("/", "\\/"))).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    file = io.BytesIO()
    sink = Sink(file, "datas", limit=1000)
    for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True):
        sink.keep(body[a:b])
    assert file.getvalue() == content


@given(st.binary(max_size=3000), st.integers(0, 50))
def test_a_file_is_put_in_as_base64_and_its_length_is_known(content: bytes, before: int) -> None:
    file = io.BytesIO(b"x" * before + content)
    file.seek(before)
    upload = Upload(file, len(content))
    pieces, length = upload.body(json.dumps({"datas": upload.placeholder}).encode())
    body = b"".join(pieces)
    assert len(body) == length
    assert base64.b64decode(json.loads(body)["datas"]) == content


def test_a_call_without_a_place_for_the_file_is_refused() -> None:
    with pytest.raises(Rejected, match="no place"):
        Upload(io.BytesIO(b"a"), 1).body(b"{}")


def test_a_file_that_ends_early_is_never_taken_for_a_whole_one(connect: Connect, wire: Wire) -> None:
    upload = Upload(io.BytesIO(b"short"), 500_000)
    client = connect()
    with pytest.raises(Rejected, match="ended before"):
        client.call("ir.attachment", "create", {"datas": upload.placeholder}, upload=upload)
    assert not wire.calls  # what arrived was no whole request
    wire.answer = lambda request: request.result([])
    assert client.search("res.partner", []) == []


def read_answers(answer: Answer) -> Answer:
    """Tell what the file is, and then answer the reading of it."""

    def respond(request: Request) -> None:
        if request.call()[2][4] == "search_read":
            request.result([KNOWN])
        else:
            answer(request)

    return respond


def endless(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", b'{"result": [{"id": 4, "datas": "')
    while True:
        request.send(b"QUJD" * 2**16)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda request: request.result([{"id": 4, "datas": "not base64!"}]), Garbled),
        (lambda request: request.result([{"id": 4, "datas": TEXT[4:]}]), Garbled),
        (lambda request: request.result([{"id": 4, "datas": TEXT[:-4] + "AAAA"}]), Garbled),
        (lambda request: request.result([{"id": 4, "datas": False}]), Garbled),
        (lambda request: request.result([]), Missing),
        (lambda request: request.page("<html>", status="502 Bad Gateway"), Uncertain),
        (lambda request: request.reset(), Uncertain),
        (endless, Garbled),
    ],
    ids=["no base64", "too short", "other bytes", "none", "gone", "a proxy's page", "a reset", "endless"],
)
def test_a_file_that_is_not_what_was_announced_is_a_typed_error(
    answer: Answer, kind: type[OdooError], connect: Connect
) -> None:
    client = connect(read_answers(answer))
    assert client.uid
    tracemalloc.start()
    try:
        with pytest.raises(OdooError) as caught:
            Attachments(client).download(4, io.BytesIO(), limit=2**20)
        assert type(caught.value) is kind
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("wrong", [{"file_size": "big"}, {"name": 5}, {"checksum": [1]}])
def test_a_description_of_a_file_that_cannot_be_read_is_garbled(wrong: dict[str, object], connect: Connect) -> None:
    client = connect(lambda request: request.result([KNOWN | wrong]))
    with pytest.raises(Garbled):
        client.attachments.download(4, io.BytesIO())


def test_a_file_that_is_larger_than_its_limit_is_not_fetched(connect: Connect, wire: Wire) -> None:
    client = connect(lambda request: request.result([KNOWN]))
    with pytest.raises(Rejected, match="larger than"):
        Attachments(client).download(4, io.BytesIO(), limit=len(CONTENT) - 1)
    assert [call[1] for call in wire.calls] == ["search_read"]


def test_a_lost_answer_is_not_sent_again_and_the_file_is_found_afterwards(connect: Connect, wire: Wire) -> None:
    stored: list[dict[str, object]] = []

    def answer(request: Request) -> None:
        method = request.call()[2][4]
        if method == "search_read":
            request.result(stored)
        else:
            stored.append(KNOWN)
            request.reset()

    files = Attachments(connect(answer))
    with pytest.raises(Uncertain):
        files.upload("res.partner", 9, "x-ray.png", io.BytesIO(CONTENT))
    assert files.upload("res.partner", 9, "x-ray.png", io.BytesIO(CONTENT)) == 4
    assert [call[1] for call in wire.calls] == ["search_read", "create", "search_read"]
