"""The backends for text messages, the one over HTTP against a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.reminders.sms import NotSent, console, filebased, get_backend, http


class Gateway(BaseHTTPRequestHandler):
    """Keeps what it is sent, and answers with `status`; without one it hangs up."""

    heard: list[tuple[str | None, dict]] = []
    status: int | None = 200

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Gateway.heard.append((self.headers.get("Authorization"), body))
        if Gateway.status is None:
            self.close_connection = True
            return
        self.send_response(Gateway.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def gateway(settings) -> Iterator[type[Gateway]]:
    Gateway.heard, Gateway.status = [], 200
    server = ThreadingHTTPServer((LOOPBACK, 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_URL = f"http://{LOOPBACK}:{server.server_port}/messages"
    settings.SMS_TOKEN, settings.SMS_FROM = "secret", "Clinic"
    yield Gateway
    server.shutdown()
    server.server_close()


def test_a_gateway_gets_number_sender_and_text_once(gateway):
    http.Backend().send("+353881234567", "Hello")
    assert gateway.heard == [("Bearer secret", {"to": "+353881234567", "from": "Clinic", "text": "Hello"})]


@pytest.mark.parametrize(("status", "again"), [(400, False), (404, False), (401, True), (429, True)])
def test_what_a_gateway_refuses_did_not_go_out(gateway, status, again):
    gateway.status = status
    with pytest.raises(NotSent) as refusal:
        http.Backend().send("+353881234567", "Hello")
    assert refusal.value.again is again
    assert len(gateway.heard) == 1


@pytest.mark.parametrize("status", [None, 500, 302])
def test_of_what_a_gateway_fails_over_nobody_knows(gateway, status):
    gateway.status = status
    with pytest.raises(Exception) as failure:
        http.Backend().send("+353881234567", "Hello")
    assert not isinstance(failure.value, NotSent)
    assert len(gateway.heard) == 1


def test_a_gateway_that_is_not_there_has_sent_nothing(settings):
    settings.SMS_URL, settings.SMS_TOKEN, settings.SMS_FROM = f"http://{LOOPBACK}:{free_port()}/", "", ""
    with pytest.raises(NotSent) as refusal:
        http.Backend().send("+353881234567", "Hello")
    assert refusal.value.again


def test_the_console_shows_the_message(capsys):
    console.Backend().send("+353881234567", "Hello")
    assert capsys.readouterr().out.startswith("To: +353881234567\nHello\n")


def test_files_keep_the_message(settings, tmp_path: Path):
    settings.SMS_FILE_PATH = tmp_path / "outbox"
    filebased.Backend().send("+353881234567", "Hello")
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.read_text() == "To: +353881234567\n\nHello\n"
    settings.SMS_FILE_PATH = file
    with pytest.raises(NotSent):
        filebased.Backend().send("+353881234567", "Hello")


def test_the_backend_is_a_setting(settings):
    settings.SMS_BACKEND = "clinic.reminders.sms.console.Backend"
    assert isinstance(get_backend(), console.Backend)
