"""The pages of credit notes, deposits, credit that is used and money that is paid back."""

import uuid
from decimal import Decimal

import pytest

from clinic.demo.factories import InvoiceFactory, InvoiceLineFactory
from clinic.invoices import actions, credits, pdf
from clinic.invoices.models import BookCredit, Invoice, Payment
from clinic.reports.periods import Period
from clinic.reports.production import report
from clinic.staff.models import User


@pytest.fixture
def manager(practice):
    return practice.somebody(User.Role.MANAGER)


@pytest.fixture
def invoice(practice):
    draft = InvoiceFactory(branch=practice.branch, patient=practice.ana)
    InvoiceLineFactory(invoice=draft, unit_price=Decimal("110.00"), description="Filling on 36")
    InvoiceLineFactory(invoice=draft, unit_price=Decimal("40.00"), description="Examination", position=1)
    return actions.issue(draft)


def form_of(invoice, **changed):
    lines = invoice.lines.all()
    form = {"uid": uuid.uuid4(), "reason": "Billed by mistake"}
    for line in lines:
        form |= {f"quantity_{line.pk}": "1", f"price_{line.pk}": f"{line.unit_price:.2f}"}
    return form | changed


def shown(browser, address):
    return browser.get(address).content.decode()


def test_what_is_left_is_filled_in_and_one_click_credits_all_of_it(manager, invoice):
    page = shown(manager, f"/invoices/{invoice.pk}/credit/")
    for words in ("Filling on 36", 'value="110.00"', 'value="40.00"'):
        assert words in page
    answer = manager.post(f"/invoices/{invoice.pk}/credit/", form_of(invoice))
    note = Invoice.objects.get(credits=invoice)
    assert answer.url == f"/invoices/{note.pk}/"
    page = shown(manager, answer.url)
    for words in (note.number, invoice.number, "Billed by mistake", "Credit note"):
        assert words in page
    page = shown(manager, f"/invoices/{invoice.pk}/")
    assert "Credited" in page
    assert note.number in page
    assert f'href="/invoices/{invoice.pk}/credit/"' not in page


def test_a_part_of_one_line(manager, invoice):
    first, second = invoice.lines.all()
    form = form_of(invoice, **{f"price_{first.pk}": "10", f"quantity_{second.pk}": ""})
    manager.post(f"/invoices/{invoice.pk}/credit/", form)
    assert Invoice.objects.get(credits=invoice).total == 10
    assert 'value="100.00"' in shown(manager, f"/invoices/{invoice.pk}/credit/")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reason": ""}, "This field is required."),
        ({"quantity_": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"price_": "110.01"}, "More of Filling on 36 would be credited than is left of it."),
        ({"price_": "1e1"}, "with at most 2 decimals"),
        ({"quantity_": "x"}, "Enter a number."),
    ],
)
def test_what_cannot_be_credited_is_said_and_what_was_typed_is_kept(manager, invoice, changed, says):
    first = invoice.lines.first()
    changed = {f"{name}{first.pk}" if name.endswith("_") else name: value for name, value in changed.items()}
    answer = manager.post(f"/invoices/{invoice.pk}/credit/", form_of(invoice, **changed))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert [f'value="{value}"' in page for value in changed.values() if value] == [True] * bool(any(changed.values()))
    assert not Invoice.objects.filter(credits=invoice).exists()


def test_the_form_that_is_sent_twice_credits_once(manager, invoice):
    form = form_of(invoice)
    for _ in range(2):
        assert manager.post(f"/invoices/{invoice.pk}/credit/", form).status_code == 302
    assert Invoice.objects.filter(credits=invoice).count() == 1


def test_a_receptionist_takes_deposits_and_uses_credit_but_credits_nothing(practice, desk, invoice):
    assert desk.get(f"/invoices/{invoice.pk}/credit/").status_code == 403
    assert f"/invoices/{invoice.pk}/credit/" not in shown(desk, f"/invoices/{invoice.pk}/")
    form = {"uid": uuid.uuid4(), "amount": "200.00", "method": "card"}
    for _ in range(2):
        receipt = desk.post(f"/invoices/deposits/{practice.ana.pk}/", form)
    page = shown(desk, receipt.url)
    assert "Kept as credit: €200.00" in page
    assert "/refund/" not in page
    deposit = Payment.objects.get()
    assert "€200.00" in shown(desk, f"/patients/{practice.ana.pk}/")
    assert "Use credit of €200.00" in shown(desk, f"/invoices/{invoice.pk}/")
    desk.post(f"/invoices/{invoice.pk}/use-credit/")
    assert Invoice.objects.get(pk=invoice.pk).balance == 0
    assert deposit.credit == 50
    again = desk.post(f"/invoices/{invoice.pk}/use-credit/", follow=True).content.decode()
    assert "There is no credit that could be used for this invoice." in again


