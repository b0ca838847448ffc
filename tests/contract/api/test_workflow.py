"""Methods by their names: an invoice's way, the archive, and answers that are none."""

from __future__ import annotations

import pytest

from odoo_bridge.client import Client
from odoo_bridge.client.sales import OrderLine, Sales
from odoo_bridge.errors import Denied, Incompatible, Missing, Rejected

from .conftest import needs


def state(odoo: Client, invoice: int) -> str:
    return str(odoo.read("account.move", [invoice], ["state"])[0]["state"])


def test_an_invoice_is_posted_drafted_and_cancelled(odoo: Client, invoice: int) -> None:
    assert odoo.call("account.move", "action_post", [invoice]) is False
    row = odoo.read("account.move", [invoice], ["state", "name", "amount_residual", "payment_state"])[0]
    assert (row["state"], row["amount_residual"], row["payment_state"]) == ("posted", 80.0, "not_paid")
    assert row["name"] not in (False, "/")
    # Over XML-RPC Odoo reports these two as faults, after they are done.
    assert odoo.call("account.move", "button_draft", [invoice]) is None
    assert state(odoo, invoice) == "draft"
    assert odoo.call("account.move", "button_cancel", [invoice]) is None
    assert state(odoo, invoice) == "cancel"


def test_what_the_way_does_not_allow_is_rejected(odoo: Client, invoice: int, partner: int) -> None:
    odoo.call("account.move", "action_post", [invoice])
    for change in (
        lambda: odoo.call("account.move", "action_post", [invoice]),
        lambda: odoo.unlink("account.move", [invoice]),
        lambda: odoo.unlink("res.partner", [partner]),
    ):
        with pytest.raises(Rejected) as caught:
            change()
        assert "Traceback" not in caught.value.message
    assert state(odoo, invoice) == "posted"
    odoo.call("account.move", "button_draft", [invoice])
    odoo.call("account.move", "button_cancel", [invoice])


def test_an_invoice_without_lines_is_not_posted(odoo: Client, invoice: int) -> None:
    odoo.write("account.move", [invoice], {"invoice_line_ids": [[5, 0, 0]]})
    with pytest.raises(Rejected):
        odoo.call("account.move", "action_post", ids=[invoice])
    assert state(odoo, invoice) == "draft"


def test_a_contact_is_archived_and_brought_back(odoo: Client, partner: int) -> None:
    assert odoo.call("res.partner", "action_archive", [partner]) is None
    assert odoo.read("res.partner", [partner], ["active"])[0]["active"] is False
    assert odoo.call("res.partner", "action_unarchive", [partner]) is None
    assert odoo.read("res.partner", [partner], ["active"])[0]["active"] is True


def test_an_order_that_was_sent_says_so(odoo: Client, partner: int, product: int) -> None:
    needs(odoo, "sale.order")
    sales = Sales(odoo)
    order = sales.create(partner, [OrderLine(product, 1, taxes=())])
    assert odoo.call("sale.order", "action_quotation_sent", [order]) is None
    assert sales.read(order).state == "sent"
    assert sales.confirm(order).confirmed
    assert sales.cancel(order).state == "cancel"


def test_a_method_that_is_none_leaves_no_trace(odoo: Client, partner: int) -> None:
    with pytest.raises(Incompatible):
        odoo.call("res.partner", "no_such_method", [partner])
    with pytest.raises(Denied) as caught:
        odoo.call("res.partner", "_compute_display_name", [partner])
    assert caught.value.reason == "rights"
    with pytest.raises(Incompatible):
        odoo.call("res.partner", "write", [partner], no_such_argument=1)


def test_a_method_of_a_record_that_is_gone_says_so(odoo: Client, invoice: int) -> None:
    odoo.unlink("account.move", [invoice])
    with pytest.raises(Missing):
        odoo.call("account.move", "action_post", [invoice])
    with pytest.raises(Missing):
        odoo.write("account.move", [invoice], {"ref": "Late"})
