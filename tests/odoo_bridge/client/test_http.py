"""What the network can do to a call, and what each of it means for repeating the call."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import (
    Busy,
    Denied,
    Garbled,
    Incompatible,
    OdooError,
    Rejected,
    Retry,
    Uncertain,
    Unreachable,
)
from odoo_bridge.transports.http import Timeout

from .conftest import Connect
from .wire import Answer, Request, Wire, serving

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
SHORT = Timeout(connect=1, read=0.3)


def create(client: Client) -> None:
    client.create("res.partner", {"name": "Ann"})


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_a_refused_connection_is_unreachable_and_safe_to_repeat(transport: str) -> None:
    port = unused_port()
    with (
        Client(
            f"http://127.0.0.1:{port}", "clinic", "bridge", "key", transport=transport, checks_fields=False
        ) as client,
        pytest.raises(Unreachable, match=rf"^Nothing answers at 127.0.0.1:{port}\.$") as caught,
    ):
        create(client)
    assert caught.value.retry is Retry.LATER
    assert (caught.value.model, caught.value.method) == ("res.partner", "create")


def test_an_unknown_host_is_unreachable() -> None:
    with (
        Client("https://odoo.invalid", "clinic", "bridge", "key") as client,
        pytest.raises(Unreachable, match=r"^Nothing answers at odoo\.invalid\.$"),
    ):
        create(client)


def test_a_host_that_does_not_accept_is_unreachable_within_the_connect_timeout() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # with its queue full, Linux ignores further connections
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        with (
            Client(f"http://127.0.0.1:{port}", "clinic", "bridge", "key", timeout=Timeout(0.3, 9)) as client,
            pytest.raises(Unreachable),
        ):
            create(client)
        assert time.monotonic() - started < 3
        for filler in fillers:
            filler.close()


def reset(request: Request) -> None:
    request.reset()


def hang_up(request: Request) -> None:
    request.sock.shutdown(socket.SHUT_RDWR)
    request.sock.close()


def truncate(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
    hang_up(request)


def truncate_chunk(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{")
    hang_up(request)


def half_a_header(request: Request) -> None:
    request.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    hang_up(request)


def no_http(request: Request) -> None:
    request.send(b"220 mail.example.com ESMTP\r\n")
    hang_up(request)


@pytest.mark.parametrize("failure", [reset, hang_up, truncate, truncate_chunk, half_a_header, no_http])
def test_a_connection_that_breaks_after_sending_is_uncertain_and_nothing_is_sent_twice(
    failure: Answer, wire: Wire, connect: Connect
) -> None:
    client = connect(failure)
    with pytest.raises(Uncertain) as caught:
        create(client)
    assert caught.value.retry is Retry.LOOK
    assert len(wire.calls) == 1


def test_a_connection_that_odoo_closed_while_idle_is_replaced_before_sending(wire: Wire, connect: Connect) -> None:
    def answer(request: Request) -> None:
        request.result([1])
        hang_up(request)

    client = connect(answer)
    assert client.search("res.partner", []) == [1]
    time.sleep(0.05)
    assert client.search("res.partner", []) == [1]
    assert len(wire.calls) == 2


def test_calls_share_a_connection(wire: Wire, connect: Connect) -> None:
    client = connect(lambda request: request.result([1]))
    for _ in range(5):
        client.search("res.partner", [])
    assert wire.connections == 1


def test_an_error_page_does_not_cost_the_connection_of_the_next_call(wire: Wire, connect: Connect) -> None:
    client = connect(lambda request: request.page(BAD_GATEWAY, status="502 Bad Gateway"))
    for _ in range(3):
        with pytest.raises(Uncertain):
            create(client)
    client = connect(lambda request: request.result(5))
    create(client)


def test_silence_ends_with_the_read_timeout_and_is_uncertain(connect: Connect) -> None:
    client = connect(lambda request: time.sleep(1), timeout=SHORT)
    assert client.uid
    started = time.monotonic()
    with pytest.raises(Uncertain, match="did not answer in time; it may still be working"):
        create(client)
    assert time.monotonic() - started < 0.8


def drip(prefix: bytes) -> Answer:
    def answer(request: Request) -> None:
        request.send(prefix)
        for _ in range(100):
            request.send(b" ")
            time.sleep(0.05)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "prefix",
    [HEAD + b"Content-Length: 900\r\n\r\n", HEAD + b"Connection: close\r\n\r\n", HEAD + b"X-Slow:"],
    ids=["in a counted body", "in an endless body", "in a header"],
)
def test_a_trickle_ends_with_the_same_budget(prefix: bytes, connect: Connect) -> None:
    client = connect(drip(prefix), timeout=SHORT)
    assert client.uid
    started = time.monotonic()
    with pytest.raises(Uncertain):
        create(client)
    assert time.monotonic() - started < 1


def test_a_large_request_may_take_longer_than_the_connect_timeout() -> None:
    """A slow reader, and a body larger than the sockets' buffers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Client(
            url,
            "clinic",
            "bridge",
            "key",
            transport="jsonrpc",
            timeout=Timeout(connect=0.1, read=2),
            checks_fields=False,
        ) as client:
            client._uid = 7  # signing in is not what is slow here
            received = []

            def read_slowly() -> None:
                sock, _ = listener.accept()
                with sock:
                    time.sleep(0.4)
                    while chunk := sock.recv(2**20):
                        received.append(len(chunk))
                        if sum(received) > 6_000_000:
                            break

            reader = threading.Thread(target=read_slowly)
            reader.start()
            with pytest.raises(Uncertain):
                client.create("ir.attachment", {"datas": "A" * 6_000_000})
            reader.join()
    assert sum(received) > 6_000_000


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", Rejected),
        ("401 Unauthorized", Denied),
        ("403 Forbidden", Denied),
        ("404 Not Found", Incompatible),
        ("405 Method Not Allowed", Incompatible),
        ("408 Request Timeout", Uncertain),
        ("413 Content Too Large", Rejected),
        ("429 Too Many Requests", Busy),
        ("500 Internal Server Error", Uncertain),
        ("502 Bad Gateway", Uncertain),
        ("503 Service Unavailable", Uncertain),
        ("504 Gateway Timeout", Uncertain),
        ("520 Unknown", Uncertain),
        ("204 No Content", Garbled),
    ],
)
def test_each_status_says_whether_the_call_may_be_repeated(
    status: str, kind: type[OdooError], transport: str, connect: Connect
) -> None:
    client = connect(lambda request: request.page(BAD_GATEWAY, status=status), transport=transport)
    with pytest.raises(OdooError) as caught:
        create(client)
    assert type(caught.value) is kind
    assert "nginx" not in caught.value.message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 40, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_busy_says_after_how_many_seconds_to_come_back(value: str, seconds: float | None, connect: Connect) -> None:
    client = connect(lambda request: request.page("", status="429 Busy", Retry_After=value))
    with pytest.raises(Busy) as caught:
        create(client)
    assert caught.value.retry_after == seconds
    assert caught.value.retry is Retry.LATER


