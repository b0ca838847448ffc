"""What was taxed once stays taxed so: the copies of one tax become a list, also on what is issued and frozen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor

from clinic.demo.factories import PatientFactory, PractitionerFactory
from clinic.invoices.models import Invoice, InvoiceLine
from clinic.practice.models import Procedure
from clinic.treatments.models import PlanItem

APPS = ("practice", "treatments", "invoices")


def before(executor):
    """The migrations that each app's one of this change follows in the app itself, whatever their numbers."""
    nodes = executor.loader.graph.node_map
    own = [key for key in nodes if key[0] in APPS and key[1].partition("_")[2] == "taxes"]
    return [next(parent.key for parent in nodes[key].parents if parent.key[0] == key[0]) for key in own]


def taxed_once(apps, patient, practitioner):
    """Make a procedure, an issued invoice and a plan as they were while a line had one tax."""
    tax = apps.get_model("practice", "Tax").objects.create(name="VAT", rate="13.5", included_in_price=True)
    fee = {"procedure": apps.get_model("practice", "Procedure").objects.create(code="X", name="X", fee=1, tax=tax)}
    copy = {"tax": tax, "tax_rate": Decimal("13.5000"), "tax_included": True}
    who = {"branch_id": patient.branch_id, "patient_id": patient.pk, "payer_id": patient.pk, "currency": "EUR"}
    plan = apps.get_model("treatments", "TreatmentPlan").objects.create(practitioner_id=practitioner.pk, **who)
    phase = apps.get_model("treatments", "PlanPhase").objects.create(plan=plan, name="1")
    apps.get_model("treatments", "PlanItem").objects.create(phase=phase, fee=1, **fee, **copy)
    invoice = apps.get_model("invoices", "Invoice").objects.create(**who)
    line = apps.get_model("invoices", "InvoiceLine").objects
    line.create(invoice=invoice, description="Crown", unit_price="113.50", **copy)
    line.create(invoice=invoice, description="Advice", unit_price="1")
    apps.get_model("invoices", "Invoice").objects.filter(pk=invoice.pk).update(
        status="issued", number="N/2026/00001", issued_on=date(2026, 1, 2), due_on=date(2026, 1, 3)
    )


@pytest.mark.django_db(transaction=True)
def test_the_one_tax_of_a_line_becomes_a_list_of_one():
    patient, practitioner = PatientFactory(), PractitionerFactory()
    executor = MigrationExecutor(connection)
    earlier = before(executor)
    assert len(earlier) == len(APPS)
    leaves = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in APPS]
    executor.migrate(earlier)
    try:
        taxed_once(executor.loader.project_state([*earlier, *leaves]).apps, patient, practitioner)
    finally:
        call_command("migrate", verbosity=0)
    copy = [{"name": "VAT", "rate": "13.5", "included": True}]
    assert list(InvoiceLine.objects.order_by("pk").values_list("taxes", flat=True)) == [copy, []]
    assert PlanItem.objects.get().taxes == copy
    assert [tax.name for tax in Procedure.objects.get().taxes.all()] == ["VAT"]
    line = InvoiceLine.objects.get(description="Crown")
    assert (line.amounts.untaxed, line.amounts.tax) == (Decimal("100.00"), Decimal("13.50"))
    with pytest.raises(IntegrityError, match="invoice_lines_are_frozen"):
        InvoiceLine.objects.update(taxes=[])
    with pytest.raises(IntegrityError, match="invoice_is_frozen"):
        Invoice.objects.update(rounding="total-19")
