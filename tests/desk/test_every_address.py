"""Every address of the clinic, for every role and every method: only what the table of abilities allows."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver

from clinic.dayend import actions as dayend
from clinic.dayend.models import Closing
from clinic.demo.factories import (
    AbsenceFactory,
    AppointmentFactory,
    ChairFactory,
    ClosureFactory,
    InvoiceLineFactory,
    OpeningFactory,
    PatientFactory,
    PractitionerFactory,
    ProcedureFactory,
    UserFactory,
)
from clinic.hours.models import Stranded
from clinic.invoices import actions, credits
from clinic.recalls.models import Recall
from clinic.reminders.models import Reminder
from clinic.staff.abilities import ABILITIES
from clinic.staff.models import User
from clinic.supplies.models import Supply
from clinic.treatments.actions import draw_up
from clinic.treatments.models import Agreement, PlanItem, PriceList
from clinic.waiting.models import Entry
from odoo_bridge.models import Connection

OPEN = {"staff:login", "staff:language", "staff:logout", "answers:answer", ":feed", "sync:hook", "sync:metrics"}
OPEN |= {":live", ":ready"}
"""Addresses without an ability, each with tests of its own: what is open to all, and what a secret in it opens."""
STEPS = ["edit_connection", "check", "go", "pause", "settings", "archive", "bring_back"]
CONNECTION = [f"sync:{name}" for name in STEPS]
LED_TO_A_LIST = {"hours:accept", "feeds:make", "feeds:revoke", "supplies:set_low"}
LED_TO_A_LIST |= {f"treatments:{name}" for name in ["rename_phase", "remove_phase", "add_item", "remove_item", "done"]}
"""Where the addresses of forms lead to, when they are opened, if not to what they are about."""
METHODS = ["get", "head", "options", "post", "put", "patch", "delete"]


def _addresses(patterns=None, at="/", namespace=""):
    """Yield the name, the route and the view of each page that people of the clinic open."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = at + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from _addresses(pattern.url_patterns, route, pattern.namespace or namespace)
        elif (name := f"{namespace}:{pattern.name}") not in OPEN:
            yield name, route, pattern.callback


ADDRESSES = list(_addresses())


def _things(practice, branch, patient):
    """Make one of each thing that an address may name, and return their ids by the start of the address."""
    chair = ChairFactory(branch=branch, name="The spare chair")
    visit = AppointmentFactory(chair=chair, practitioner=practice.okafor, patient=patient, starts_at=practice.at(11))
    procedure = ProcedureFactory()
    treatment = actions.record_treatment(visit, procedure)
    invoice = actions.issue(InvoiceLineFactory(invoice__branch=branch, invoice__patient=patient).invoice)
    payment = actions.take_payment(invoice, invoice.total, "cash")
    ids = dict.fromkeys(["desk:visit", "desk:checkout", "desk:chairside", "appointments"], visit)
    note, deposit = _credit(invoice, branch, patient)
    ids |= {"invoices:receipt": payment, "invoices:statement": patient, "fees": procedure}
    ids |= {"invoices:refund_note": note, "invoices:refund_payment": deposit, "invoices:deposit": patient}
    ids |= {"invoices": invoice, "desk:patient": patient, "patients": patient}
    ids |= {"waiting": _waiting(practice, branch, patient), "recalls": _recall(practice, branch, patient)}
    ids |= {"reminders:heed": visit, "reminders": _reminder(branch, visit)}
    ids |= {"dayend": _closing(branch)}
    ids |= {"feeds": PractitionerFactory(branches=[branch])}
    away = AbsenceFactory(practitioner=PractitionerFactory(branches=[branch]))
    ids |= {"hours:remove_leave": away, "hours:change_leave": away}
    ids |= {
        "hours:remove_opening": OpeningFactory(branch=branch),
        "hours:remove_closure": ClosureFactory(branch=branch),
    }
    plan, phase, item = _plan(practice, branch, patient)
    ids |= {"treatments:new": patient, "treatments:plan": plan, "treatments:discard": plan, "treatments:answer": plan}
    # Named before the invoices, whose names begin alike.
    prices = _price_list(branch, patient)
    ids = {"invoices:estimate": plan, "fees:list_": prices, "fees:price_list": prices} | ids
    ids |= {"treatments:add_phase": plan, "treatments:rename": phase, "treatments:remove_phase": phase}
    ids |= {"treatments:add_item": phase, "treatments:remove_item": item, "treatments:done": item}
    ids |= {"supplies:set_low": Supply.objects.create(key=f"gloves {branch.pk}", name="Gloves", branch=branch)}
    ids |= {"hours:accept": Stranded.objects.create(appointment=visit, starts_at=visit.starts_at).appointment}
    where = {"url": "http://127.0.0.1:1", "database": "books", "username": "bridge", "api_key": "key"}
    known = Connection.objects.filter(name="Books").first()
    ids |= {name: known or Connection.objects.create(name="Books", **where) for name in ["sync:connection"]}
    ids |= dict.fromkeys(CONNECTION, ids["sync:connection"])
    further = {"treatment": treatment.pk, "uid": patient.uid, "procedure": procedure.pk}
    return {start: thing.pk for start, thing in ids.items()} | further | {"agreement": patient.agreement.pk}


