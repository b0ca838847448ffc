"""The page on which managers choose where in Odoo's books the money is entered."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from clinic.demo.factories import TaxFactory
from odoo_bridge.models import Connection
from odoo_bridge.posting import Posting

OFFERED = {
    "account.journal": [
        {"id": 5, "name": "Cash", "companies": [1], "type": "cash"},
        {"id": 6, "name": "Bank", "companies": [1], "type": "bank"},
        {"id": 7, "name": "Card terminal", "companies": [1], "type": "bank"},
        {"id": 8, "name": "Bank of the other", "companies": [2], "type": "bank"},
    ],
    "account.tax": [
        {"id": 11, "name": "21% goods", "companies": [1], "amount": 21.0, "price_include": False},
        {"id": 12, "name": "21% services", "companies": [1], "amount": 21.0, "price_include": False},
        {"id": 13, "name": "21% included", "companies": [1], "amount": 21.0, "price_include": True},
        {"id": 14, "name": "10%", "companies": [1], "amount": 10.0, "price_include": False},
    ],
    "account.account": [{"id": 21, "name": "400000 Product Sales", "companies": [1], "account_type": "income"}],
    "product.product": [{"id": 31, "name": "[TREAT] Treatment", "companies": []}],
    "account.fiscal.position": [],
}


@pytest.fixture
def known(connection: Connection) -> Connection:
    """The connection after a check, with one company and a tax in use."""
    TaxFactory(rate=21, included_in_price=False)
    connection.companies, connection.offered = [{"id": 1, "name": "Clinic Books"}], OFFERED
    connection.save()
    return connection


def address(connection: Connection) -> str:
    return f"/sync/connection/{connection.pk}/books/"


def choices(page: str, name: str) -> list[str]:
    select = re.search(rf'<select name="{re.escape(name)}".*?</select>', page, re.DOTALL)
    assert select, name
    return re.findall(r"<option[^>]*>\s*(.*?)\s*</option>", select[0])


def test_of_each_purpose_only_what_can_work_is_offered(manager: Client, known: Connection) -> None:
    page = manager.get(address(known)).content.decode()

    assert choices(page, "1:method cash") == ["Cash, the first that fits", "Cash"]
    assert choices(page, "1:method card") == ["Bank, the first that fits", "Bank", "Card terminal"]
    assert choices(page, "1:tax 21 on top") == ["21% goods, the first that fits", "21% goods", "21% services"]
    assert choices(page, "1:income") == ["The one of the journal", "400000 Product Sales"]
    assert choices(page, "1:product") == ["None: lines say what they are for", "[TREAT] Treatment"]
    assert choices(page, "1:fiscal position") == ["The one that Odoo finds"]


def test_a_choice_is_kept_with_who_made_it_and_taken_back(manager: Client, known: Connection) -> None:
    answer = manager.post(address(known), {"1:method card": "7", "1:tax 21 on top": "12"}, follow=True)

    kept = {one.purpose: (one.odoo_id, one.name, one.by) for one in Posting.objects.all()}
    by = answer.wsgi_request.user
    assert kept == {"method card": (7, "Card terminal", by), "tax 21 on top": (12, "21% services", by)}
    assert "counts for what is sent from now on" in answer.content.decode()
    known.refresh_from_db()
    assert known.check_wanted_at

    answer = manager.post(address(known), {"1:method card": "", "1:tax 21 on top": "12"}, follow=True)
    assert [one.purpose for one in Posting.objects.all()] == ["tax 21 on top"]
    answer = manager.post(address(known), {"1:tax 21 on top": "12"}, follow=True)
    assert "Nothing was changed" in answer.content.decode()


@pytest.mark.parametrize(
    ("purpose", "unfit"), [("method cash", 6), ("method card", 5), ("method card", 8), ("tax 21 on top", 13)]
)
def test_what_cannot_work_is_refused(manager: Client, known: Connection, purpose: str, unfit: int) -> None:
    answer = manager.post(address(known), {f"1:{purpose}": str(unfit)})

    assert answer.status_code == 422
    assert "Select a valid choice" in answer.content.decode()
    assert not Posting.objects.exists()


def test_of_several_companies_each_has_what_goes_with_all_lines(manager: Client, known: Connection) -> None:
    known.companies += [{"id": 2, "name": "The other books"}]
    known.offered["account.account"] += [{"id": 22, "name": "Sales", "companies": [2], "account_type": "income"}]
    known.save()

    answer = manager.post(address(known), {"1:income": "21"})
    assert answer.status_code == 422
    assert "for every company, or for none" in answer.content.decode()
    assert manager.post(address(known), {"1:income": "21", "2:income": "22"}).status_code == 302
    assert set(Posting.objects.values_list("company_id", "odoo_id")) == {(1, 21), (2, 22)}


def test_what_was_chosen_and_is_gone_is_said(manager: Client, known: Connection) -> None:
    manager.post(address(known), {"1:method card": "7"})
    known.offered["account.journal"] = [row for row in known.offered["account.journal"] if row["id"] != 7]
    known.save()

    page = manager.get(address(known)).content.decode()
    assert "Card terminal was chosen, and does not fit any more. Choose again." in page


def test_before_the_first_check_there_is_nothing_to_choose_from(manager: Client, connection: Connection) -> None:
    page = manager.get(address(connection)).content.decode()

    assert "check the connection first" in page
    assert "<select" not in page
