"""Every fault of real servers of 16, 17 and 19 becomes the right error, over both transports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_bridge.client import Client
from odoo_bridge.errors import (
    Busy,
    Denied,
    Incompatible,
    Missing,
    OdooError,
    Rejected,
    Retry,
    Uncertain,
    Unreachable,
)

from .recordings import Exchange, exchanges, model_calls
from .wire import Wire, serving

Expected = tuple[type[OdooError], str | None] | None
NONE = None  # no error: the method is done and returned None
CREDENTIALS, DATABASE, RIGHTS = (Denied, "credentials"), (Denied, "database"), (Denied, "rights")
REJECTED, MISSING, UNKNOWN = (Rejected, None), (Missing, None), (Incompatible, None)
DONE_UNREAD = (Uncertain, None)  # carried out, and the answer could not be written as XML

FAULTS: dict[str, Expected | dict[str, Expected]] = {
    # who asks
    "execute_kw wrong password (xmlrpc)": CREDENTIALS,
    "execute_kw wrong password (jsonrpc)": CREDENTIALS,
    "execute_kw unknown uid (xmlrpc)": CREDENTIALS,
    "execute_kw uid False (xmlrpc)": CREDENTIALS,
    "execute_kw with key of other uid (2)": CREDENTIALS,
    "execute_kw unknown db (xmlrpc)": DATABASE,
    "AccessError (field group: res.users password-ish)": RIGHTS,
    "AccessError (model ACL: read ir.model.data as bridge)": RIGHTS,
    "AccessError (model ACL: write res.country as bridge)": RIGHTS,
    "AccessError (record rule: write other user)": RIGHTS,
    "attachment on missing record": RIGHTS,
    "product create as bridge": RIGHTS,
    "read ir.model.data by non-admin": RIGHTS,
    "unlink confirmed order": RIGHTS,
    "private method": RIGHTS,
    "_action_confirm private": RIGHTS,
    "_action_done private": RIGHTS,
    "_create_invoices private": RIGHTS,
    "_generate is private": RIGHTS,
    "_render_qweb_pdf private": RIGHTS,
    "exists() on missing": RIGHTS,
    "recordset return: res.partner.browse": {"16": DONE_UNREAD, "17": DONE_UNREAD, "19": RIGHTS},
    # what the version does not know
    "unknown model": UNKNOWN,
    "old /xmlrpc/object endpoint: unknown model": UNKNOWN,
    "unknown method": UNKNOWN,
    "get_pdf / public report method?": UNKNOWN,
    "unknown column": UNKNOWN,
    "invalid field in create": UNKNOWN,
    "invalid field in domain": UNKNOWN,
    "invalid field in read": UNKNOWN,
    "read mobile": UNKNOWN,
    "missing required argument": UNKNOWN,
    "unexpected keyword argument": UNKNOWN,
    # what is gone, in use, or done
    "MissingError write": MISSING,
    "unlink of missing record": MISSING,
    "serialization conflict, retries exhausted (jsonrpc)": (Busy, None),
    "serialization conflict, retries exhausted (xmlrpc)": (Busy, None),
    "get_external_id by non-admin": DONE_UNREAD,
    "method returning None: account.move.line remove_move_reconcile": NONE,
    "None: account.move message_unsubscribe": NONE,
    "action_archive return": NONE,
    "action_unarchive return": NONE,
    "toggle_active return": NONE,
    "action_quotation_sent": NONE,
    "create_invoices": NONE,
    "button_cancel": NONE,
    "button_cancel on draft (xmlrpc)": NONE,
    "button_cancel on posted": NONE,
    "button_draft on paid": NONE,
    "button_draft (xmlrpc, None?)": {"16": NONE, "17": REJECTED, "19": REJECTED},
    "action_apply_inventory": {"16": REJECTED, "17": REJECTED, "19": NONE},
    # what Odoo does not accept
    "ValidationError (python constraint: recursive parent)": REJECTED,
    "NotNull/check constraint (partner without name)": REJECTED,
    "SQL unique constraint (lang code / currency name)": REJECTED,
    "UserError (reset to draft of bad state / business rule)": REJECTED,
    "UserError (unlink company partner)": REJECTED,
    "foreign key: unknown many2one id": (Rejected, "country_id"),
    "bad selection value": (Rejected, "move_type"),
    "lang not installed": (Rejected, "lang"),
    "bad type: invalid date": REJECTED,
    "bad type: string for integer field": REJECTED,
    "ISO 8601 with T and Z": REJECTED,
    "ISO 8601 with T no Z": REJECTED,
    "microseconds": REJECTED,
    "offset +02:00": REJECTED,
    "invalid operator in domain": REJECTED,
    "malformed domain": REJECTED,
    "make_key over stateless rpc": REJECTED,
    "export_data .id,id": REJECTED,
    "archive partner of a user": REJECTED,
    "create batch with one bad (atomic?)": REJECTED,
    "create start only": REJECTED,
    "create start+duration, no stop": REJECTED,
    "create stop<start": REJECTED,
    "partner unlink with event": REJECTED,
    "unlink partner with draft invoice (jsonrpc)": REJECTED,
    "unlink partner with draft invoice (xmlrpc)": REJECTED,
    "unlink partner with posted invoice": REJECTED,
    "action_post twice": REJECTED,
    "action_post list with one bad (atomic?)": REJECTED,
    "action_create_payments rest (jsonrpc)": (Rejected, "journal_id"),
    "post without partner": REJECTED,
    "register on fully paid": REJECTED,
    "sale.order line without product": REJECTED,
    "recount: write inventory_quantity + apply": REJECTED,
    "POSTED: unlink": REJECTED,
    "POSTED: add line": (Rejected, "invoice_line_ids"),
    "POSTED: write invoice_date": (Rejected, "invoice_date"),
    "POSTED: write partner_id": (Rejected, "partner_id"),
    "POSTED unpaid: write line price": (Rejected, "invoice_line_ids"),
    "write invoice_line price on posted": {
        "16": REJECTED,
        "17": REJECTED,
        "19": (Rejected, "invoice_line_ids"),
    },
    # what a proxy says
    "proxy 502 jsonrpc": (Uncertain, None),
}
NEVER_SENT = "null byte/control char in text"


@pytest.fixture(scope="module")
def server() -> Iterator[Wire]:
    with serving(Wire()) as wire:
        yield wire


@pytest.fixture(scope="module")
def clients(server: Wire) -> Iterator[dict[str, Client]]:
    jsonrpc = Client(server.url, "clinic", "bridge", "key", transport="jsonrpc")
    xmlrpc = Client(server.url, "clinic", "bridge", "key", transport="xmlrpc")
    with jsonrpc, xmlrpc:
        yield {"jsonrpc": jsonrpc, "xmlrpc": xmlrpc}


def expected(exchange: Exchange) -> Expected:
    entry = FAULTS[exchange.label]
    return entry[exchange.source.rpartition(".")[2]] if isinstance(entry, dict) else entry


FAULTY = [exchange for exchange in model_calls() if exchange.faulty and exchange.label != NEVER_SENT]


@pytest.mark.parametrize("exchange", FAULTY, ids=str)
def test_a_recorded_fault_becomes_the_error_that_says_what_to_do(
    exchange: Exchange, server: Wire, clients: dict[str, Client]
) -> None:
    server.answer = exchange.replay
    client = clients[exchange.transport]
    model, method, args, *keywords = exchange.parameters()[2][3:]
    wanted = expected(exchange)
    if wanted is None:
        assert client.call(model, method, *args, **(keywords[0] if keywords else {})) is None
        return
    kind, detail = wanted
    with pytest.raises(OdooError) as caught:
        client.call(model, method, *args, **(keywords[0] if keywords else {}))
    error = caught.value
    assert type(error) is kind
    assert detail == getattr(error, "reason", getattr(error, "field", None))
    assert (error.model, error.method) == (model, method)
    assert "Traceback" not in error.message
    assert 10 < len(error.message) <= 500


RETURNED = [exchange for exchange in model_calls() if not exchange.faulty and exchange.label != NEVER_SENT]


@pytest.mark.parametrize("exchange", RETURNED, ids=str)
def test_a_recorded_call_is_sent_and_read_as_it_was(
    exchange: Exchange, server: Wire, clients: dict[str, Client]
) -> None:
    server.answer = exchange.replay
    server.requests.clear()
    model, method, args, *keywords = exchange.parameters()[2][3:]
    named = keywords[0] if keywords else {}
    result = clients[exchange.transport].call(model, method, *args, **named)
    assert result == (exchange.answer.get("result") if exchange.transport == "jsonrpc" else exchange.answer)
    assert server.calls == [[model, method, args, named]]


SIGN_INS = [exchange for exchange in exchanges() if exchange.parameters()[1] == "authenticate"]


@pytest.mark.parametrize("exchange", SIGN_INS, ids=str)
def test_a_recorded_sign_in_gives_the_user_or_says_what_is_wrong(exchange: Exchange) -> None:
    with serving(Wire(exchange.replay, everything=True)) as wire:
        database, username, secret, _ = exchange.parameters()[2]
        with Client(wire.url, database, username, secret, transport=exchange.transport) as client:
            if "ok" in exchange.label or "key" in exchange.label:
                assert client.uid > 0
            else:
                with pytest.raises(Denied) as caught:
                    _ = client.uid
                wanted = "database" if "unknown db" in exchange.label else "credentials"
                assert caught.value.reason == wanted
                assert caught.value.retry is Retry.NEVER


VERSIONS = [exchange for exchange in exchanges() if exchange.parameters()[1] == "version"]


@pytest.mark.parametrize("exchange", VERSIONS, ids=str)
def test_a_recorded_version_is_read(exchange: Exchange) -> None:
    with (
        serving(Wire(exchange.replay, everything=True)) as wire,
        Client(wire.url, "clinic", "bridge", "key", transport=exchange.transport) as client,
    ):
        if exchange.status == 200:
            assert client.version().major == int(exchange.source.rpartition(".")[2])
        else:
            with pytest.raises(Unreachable):  # nothing was asked for that could have been done
                client.version()
