"""Connections that know whether anything was sent, and that answer within a budget.

urllib3's own errors do not tell a TLS failure before sending from one after it, and its read timeout starts
anew with every byte. Both matter here: the first decides whether a call may be repeated, the second keeps
an endless trickle from holding a worker.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from functools import partial
from http.client import HTTPException
from http.client import HTTPResponse as WireResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError

KEPT = 10
"""Connections kept open per server; more threads than that connect anew for each call."""


class NotConnected(HTTPError):
    """Raised while connecting, TLS included.

    Not one of the types that urllib3 wraps, so it arrives as it is. `insecure`: somebody answered, but its
    certificate or its TLS was not accepted; `untrusted`: it was the certificate.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.insecure = isinstance(reason, ssl.SSLError | SSLError)
        self.untrusted = isinstance(reason, ssl.SSLCertVerificationError)


class _DeadlineReader(io.RawIOBase):
    """Reads a socket until a moment on the monotonic clock; after it, TimeoutError."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        # SocketIO keeps the socket open while an answer is read, also when the connection was closed
        # meanwhile.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Measured(io.BufferedReader):
    """Reads so many bytes at a time, and never "all": a chunk of a negative size would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            raise HTTPException("a chunk of no size")
        return super().read(size)


class _TimedResponse(WireResponse):
    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = _Measured(_DeadlineReader(sock, deadline))


class _Timed(HTTPConnection):
    """Mixed into both connections.

    `answer_within`: seconds for sending, and then again for the whole answer.
    """

    def __init__(self, *args: Any, answer_within: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answer_within = answer_within
        self._deadline = 0.0
        self._send_until = 0.0

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        self._send_until = time.monotonic() + self._answer_within
        super().putrequest(*args, **kwargs)

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, HTTPError) as error:
            self.close()
            raise NotConnected(error) from error

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        # urllib3 sends under the connect timeout, which is too short for a large batch on a slow line.
        # A file goes out in pieces; the budget is for all of them.
        left = self._send_until - time.monotonic()
        if left <= 0:
            raise TimeoutError("sending took too long")
        self.sock.settimeout(left)
        super().send(data)
        self._deadline = time.monotonic() + self._answer_within

    def getresponse(self) -> Any:
        # http.client does no more with it than call it
        self.response_class = partial(_TimedResponse, deadline=self._deadline)  # type: ignore[assignment]
        return super().getresponse()


class _TimedHTTP(_Timed):
    pass


class _TimedHTTPS(_Timed, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedHTTP


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPS


def pool(scheme: str, host: str, port: int, *, answer_within: float, ca_file: str | None) -> HTTPConnectionPool:
    """A pool of kept-open connections to one server; certificates are always verified.

    `ca_file`: a PEM bundle to trust instead of the system's, for an Odoo with a certificate of the house.
    """
    if scheme == "https":
        return _SecurePool(
            host, port, maxsize=KEPT, cert_reqs="CERT_REQUIRED", ca_certs=ca_file, answer_within=answer_within
        )
    return _Pool(host, port, maxsize=KEPT, answer_within=answer_within)
