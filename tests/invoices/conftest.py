"""Invoices as the tests need them."""

from decimal import Decimal

import pytest

from clinic.demo.factories import InvoiceFactory, InvoiceLineFactory
from clinic.invoices import actions


@pytest.fixture
def make_issued():
    """A factory of issued invoices: `make_issued()` is for 120.00, `make_issued("80.00", branch=...)` for 80.00."""

    def make(price="120.00", **invoice):
        draft = InvoiceFactory(**invoice)
        InvoiceLineFactory(invoice=draft, unit_price=Decimal(price))
        return actions.issue(draft)

    return make
