"""The HTTP layer under every transport: one request, one answer, and an honest error for everything else.

Nothing is ever sent twice from here. A repeated `create` doubles a record, and only the caller knows which
calls are safe to repeat (`xmlrpc.client.ServerProxy` repeats silently after a reset).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from urllib3.exceptions import ClosedPoolError, HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout as WireTimeout

from odoo_bridge.errors import Garbled, Rejected, Uncertain, Unreachable
from odoo_bridge.said import _
from odoo_bridge.transports.address import Address
from odoo_bridge.transports.connections import NotConnected, pool
from odoo_bridge.transports.status import error_for_status
from odoo_bridge.transports.streams import Sink, Upload

MAX_ANSWER = 12 * 2**20
"""Bytes of an answer that are read at most: twenty thousand records with ten fields are some six million.

Files are not counted: they are taken out of the answer while it arrives.
"""

CHUNK = 2**18


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds. `connect`: until a connection stands, per address tried. `read`: until the whole answer is
    there.

    120 s by default, since Odoo itself repeats a conflicting transaction for up to 94 s before it answers
    (observed on Odoo 16, 17 and 19).
    """

    connect: float = 5
    read: float = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """`status`: of HTTP; `media_type`: in lower case, without parameters; `body`: all of it."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytearray


class Http:
    """Sends requests to one server over kept-open connections. Safe to share between threads."""

    def __init__(
        self,
        address: Address,
        timeout: Timeout | None = None,
        *,
        ca_file: str | None = None,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        timeout = timeout or Timeout()
        if not (timeout.connect > 0 and timeout.read > 0):
            raise Rejected(_("A timeout is more than no seconds."), field="timeout")
        self.address = address
        self.server_time: datetime | None = None
        """The `Date` of Odoo's last answer: aware, UTC, whole seconds; None before the first."""
        self._timeout = WireTimeout(connect=timeout.connect, read=timeout.read)
        self._max_answer = max_answer
        self._open = partial(
            pool,
            address.scheme,
            address.host,
            address.port,
            answer_within=timeout.read,
            ca_file=ca_file,
        )
        self._pool = self._open()

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        accept: tuple[str, ...],
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
        keeps_errors: bool = False,
        upload: Upload | None = None,
        sink: Sink | None = None,
    ) -> Answer:
        """Send `body` to `path` below the server's prefix; the answer, if it is one of Odoo's.

        `accept`: the media types that Odoo answers with. `keeps_errors`: whether an answer of a status that
        stands for an error is the caller's to read; otherwise it is raised as what `error_for_status` makes
        of it. `upload` goes where its placeholder stands in the body, `sink` takes a file out of the answer.
        Raises Unreachable, Uncertain and Garbled besides.
        """
        pieces, length = upload.body(body) if upload else (body, len(body))
        sent = {"User-Agent": "clinic-bridge", "Accept-Encoding": "identity", **(headers or {})}
        if content_type:
            sent |= {"Content-Type": content_type, "Content-Length": str(length)}
        response = self._send(method, path, pieces, sent)
        try:
            return self._answer(response, accept, keeps_errors, sink)
        except HTTPError as error:
            raise self._lost(error) from error
        finally:
            # A connection that was read to its end is back in the pool by now, and this does not touch it.
            response.close()

    def _answer(
        self, response: BaseHTTPResponse, accept: tuple[str, ...], keeps_errors: bool, sink: Sink | None
    ) -> Answer:
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        good = response.status == 200
        # A redirect is never for the caller to read: the key would go to wherever it points.
        if not good and not (keeps_errors and response.status >= 400):
            raise error_for_status(response.status, response.headers, self.address)
        if good and media_type not in accept:
            raise Garbled(
                _("%(address)s answered with %(type)s, not as Odoo does.", address=self.address.shown, type=media_type)
                if media_type
                else _("%(address)s answered with an untyped page, not as Odoo does.", address=self.address.shown)
            )
        if media_type in accept:  # only then: an error page may carry a proxy's clock
            self._note_time(response)
        body = self._read(response, sink if good else None)
        return Answer(response.status, media_type, response.headers, body)

    def close(self) -> None:
        """Close the connections; a later post opens new ones."""
        closing, self._pool = self._pool, self._open()
        closing.close()

    def _send(
        self, method: str, path: str, body: bytes | Iterable[bytes], headers: Mapping[str, str]
    ) -> BaseHTTPResponse:
        try:
            return self._pool.urlopen(
                method,
                self.address.prefix + path,
                body=body or None,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
            )
        except (NotConnected, ClosedPoolError) as error:
            raise self._unreachable(error) from error
        except HTTPError as error:
            raise self._lost(error) from error

    def _unreachable(self, error: NotConnected | ClosedPoolError) -> Unreachable:
        if isinstance(error, NotConnected) and error.insecure:
            reason = "its certificate is not accepted" if error.untrusted else "check whether it is https or http"
            return Unreachable(
                _("No secure connection to %(address)s: %(reason)s.", address=self.address.shown, reason=reason)
            )
        return Unreachable(_("Nothing answers at %(address)s.", address=self.address.shown))

    def _read(self, response: BaseHTTPResponse, sink: Sink | None) -> bytearray:
        announced = response.headers.get("Content-Length", "")
        too_large = announced.isdecimal() and (len(announced) > 18 or int(announced) > self._max_answer)
        if too_large and not sink:
            raise self._too_large()
        body = bytearray()
        while chunk := response.read(CHUNK):
            body += sink.keep(chunk) if sink else chunk
            if len(body) > self._max_answer:
                raise self._too_large()
        if sink:
            body += sink.rest()
        return body

    def _note_time(self, response: BaseHTTPResponse) -> None:
        try:
            date = parsedate_to_datetime(response.headers.get("Date", ""))
            self.server_time = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            return

    def _lost(self, error: HTTPError) -> Uncertain:
        if isinstance(error, ReadTimeoutError):
            return Uncertain(
                _(
                    "Odoo at %(address)s did not answer in time; it may still be working on it.",
                    address=self.address.shown,
                )
            )
        return Uncertain(
            _("The connection to Odoo at %(address)s broke before its answer was complete.", address=self.address.shown)
        )

    def _too_large(self) -> Garbled:
        return Garbled(
            _(
                "%(address)s sent an answer of more than %(limit)s MiB.",
                address=self.address.shown,
                limit=self._max_answer // 2**20,
            )
        )
