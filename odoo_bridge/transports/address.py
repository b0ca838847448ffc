"""The address of an Odoo server, as an administrator types it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from odoo_bridge.errors import Rejected
from odoo_bridge.said import _

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Scheme, host, port and path prefix ('' or '/odoo') of a server; `str()` is safe to show and to log."""

    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def shown(self) -> str:
        """`host`, or `host:port` where the port is not the scheme's own: for messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.shown}{self.prefix}"

    @classmethod
    def parse(cls, url: str) -> Address:
        """Read `https://host[:port][/prefix]`.

        Raises Rejected (field 'url') in words for a person. The text that was typed is never repeated: it may
        hold a password.
        """
        parts = _split(url)
        if parts.scheme not in DEFAULT_PORTS:
            raise _refused(_("The address of Odoo must begin with https:// (or http://)."))
        if "@" in parts.netloc:
            raise _refused(_("Leave user name and password out of the address of Odoo; they have their own fields."))
        if not parts.hostname:
            raise _refused(_("The address of Odoo names no host."))
        if parts.query or parts.fragment:
            raise _refused(_("The address of Odoo must end before any '?' or '#'."))
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, _ascii(parts.hostname), port, parts.path.rstrip("/"))


def _split(url: str) -> SplitResult:
    url = url.strip()
    if any(character.isspace() or not character.isprintable() for character in url):
        raise _refused(_("The address of Odoo contains blanks or invisible characters."))
    try:
        parts = urlsplit(url)
        _port = parts.port  # read here, since it is what raises on a port that is no number
    except ValueError:
        raise _refused(_("The address of Odoo cannot be read; it looks like https://odoo.example.com.")) from None
    return parts


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        raise _refused(_("The host in the address of Odoo is not a valid name.")) from None


def _refused(message: str) -> Rejected:
    return Rejected(message, field="url")
