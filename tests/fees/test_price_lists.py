"""Price lists: what those pay who have agreed other fees, wherever fees are offered, recorded and invoiced."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clinic.demo.factories import PatientFactory, ProcedureFactory
from clinic.fees import listing
from clinic.invoices import actions, pdf
from clinic.invoices.queries import tab_of
from clinic.patients.merging import merge
from clinic.staff.models import User
from clinic.treatments import actions as plans
from clinic.treatments.models import Agreement, ListedFee, PriceList
from clinic.treatments.queries import fee_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(practice):
    return practice.somebody(User.Role.MANAGER)


@pytest.fixture
def desk(practice):
    return practice.somebody(User.Role.RECEPTIONIST)


@pytest.fixture
def insurer(practice):
    """An insurer that pays for Ana, with a list that has the filling for 80.00."""
    insurer = PatientFactory(given_name="", family_name="Blue Insurance", branch=practice.branch)
    practice.ana.payer = insurer
    practice.ana.save()
    agreed = PriceList.objects.create(name="Blue 2026", currency="EUR")
    listing.agree(agreed, insurer)
    listing.set_fee(agreed, practice.filling, Decimal("80.00"))
    return insurer


def read(browser, price_list, text):
    data = SimpleUploadedFile("list.csv", text.encode())
    return browser.post(f"/fees/lists/{price_list.pk}/import/", {"file": data})


def test_who_pays_by_a_list_is_charged_what_is_on_it_and_all_others_what_everybody_is(practice, insurer, desk):
    visit = practice.visit(9)
    scaling = ProcedureFactory(code="D4341", name="Scaling", fee=Decimal("70.00"))
    page = desk.get(f"/checkout/{visit.pk}/").content.decode()
    assert "Blue 2026" in page
    for procedure in (practice.filling, scaling):
        actions.record_treatment(visit, procedure)
    assert [treatment.fee for treatment in visit.treatments.all()] == [80, 70]
    shown = tab_of(visit).amounts.total
    invoice = actions.bill(visit)
    assert (invoice.payer, invoice.total) == (insurer, shown)
    assert [line.unit_price for line in invoice.lines.all()] == [80, 70]
    practice.ana.payer = None
    practice.ana.save()
    other = practice.visit(11)
    assert actions.record_treatment(other, practice.filling).fee == practice.filling.fee
    assert "Blue 2026" not in desk.get(f"/checkout/{other.pk}/").content.decode()


def test_a_payer_who_is_a_patient_pays_by_the_list_too(practice, insurer):
    listing.agree(PriceList.objects.get(), practice.ana)
    practice.ana.payer = None
    practice.ana.save()
    assert actions.record_treatment(practice.visit(9), practice.filling).fee == 80


def test_what_was_recorded_or_issued_keeps_its_fee_when_the_list_changes_or_goes(practice, insurer):
    visit = practice.visit(9)
    treatment = actions.record_treatment(visit, practice.filling)
    agreed = PriceList.objects.get()
    listing.set_fee(agreed, practice.filling, Decimal(60))
    invoice = actions.bill(visit)
    agreed.delete()
    treatment.refresh_from_db()
    invoice.refresh_from_db()
    assert treatment.fee == invoice.lines.get().unit_price == 80
    assert fee_of(practice.filling, insurer) == practice.filling.fee


def test_a_plan_and_its_estimate_offer_the_listed_fee_and_it_is_what_is_charged(practice, insurer):
    plan = plans.draw_up(practice.ana, practice.okafor, practice.branch, "Filling")
    item = plans.add_item(plan.phases.get(), practice.filling)
    by_hand = plans.add_item(plan.phases.get(), practice.filling, fee=Decimal(50))
    assert (item.fee, by_hand.fee) == (80, 50)
    assert "80.00" in str(pdf.estimate_says(plan).content())
    plans.accept(plans.propose(plan), "Ana")
    listing.set_fee(PriceList.objects.get(), practice.filling, Decimal(60))
    assert plans.carry_out(item, practice.visit(9)).fee == 80


def test_a_list_in_another_currency_counts_for_nothing(practice, insurer):
    PriceList.objects.update(currency="USD")
    assert fee_of(practice.filling, insurer) == practice.filling.fee


def test_a_manager_keeps_a_list(practice, manager):
    payer = PatientFactory(branch=practice.branch)
    answer = manager.post("/fees/lists/new/", {"name": "Acme staff"})
    agreed = PriceList.objects.get(name="Acme staff", currency="EUR")
    assert answer.url == f"/fees/lists/{agreed.pk}/"
    assert manager.post("/fees/lists/new/", {"name": "Acme staff"}).status_code == 422
    assert manager.post(f"{answer.url}payers/", {"payer": payer.pk}).url == answer.url
    assert manager.post(f"{answer.url}payers/", {"payer": ""}).status_code == 422
    fee = f"{answer.url}fees/{practice.filling.pk}/"
    assert manager.post(fee, {"fee": "1.005"}).status_code == 422
    assert manager.post(fee, {"fee": "77,50"}).url == answer.url
    assert fee_of(practice.filling, payer) == Decimal("77.50")
    page = manager.get(answer.url).content.decode()
    for words in ("€77.50", payer.full_name, practice.filling.code):
        assert words in page
    assert "Acme staff" in manager.get("/fees/lists/").content.decode()
    assert practice.filling.code in manager.get(f"{answer.url}?show=listed").content.decode()
    manager.post(fee, {"fee": ""})
    assert practice.filling.code not in manager.get(f"{answer.url}?show=listed").content.decode()
    assert not ListedFee.objects.exists()
    manager.post(f"{answer.url}name/", {"name": "Acme"})
    assert PriceList.objects.get().name == "Acme"
    manager.post(f"{answer.url}payers/{Agreement.objects.get().pk}/remove/")
    assert not Agreement.objects.exists()
    assert manager.post(f"{answer.url}delete/").url == "/fees/lists/"
    assert not PriceList.objects.exists()


def test_a_payer_has_one_list_and_the_last_one_said_is_it(practice, insurer, manager):
    other = PriceList.objects.create(name="Other", currency="EUR")
    manager.post(f"/fees/lists/{other.pk}/payers/", {"payer": insurer.pk})
    assert Agreement.objects.get().price_list == other
    assert fee_of(practice.filling, insurer) == practice.filling.fee


def test_a_receptionist_sees_lists_and_changes_none(practice, insurer, desk):
    agreed = PriceList.objects.get()
    assert desk.get("/fees/lists/").status_code == 200
    page = desk.get(f"/fees/lists/{agreed.pk}/").content.decode()
    assert "import" not in page
    for part in ("name/", "import/", f"fees/{practice.filling.pk}/"):
        assert desk.get(f"/fees/lists/{agreed.pk}/{part}").status_code == 403
    for part in ("payers/", "delete/"):
        assert desk.post(f"/fees/lists/{agreed.pk}/{part}").status_code == 403
    assert PriceList.objects.exists()


def test_a_file_is_shown_first_and_then_taken_over_as_it_was_shown(practice, insurer, manager):
    agreed = PriceList.objects.get()
    scaling = ProcedureFactory(code="D4341", name="Scaling", fee=Decimal("70.00"))
    code = practice.filling.code
    answer = read(manager, agreed, f"Code,Name,Price\n{code},Ignored,75\nD4341,,65.50\n")
    assert [change.told for change in answer.context["reading"].changes] == [
        [("Fee", "80.00", "75.00")],
        [("Fee", "", "65.50")],
    ]
    assert fee_of(scaling, insurer) == 70
    done = manager.post(f"/fees/lists/{agreed.pk}/import/", {"table": answer.context["table"]})
    assert done.url == f"/fees/lists/{agreed.pk}/"
    assert (fee_of(practice.filling, insurer), fee_of(scaling, insurer)) == (75, Decimal("65.50"))
    practice.filling.refresh_from_db()
    assert practice.filling.name != "Ignored"
    again = read(manager, agreed, f"Code,Fee\n{code},\nD4341,65.50\n")
    assert again.context["reading"].same == 1
    manager.post(f"/fees/lists/{agreed.pk}/import/", {"table": again.context["table"]})
    assert fee_of(practice.filling, insurer) == practice.filling.fee


@pytest.mark.parametrize(
    "text", ["Code,Fee\nNONE,10\n", "Code,Fee\nD2140,-1\n", "Code,Fee\nD2140,10\nD2140,11\n", "Code,Name\nD2140,x\n"]
)
def test_a_file_with_a_mistake_changes_nothing(practice, insurer, manager, text):
    agreed = PriceList.objects.get()
    answer = read(manager, agreed, text)
    assert answer.status_code == 422
    assert answer.context["reading"].problems
    assert manager.post(f"/fees/lists/{agreed.pk}/import/", {"table": text}).status_code == 422
    assert fee_of(practice.filling, insurer) == 80


def test_what_is_exported_is_read_again_and_changes_nothing(practice, insurer, manager):
    agreed = PriceList.objects.get()
    ProcedureFactory(code="D9999", name="Retired", is_active=False)
    text = b"".join(manager.get(f"/fees/lists/{agreed.pk}/export/").streaming_content).decode("utf-8-sig")
    assert "80.00" in text
    assert "D9999" not in text
    reading = read(manager, agreed, text).context["reading"]
    assert (reading.changes, reading.problems) == ([], [])
    assert reading.same


def test_records_that_become_one_keep_the_agreement(practice, insurer):
    survivor = PatientFactory(branch=practice.branch, given_name="Blue", family_name="Insurance")
    merge(survivor, insurer, by=None)
    practice.ana.refresh_from_db()
    assert fee_of(practice.filling, practice.ana.invoiced_to) == 80
