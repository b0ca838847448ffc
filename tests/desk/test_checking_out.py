"""Checking out: what was done, the invoice, the money, the receipt."""

import uuid
from decimal import Decimal

import pytest

from clinic.appointments.actions import advance
from clinic.demo.factories import ProcedureFactory, TaxFactory
from clinic.invoices.models import Invoice, Payment
from clinic.invoices.templatetags.money import money
from clinic.staff.models import User
from clinic.treatments.models import Treatment


@pytest.fixture
def visit(practice):
    visit = advance(practice.visit(9), "arrived")
    return advance(visit, "in_chair")


def add(desk, visit, done, **changed):
    form = {"form_uid": uuid.uuid4(), "procedure": done.pk, "tooth": "36", "quantity": "1"}
    return desk.post(f"/checkout/{visit.pk}/add/", form | changed)


def test_what_was_done_is_added_once_however_often_it_is_sent(practice, desk, visit):
    form = {"form_uid": uuid.uuid4()}
    add(desk, visit, practice.filling, **form)
    add(desk, visit, practice.filling, **form)
    assert str(Treatment.objects.get()) == "Filling on 36"
    assert "€110.00" in desk.get(f"/checkout/{visit.pk}/").content.decode()


@pytest.mark.parametrize("wrong", [{"tooth": "99"}, {"quantity": "0"}, {"procedure": "x"}])
def test_what_cannot_have_been_done_is_not_added(practice, desk, visit, wrong):
    assert add(desk, visit, practice.filling, **wrong).status_code == 422
    assert not Treatment.objects.exists()


def test_a_mistake_is_taken_back_before_the_invoice_is_issued(practice, desk, visit):
    add(desk, visit, practice.filling)
    treatment = Treatment.objects.get()
    for _ in range(2):
        desk.post(f"/checkout/{visit.pk}/strike/{treatment.pk}/")
    assert not Treatment.objects.exists()


def test_what_is_invoiced_cannot_be_taken_back(practice, desk, visit):
    add(desk, visit, practice.filling)
    desk.post(f"/checkout/{visit.pk}/issue/")
    treatment = Treatment.objects.get()
    page = desk.post(f"/checkout/{visit.pk}/strike/{treatment.pk}/", follow=True).content.decode()
    assert "is issued and cannot change" in page
    assert Treatment.objects.exists()


def test_issuing_twice_gives_one_invoice_and_completes_the_visit(practice, desk, visit):
    add(desk, visit, practice.filling)
    for _ in range(2):
        desk.post(f"/checkout/{visit.pk}/issue/")
    invoice = Invoice.objects.get()
    visit.refresh_from_db()
    assert (invoice.status, invoice.total, visit.status) == ("issued", Decimal("110"), "completed")
    assert invoice.issued_by.username


def test_a_discount_is_on_the_list_and_on_the_invoice(practice, desk, visit):
    add(desk, visit, practice.filling, discount="10")
    for word in ("10 % off", "€99.00"):
        assert word in desk.get(f"/checkout/{visit.pk}/").content.decode()
    desk.post(f"/checkout/{visit.pk}/issue/")
    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.lines.get().discount) == (Decimal(99), Decimal(10))


@pytest.mark.parametrize("wrong", ["101", "-5", "1.005", "much"])
def test_what_is_no_discount_is_refused(practice, desk, visit, wrong):
    assert add(desk, visit, practice.filling, discount=wrong).status_code == 422
    assert not Treatment.objects.exists()


def test_nothing_done_is_nothing_to_invoice(desk, visit):
    page = desk.post(f"/checkout/{visit.pk}/issue/", follow=True).content.decode()
    assert "There is nothing to invoice" in page
    assert not Invoice.objects.exists()


def test_the_total_is_the_one_that_the_invoice_will_have(practice, desk, visit):
    add(
        desk, visit, ProcedureFactory(name="Whitening", fee="99.99", taxes=[TaxFactory(rate=Decimal("13.5"))]), tooth=""
    )
    before = desk.get(f"/checkout/{visit.pk}/").context["tab"].amounts.total
    desk.post(f"/checkout/{visit.pk}/issue/")
    assert Invoice.objects.get().total == before == Decimal("113.49")


@pytest.fixture
def invoice(practice, desk, visit):
    add(desk, visit, practice.filling)
    desk.post(f"/checkout/{visit.pk}/issue/")
    return Invoice.objects.get()


def pay(desk, invoice, amount, **changed):
    form = {"uid": uuid.uuid4(), "amount": amount, "method": "card"} | changed
    return desk.post(f"/invoices/{invoice.pk}/pay/", form)


def test_the_amount_is_prefilled_with_what_is_owed(desk, invoice):
    assert 'value="110.00"' in desk.get(f"/checkout/{invoice.appointment_id}/").content.decode()