def _price_list(branch, patient):
    """Return what somebody pays by."""
    prices, _ = PriceList.objects.get_or_create(name=f"Insurer {branch.pk}", currency=branch.currency)
    Agreement.objects.get_or_create(payer=patient, price_list=prices)
    return prices


def _credit(invoice, branch, patient):
    """Return a credit note and a deposit that could be paid back."""
    line = invoice.lines.get()
    note = credits.credit(invoice, [credits.Taken(line, Decimal(1), line.unit_price / 2)], "Billed by mistake")
    return note, credits.take_deposit(patient, branch, Decimal(10), "cash")


def _closing(branch):
    """Return yesterday's day-end: today's is still to be made."""
    day, count = branch.today() - timedelta(days=1), dayend.Count(Decimal(0), Decimal(0), Decimal(0))
    known = Closing.objects.filter(branch=branch).first()
    return known or dayend.close(branch, day, count, by=UserFactory(), uid=uuid.uuid4())


def _waiting(practice, branch, patient):
    return Entry.objects.create(branch=branch, patient=patient, appointment_type=practice.exam, minutes=30)


def _recall(practice, branch, patient):
    return Recall.objects.create(branch=branch, patient=patient, kind=practice.exam, practitioner=practice.okafor)


def _reminder(branch, visit):
    return Reminder.objects.create(
        appointment=visit,
        branch=branch,
        kind="before_1",
        starts_at=visit.starts_at,
        due_at=visit.starts_at,
        state="failed",
    )


def _plan(practice, branch, patient):
    plan = draw_up(patient, practice.okafor, branch, "Crown")
    phase = plan.phases.get()
    return plan, phase, PlanItem.objects.create(phase=phase, procedure=ProcedureFactory(), fee=100)


def _fill(name, route, things):
    """Return the address with the ids of `things` in it; without one, of something that is not there."""
    pk = next((things[start] for start in things if name.startswith(start)), 0)
    route = route.replace("<int:pk>", str(pk)).replace("<int:treatment>", str(things.get("treatment", 0)))
    route = route.replace("<int:procedure>", str(things["procedure"]))
    route = route.replace("<int:agreement>", str(things["agreement"]))
    route = (
        route.replace("<int:connection>", "0")
        .replace("<int:file>", "0")
        .replace("<uuid:uid>", str(things["uid"]))
        .replace("<str:mapping>", "partner")
        .replace("<int:patient>", str(pk))
        .replace("<str:answer>", "propose")
    )
    return route.replace("<str:decision>", "again").replace("<str:what>", "moved")


def test_every_page_says_which_ability_it_asks_for():
    assert len(ADDRESSES) > 100
    assert [route for _, route, view in ADDRESSES if not hasattr(view, "ability")] == []


@pytest.mark.parametrize("role", User.Role.values)
def test_the_administration_opens_to_those_it_was_given_to_whatever_their_role(practice, role):
    browser = practice.somebody(role)
    pages = ["/admin/", "/admin/staff/user/", "/admin/practice/procedure/add/"]
    for page in pages:
        answer = browser.get(page)
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/admin/login/"), page
    User.objects.filter(role=role).update(is_staff=True)
    # Being let in opens the door; what is behind it takes a permission of its own.
    assert [browser.get(page).status_code for page in pages] == [200, 403, 403]


@pytest.mark.parametrize("role", User.Role.values)
def test_each_role_opens_what_its_abilities_allow_and_nothing_else(practice, role):
    browser = practice.somebody(role)
    things = _things(practice, practice.branch, practice.ana)
    for name, route, view in ADDRESSES:
        address = _fill(name, route, things)
        for method in METHODS:
            answer = getattr(browser, method)(address)
            assert answer.status_code < 500, (method, name)
            if view.ability not in ABILITIES[role]:
                # A form's address, opened, leads to its page, which says no by itself.
                led_away = method in {"get", "head"} and answer.status_code == 302
                assert led_away or answer.status_code in {403, 405}, (method, name, answer.status_code)
            elif answer.status_code == 403:
                pytest.fail(f"{role} may {view.ability} but is refused {method} {name}")


