"""Credit notes take back invoices or parts of them; what they are not needed for is the payer's credit."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from clinic.demo.factories import InvoiceFactory, InvoiceLineFactory, PatientFactory, TaxFactory
from clinic.invoices import actions, credits
from clinic.invoices.actions import InvoiceError
from clinic.invoices.credits import Taken, credit, credits_of, left_of
from clinic.invoices.models import BookCredit, CreditUse, Invoice, NumberSeries, Payment, Standing
from clinic.invoices.statements import statement
from clinic.practice.taxes import copied

pytestmark = pytest.mark.django_db


def everything(invoice):
    return [left.taken for left in left_of(invoice)]


def fresh(invoice):
    return Invoice.objects.get(pk=invoice.pk)


def test_an_unpaid_invoice_that_is_credited_is_not_owed_any_more(make_issued):
    invoice = make_issued()
    note = credit(invoice, everything(invoice), "Billed twice")
    assert (note.kind, note.credits, note.reason) == ("credit", invoice, "Billed twice")
    assert (note.total, note.payer, note.currency) == (invoice.total, invoice.payer, invoice.currency)
    assert (fresh(invoice).balance, fresh(invoice).state()) == (0, "credited")
    assert (fresh(note).balance, fresh(note).state()) == (0, "credit used")
    assert not Invoice.objects.unpaid().exists()
    assert credits_of(invoice.payer) == []


def test_the_numbers_of_credit_notes_are_a_series_of_their_own_without_gaps(make_issued):
    invoices = [make_issued() for _ in range(3)]
    branch, year = invoices[0].branch, invoices[0].issued_on.year
    others = [make_issued(branch=branch) for _ in range(2)]
    notes = [credit(one, everything(one), "Wrong") for one in [invoices[0], *others]]
    assert [note.number for note in notes] == [f"{branch.code}/{year}/R{number:05d}" for number in (1, 2, 3)]
    with pytest.raises(InvoiceError):
        credit(others[0], everything(others[0]), "Again")
    assert NumberSeries.objects.get(branch=branch, kind="credit").last == 3


def test_what_was_paid_becomes_credit(make_issued):
    invoice = make_issued()
    actions.take_payment(invoice, Decimal(40), "cash")
    note = credit(invoice, everything(invoice), "Not done")
    assert fresh(invoice).balance == 0
    assert [(use.invoice, use.amount) for use in note.uses.all()] == [(invoice, Decimal(80))]
    assert [(one.of, one.amount) for one in credits_of(invoice.payer)] == [(note, Decimal(40))]
    assert fresh(note).state() == "credit left"


def test_no_more_credit_is_used_than_the_invoice_has_room_for_where_the_books_undid_a_payment(make_issued):
    """The books say that all is owed, the money taken here is still allocated: the rest of the credit stays credit."""
    invoice = make_issued()
    payment = actions.take_payment(invoice, Decimal(40), "cash")
    payment.allocations.update(in_books=True)
    Standing.objects.create(invoice=invoice, state=Standing.State.OPEN, residual=invoice.total)
    deposit = credits.take_deposit(invoice.payer, invoice.branch, Decimal(10), "cash")
    assert credits.use_credit(invoice) == 10
    note = credit(invoice, everything(invoice), "Not done")
    assert [use.amount for use in note.uses.all()] == [invoice.total - 50]
    assert deposit.allocations.get().amount == 10
    assert sum(one.amount for one in credits_of(invoice.payer)) == 50
    with pytest.raises(InvoiceError, match="no credit that could be used"):
        credits.use_credit(invoice)


def test_a_part_of_a_line_is_credited_and_no_more_than_is_left(make_issued):
    invoice = make_issued()
    line = invoice.lines.get()
    note = credit(invoice, [Taken(line, Decimal(1), Decimal(20))], "Goodwill")
    assert (note.total, fresh(invoice).balance, fresh(invoice).state()) == (20, 100, "part paid")
    with pytest.raises(InvoiceError, match="More of"):
        credit(invoice, [Taken(line, Decimal(1), Decimal("100.01"))], "Too much")
    credit(invoice, everything(invoice), "The rest")
    assert (fresh(invoice).balance, fresh(invoice).state()) == (0, "credited")
    assert [left.worth for left in left_of(invoice)] == [0]


def test_a_credit_of_all_comes_to_what_the_invoice_came_to_whatever_its_taxes():
    tax = TaxFactory(rate=Decimal("13.5"), included_in_price=True)
    draft = InvoiceFactory()
    for price, quantity, discount in (("33.33", "3", "0"), ("19.99", "7", "12.5"), ("0.07", "1", "0")):
        InvoiceLineFactory(
            invoice=draft,
            unit_price=Decimal(price),
            quantity=Decimal(quantity),
            discount=Decimal(discount),
            taxes=copied([tax]),
        )
    invoice = actions.issue(draft)
    note = credit(invoice, everything(invoice), "Wrong payer")
    assert (note.untaxed, note.tax, note.total) == (invoice.untaxed, invoice.tax, invoice.total)


def test_what_does_not_work_is_refused_and_no_number_is_used(make_issued):
    invoice, draft = make_issued(), InvoiceFactory()
    line = invoice.lines.get()
    note = credit(make_issued(), everything(Invoice.objects.issued().exclude(pk=invoice.pk).get()), "x")
    for of, taken, reason in (
        (draft, [], "x"),
        (note, [], "x"),
        (invoice, everything(invoice), "  "),
        (invoice, [], "x"),
        (invoice, [Taken(line, Decimal(0), line.unit_price)], "x"),
        (invoice, [Taken(line, Decimal(-1), line.unit_price)], "x"),
        (invoice, [Taken(line, Decimal(1), Decimal(0))], "x"),
        (invoice, [Taken(note.lines.get(), Decimal(1), Decimal(1))], "x"),
    ):
        with pytest.raises(InvoiceError):
            credit(of, taken, reason)
    assert Invoice.objects.credit_notes().count() == 1
    assert not NumberSeries.objects.filter(branch=invoice.branch, kind="credit", last__gt=0).exists()


@pytest.mark.parametrize(("state", "says"), [("cancelled", "cancelled in the books"), ("reversed", "credited in the")])
@pytest.mark.parametrize("part", [False, True])
def test_what_the_books_took_back_is_not_credited_again(make_issued, state, says, part):
    invoice = make_issued()
    if part:
        credit(invoice, [Taken(invoice.lines.get(), Decimal(1), Decimal(20))], "Goodwill")
    Standing.objects.create(invoice=invoice, state=state, residual=0)
    with pytest.raises(InvoiceError, match=says):
        credit(invoice, everything(invoice), "x")


def test_a_form_that_is_sent_twice_credits_once(make_issued):
    invoice, uid = make_issued(), uuid4()
    note = credit(invoice, everything(invoice), "x", uid=uid)
    assert credit(invoice, everything(invoice), "x", uid=uid) == note
    assert Invoice.objects.credit_notes().count() == 1


def test_credit_pays_for_other_invoices_the_oldest_first_and_no_more_than_is_owed(make_issued):
    old = make_issued("50.00")
    actions.take_payment(old, Decimal(50), "cash")
    note = credit(old, everything(old), "Not done")
    deposit = credits.take_deposit(old.payer, old.branch, Decimal(100), "card")
    new = make_issued("120.00", branch=old.branch, payer=old.payer, patient=old.patient)
    assert credits.use_credit(new) == 120
    assert (fresh(new).balance, fresh(new).state()) == (0, "paid")
    assert CreditUse.objects.get().amount == 50
    assert [(one.amount) for one in deposit.allocations.all()] == [70]
    assert [(one.of, one.amount) for one in credits_of(old.payer)] == [(deposit, 30)]
    with pytest.raises(InvoiceError, match="no credit"):
        credits.use_credit(new)
    assert fresh(note).state() == "credit used"


def test_credit_of_somebody_else_or_of_another_branch_is_not_used(make_issued):
    invoice = make_issued()
    credits.take_deposit(PatientFactory(), invoice.branch, Decimal(100), "card")
    other = make_issued()
    credits.take_deposit(invoice.payer, other.branch, Decimal(100), "card")
    with pytest.raises(InvoiceError, match="no credit"):
        credits.use_credit(invoice)
    assert len(credits_of(invoice.payer)) == 1


def test_more_than_is_owed_is_kept_as_credit_if_that_is_said(make_issued):
    invoice = make_issued()
    with pytest.raises(actions.OverPaid):
        actions.take_payment(invoice, Decimal(150), "cash")
    payment = actions.take_payment(invoice, Decimal(150), "cash", keep_rest=True)
    assert (payment.amount, payment.allocations.get().amount) == (150, 120)
    assert fresh(invoice).balance == 0
    assert [(one.of, one.amount) for one in credits_of(invoice.payer)] == [(payment, 30)]


def test_a_deposit_is_paid_back_in_parts_and_no_further(make_issued):
    payer = make_issued().payer
    deposit = credits.take_deposit(payer, payer.branch, Decimal(100), "card")
    paid = credits.refund(deposit, Decimal(60), "card")
    assert (paid.direction, paid.returns, paid.signed_amount) == ("out", deposit, -60)
    with pytest.raises(InvoiceError, match="Only 40"):
        credits.refund(deposit, Decimal("40.01"), "card")
    credits.refund(deposit, Decimal(40), "cash")
    assert credits_of(payer) == []


def test_a_credit_note_is_paid_back_once_however_often_the_form_is_sent(make_issued):
    invoice, uid = make_issued(), uuid4()
    actions.take_payment(invoice, Decimal(120), "cash")
    note = credit(invoice, everything(invoice), "x")
    paid = credits.refund(note, Decimal(120), "cash", uid=uid)
    assert credits.refund(note, Decimal(120), "cash", uid=uid) == paid
    assert Payment.objects.filter(direction="out").count() == 1
    assert fresh(note).balance == 0
    with pytest.raises(InvoiceError, match="sent before"):
        credits.refund(note, Decimal(10), "cash", uid=uid)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity"])
def test_amounts_that_cannot_be_paid_are_refused(make_issued, amount):
    payer = make_issued().payer
    deposit = credits.take_deposit(payer, payer.branch, Decimal(10), "card")
    for ask in (
        lambda: credits.take_deposit(payer, payer.branch, Decimal(amount), "card"),
        lambda: credits.refund(deposit, Decimal(amount), "card"),
    ):
        with pytest.raises(InvoiceError):
            ask()


# What the database itself refuses


def refused(rule):
    return pytest.raises(IntegrityError, match=rule)


def test_the_database_refuses_to_use_more_than_there_is(make_issued):
    invoice = make_issued()
    actions.take_payment(invoice, Decimal(100), "cash")
    note = credit(invoice, everything(invoice), "x")
    other = make_issued("500.00")
    with refused("credit_within_credit_note"), transaction.atomic():
        CreditUse.objects.create(credit_note=note, invoice=other, amount=Decimal("100.01"))
    CreditUse.objects.create(credit_note=note, invoice=other, amount=Decimal(100))
    with refused("credit_within_credit_note"), transaction.atomic():
        CreditUse.objects.filter(invoice=other).update(amount=Decimal(101))
    paid = Payment.objects.create(
        direction="out", branch=note.branch, payer=note.payer, amount=1, currency="EUR", method="cash",
        received_on=note.issued_on,
    )  # fmt: skip
    with refused("allocation_within_invoice"), transaction.atomic():
        paid.allocations.create(invoice=note, amount=1)


def test_the_database_refuses_money_on_the_wrong_side(make_issued):
    invoice = make_issued()
    payment = actions.take_payment(invoice, Decimal(100), "cash")
    note = credit(invoice, everything(invoice), "x")
    with refused("allocation_to_an_issued_invoice"), transaction.atomic():
        payment.allocations.filter(invoice=invoice).update(invoice=note)
    paid = credits.refund(note, Decimal(10), "cash")
    with refused("allocation_to_an_issued_invoice"), transaction.atomic():
        paid.allocations.update(invoice=make_issued())
    with refused("credit_of_an_issued_credit_note|credit_within_credit_note"), transaction.atomic():
        CreditUse.objects.create(credit_note=invoice, invoice=make_issued(), amount=1)
    with refused("credit_to_an_issued_invoice"), transaction.atomic():
        CreditUse.objects.create(credit_note=note, invoice=note, amount=1)


def test_the_database_refuses_to_pay_back_more_than_was_received(make_issued):
    payer = make_issued().payer
    deposit = credits.take_deposit(payer, payer.branch, Decimal(100), "card")
    paid = credits.refund(deposit, Decimal(60), "card")
    out = {
        "direction": "out", "branch": payer.branch, "payer": payer, "currency": deposit.currency, "method": "cash",
        "received_on": deposit.received_on,
    }  # fmt: skip
    with refused("return_within_payment"), transaction.atomic():
        Payment.objects.create(returns=deposit, amount=Decimal("40.01"), **out)
    with refused("return_of_money_received"), transaction.atomic():
        Payment.objects.create(returns=paid, amount=1, **out)
    with refused("payment_is_frozen"), transaction.atomic():
        Payment.objects.filter(pk=paid.pk).update(direction="in", returns=None)


def test_the_database_refuses_to_credit_more_than_the_invoice(make_issued):
    invoice = make_issued()
    note = credit(invoice, [Taken(invoice.lines.get(), Decimal(1), Decimal(100))], "x")
    second = Invoice.objects.create(
        kind="credit", credits=invoice, reason="x", branch=note.branch, patient=note.patient, payer=note.payer,
        currency=note.currency, total=Decimal("20.01"), issued_on=note.issued_on, due_on=note.due_on,
    )  # fmt: skip
    with refused("credited_within_invoice"), transaction.atomic():
        Invoice.objects.filter(pk=second.pk).update(status="issued", number="X/R1")
    for change in ({"kind": "invoice", "credits": None}, {"reason": "y"}):
        with refused("invoice_is_frozen"), transaction.atomic():
            Invoice.objects.filter(pk=note.pk).update(**change)


# What the books credited by themselves


def booked(invoice, amount, number="RINV/1", day=None):
    amount, day = Decimal(amount), day or invoice.issued_on
    standing = {"state": "partial", "residual": max(invoice.balance - amount, Decimal(0))}
    Standing.objects.update_or_create(invoice=invoice, defaults=standing)
    return BookCredit.objects.create(invoice=invoice, number=number, issued_on=day, amount=amount)


def test_what_the_books_credited_in_part_is_not_credited_again(make_issued):
    invoice = make_issued()
    booked(invoice, "50")
    with pytest.raises(
        InvoiceError, match=r"Only 70\.00 EUR .* the books credited 50\.00 EUR of it already \(RINV/1\)"
    ):
        credit(invoice, everything(invoice), "Not done")
    assert not Invoice.objects.credit_notes().exists()
    note = credit(invoice, [Taken(invoice.lines.get(), Decimal(1), Decimal(70))], "Not done")
    assert (note.total, fresh(invoice).balance, fresh(invoice).not_credited) == (70, 0, 0)
    assert fresh(invoice).state() == Invoice.objects.with_balance().get(pk=invoice.pk).state() == "credited"
    assert credits_of(invoice.payer) == []


def test_an_invoice_that_was_paid_and_credited_in_the_books_has_only_the_rest_to_be_credited(make_issued):
    invoice = make_issued()
    actions.take_payment(invoice, Decimal(120), "cash")
    booked(invoice, "120")
    with pytest.raises(InvoiceError, match=r"Only 0\.00 EUR"):
        credit(invoice, everything(invoice), "Not done")


@pytest.mark.parametrize(("number", "next_one"), [("{}/R00007", "R00008"), ("{}/00007", "R00001"), ("R/7", "R00001")])
def test_a_number_that_the_books_gave_themselves_is_not_given_again(make_issued, number, next_one):
    invoice = make_issued()
    year = f"{invoice.branch.code}/{invoice.issued_on.year}"
    actions.go_on_after(invoice.branch, number.format(year))
    assert credit(invoice, everything(invoice), "Not done").number == f"{year}/{next_one}"


def test_a_statement_counts_what_the_books_credited(make_issued):
    invoice = make_issued()
    one = booked(invoice, "50")
    [account] = statement(invoice.payer, invoice.branch, invoice.issued_on, invoice.issued_on)
    assert [(entry.of, entry.amount) for entry in account.entries] == [(invoice, 120), (one, -50)]
    assert account.closing == 70
    [later] = statement(
        invoice.payer, invoice.branch, invoice.issued_on + timedelta(days=1), invoice.issued_on + timedelta(days=2)
    )
    assert later.opening == 70
