"""The pages of the day-end: count, close, slip, corrections, the list and its file."""

import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.dayend.models import Closing, Correction
from clinic.demo.factories import PaymentFactory
from clinic.practice.models import Branch
from clinic.staff.models import User
from tests.dayend.conftest import TUESDAY, WEDNESDAY

PAGE = f"/day-end/?day={TUESDAY}"


@pytest.fixture(autouse=True)
def taken(practice):
    return PaymentFactory(branch=practice.branch, amount=Decimal("57.30"), method="cash", received_on=TUESDAY)


def _form(**more):
    return {"uid": uuid.uuid4(), "day": TUESDAY, "opening_float": "0", "left": "0"} | more


def test_a_day_is_counted_by_coins_and_notes_and_closed(desk):
    assert "€57.30" in desk.get(PAGE).text
    answer = desk.post("/day-end/close/", _form(pieces_50=1, pieces_5=1, pieces_2=1, pieces_0_10=3), follow=True)
    closing = Closing.objects.get()
    assert answer.redirect_chain[0][0].endswith("day=2030-01-15")
    assert (closing.counted, closing.difference) == (Decimal("57.30"), 0)
    assert closing.denominations == {"50": 1, "5": 1, "2": 1, "0.10": 3}
    slip = desk.get(f"/day-end/{closing.pk}/slip/").text
    assert "€0.30" in slip and "€57.30" in slip


def test_a_difference_is_shown_and_asks_for_a_note(desk):
    answer = desk.post("/day-end/close/", _form(counted="50,30"))
    assert answer.status_code == 422
    assert "−€7.00" in answer.text and "Say why" in answer.text
    desk.post("/day-end/close/", _form(counted="50,30", note="Stamps"))
    assert Closing.objects.get().note == "Stamps"
    assert "Stamps" in desk.get(PAGE).text


def test_pieces_and_sum_have_to_agree(desk):
    answer = desk.post("/day-end/close/", _form(counted="57.30", pieces_50=1))
    assert answer.status_code == 422 and "come to another sum" in answer.text
    assert "Count the cash" in desk.post("/day-end/close/", _form()).text
    assert not Closing.objects.exists()


def test_whoever_closes_second_sees_what_was_closed_and_by_whom(desk, practice):
    other = practice.somebody(User.Role.MANAGER)
    desk.post("/day-end/close/", _form(counted="57.30"))
    answer = other.post("/day-end/close/", _form(counted="50", note="Hm"), follow=True)
    assert "closed this day at" in answer.text and "What you counted was not saved" in answer.text
    assert Closing.objects.get().counted == Decimal("57.30")


def test_a_correction_is_entered(desk):
    desk.post("/day-end/close/", _form(counted="57.30"))
    address = f"/day-end/{Closing.objects.get().pk}/correct/"
    assert desk.post(address, {"uid": uuid.uuid4(), "amount": "0", "reason": "x"}).status_code == 422
    answer = desk.post(address, {"uid": uuid.uuid4(), "amount": "-2.30", "reason": "Wrong change"}, follow=True)
    assert Correction.objects.get().amount == Decimal("-2.30")
    assert "Wrong change" in answer.text and "−€2.30" in answer.text


def test_what_was_taken_after_close_is_told_on_both_days(desk, practice):
    desk.post("/day-end/close/", _form(counted="57.30"))
    PaymentFactory(branch=practice.branch, amount=Decimal("9.90"), method="cash", received_on=TUESDAY)
    assert "After close" in desk.get(PAGE).text
    assert "1 payment of an earlier day" in desk.get(f"/day-end/?day={WEDNESDAY}").text


def test_the_accountant_reads_and_does_not_close(practice):
    accountant = practice.somebody(User.Role.ACCOUNTANT)
    assert "not closed yet" in accountant.get(PAGE).text
    assert accountant.post("/day-end/close/", _form(counted="57.30")).status_code == 403


def test_the_payments_of_a_day_lead_to_its_end(desk):
    assert "/day-end/?day=2030-01-15" in desk.get(f"/invoices/payments/?day={TUESDAY}").text


def test_closed_days_are_listed_and_given_as_a_file(desk):
    desk.post("/day-end/close/", _form(counted="50.30", note="=1+1"))
    assert "15 Jan 2030" in desk.get("/day-end/closed/").text
    answer = desk.get("/day-end/closed/?as=csv")
    heading, row = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert row.startswith("2030-01-15,NORTH,EUR,") and "'=1+1" in row
    assert len(heading.split(",")) == len(row.split(","))


def test_the_file_says_when_days_were_closed_by_the_clock_of_the_branch(desk, practice):
    desk.post("/day-end/close/", _form(counted="57.30"))
    Branch.objects.filter(pk=practice.branch.pk).update(time_zone="Asia/Tokyo")
    content = b"".join(desk.get("/day-end/closed/?as=csv").streaming_content).decode()
    closed_at = Closing.objects.get().closed_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert content.rstrip().endswith(f",{closed_at:%Y-%m-%d %H:%M}")


@pytest.mark.parametrize("rubbish", ["\x00", "9" * 400, "NaN", "<script>", "é" * 3000])
def test_no_rubbish_breaks_the_count(desk, rubbish):
    for form in ({}, dict.fromkeys(["uid", "day", "opening_float", "counted", "left", "note", "pieces_50"], rubbish)):
        assert desk.post("/day-end/close/", form).status_code in {302, 422}
    for name in ("uid", "opening_float", "counted", "left", "pieces_50"):
        assert desk.post("/day-end/close/", _form(counted="57.30") | {name: rubbish}).status_code == 422
    assert not Closing.objects.exists()


def test_the_page_asks_as_often_whatever_was_taken(desk, practice, django_assert_num_queries):
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        desk.get(PAGE)
    for method in ("cash", "card", "transfer"):
        PaymentFactory.create_batch(5, branch=practice.branch, method=method, received_on=TUESDAY)
    with django_assert_num_queries(len(few)):
        desk.get(PAGE)
