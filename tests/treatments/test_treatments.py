"""What was done, on which tooth, and whether it is billed."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from clinic.demo.factories import AppointmentFactory, ProcedureFactory, TreatmentFactory
from clinic.invoices import actions
from clinic.treatments.models import Treatment, fdi_tooth

TEETH = [f"{quadrant}{tooth}" for quadrant in range(1, 5) for tooth in range(1, 9)]
MILK_TEETH = [f"{quadrant}{tooth}" for quadrant in range(5, 9) for tooth in range(1, 6)]


def test_there_are_32_teeth_and_20_milk_teeth():
    for tooth in TEETH + MILK_TEETH:
        fdi_tooth(tooth)


@pytest.mark.parametrize("tooth", ["0", "1", "10", "19", "49", "50", "56", "86", "91", "111", "A1"])
def test_what_is_not_a_tooth_is_refused(tooth):
    with pytest.raises(ValidationError):
        fdi_tooth(tooth)


@pytest.mark.django_db
def test_the_fee_is_the_one_of_the_day_it_was_done():
    procedure = ProcedureFactory(fee=Decimal("95.00"))
    treatment = actions.record_treatment(AppointmentFactory(), procedure, tooth="36")
    procedure.fee = Decimal("110.00")
    procedure.save()
    treatment.refresh_from_db()
    assert (treatment.fee, str(treatment)) == (Decimal("95.00"), "Composite filling on 36")


@pytest.mark.django_db
def test_what_is_billed_is_not_billed_again():
    treatment = TreatmentFactory()
    assert list(Treatment.objects.unbilled()) == [treatment]
    actions.draft_from(treatment.appointment)
    assert not Treatment.objects.unbilled().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"fee": Decimal(-1)}, {"quantity": 0}])
def test_a_treatment_costs_nothing_or_more(values):
    treatment = TreatmentFactory()
    with pytest.raises(IntegrityError, match="treatment_costs_nothing_or_more"), transaction.atomic():
        Treatment.objects.filter(pk=treatment.pk).update(**values)
