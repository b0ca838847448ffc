"""The database's rules survive what Django does to tables, and their absence is noticed."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection, models

from clinic.appointments import actions
from clinic.appointments.actions import SlotTaken
from clinic.appointments.models import Appointment
from clinic.appointments.overlap import GUARD
from clinic.demo.factories import AppointmentFactory


def missing_rules():
    return {error.msg.split()[2] for error in run_checks(databases=["default"]) if error.id == "clinic.W004"}


@pytest.mark.django_db(transaction=True)
def test_a_table_that_django_rebuilt_has_its_rules_back_after_migrate():
    field = models.CharField(max_length=250, blank=True)
    field.set_attributes_from_name("note")
    field.model = Appointment
    old = Appointment._meta.get_field("note")
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, old, field)
        editor.alter_field(Appointment, field, old)
    if connection.vendor == "sqlite":
        assert missing_rules() == set(GUARD.sqlite), "the rebuild no longer drops triggers: guards.py says it does"

    # As a person types it, with the checks: what a release adds is missing until then.
    call_command("migrate", verbosity=0, skip_checks=False)

    assert missing_rules() == set()
    held = AppointmentFactory()
    with pytest.raises(SlotTaken):
        actions.book(
            patient=held.patient,
            practitioner=held.practitioner,
            chair=held.chair,
            appointment_type=held.appointment_type,
            starts_at=held.starts_at,
        )


@pytest.mark.django_db
def test_the_check_finds_nothing_missing_after_a_migrate():
    assert missing_rules() == set()


@pytest.mark.django_db
def test_the_check_names_a_rule_that_is_missing():
    name = next(iter(GUARD.sqlite)) if connection.vendor == "sqlite" else "appointment_keeps_apart"
    with connection.cursor() as cursor:
        table = "" if connection.vendor == "sqlite" else f" ON {GUARD.table}"
        cursor.execute(f"DROP TRIGGER {name}{table}")
    assert missing_rules() == {name}
    GUARD.install("default")
    assert missing_rules() == set()
