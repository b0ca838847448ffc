"""A day is counted and closed once, every payment is counted once, and nothing of it changes afterwards."""

import uuid
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.dayend import actions, queries
from clinic.dayend.models import Closing, Correction, Counted
from clinic.demo.factories import BranchFactory, UserFactory
from clinic.invoices.models import Payment
from tests.dayend.conftest import MONDAY, TUESDAY, WEDNESDAY

pytestmark = pytest.mark.django_db


def test_takings_are_told_by_method_and_cashier(branch, maria, take, close):
    tom = UserFactory(first_name="Tom", last_name="Byrne")
    take("10.10", by=maria)
    take("20.20", by=maria)
    take("5.00", by=tom)
    take("70.00", "card", by=tom)
    closing = close(TUESDAY, "135.30")
    assert [(one.method, one.cashier, one.payments, one.amount) for one in queries.kept_takings(closing)] == [
        ("cash", "Maria Keane", 2, Decimal("30.30")),
        ("cash", "Tom Byrne", 1, Decimal("5.00")),
        ("card", "Tom Byrne", 1, Decimal("70.00")),
    ]
    assert (closing.expected, closing.difference, closing.deposit) == (Decimal("135.30"), 0, Decimal("35.30"))


def test_many_small_amounts_come_to_their_exact_sum(branch, take, close):
    for _ in range(30):
        take("0.10")
    assert close(TUESDAY, "103.00").difference == 0


def test_a_difference_needs_a_note(take, close):
    take("50.00")
    with pytest.raises(actions.NeedsNote) as refused:
        close(TUESDAY, "149.00", note="  ")
    assert refused.value.difference == Decimal("-1.00")
    assert not Closing.objects.exists()
    assert close(TUESDAY, "149.00", note="Gave change twice").difference == Decimal("-1.00")


def test_the_database_refuses_a_difference_without_a_note(branch, maria):
    with pytest.raises(IntegrityError, match="difference_has_a_note"), transaction.atomic():
        Closing.objects.create(
            branch=branch,
            day=TUESDAY,
            currency="EUR",
            opening_float=0,
            cash_taken=0,
            counted=1,
            difference=1,
            left=0,
            closed_by=maria,
        )


def test_what_is_taken_after_close_belongs_to_the_next_day_that_closes(take, close):
    first = take("50.00", day=MONDAY)
    monday = close(MONDAY, "150.00")
    late = take("20.00", day=MONDAY)
    assert queries.after_close(monday) == [late]
    take("30.00", day=TUESDAY)
    tuesday = close(TUESDAY, "150.00")
    assert tuesday.cash_taken == Decimal("50.00")
    assert list(monday.payments.values_list("payment", flat=True)) == [first.pk]
    assert queries.after_close(monday) == [late]


def test_a_day_that_nobody_closed_is_counted_by_the_next_one(take, close):
    close(MONDAY, "100.00")
    take("7.00", day=TUESDAY)
    assert close(WEDNESDAY, "107.00").cash_taken == Decimal("7.00")


def test_what_was_taken_before_the_first_day_that_a_branch_closes_is_not_counted(take, close):
    take("40.00", day=MONDAY)
    assert close(TUESDAY, "100.00").cash_taken == 0


def test_only_money_of_this_desk_counts(branch, take, close):
    take("10.00", origin=Payment.Origin.BOOKS)
    take("10.00", branch=BranchFactory())
    take("10.00", currency="GBP")
    assert close(TUESDAY, "100.00").cash_taken == 0
    assert not Counted.objects.exists()


def test_the_next_day_begins_with_what_was_left(branch, close):
    close(MONDAY, "100.00", left="80.00")
    assert queries.float_of(branch, TUESDAY) == Decimal("80.00")
    assert queries.float_of(branch, MONDAY) == 0