def test_nothing_of_another_branch_is_found_by_its_id(practice):
    desk = practice.somebody(User.Role.MANAGER)
    theirs = _things(practice, practice.elsewhere, PatientFactory(branch=practice.elsewhere))
    manager = practice.somebody(User.Role.MANAGER)
    for name, route, _ in ADDRESSES:
        # The fee schedule is the whole practice's.
        if not re.search("<int:(pk|patient)>", route) or name.startswith(("sync:", "fees:")):
            continue
        address = _fill(name, route, theirs)
        # A form's address, opened, leads to its page: what is there is not theirs.
        somebody = manager if name.startswith("hours:") else desk
        led_to_a_list = name in LED_TO_A_LIST
        answers = {404 if led_to_a_list else somebody.get(address, follow=True).status_code}
        answers |= {somebody.post(address).status_code}
        assert answers <= {404, 405}, (name, answers)
        assert 404 in answers, name


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page_from_everywhere(practice):
    things = _things(practice, practice.branch, practice.ana)
    for name, route, _ in ADDRESSES:
        for method in METHODS:
            answer: HttpResponse = getattr(Client(), method)(_fill(name, route, things))
            assert answer.status_code == 302, (method, name)
            assert answer.url.startswith("/sign-in/"), (method, name)


@pytest.mark.parametrize("rubbish", ["\x00", "9" * 400, "9" * 19, "-1", "NaN", "²", "<script>", "é" * 3000, "24:00"])
def test_no_rubbish_in_an_address_breaks_a_page(practice, rubbish):
    manager = practice.somebody(User.Role.MANAGER)
    asked = [
        "appointment_type",
        "day",
        "by",
        "at",
        "minutes",
        "q",
        "page",
        "state",
        "pick",
        "practitioner",
        "chair",
        "patient",
        "seen",
        "fold",
        "uid",
        "who",
        "begins",
        "year",
        "region",
        "first_day",
        "part",
        "names",
        "period",
        "from",
        "to",
    ]
    visit = practice.visit(9)
    pages = [
        "/",
        "/day/visits/",
        "/today/",
        "/search/",
        "/patients/",
        "/patients/pick/",
        "/patients/new/",
        "/patients/import/",
        f"/patients/{practice.ana.pk}/family/",
    ]
    pages += ["/appointments/book/", f"/appointments/{visit.pk}/move/", "/invoices/", "/invoices/payments/", "/sync/"]
    pages += ["/mine/", f"/mine/{visit.pk}/", "/sheet/", "/feeds/", "/fees/", "/fees/new/", "/fees/?show=retired"]
    pages += ["/day-end/", "/day-end/closed/", "/reports/", "/reports/production/", "/reports/unbilled/"]
    pages += ["/waiting/", "/waiting/new/", "/recalls/", "/reminders/"]
    pages += ["/hours/", "/hours/leave/", "/hours/opening/", "/hours/closure/", "/hours/holidays/", "/hours/stranded/"]
    for page in pages:
        assert manager.get(page, dict.fromkeys(asked, rubbish)).status_code == 200, page
        assert manager.get(page, {"branch": rubbish}).status_code == 404, page


@pytest.mark.parametrize("rubbish", ["\x00", "9" * 400, "<script>", "é" * 3000])
def test_no_rubbish_in_a_note_or_a_reason_breaks_anything(practice, desk, rubbish):
    visit = practice.visit(9)
    manager = practice.somebody(User.Role.MANAGER)
    for form in ({"text": rubbish}, {"text": rubbish, "initial-text": rubbish}, {}):
        assert manager.post(f"/mine/{visit.pk}/note/", form).status_code in {302, 422}
    for form in (dict.fromkeys(["procedure", "tooth", "surfaces", "quantity", "form_uid"], rubbish), {}):
        assert manager.post(f"/mine/{visit.pk}/add/", form).status_code == 422
    assert desk.post(f"/appointments/{visit.pk}/note/", {"note": rubbish}).status_code == 302
    cancel = {"status": "cancelled", "reason": f"Ill{rubbish}", "seen": rubbish}
    for form in (cancel, cancel | {"seen": "booked"}, {"status": rubbish}):
        assert desk.post(f"/appointments/{visit.pk}/step/", form).status_code == 302
    visit.refresh_from_db()
    assert visit.status == "cancelled"


@pytest.mark.parametrize("pk", ["9" * 19, "9" * 40])
def test_no_number_is_too_large_for_an_address(practice, pk):
    manager = practice.somebody(User.Role.MANAGER)
    for name, route, _ in ADDRESSES:
        if "<int:pk>" in route:
            address = route.replace("<int:pk>", pk).replace("<int:treatment>", pk).replace("<str:decision>", "again")
            assert manager.get(address, follow=True).status_code in {200, 404}, name
            assert manager.post(address).status_code in {404, 405}, name
