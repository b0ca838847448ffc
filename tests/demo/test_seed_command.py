"""`manage.py seed`: the same clinic every time, once, and only where it belongs."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from clinic.demo.seeding import seed
from clinic.journal.models import Change
from clinic.patients.models import Patient

pytestmark = pytest.mark.django_db


def people():
    """Seed, and return who the patients are; leave no trace of it."""
    with transaction.atomic():
        seed(lambda what, steps: lambda: None, patients=10)
        names = list(Patient.objects.order_by("id").values_list("given_name", "family_name", "mobile"))
        transaction.set_rollback(True)
    return names


def test_the_same_people_come_every_time():
    assert people() == people()


def test_a_second_seed_changes_nothing():
    call_command("seed", patients=6, without_odoo=True, stdout=StringIO())
    changes, said = Change.objects.count(), StringIO()
    call_command("seed", without_odoo=True, stdout=said)
    assert Change.objects.count() == changes
    assert "already" in said.getvalue()


def test_no_demo_patients_for_a_real_odoo_unless_asked(settings):
    settings.ODOO_URL = "https://books.example"
    with pytest.raises(CommandError, match="real Odoo"):
        call_command("seed", stdout=StringIO())
    assert not Patient.objects.exists()
    call_command("seed", patients=6, without_odoo=True, even_with_a_real_odoo=True, stdout=StringIO())
    assert Patient.objects.count() == 6


def test_the_bell_stays_silent_while_seeding_and_rings_again_afterwards(settings):
    settings.JOURNAL_DOORBELL = "tests.demo.nobody.home"
    call_command("seed", patients=6, without_odoo=True, stdout=StringIO())
    assert settings.JOURNAL_DOORBELL == "tests.demo.nobody.home"