@pytest.mark.parametrize(("amount", "says"), [("0", "more than zero"), ("1.005", "2 decimals"), ("", "required")])
def test_a_deposit_that_cannot_be_is_refused(practice, desk, amount, says):
    form = {"uid": uuid.uuid4(), "amount": amount, "method": "card"}
    answer = desk.post(f"/invoices/deposits/{practice.ana.pk}/", form)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Payment.objects.exists()


def test_too_much_is_asked_about_and_kept_as_credit(desk, invoice):
    form = {"uid": uuid.uuid4(), "amount": "160.00", "method": "cash"}
    assert "keep_rest" not in shown(desk, f"/invoices/{invoice.pk}/")
    answer = desk.post(f"/invoices/{invoice.pk}/pay/", form)
    assert answer.status_code == 422
    assert "Keep what is more than owed as credit" in answer.content.decode()
    receipt = desk.post(f"/invoices/{invoice.pk}/pay/", form | {"keep_rest": "on"})
    assert "Kept as credit: €10.00" in shown(desk, receipt.url)


def test_a_credit_note_and_a_deposit_are_paid_back_and_counted_at_the_end_of_the_day(practice, manager, desk, invoice):
    actions.take_payment(invoice, Decimal(150), "cash")
    manager.post(f"/invoices/{invoice.pk}/credit/", form_of(invoice))
    note = Invoice.objects.get(credits=invoice)
    deposit = credits.take_deposit(practice.ana, practice.branch, Decimal(30), "cash")
    for address, amount in ((f"/invoices/{note.pk}/refund/", 150), (f"/invoices/payments/{deposit.pk}/refund/", 20)):
        assert "Left to be paid back" in shown(manager, address)
        form = {"uid": uuid.uuid4(), "amount": f"{amount}.00", "method": "cash"}
        assert desk.post(address, form).status_code == 403
        for _ in range(2):
            receipt = manager.post(address, form)
        assert "Refund" in shown(manager, receipt.url)
        assert manager.post(address, form | {"uid": uuid.uuid4(), "amount": "999"}).status_code == 422
    assert Payment.objects.filter(direction="out").count() == 2
    day = shown(manager, "/invoices/payments/")
    assert "−€150.00" in day
    assert "paid back" in day
    # 150 and 30 came in, 150 and 20 went out.
    assert "€10.00" in shown(manager, "/day-end/")


def test_lists_tell_credit_notes_from_invoices(manager, invoice):
    note = credits.credit(invoice, [left.taken for left in credits.left_of(invoice)], "Billed by mistake")
    assert note.number in shown(manager, "/invoices/")
    assert invoice.number in shown(manager, "/invoices/?state=credited")
    for state in ("unpaid", "paid", "overdue", "cancelled"):
        page = shown(manager, f"/invoices/?state={state}")
        assert (note.number in page, invoice.number in page) == (False, False), state


def test_reports_and_papers_count_what_was_credited(practice, invoice):
    actions.take_payment(invoice, Decimal(150), "cash")
    note = credits.credit(invoice, [left.taken for left in credits.left_of(invoice)][:1], "Billed by mistake")
    credits.refund(note, Decimal(110), "cash")
    today = practice.branch.today()
    [row] = report([practice.branch], Period("", today, today))
    assert (row.invoiced, row.collected) == (40, 40)
    told = str(pdf.invoice_says(note).content())
    for words in ("Credit note", note.number, invoice.number, "Billed by mistake"):
        assert words in told
    told = str(pdf.statement_says(invoice.payer, practice.branch, today, today).content())
    for words in (f"Credit note {note.number}", "Paid back: Cash"):
        assert words in told
    BookCredit.objects.create(invoice=invoice, number="RINV/1", issued_on=today, amount=Decimal(15))
    [row] = report([practice.branch], Period("", today, today))
    assert (row.invoiced, row.collected) == (25, 40)
    assert "Credit note RINV/1" in str(pdf.statement_says(invoice.payer, practice.branch, today, today).content())
    assert "Paid back" in str(pdf.receipt_says(Payment.objects.get(direction="out")).content())


def test_the_pages_show_what_the_books_credited_and_what_may_still_be(manager, invoice):
    BookCredit.objects.create(invoice=invoice, number="RINV/1", issued_on=invoice.issued_on, amount=Decimal(50))
    rest = f"{invoice.total - 50:.2f}"
    page = manager.get(f"/invoices/{invoice.pk}/").content.decode()
    for shown in ("RINV/1", "made in Odoo", "may still be credited", rest):
        assert shown in page
    answer = manager.get(f"/invoices/{invoice.pk}/credit/")
    assert "do not say of which lines" in answer.content.decode()
    rows = answer.context["form"].rows()
    assert [quantity.value() for _, quantity, _ in rows] == [None] * len(rows)
    refused = manager.post(f"/invoices/{invoice.pk}/credit/", form_of(invoice))
    assert refused.status_code == 422
    assert "the books credited 50.00 EUR" in refused.content.decode()