def test_part_of_the_money_leaves_the_rest_owed(desk, invoice):
    answer = pay(desk, invoice, "60.00")
    payment = Payment.objects.get()
    assert answer.url == f"/invoices/payments/{payment.pk}/"
    assert payment.taken_by.username
    page = desk.get(answer.url).content.decode()
    assert "Receipt" in page
    assert "€60.00" in page
    assert "€50.00" in page
    assert "Part paid" in desk.get(f"/invoices/{invoice.pk}/").content.decode()


def test_a_payment_sent_twice_is_taken_once(desk, invoice):
    uid = uuid.uuid4()
    assert pay(desk, invoice, "60.00", uid=uid).url == pay(desk, invoice, "60.00", uid=uid).url
    assert Payment.objects.count() == 1


def test_a_payment_form_sent_again_with_another_amount_is_refused(desk, invoice):
    uid = uuid.uuid4()
    pay(desk, invoice, "60.00", uid=uid)
    answer = pay(desk, invoice, "20.00", uid=uid)
    assert answer.status_code == 422
    assert "This form was sent before" in answer.content.decode()
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("110.01", "Only 110.00 EUR is still owed."),
        ("0", "The amount must be more than zero."),
        ("-5", "The amount must be more than zero."),
        ("1.005", "with at most 2 decimals, like 1250.50."),
        ("1,000", "with at most 2 decimals, like 1250.50."),
        ("1e1", "with at most 2 decimals, like 1250.50."),
        ("NaN", "with at most 2 decimals, like 1250.50."),
        ("", "This field is required."),
    ],
)
def test_an_amount_that_cannot_be_is_refused_with_the_reason(desk, invoice, amount, words):
    answer = pay(desk, invoice, amount)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Payment.objects.exists()


def test_an_accountant_may_not_take_money(practice, invoice):
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    assert pay(accountant, invoice, "60.00").status_code == 403
    assert "Take payment" not in accountant.get(f"/invoices/{invoice.pk}/").content.decode()


@pytest.mark.parametrize(
    ("state", "shown"), [("", True), ("unpaid", True), ("paid", False), ("overdue", False), ("draft", False)]
)
def test_invoices_are_listed_by_state(desk, invoice, state, shown):
    assert (invoice.number in desk.get(f"/invoices/?state={state}").content.decode()) is shown


def test_a_paid_invoice_moves_to_the_paid_ones(desk, invoice):
    pay(desk, invoice, "110.00")
    assert invoice.number in desk.get("/invoices/?state=paid").content.decode()
    assert invoice.number not in desk.get("/invoices/?state=unpaid").content.decode()


def test_the_payments_of_the_day_are_summed_by_method(desk, invoice):
    pay(desk, invoice, "60.00")
    pay(desk, invoice, "10.00", method="cash")
    totals = desk.get("/invoices/payments/").context["totals"]
    assert [(method, sum.amount) for method, sum in totals] == [
        ("Card", Decimal("60.000")),
        ("Cash", Decimal("10.000")),
    ]


def test_money_is_written_with_the_decimals_of_its_currency():
    assert money(Decimal("1234.5"), "EUR") == "€1,234.50"
    assert money(Decimal(1200), "JPY") == "¥1,200"
    assert money(Decimal("1.2345"), "KWD") == "KWD\N{NO-BREAK SPACE}1.235"
    assert money(Decimal("-3"), "EUR") == "−€3.00"


def test_the_number_of_queries_of_the_money_pages_is_fixed(desk, invoice, django_assert_max_num_queries):
    for _ in range(4):
        pay(desk, invoice, "10.00")
    for path, most in {
        "/invoices/": 7,
        "/invoices/payments/": 9,
        f"/invoices/{invoice.pk}/": 12,
        f"/checkout/{invoice.appointment_id}/": 18,
    }.items():
        with django_assert_max_num_queries(most):
            desk.get(path)


def test_an_amount_may_have_a_comma_before_its_cents(desk, invoice):
    pay(desk, invoice, "12,50")
    assert Payment.objects.get().amount == Decimal("12.50")


def test_an_invoice_shows_each_tax_of_a_line(desk, visit):
    taxes = [TaxFactory(rate=Decimal(rate)) for rate in ("13.5", "2.5")]
    add(desk, visit, ProcedureFactory(name="Whitening", fee="10.01", taxes=taxes), tooth="")
    desk.post(f"/checkout/{visit.pk}/issue/")
    invoice = Invoice.objects.get()
    page = desk.get(f"/invoices/{invoice.pk}/").content.decode()
    assert "2.5 % + 13.5 %" in page
    assert invoice.tax == Decimal("1.60")
