"""Signed in to one Odoo: its version, its user, and calls of its methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from odoo_bridge.client.arguments import check_names, credential, values_of
from odoo_bridge.client.calls import logged
from odoo_bridge.client.conduct import Conduct
from odoo_bridge.errors import Denied, Garbled, Incompatible, OdooError, Rejected, Uncertain, Unreachable
from odoo_bridge.said import _, trimmed
from odoo_bridge.transports import Asked, Transport, TransportName, transport_named
from odoo_bridge.transports.address import Address
from odoo_bridge.transports.auto import Auto, major_of
from odoo_bridge.transports.faults import wrong_key
from odoo_bridge.transports.http import Http, Timeout
from odoo_bridge.transports.signatures import positional
from odoo_bridge.transports.streams import Sink, Upload
from odoo_bridge.transports.values import sendable_call

OLDEST = 16

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """`major`: 16, 17, ...; `text`: what Odoo calls itself, such as '17.0-20240709'."""

    major: int
    text: str


class Session:
    """One user of one database. Safe to share between threads; connections are kept open and reused.

    `url`: https://host[:port][/prefix]. `username`, `api_key`: of a user who reads and writes no more than
    it has to. `transport`: 'auto', 'json2', 'jsonrpc', 'xmlrpc' or 'rest', or
    a class of one's own. `context`: sent with every call,
    below the call's own. `ca_file`: a PEM bundle to trust in place of the system's. `conduct`: the pace
    of the calls and what is repeated; by itself nothing is. Nothing is sent before the first call.
    Raises Rejected for an address or a transport that is none, and for a name or key with invisible characters
    (field 'url', 'transport', 'database', 'username' or 'api_key'), and for a `ca_file` that is not there.
    """

    def __init__(
        self,
        url: str,
        database: str,
        username: str,
        api_key: str,
        *,
        transport: TransportName | type[Transport] = "auto",
        timeout: Timeout | None = None,
        context: Values | None = None,
        ca_file: str | None = None,
        conduct: Conduct | None = None,
    ) -> None:
        self.address = Address.parse(url)
        self.database = credential("name of the database", database, "database")
        self.username = credential("user name", username, "username")
        self.context: dict[str, Any] = values_of(context or {}, "context")
        self._api_key = credential("API key", api_key, "api_key")
        if ca_file is not None and not Path(ca_file).is_file():
            raise Rejected(_("The file of certificates to trust is not there."), field="ca_file")
        self._http = Http(self.address, timeout, ca_file=ca_file)
        self._transport: Transport = transport_named(transport, self._http)
        self._conduct = conduct or Conduct()
        self._uid: int | None = None
        self._major: int | None = None

    def __repr__(self) -> str:
        return f"<Client {self.username} at {self.address}, database {self.database}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        self._http.close()

    def sign_out(self) -> None:
        """Give up what signing in left on the server: the token of the REST module, and nothing on other transports.

        A later call signs in anew.
        """
        if self._uid is not None and self.transport.name == "rest":
            self._transport.send("common", "sign_out", [], self._asked())
        self._uid = None

    # ---- the server

    @property
    def transport(self) -> Transport:
        """The transport in use; with 'auto', the one that was chosen at the first call."""
        chosen = self._transport.chosen if isinstance(self._transport, Auto) else None
        return chosen or self._transport

    @property
    def server_time(self) -> datetime | None:
        """Odoo's clock at its last answer (its `Date` header): aware, UTC, whole seconds; None before
        the first."""
        return self._http.server_time

    def version(self) -> Version:
        """The server's version, without signing in.

        Raises Incompatible for what is no Odoo, or one before 16.
        """
        try:
            answer = self._transport.send("common", "version", [], self._asked())
            version = _supported(_version(answer), self.address)
        except Garbled as error:
            raise Incompatible(_("What answers at %(address)s is not Odoo.", address=self.address)) from error
        except Uncertain as error:
            # Asking for the version changes nothing: there is nothing to look for.
            raise Unreachable(error.message) from error
        self._major = version.major
        return version

    @property
    def major(self) -> int:
        """The server's major version, asked for once."""
        return self.version().major if self._major is None else self._major

    @property
    def uid(self) -> int:
        """The user's id in Odoo; signs in once. Raises Denied: 'credentials' or 'database'."""
        if self._uid is None:
            self._uid = self._sign_in()
        return self._uid

    def _sign_in(self) -> int:
        args = [self.database, self.username, self._api_key, {}]
        try:
            uid = self._transport.send("common", "authenticate", args, self._asked())
        except Uncertain as error:
            # Signing in changes nothing, and the call itself was not sent: there is nothing to look for.
            raise Unreachable(error.message) from error
        if uid is False:
            raise wrong_key(self._asked())
        if type(uid) is not int:
            raise Incompatible(
                _("What answers at %(address)s does not sign users in as Odoo does.", address=self.address)
            )
        return uid

    # ---- calls

    def call(
        self,
        model: str,
        method: str,
        /,
        *args: Any,
        context: Values | None = None,
        upload: Upload | None = None,
        sink: Sink | None = None,
        **kwargs: Any,
    ) -> Any:
        """Call any public method of a model (`execute_kw`); the result as plain values.

        A method of records takes their ids as its first argument or as `ids`. JSON-2 has names only: name the
        further arguments of methods that are not among Odoo's common ones. A method that returns None gives
        None over every transport: over XML-RPC Odoo reports that as a fault, after having committed the work
        (observed on Odoo 16, 17 and 19). Dates (aware), Decimal and tuples are converted. `upload` and `sink`
        are a file that goes with the call, or comes back with it.
        """
        check_names(model, method)
        with logged(model, method, args or (kwargs.get("ids"),)) as entry:
            try:
                asked = Asked(self.address.shown, model, method, upload, sink)
                entry.result = self._conduct.run(
                    method,
                    lambda: self._execute(asked, args, kwargs, context),
                    repeatable=not (upload or sink),
                )
            except Denied as error:
                if error.reason == "credentials":
                    self._uid = None  # the next call signs in anew, with whatever key is then valid
                raise error.about(model, method) from error.__cause__
            except OdooError as error:
                raise error.about(model, method) from error.__cause__
        return entry.result

    def _execute(self, asked: Asked, args: tuple[Any, ...], kwargs: Values, context: Values | None) -> Any:
        merged = {**self.context, **values_of(context or {}, "context")}
        keywords = {**kwargs, "context": merged} if merged else kwargs
        sent, named = sendable_call(asked.method, args, keywords, wide_integers=self._transport.wide_integers)
        uid = self.uid  # signing in chooses the transport, if that is still open
        if not self.transport.named_arguments:
            sent, named = positional(asked.method, sent, named)
        parameters = [self.database, uid, self._api_key, asked.model, asked.method, sent, named]
        return self._transport.send("object", "execute_kw", parameters, asked)

    def _asked(self) -> Asked:
        return Asked(self.address.shown)


def _version(answer: Any) -> Version:
    """Read what `common.version` answers."""
    major = major_of(answer)
    if not major:
        raise Garbled(_("The answer names no version."))
    return Version(major, trimmed(str(answer.get("server_version", major)), 60))


def _supported(version: Version, address: Address) -> Version:
    if version.major < OLDEST:
        raise Incompatible(
            _(
                "%(address)s runs Odoo %(version)s; this needs Odoo %(oldest)s or newer.",
                address=address,
                version=version.text,
                oldest=OLDEST,
            )
        )
    return version
