"""What an HTTP status means by itself. Over RPC, Odoo answers 200 even to faults (observed on 16, 17 and 19), so any
other status comes from a proxy, from a wrong address, or from a server that has not got as far as the call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from odoo_bridge.errors import Busy, Denied, Garbled, Incompatible, OdooError, Rejected, Uncertain
from odoo_bridge.said import _
from odoo_bridge.transports.address import Address


def error_for_status(status: int, headers: Mapping[str, str], address: Address) -> OdooError:
    """The error that a status other than 200 stands for, where nothing says more."""
    if status < 300:  # perhaps done, but by what?
        return Garbled(
            _("%(address)s answered with status %(status)s, not as Odoo does.", address=address.shown, status=status)
        )
    if status < 400:
        return _redirected(headers.get("Location", ""), address)
    # Some proxies also say 503 when Odoo breaks off in the middle of a call; those do not say when to come back.
    if status == 429 or (status == 503 and headers.get("Retry-After")):
        message = _("Odoo at %(address)s is too busy or closed for maintenance.", address=address.shown)
        return Busy(message, retry_after=seconds_until(headers.get("Retry-After", "")))
    if status >= 500 or status == 408:
        return Uncertain(
            _(
                "The server in front of Odoo at %(address)s answered with error %(status)s.",
                address=address.shown,
                status=status,
            )
        )
    if status in (401, 407):
        return Denied(_("The server at %(address)s refused the sign-in.", address=address.shown), reason="credentials")
    if status == 402:
        return Denied(
            _("Odoo at %(address)s has no external API: its plan does not include it.", address=address.shown),
            reason="plan",
        )
    if status == 403:
        return Denied(_("The server at %(address)s refused the request.", address=address.shown), reason="rights")
    if status in (400, 413, 422):
        return Rejected(_refused(status, address))
    return Incompatible(
        _("There is no Odoo interface at %(address)s (answer %(status)s).", address=address, status=status)
    )


def _refused(status: int, address: Address) -> str:
    if status == 413:
        return _("The request is larger than the server at %(address)s accepts.", address=address.shown)
    return _("The server at %(address)s could not read the request.", address=address.shown)


def _redirected(location: str, address: Address) -> Incompatible:
    """Never followed: the key would go to wherever the answer points. Only the target's host is shown."""
    try:
        target = urlsplit(urljoin(str(address), location))
        host = target.hostname or ""
    except ValueError:
        host = ""
    if host and host != address.host:
        return Incompatible(
            _("%(address)s sends its visitors on to %(host)s; enter Odoo's own address.", address=address, host=host)
        )
    return Incompatible(_("%(address)s is not where Odoo answers; check http or https, and the path.", address=address))


def seconds_until(retry_after: str) -> float | None:
    """`Retry-After` as seconds from now: a number, or an HTTP date; None if it says nothing readable."""
    text = retry_after.strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
