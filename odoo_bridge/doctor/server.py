"""The server and the user: version, transport, sign-in, plan, key, time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from odoo_bridge.channel import REST_REFUSED
from odoo_bridge.doctor.finding import Finding
from odoo_bridge.errors import Denied, Incompatible, Missing, OdooError
from odoo_bridge.models import Connection
from odoo_bridge.said import _, listed
from odoo_bridge.scope import Scope

NOTICE = timedelta(days=14)
"""How long before its key expires an administrator is told."""

NAMES = {"json2": "JSON-2", "jsonrpc": "JSON-RPC", "xmlrpc": "XML-RPC", "rest": _("the REST module")}
LAST_WITH_RPC = 21
"""Odoo has announced the end of XML-RPC and JSON-RPC for its version 22 (its documentation of 19)."""

NEW_KEY = _("Make a new API key in Odoo (My profile, Account security, New API key) and enter it here.")


def trouble(connection: Connection, error: OdooError) -> Finding:
    """What stopped the check, with its fix."""
    name = error.reason if isinstance(error, Denied) else "server"
    return Finding(name, False, error.message, _fix_for(connection, error))


def _fix_for(connection: Connection, error: OdooError) -> str:
    if isinstance(error, Denied) and error.reason == "credentials":
        fix = _("Check the user name, and make a new API key in Odoo: My profile, Account security, New API key.")
        hosted = (urlsplit(connection.url).hostname or "").endswith(".odoo.com")
        return (
            listed((fix, _("Odoo's One App Free and Standard plans have no external API at all.")), " ")
            if hosted
            else fix
        )
    if isinstance(error, Denied) and error.reason == "plan":
        return _("The external API belongs to Odoo's Custom plan: upgrade, or host Odoo elsewhere.")
    if isinstance(error, Denied) and error.reason == "database":
        return _("Check the name of the database: it is the one chosen when signing in to Odoo.")
    if isinstance(error, Denied):
        return _("Give the user the rights named above, in Odoo under Settings, Users.")
    if isinstance(error, Missing):
        return _("Let the user see their own account and company, in Odoo under Settings, Users.")
    if isinstance(error, Incompatible):
        return _("Check the address. The sync works with Odoo 16 and newer.")
    return _("Check the address, and that Odoo is running and can be reached from here.")


def answers(scope: Scope) -> Iterator[Finding]:
    """The version, signing in, and how Odoo is spoken to."""
    version = scope.client.version()
    yield Finding("version", True, _("Odoo %(version)s answers.", version=version.text))
    _uid = scope.client.uid  # signs in
    yield Finding("credentials", True, _("Signed in as %(user)s.", user=scope.connection.username))
    wire = scope.client.transport.name
    says = _("Odoo is spoken to in %(interface)s.", interface=NAMES[wire])
    if wire == "rest":
        yield Finding(
            "transport",
            False,
            REST_REFUSED,
            _("Choose another transport; the sync works with Odoo 16 and newer."),
        )
    elif wire != "json2" and version.major > LAST_WITH_RPC:
        yield Finding("transport", True, says, _("Choose JSON-2: Odoo is about to remove this interface."))
    else:
        yield Finding("transport", True, says)


def user(scope: Scope) -> Iterator[Finding]:
    """The user's time zone, and how long the key is good for."""
    yield _time_zone(scope)
    if "expiration_date" in _key_fields(scope):
        yield from _expiry(scope)


def _time_zone(scope: Scope) -> Finding:
    """`load` reads times in the user's zone where the context names none (observed on 16, 17 and 19)."""
    found = scope.client["res.users"].one(scope.client.uid, ["tz"])
    if found["tz"] in (None, "UTC"):
        return Finding("time zone", True, _("The user's time zone is UTC."))
    says = _("The user's time zone is %(zone)s.", zone=found["tz"])
    return Finding("time zone", False, says, _("Set it to UTC in the user's preferences."))


def _key_fields(scope: Scope) -> dict[str, object]:
    """Keys expire from Odoo 19 on (observed); before, the model has no such field."""
    try:
        return dict(scope.client.fields_get("res.users.apikeys"))
    except (Denied, Incompatible):
        return {}


def _expiry(scope: Scope) -> Iterator[Finding]:
    """A key expires at midnight UTC, and looks like a wrong one from then on (observed on 19)."""
    keys = scope.client.search_read("res.users.apikeys", [], ["expiration_date"])  # one sees only one's own
    days = sorted(str(key["expiration_date"])[:10] for key in keys if key["expiration_date"])
    if not days:
        yield Finding("key expiry", True, _("The user's API key does not expire."))
        return
    # Odoo does not tell which key signed in, so the one that ends first speaks for all.
    first = datetime.fromisoformat(days[0]).replace(tzinfo=UTC)
    says = _("An API key of the user expires on %(day)s.", day=days[0])
    soon = first - datetime.now(UTC) < NOTICE
    yield Finding("key expiry", True, says, NEW_KEY if soon else "")
