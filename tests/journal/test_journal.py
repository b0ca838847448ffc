"""Whatever changes a journalled record leaves a Change, in the transaction that changed it and only there."""

import uuid
from decimal import Decimal
from threading import Thread

import pytest
from django.db import NotSupportedError, connection, transaction

from clinic.demo.factories import (
    AllocationFactory,
    AppointmentFactory,
    BranchFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PatientFactory,
    PaymentFactory,
    PractitionerFactory,
)
from clinic.invoices import actions
from clinic.invoices.models import Allocation, InvoiceLine
from clinic.journal.models import Change, Journalled
from clinic.patients.models import Patient

pytestmark = pytest.mark.django_db


def subjects():
    """Return what the journal names, and empty it."""
    found = set(Change.objects.values_list("model", "uid"))
    Change.objects.all().delete()
    return found


def named(*records):
    return {(record._meta.label_lower, record.uid) for record in records}


@pytest.fixture
def patient():
    made = PatientFactory()
    subjects()
    return made


@pytest.fixture
def other():
    made = PatientFactory()
    subjects()
    return made


WAYS = {
    "save": lambda one: one.save(),
    "save of one field": lambda one: one.save(update_fields=["city"]),
    "update": lambda one: Patient.objects.filter(pk=one.pk).update(city="Cork"),
    "update out of its own filter": lambda one: Patient.objects.filter(city="Dublin", pk=one.pk).update(city="Cork"),
    "bulk_update": lambda one: Patient.objects.bulk_update([one], ["city"]),
    "update_or_create": lambda one: Patient.objects.update_or_create(pk=one.pk, defaults={"city": "Cork"}),
    "delete": lambda one: one.delete(),
    "queryset delete": lambda one: Patient.objects.filter(pk=one.pk).delete(),
    "related manager": lambda one: one.branch.patients.filter(pk=one.pk).update(city="Cork"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_leaves_a_change_of_that_record_alone(patient, other, way):
    expected = named(patient)
    WAYS[way](patient)
    assert subjects() == expected


@pytest.mark.parametrize("way", WAYS)
def test_a_transaction_that_is_rolled_back_leaves_no_change(patient, way):
    key = patient.pk
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        WAYS[way](patient)
        raise ZeroDivisionError
    assert subjects() == set()
    assert Patient.objects.filter(pk=key, city="Dublin").exists()


@pytest.mark.parametrize(
    "way", ["save", "create", "bulk_create", "get_or_create", "update_or_create", "related manager"]
)
def test_every_way_of_creating_leaves_a_change(way):
    branch = BranchFactory()
    subjects()
    new = {"given_name": "Seán", "family_name": "Ó Murchú"}
    whole = {**new, "branch": branch}
    {
        "save": lambda: Patient(**whole).save(),
        "create": lambda: Patient.objects.create(**whole),
        "bulk_create": lambda: Patient.objects.bulk_create([Patient(**whole), Patient(**whole)]),
        "get_or_create": lambda: Patient.objects.get_or_create(**whole),
        "update_or_create": lambda: Patient.objects.update_or_create(**whole),
        "related manager": lambda: branch.patients.create(**new),
    }[way]()
    assert subjects() == named(*Patient.objects.all())


def test_a_related_manager_that_takes_records_over_journals_them(patient):
    branch = BranchFactory()
    subjects()
    branch.patients.add(patient)
    assert subjects() == named(patient)


def test_looking_for_a_record_that_exists_changes_nothing(patient):
    Patient.objects.get_or_create(pk=patient.pk)
    Patient.objects.filter(pk=0).update(city="Cork")
    assert subjects() == set()


def test_insert_or_update_in_one_is_refused_since_it_hides_which_row_it_changed(patient):
    with pytest.raises(NotSupportedError):
        Patient.objects.bulk_create([patient], update_conflicts=True, unique_fields=["id"], update_fields=["city"])


def test_a_change_keeps_no_data_of_the_record():
    assert {field.name for field in Change._meta.fields} == {"id", "model", "uid", "at"}


LINE_WAYS = {
    "create": lambda line: InvoiceLineFactory(invoice=line.invoice),
    "bulk_create": lambda line: InvoiceLine.objects.bulk_create([InvoiceLineFactory.build(invoice=line.invoice)]),
    "save": lambda line: line.save(),
    "update": lambda line: line.invoice.lines.update(discount=Decimal(5)),
    "delete": lambda line: line.delete(),
    "queryset delete": lambda line: line.invoice.lines.all().delete(),
}


@pytest.mark.parametrize("way", LINE_WAYS)
def test_a_change_of_a_line_is_a_change_of_its_invoice(way):
    line = InvoiceLineFactory()
    subjects()
    LINE_WAYS[way](line)
    assert subjects() == named(line.invoice)


@pytest.mark.parametrize("way", ["save", "update", "update by id"])
def test_a_line_that_moves_changes_both_invoices(way):
    line, target = InvoiceLineFactory(), InvoiceFactory()
    source = line.invoice
    subjects()
    if way == "save":
        line.invoice = target
        line.save()
    else:
        values = {"invoice": target} if way == "update" else {"invoice_id": target.pk}
        InvoiceLine.objects.filter(pk=line.pk).update(**values)
    assert subjects() == named(source, target)


def test_a_change_of_an_allocation_is_a_change_of_its_payment():
    invoice = actions.issue(InvoiceLineFactory().invoice)
    payment = PaymentFactory(branch=invoice.branch, payer=invoice.payer)
    subjects()
    AllocationFactory(payment=payment, invoice=invoice)
    assert subjects() == named(payment)
    Allocation.objects.update(in_books=True)
    assert subjects() == named(payment)


def test_deleting_a_draft_journals_the_invoice():
    line = InvoiceLineFactory()
    subjects()
    expected = named(line.invoice)
    line.invoice.delete()
    assert subjects() == expected


@pytest.mark.parametrize(
    "make", [BranchFactory, PractitionerFactory, AppointmentFactory, InvoiceFactory, PaymentFactory]
)
def test_what_the_books_depend_on_is_journalled(make):
    made = make()
    assert isinstance(made, Journalled)
    assert named(made) <= subjects()


def test_the_uid_of_a_record_is_its_own():
    assert isinstance(PatientFactory().uid, uuid.UUID)
    assert PatientFactory().uid != PatientFactory().uid


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", ["update", "delete"])
def test_a_row_slipped_in_between_look_and_write_is_not_written_unjournalled(write):
    branch = PatientFactory(city="Dublin").branch
    Change.objects.all().delete()
    intruders = []

    def slip_in():
        with transaction.atomic():
            intruders.append(PatientFactory(branch=branch, city="Dublin"))
            Change.objects.all().delete()
        connection.close()

    found = Patient.objects.filter(branch=branch)
    look = found._hold

    def look_and_be_late():
        seen = look()
        thread = Thread(target=slip_in)
        thread.start()
        # On SQLite the intruder waits for our transaction, which is the other way to be safe.
        thread.join(1)
        waiting.append(thread)
        return seen

    waiting: list[Thread] = []
    found._hold = look_and_be_late
    if write == "update":
        found.update(city="Cork")
    else:
        found.delete()
    waiting[0].join()

    survivor = Patient.objects.get(uid=intruders[0].uid)
    assert survivor.city == "Dublin"
