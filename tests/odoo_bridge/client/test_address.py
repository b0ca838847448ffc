"""Addresses as administrators type them."""

from __future__ import annotations

import pytest

from odoo_bridge.errors import Rejected
from odoo_bridge.transports.address import Address


@pytest.mark.parametrize(
    ("url", "read", "shown"),
    [
        ("https://odoo.example.com", "https://odoo.example.com", "odoo.example.com"),
        (" https://Odoo.Example.com/ ", "https://odoo.example.com", "odoo.example.com"),
        ("http://127.0.0.1:8069", "http://127.0.0.1:8069", "127.0.0.1:8069"),
        ("https://example.com:443/erp//", "https://example.com/erp", "example.com"),
        ("http://[::1]:8069/x", "http://[::1]:8069/x", "[::1]:8069"),
        ("https://zahnärzte.example", "https://xn--zahnrzte-3za.example", "xn--zahnrzte-3za.example"),
    ],
)
def test_an_address_is_read_and_shown_in_one_way(url: str, read: str, shown: str) -> None:
    address = Address.parse(url)
    assert str(address) == read
    assert address.shown == shown


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://odoo.example.com", "must begin with https://"),
        ("odoo.example.com", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("", "must begin with https://"),
        ("https://", "names no host"),
        ("https://:8069", "names no host"),
        ("https://bridge:hunter2@odoo.example.com", "Leave user name and password out"),
        ("https://hunter2@odoo.example.com", "Leave user name and password out"),
        ("https://odoo.example.com/?db=hunter2", "must end before any"),
        ("https://odoo.example.com/#hunter2", "must end before any"),
        ("https://odoo.example.com:port", "cannot be read"),
        ("https://odoo.example.com:99999", "cannot be read"),
        ("https://[odoo", "cannot be read"),
        ("https://odoo .example.com", "blanks or invisible"),
        ("https://odoo.example.com\r\nX-Header: 1", "blanks or invisible"),
        ("https://" + "ä" * 300 + ".example", "not a valid name"),
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str, words: str) -> None:
    with pytest.raises(Rejected, match=words) as caught:
        Address.parse(url)
    assert caught.value.field == "url"
    assert "hunter2" not in caught.value.message