@pytest.mark.parametrize(
    ("day", "counted", "left", "says"),
    [
        (WEDNESDAY.replace(day=17), "100.00", "100.00", "not come yet"),
        (MONDAY, "100.00", "100.00", "A later day"),
        (WEDNESDAY, "100.00", "100.01", "More cannot stay"),
        (WEDNESDAY, "100.001", "100.00", "not an amount"),
        (WEDNESDAY, "-1.00", "0.00", "not an amount"),
        (WEDNESDAY, "NaN", "0.00", "not an amount"),
    ],
)
def test_what_cannot_be_closed_is_refused_with_a_reason(close, day, counted, left, says):
    close(TUESDAY, "100.00")
    with pytest.raises(actions.DayEndError, match=says):
        close(day, counted, left=left, note="So it is")
    assert Closing.objects.count() == 1


def test_the_same_form_sent_twice_closes_once(close):
    uid = uuid.uuid4()
    assert close(TUESDAY, "100.00", uid=uid) == close(TUESDAY, "100.00", uid=uid)
    with pytest.raises(actions.DayEndError, match="another day"):
        close(WEDNESDAY, "100.00", uid=uid)


def test_whoever_closes_second_is_told_who_was_first(close):
    close(TUESDAY, "100.00")
    with pytest.raises(actions.DayEndError, match="Maria Keane closed this day at 18:00"):
        close(TUESDAY, "90.00", note="Missing")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_at_once_one_wins_and_the_other_is_told(branch, maria, take, close):
    take("50.00")
    told, start = [], Barrier(2)

    def closes(counted):
        try:
            start.wait(10)
            close(TUESDAY, counted, note="Counted twice")
            told.append("closed")
        except actions.DayEndError as error:
            told.append(str(error).split(" at ")[0])
        finally:
            connection.close()

    both = [Thread(target=closes, args=[counted]) for counted in ("150.00", "149.00")]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert sorted(told) == ["Maria Keane closed this day", "closed"]
    assert Closing.objects.count() == Counted.objects.count() == 1


@pytest.mark.parametrize("model", [Closing, Counted, Correction])
@pytest.mark.parametrize("write", ["save", "update", "delete", "sql"])
def test_nothing_of_a_closed_day_changes(take, close, maria, model, write):
    take("50.00")
    closing = close(TUESDAY, "150.00")
    actions.correct(closing, Decimal("-1.00"), "Gave change twice", by=maria, uid=uuid.uuid4())
    row = model.objects.get()
    rule = {Closing: "closing", Counted: "counted_payment", Correction: "correction"}[model] + "_is_frozen"
    ways = {
        "save": row.save,
        "update": lambda: model.objects.update(id=row.pk),
        "delete": model.objects.filter(pk=row.pk)._raw_delete,
        "sql": lambda: connection.cursor().execute(f"DELETE FROM {model._meta.db_table}"),
    }
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        ways[write](*(["default"] if write == "delete" else []))
    assert model.objects.count() == 1


def test_a_correction_is_an_entry_of_its_own(close, maria):
    closing = close(TUESDAY, "99.00", note="Missing", left="0.00")
    uid = uuid.uuid4()
    made = actions.correct(closing, Decimal("1.00"), "Under the till", by=maria, uid=uid)
    assert actions.correct(closing, Decimal("1.00"), "Under the till", by=maria, uid=uid) == made
    closing.refresh_from_db()
    assert (closing.difference, closing.difference_now) == (Decimal("-1.00"), 0)


@pytest.mark.parametrize(("amount", "reason"), [("0", "Why"), ("1.00", "  "), ("0.001", "Why"), ("NaN", "Why")])
def test_a_correction_needs_an_amount_and_a_reason(close, maria, amount, reason):
    closing = close(TUESDAY, "100.00")
    with pytest.raises(actions.DayEndError):
        actions.correct(closing, Decimal(amount), reason, by=maria, uid=uuid.uuid4())
    assert not Correction.objects.exists()
