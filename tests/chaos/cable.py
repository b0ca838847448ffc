"""A cable to a server that speaks over TCP, be it Redis or PostgreSQL, and what may befall it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from clinic.demo.running.ports import LOOPBACK

FINE = "fine"
FAULTS = ("refuse", "reset_before", "reset_after", "silent", "deaf", "trickle", "truncate", "html")
"""Nobody takes the call; cut when something is asked, or when it is answered; nothing comes through, or no answer does;
the answer in drops; half of it; and a proxy's page instead."""

PAGE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html><h1>502 Bad Gateway</h1></html>\r\n"
DROP, PAUSE = 64, 0.002
"""Bytes in a drop, and seconds between two."""


class Cable:
    """Passes on what comes to a port of its own, to `port` of this machine, until it is broken."""

    def __init__(self, port: int) -> None:
        self._target = (LOOPBACK, port)
        self._changed = threading.Condition()
        self._ends: set[socket.socket] = set()
        self._is_open = True
        self.fault, self.met = FINE, 0
        """What is wrong with it, and how often somebody has met that."""
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True, name="cable").start()

    def break_(self, fault: str) -> None:
        """Be broken from now on; connections that cannot be any more are cut."""
        self._become(fault)
        if fault == "refuse":
            self._cut(*self._ends)

    def mend(self) -> None:
        """Be whole again. What was held back goes on; what lost something on the way is cut."""
        was = self.fault
        self._become(FINE)
        if was not in (FINE, "silent", "trickle"):
            self._cut(*self._ends)

    def close(self) -> None:
        self._is_open = False
        self._listener.close()
        self.mend()
        self._cut(*self._ends)

    def _become(self, fault: str) -> None:
        with self._changed:
            self.fault, self.met = fault, 0
            self._changed.notify_all()

    def _serve(self) -> None:
        while self._is_open:
            try:
                client, _ = self._listener.accept()
                if self.fault == "refuse":
                    self.met += 1
                    self._cut(client)
                    continue
                server = socket.create_connection(self._target, 5)
            except OSError:
                continue
            server.settimeout(None)
            self._ends |= {client, server}
            for ends in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=ends, daemon=True, name="cable").start()

    def _pump(self, source: socket.socket, target: socket.socket, answering: bool) -> None:
        with contextlib.suppress(OSError):
            while (data := source.recv(65536)) and self._pass_on(data, source, target, answering):
                pass
        self._cut(source, target)

    def _pass_on(self, data: bytes, source: socket.socket, target: socket.socket, answering: bool) -> bool:
        """Return whether the connection lives on."""
        fault = self.fault
        if fault != FINE and (answering or fault in ("silent", "reset_before", "html")):
            self.met += 1
        if fault == "silent":
            with self._changed:
                self._changed.wait_for(lambda: self.fault != "silent")
        elif fault == "html":
            (target if answering else source).sendall(PAGE)
            return False
        elif fault == "reset_before" and not answering:
            return False
        elif answering and fault in ("reset_after", "truncate"):
            target.sendall(data[: len(data) // 2] if fault == "truncate" else b"")
            return False
        elif answering and fault == "deaf":
            return True
        elif answering and fault == "trickle":
            self._drip(data, target)
            return True
        target.sendall(data)
        return True

    def _drip(self, data: bytes, target: socket.socket) -> None:
        for begin in range(0, len(data), DROP):
            target.sendall(data[begin : begin + DROP])
            if self.fault == "trickle":
                time.sleep(PAUSE)

    def _cut(self, *ends: socket.socket) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._ends.discard(end)


@contextmanager
def cable_to(port: int) -> Iterator[Cable]:
    cable = Cable(port)
    try:
        yield cable
    finally:
        cable.close()
