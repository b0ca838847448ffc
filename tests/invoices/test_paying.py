"""Taking money: never more than is owed, never in an amount that does not exist."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from clinic.demo.factories import AllocationFactory, BranchFactory, InvoiceLineFactory, PaymentFactory, StandingFactory
from clinic.invoices import actions
from clinic.invoices.actions import InvoiceError
from clinic.invoices.models import Allocation, Invoice, Payment, Standing
from tests.provision.racing import race

CASH = Payment.Method.CASH


@pytest.mark.django_db
def test_part_of_the_money_leaves_the_rest_owed(make_issued):
    invoice = make_issued("120.00")
    payment = actions.take_payment(invoice, Decimal("50.00"), CASH)
    invoice.refresh_from_db()
    assert (payment.payer, payment.currency) == (invoice.payer, invoice.currency)
    assert (invoice.balance, invoice.state()) == (Decimal("70.00"), "part paid")
    assert list(Invoice.objects.unpaid()) == [invoice]


@pytest.mark.django_db
def test_all_of_the_money_makes_it_paid(make_issued):
    invoice = make_issued("0.30")
    for _ in range(3):
        actions.take_payment(invoice, Decimal("0.10"), CASH)
    assert (invoice.balance, invoice.state()) == (Decimal(0), "paid")
    assert not Invoice.objects.unpaid().exists()


@pytest.mark.django_db
def test_a_day_after_the_due_date_it_is_overdue(make_issued):
    invoice = make_issued()
    assert invoice.state(today=invoice.due_on) == "unpaid"
    assert invoice.state(today=invoice.due_on + timedelta(days=1)) == "overdue"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("120.01", "Only 120.00 EUR"),
        ("0", "more than zero"),
        ("-1", "more than zero"),
        ("0.001", "not an amount"),
        ("NaN", "more than zero"),
        ("Infinity", "more than zero"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused(make_issued, amount, words):
    with pytest.raises(InvoiceError, match=words):
        actions.take_payment(make_issued(), Decimal(amount), CASH)
    assert not Payment.objects.exists()


@pytest.mark.django_db
def test_money_is_not_taken_for_a_draft():
    with pytest.raises(InvoiceError, match="Issue the invoice"):
        actions.take_payment(InvoiceLineFactory().invoice, Decimal(1), CASH)


@pytest.mark.django_db
def test_what_the_books_say_is_owed_counts_less_what_they_have_not_seen(make_issued):
    invoice = make_issued("120.00")
    actions.take_payment(invoice, Decimal("20.00"), CASH)
    StandingFactory(invoice=invoice, state=Standing.State.PARTIAL, residual=Decimal("70.00"))
    assert Invoice.objects.get().balance == Decimal("50.00")
    Allocation.objects.update(in_books=True)
    assert Invoice.objects.get().balance == Decimal("70.00")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "called"), [(Standing.State.CANCELLED, "cancelled"), (Standing.State.REVERSED, "credited")]
)
def test_an_invoice_that_the_books_took_back_is_called_so(make_issued, state, called):
    invoice = make_issued()
    StandingFactory(invoice=invoice, state=state, residual=Decimal(0))
    assert Invoice.objects.get().state() == called


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["create", "bulk_create", "update"])
def test_the_database_refuses_to_allocate_more_than_the_total(make_issued, how):
    invoice = make_issued("120.00")
    rich = PaymentFactory(branch=invoice.branch, payer=invoice.payer, amount=Decimal(500))
    allocation = AllocationFactory.build(payment=rich, invoice=invoice, amount=Decimal("120.01"))
    with pytest.raises(IntegrityError, match="allocation_within_invoice"), transaction.atomic():
        if how == "create":
            allocation.save()
        elif how == "bulk_create":
            Allocation.objects.bulk_create([allocation])
        else:
            AllocationFactory(payment=rich, invoice=invoice, amount=Decimal(120))
            Allocation.objects.update(amount=Decimal("120.01"))


@pytest.mark.django_db
def test_the_database_refuses_to_allocate_more_than_the_payment(make_issued):
    one, other = make_issued(), make_issued()
    payment = PaymentFactory(amount=Decimal("100.00"))
    AllocationFactory(payment=payment, invoice=one, amount=Decimal("60.00"))
    with pytest.raises(IntegrityError, match="allocation_within_payment"), transaction.atomic():
        AllocationFactory(payment=payment, invoice=other, amount=Decimal("40.01"))
    AllocationFactory(payment=payment, invoice=other, amount=Decimal("40.00"))


@pytest.mark.django_db
def test_the_database_refuses_allocations_to_drafts_and_across_currencies(make_issued):
    # A draft's total is nothing yet, and which of two broken rules is named first is the database's choice.
    with pytest.raises(IntegrityError, match=r"allocation_(to_an_issued|within)_invoice"), transaction.atomic():
        AllocationFactory(invoice=InvoiceLineFactory().invoice)
    dollars = make_issued(branch=BranchFactory(currency="USD"))
    with pytest.raises(IntegrityError, match="allocation_to_an_issued_invoice"), transaction.atomic():
        AllocationFactory(invoice=dollars, payment=PaymentFactory(currency="EUR"))


@pytest.mark.django_db(transaction=True)
def test_16_parallel_payers_never_pay_more_than_is_owed(make_issued):
    invoice = make_issued("120.00")

    results = race([partial(actions.take_payment, invoice, Decimal("50.00"), CASH)] * 16)

    taken = [result for result in results if isinstance(result, Payment)]
    assert len(taken) == 2
    assert all(isinstance(result, Payment | InvoiceError) for result in results), results
    assert Payment.objects.count() == 2
    assert Allocation.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("100.00")


@pytest.mark.django_db(transaction=True)
def test_16_parallel_allocations_past_the_actions_never_exceed_the_total(make_issued):
    invoice = make_issued("120.00")
    payments = PaymentFactory.create_batch(16, branch=invoice.branch, payer=invoice.payer, amount=Decimal("50.00"))

    results = race(
        partial(Allocation.objects.create, payment=payment, invoice=invoice, amount=Decimal("50.00"))
        for payment in payments
    )

    assert sum(isinstance(result, Allocation) for result in results) == 2
    assert all(isinstance(result, Allocation | IntegrityError) for result in results), results
    assert Allocation.objects.count() == 2


@pytest.mark.django_db
def test_what_seems_owed_because_a_payment_was_undone_in_the_books_is_not_taken_twice(make_issued):
    """The books are the truth for what is owed, but the money taken here is still allocated."""
    invoice = make_issued("120.00")
    AllocationFactory(invoice=invoice, amount=Decimal("120.00"), payment__amount=Decimal("120.00"), in_books=True)
    StandingFactory(invoice=invoice, residual=Decimal("120.00"))

    with pytest.raises(InvoiceError, match="undone in the books"):
        actions.take_payment(invoice, Decimal("1.00"), CASH)
