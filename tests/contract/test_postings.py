"""Where in the books money is entered: as Odoo does by itself, and as somebody chose."""

from __future__ import annotations

from odoo_bridge import doctor, posting
from odoo_bridge.models import BranchBooks
from tests.contract.test_every_mapping import settle


def choose(connection, **wanted):
    """Choose for each purpose the record at that place among those that fit. Returns the chosen ids by purpose."""
    company = BranchBooks.objects.filter(connection=connection).first().company_id
    every = {purpose.key: purpose for purpose in posting.purposes()}
    rows = {
        key: posting.fitting(connection, company, every[key])[place]
        for key, place in {key.replace("_", " "): place for key, place in wanted.items()}.items()
    }
    posting.choose(connection, [(company, key, row) for key, row in rows.items()], None)
    return {key: row["id"] for key, row in rows.items()}


def lines_of(books, invoice):
    domain = [["move_id", "=", books.odoo_id(invoice)], ["display_type", "=", "product"]]
    return books.odoo.search_read("account.move.line", domain, ["account_id", "product_id", "name", "price_total"])


def test_what_odoo_has_to_choose_from_is_known_after_the_check(connection):
    doctor.examine(connection)

    for model in ("account.journal", "account.tax", "account.account"):
        assert connection.offered[model], model
    for purpose in posting.purposes()[:3]:
        company = BranchBooks.objects.filter(connection=connection).first().company_id
        assert posting.fitting(connection, company, purpose), purpose.key


def test_money_is_entered_where_somebody_chose(practice, connection, books):
    doctor.examine(connection)
    places = {"income": -1, "method_card": 0}
    # A real Odoo need not have any of these.
    places |= {"product": 0} if connection.offered["product.product"] else {}
    places |= {"fiscal_position": 0} if connection.offered["account.fiscal.position"] else {}
    chosen = choose(connection, **places)
    invoice = practice.invoice("100.00", "33.35")
    payment = practice.payment("40.00", invoice)

    settle(connection)

    move = books.of(invoice, "state", "amount_total", "fiscal_position_id")
    assert (move["state"], move["amount_total"]) == ("posted", float(invoice.total))
    if "fiscal position" in chosen:
        assert move["fiscal_position_id"][0] == chosen["fiscal position"]
    assert {line["account_id"][0] for line in lines_of(books, invoice)} == {chosen["income"]}
    if "product" in chosen:
        assert {line["product_id"][0] for line in lines_of(books, invoice)} == {chosen["product"]}
    assert {line["name"] for line in lines_of(books, invoice)} == {"Dental treatment"}
    assert books.of(payment, "journal_id", "state")["journal_id"][0] == chosen[f"method {payment.method}"]


def test_what_nobody_chose_is_left_to_odoo(practice, connection, books):
    invoice = practice.invoice("100.00")

    settle(connection)

    assert not any(line["product_id"] for line in lines_of(books, invoice))
    [journal] = books.odoo.read(
        "account.journal", [BranchBooks.objects.get(branch=practice.branch).journal_id], ["default_account_id"]
    )
    if journal["default_account_id"]:
        assert lines_of(books, invoice)[0]["account_id"] == journal["default_account_id"]


def test_a_choice_that_is_gone_from_odoo_is_told_by_the_check(practice, connection):
    doctor.examine(connection)
    choose(connection, method_card=0)
    connection.postings.update(odoo_id=999_999_999)

    [finding] = [finding for finding in doctor.examine(connection) if not finding.ok]

    assert "does not fit any more: Journal for cards" in finding.says
    assert "page of the books" in finding.fix
