"""An issued invoice does not change, and money taken does not change, by whichever way it is written."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.demo.factories import InvoiceLineFactory, PatientFactory
from clinic.invoices import actions
from clinic.invoices.models import Allocation, Invoice, InvoiceLine, Payment, Standing

pytestmark = pytest.mark.django_db
CHANGES = {
    "number": "X/2026/00009",
    "status": "draft",
    "issued_on": date(2020, 1, 1),
    "due_on": date(2020, 1, 1),
    "issued_at": None,
    "currency": "USD",
    "rounding": "total-19",
    "untaxed": Decimal(1),
    "tax": Decimal(1),
    "total": Decimal(1),
}


@pytest.fixture
def invoice(make_issued):
    return make_issued()


def refused(rule):
    return pytest.raises(IntegrityError, match=rule)


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("write", ["save", "update", "bulk_update", "sql"])
def test_no_field_of_an_issued_invoice_can_be_changed(invoice, field, write):
    setattr(invoice, field, CHANGES[field])
    with refused("invoice_is_frozen"), transaction.atomic():
        if write == "save":
            invoice.save()
        elif write == "update":
            Invoice.objects.filter(pk=invoice.pk).update(**{field: CHANGES[field]})
        elif write == "bulk_update":
            Invoice.objects.bulk_update([invoice], [field])
        else:
            value = CHANGES[field]
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE invoices_invoice SET {field} = %s WHERE id = %s",
                    [value if value is None else str(value), invoice.pk],
                )


@pytest.mark.parametrize("field", ["patient", "payer"])
def test_nobody_else_can_be_put_on_an_issued_invoice(invoice, field):
    with refused("invoice_is_frozen"), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(**{field: PatientFactory()})


def test_an_issued_invoice_cannot_be_deleted(invoice):
    for delete in (invoice.delete, Invoice.objects.filter(pk=invoice.pk).delete):
        with pytest.raises(IntegrityError, match=r"invoice_(is|lines_are)_frozen"), transaction.atomic():
            delete()
    assert Invoice.objects.filter(pk=invoice.pk).exists()


@pytest.mark.parametrize(
    "write", ["add", "bulk_create", "save", "update", "delete", "queryset delete", "move in", "move out"]
)
def test_the_lines_of_an_issued_invoice_cannot_be_changed(invoice, write):
    line, lines = invoice.lines.get(), InvoiceLine.objects.filter(invoice=invoice)
    other = InvoiceLineFactory()
    line.unit_price = Decimal(1)
    new = {"invoice": invoice, "description": "More", "unit_price": Decimal(1)}
    writes = {
        "add": lambda: invoice.lines.create(description="More", unit_price=Decimal(1)),
        "bulk_create": lambda: InvoiceLine.objects.bulk_create([InvoiceLine(**new)]),
        "save": line.save,
        "update": lambda: lines.update(discount=Decimal(50)),
        "delete": line.delete,
        "queryset delete": lines.delete,
        "move in": lambda: InvoiceLine.objects.filter(pk=other.pk).update(invoice=invoice),
        "move out": lambda: lines.update(invoice=other.invoice),
    }
    with refused("invoice_lines_are_frozen"), transaction.atomic():
        writes[write]()


def test_what_the_books_say_of_an_issued_invoice_can_change(invoice):
    Standing.objects.create(invoice=invoice, state=Standing.State.PARTIAL, residual=Decimal("20.00"))
    assert Invoice.objects.get().balance == Decimal("20.00")


def test_a_draft_can_still_be_changed_and_deleted():
    draft = InvoiceLineFactory().invoice
    draft.lines.update(discount=Decimal(10))
    draft.delete()
    assert not Invoice.objects.exists()


def test_an_issued_invoice_without_a_number_is_refused():
    draft = InvoiceLineFactory().invoice
    with refused("invoice_has_a_number_once_issued"), transaction.atomic():
        Invoice.objects.filter(pk=draft.pk).update(status=Invoice.Status.ISSUED)


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", Decimal(1)), ("currency", "USD"), ("received_on", date(2020, 1, 1)), ("origin", Payment.Origin.BOOKS)],
)
def test_a_payment_cannot_be_changed(invoice, field, value):
    payment = actions.take_payment(invoice, Decimal("50.00"), Payment.Method.CASH)
    with refused("payment_is_frozen"), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(**{field: value})
    setattr(payment, field, value)
    with refused("payment_is_frozen"), transaction.atomic():
        payment.save()


def test_an_invoice_that_was_paid_for_is_protected(invoice):
    actions.take_payment(invoice, Decimal("50.00"), Payment.Method.CASH)
    assert Allocation.objects.filter(invoice=invoice).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        invoice.delete()
