"""Which taxes may be together, and what lines keep of them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from clinic import totals
from clinic.practice.models import Procedure, Tax
from clinic.practice.taxes import copied, of_copies, refuse_unworkable

pytestmark = pytest.mark.django_db


def tax(rate, included=False, name=""):
    where = "in it" if included else "on top"
    return Tax.objects.create(name=name or f"{rate} % {where}", rate=Decimal(rate), included_in_price=included)


def test_a_copy_says_all_that_amounts_are_computed_by():
    copies = copied([tax("13.5000", included=True, name="VAT"), tax("20")])
    assert copies == [
        {"name": "VAT", "rate": "13.5", "included": True},
        {"name": "20 % on top", "rate": "20", "included": False},
    ]
    assert of_copies(copies) == (totals.Tax(Decimal("13.5"), included=True), totals.Tax(Decimal(20)))


@pytest.mark.parametrize("taxes", [[], [("5", True)], [("5", False), ("10", False)], [("5", True), ("5", False)]])
def test_taxes_that_work_together_are_taken(taxes):
    refuse_unworkable([tax(*one) for one in taxes])


@pytest.mark.parametrize(
    ("taxes", "why"),
    [
        ([("5", False, "A"), ("5", False, "B")], "of 5 %"),
        ([("5", True), ("10", True), ("20", False)], "Odoo 19 computes them otherwise"),
    ],
)
def test_taxes_that_odoo_would_compute_otherwise_are_refused(taxes, why):
    with pytest.raises(ValidationError, match=why):
        refuse_unworkable([tax(*one) for one in taxes])


def test_the_administration_refuses_them_too(admin_client):
    taxes = [tax("5", name="A").pk, tax("5", name="B").pk]
    values = {"code": "X", "name": "Crown", "fee": "100", "currency": "EUR", "is_active": "on", "taxes": taxes}
    answer = admin_client.post("/admin/practice/procedure/add/", values)
    assert "taxes" in answer.context["adminform"].form.errors
    assert not Procedure.objects.exists()
    admin_client.post("/admin/practice/procedure/add/", {**values, "taxes": taxes[:1]})
    assert [one.name for one in Procedure.objects.get().taxes.all()] == ["A"]


def test_a_tax_that_a_procedure_has_stays(admin_client):
    used, unused = tax("5"), tax("10")
    Procedure.objects.create(code="X", name="Crown", fee=1).taxes.add(used)
    admin_client.post(f"/admin/practice/tax/{used.pk}/delete/", {"post": "yes"})
    admin_client.post(f"/admin/practice/tax/{unused.pk}/delete/", {"post": "yes"})
    assert list(Tax.objects.all()) == [used]