def test_busy_reads_a_date_as_seconds_from_now(connect: Connect) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    client = connect(lambda request: request.page("", status="429 Slow down", Retry_After=moment))
    with pytest.raises(Busy) as caught:
        create(client)
    assert caught.value.retry_after == pytest.approx(90, abs=5)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://169.254.169.254/latest/meta-data", "sends its visitors on to 169.254.169.254"),
        ("/web/login", "is not where Odoo answers"),
        ("http://[broken", "is not where Odoo answers"),
    ],
)
def test_a_redirect_is_refused_and_never_followed(location: str, words: str, wire: Wire, connect: Connect) -> None:
    client = connect(lambda request: request.page("", status="307 Elsewhere", Location=location))
    with pytest.raises(Incompatible, match=words):
        create(client)
    assert len(wire.calls) == 1


def test_a_redirect_never_carries_the_key_to_another_server(connect: Connect) -> None:
    with serving(Wire(everything=True)) as other:
        client = connect(lambda request: request.page("", status="308 Moved", Location=other.url + "/jsonrpc"))
        with pytest.raises(Incompatible):
            create(client)
        assert other.requests == []


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("text/html", "<html>Please log in to the hotel's network</html>"),
        ("", "{}"),
        ("application/octet-stream", "{}"),
    ],
)
def test_a_page_that_is_not_odoos_is_garbled(media: str, body: str, transport: str, connect: Connect) -> None:
    client = connect(lambda request: request.page(body, media=media), transport=transport)
    with pytest.raises(Garbled) as caught:
        create(client)
    assert caught.value.retry is Retry.LOOK


def announced(request: Request) -> None:
    request.send(HEAD, b"Content-Length: 1000000000\r\n\r\n", b" " * 100)


def endless(request: Request) -> None:
    request.send(HEAD, b"Connection: close\r\n\r\n")
    for _ in range(2000):
        request.send(b" " * 2**20)


@pytest.mark.parametrize("huge", [announced, endless])
def test_a_huge_answer_is_refused_within_the_memory_budget(huge: Answer, connect: Connect) -> None:
    client = connect(huge)
    assert client.uid
    tracemalloc.start()
    try:
        with pytest.raises(Garbled, match="more than 12 MiB"):
            create(client)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_odoos_clock_is_that_of_its_last_answer(wire: Wire, connect: Connect) -> None:
    client = connect(lambda request: request.result([], Date="Sun, 22 Nov 2026 04:19:17 GMT"))
    assert client.server_time is None
    client.search("res.partner", [])
    assert client.server_time == datetime(2026, 11, 22, 4, 19, 17, tzinfo=UTC)
    wire.answer = lambda request: request.result([], Date="yesterday")
    client.search("res.partner", [])
    late = "Mon, 23 Nov 2026 00:00:00 GMT"
    wire.answer = lambda request: request.page(BAD_GATEWAY, status="502 Bad Gateway", Date=late)
    with pytest.raises(Uncertain):
        client.search("res.partner", [])
    assert client.server_time == datetime(2026, 11, 22, 4, 19, 17, tzinfo=UTC)


def test_unavailable_is_busy_only_where_it_says_when_to_come_back(connect: Connect) -> None:
    """Some proxies say 503 when Odoo breaks off in the middle of a call."""
    client = connect(lambda request: request.page("", status="503 Busy", Retry_After="9"))
    with pytest.raises(Busy) as caught:
        create(client)
    assert caught.value.retry_after == 9
