"""Two records of one person become one, and two again."""

from datetime import date

import pytest
from django.db import IntegrityError

from clinic.demo.factories import (
    AlertFactory,
    AppointmentFactory,
    InvoiceLineFactory,
    PatientFactory,
    PractitionerFactory,
    TreatmentFactory,
    UserFactory,
    next_morning,
)
from clinic.invoices import actions as invoicing
from clinic.invoices.queries import balances
from clinic.journal.models import Change
from clinic.patients.family import family_of, relate
from clinic.patients.merging import MergeRefused, merge, preview, undo
from clinic.patients.models import Kinship, Merge, Patient
from clinic.patients.queries import search
from clinic.treatments.models import TreatmentPlan

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return PatientFactory(given_name="Ana", family_name="Silva", email="ana@post.example", phone="", clinical_notes="A")


@pytest.fixture
def anna(ana):
    return PatientFactory(given_name="Anna", family_name="Silva", email="", branch=ana.branch, clinical_notes="B")


def draft(patient):
    return InvoiceLineFactory(invoice__branch=patient.branch, invoice__patient=patient).invoice


def test_what_refers_to_the_one_refers_to_the_other_afterwards(ana, anna):
    visit, treatment = AppointmentFactory(patient=anna), TreatmentFactory(appointment__patient=anna)
    invoice, child = draft(anna), PatientFactory(payer=anna)
    alert, twin = AlertFactory(patient=anna, text="Pacemaker"), AlertFactory(patient=anna, text="Latex")
    AlertFactory(patient=ana, text="Latex")
    merge(ana, anna)
    for thing in (visit, treatment, invoice, alert, twin, child, anna):
        thing.refresh_from_db()
    assert visit.patient == treatment.patient == invoice.patient == invoice.payer == alert.patient == child.payer == ana
    assert twin.patient == anna
    assert (anna.is_active, anna.merged_into) == (False, ana)
    assert search("anna silva", [ana.branch], 8) == [ana]


def test_every_foreign_key_to_patients_is_followed(ana, anna):
    """Whoever adds a model that refers to patients sees here whether a merge takes its rows along."""
    from clinic.patients.merging import APART, _references

    told = {f"{model._meta.label}.{name}" for model, name in _references()}
    assert told >= {
        "appointments.Appointment.patient",
        "invoices.Invoice.patient",
        "invoices.Invoice.payer",
        "invoices.Payment.payer",
        "patients.Alert.patient",
        "patients.Kinship.other",
        "patients.Patient.payer",
        "patients.Patient.merged_into",
        "treatments.Treatment.patient",
        "treatments.TreatmentPlan.payer",
    }
    assert not [label for label in told if label.rpartition(".")[0] in APART]


def test_issued_invoices_and_payments_stay_and_still_count_as_the_survivors(ana, anna):
    invoice = invoicing.issue(draft(anna))
    payment = invoicing.take_payment(invoice, invoice.total - 20, "cash")
    seen = preview(ana, anna)
    assert ("invoices", 0, 1) in set(seen.told())
    note = merge(ana, anna)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert invoice.patient == invoice.payer == payment.payer == anna
    assert [money.amount for money in balances([ana])[ana.pk]] == [20]
    undo(note)
    assert balances([ana]) == {}


def test_a_proposed_plan_stays_and_its_work_can_still_be_done_at_the_survivors_visits(ana, anna):
    plans = {
        status: TreatmentPlan.objects.create(
            branch=ana.branch,
            patient=anna,
            payer=anna,
            practitioner=PractitionerFactory(),
            name="Crown",
            currency="EUR",
            status=status,
            proposed_at=at,
        )
        for status, at in (("draft", None), ("proposed", next_morning(1)))
    }
    merge(ana, anna)
    assert TreatmentPlan.objects.get(pk=plans["draft"].pk).patient == ana
    assert TreatmentPlan.objects.get(pk=plans["proposed"].pk).patient == anna


def test_the_chosen_values_stay_and_clinical_notes_of_both(ana, anna):
    Patient.objects.filter(pk=anna.pk).update(city="Cork", date_of_birth=date(1990, 2, 28))
    note = merge(ana, anna, theirs=["given_name", "date_of_birth", "mobile", "id", "is_active"])
    ana.refresh_from_db()
    assert (ana.full_name, ana.city, ana.date_of_birth) == ("Anna Silva", "Dublin", date(1990, 2, 28))
    assert (ana.mobile, ana.clinical_notes, ana.is_active) == (anna.mobile, "A\n\nB", True)
    assert search("anna 28/2/1990", [ana.branch], 8) == [ana]
    assert set(note.chosen) == {"given_name", "date_of_birth", "mobile", "clinical_notes"}


def test_nobody_pays_for_themselves_afterwards(ana, anna):
    Patient.objects.filter(pk=ana.pk).update(payer=anna)
    note = merge(ana, anna)
    assert Patient.objects.get(pk=ana.pk).payer is None
    undo(note)
    assert Patient.objects.get(pk=ana.pk).payer == anna


