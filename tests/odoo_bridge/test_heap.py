"""While many records are worked on, Python does not look for cycles among them; afterwards it does again."""

from __future__ import annotations

import gc

import pytest

from odoo_bridge import inbound, sync
from odoo_bridge.heap import unswept
from tests.contract.test_every_mapping import settle


def test_cycles_are_looked_for_again_after_the_block_however_it_ends():
    with pytest.raises(KeyError), unswept():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_whoever_put_it_off_first_lets_it_go_on():
    with unswept():
        with unswept():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.django_db
def test_a_page_of_edits_is_worked_on_without_it(practice, connection, books, monkeypatch):
    patient = practice.patient()
    settle(connection)
    books.edit(patient, city="Sligo")
    seen = []
    absorb = inbound._absorb
    monkeypatch.setattr(inbound, "_absorb", lambda *given: (seen.append(gc.isenabled()), absorb(*given)))
    sync.pull(connection)
    assert seen == [False]
    assert gc.isenabled()