def test_a_merge_says_who_did_it_and_is_journalled(ana, anna):
    visit, by = AppointmentFactory(patient=anna), UserFactory()
    Change.objects.all().delete()
    note = merge(ana, anna, by=by)
    assert (note.by, note.survivor, note.loser) == (by, ana, anna)
    assert note.moved == {"appointments.Appointment.patient": [visit.pk]}
    assert {change.uid for change in Change.objects.all()} >= {visit.uid, anna.uid}


def test_a_preview_moves_nothing(ana, anna):
    visit = AppointmentFactory(patient=anna)
    before = Patient.objects.order_by("pk").values()[::1], Change.objects.count()
    assert list(preview(ana, anna).told()) == [("appointments", 1, 0)]
    assert (Patient.objects.order_by("pk").values()[::1], Change.objects.count()) == before
    visit.refresh_from_db()
    assert visit.patient == anna


def test_two_visits_at_the_same_time_are_put_right_first(ana, anna):
    visit = AppointmentFactory(patient=ana)
    other = AppointmentFactory(patient=anna, starts_at=visit.starts_at)
    for ask in (preview, merge):
        with pytest.raises(MergeRefused, match=f"Both have appointments at the same time: {other}"):
            ask(ana, anna)
    anna.refresh_from_db()
    assert anna.is_active
    other.status = "cancelled"
    other.save()
    merge(ana, anna)


def test_a_record_is_not_merged_with_itself_nor_twice(ana, anna):
    third = PatientFactory(branch=ana.branch)
    with pytest.raises(MergeRefused, match="not two records"):
        merge(ana, ana)
    merge(ana, anna)
    for survivor, loser in ((third, anna), (anna, third)):
        with pytest.raises(MergeRefused, match="merged already"):
            merge(survivor, loser)
    with pytest.raises(IntegrityError, match="merge"):
        Merge.objects.create(survivor=third, loser=anna, was_active=True)


def test_an_undone_merge_leaves_everything_as_it_was(ana, anna):
    AppointmentFactory(patient=anna)
    PatientFactory(payer=anna)
    AlertFactory(patient=anna)
    draft(anna)
    relate(anna, PatientFactory(given_name="Zoe"), "child")

    def everything():
        fields = (
            "given_name",
            "mobile",
            "date_of_birth",
            "country",
            "payer",
            "is_active",
            "merged_into",
            "clinical_notes",
        )
        people = [list(Patient.objects.order_by("pk").values_list(*fields))]
        return people + [
            list(model._default_manager.order_by("pk").values_list("pk", name)) for model, name in _references()
        ]

    from clinic.patients.merging import _references

    Patient.objects.filter(pk=anna.pk).update(country="ES", date_of_birth=None)
    before = everything()
    note = merge(ana, anna, theirs=["given_name", "mobile", "date_of_birth", "country"])
    assert everything() != before
    by = UserFactory()
    note = undo(note, by=by)
    assert everything() == before
    assert (note.undone_by, note.left) == (by, [])
    with pytest.raises(MergeRefused, match="undone already"):
        undo(note)
    merge(ana, anna)


def test_what_was_changed_since_stays_and_is_told(ana, anna):
    invoice, visit = draft(anna), AppointmentFactory(patient=anna)
    note = merge(ana, anna, theirs=["mobile", "given_name"])
    Patient.objects.filter(pk=ana.pk).update(given_name="Anita")
    invoice.refresh_from_db()
    invoicing.issue(invoice)
    late = AppointmentFactory(patient=ana)
    note = undo(note)
    ana.refresh_from_db()
    visit.refresh_from_db()
    late.refresh_from_db()
    assert (ana.given_name, visit.patient, late.patient) == ("Anita", anna, ana)
    assert len(note.left) == 3
    assert any("First name has been changed" in reason for reason in note.left)
    assert any("1 of the invoices have been changed" in reason for reason in note.left)


def test_a_survivor_who_is_merged_again_takes_the_others_along_and_is_separated_first(ana, anna):
    third = PatientFactory(branch=ana.branch)
    first = merge(ana, anna)
    second = merge(third, ana)
    assert Patient.objects.get(pk=anna.pk).merged_into == third
    with pytest.raises(MergeRefused, match="Undo that first"):
        undo(first)
    undo(second)
    undo(first)
    assert not Patient.objects.exclude(merged_into=None).exists()


def test_kin_move_unless_the_survivor_has_them_already(ana, anna):
    zoe, max_ = PatientFactory(given_name="Zoe"), PatientFactory(given_name="Max")
    relate(ana, zoe, "child")
    relate(anna, zoe, "child")
    relate(max_, anna, "parent")
    relate(ana, anna, "sibling")
    merge(ana, anna)
    assert {(one.patient, one.kind) for one in family_of(ana)} >= {(zoe, "Child"), (max_, "Child")}
    assert Kinship.objects.count() == 4
