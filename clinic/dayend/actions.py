"""What is done at the end of a day: count and close it, and correct what turns out later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from clinic.dayend import queries
from clinic.dayend.models import Closing, Correction, Counted
from clinic.practice.models import Branch
from clinic.staff.models import User
from clinic.totals import round_money


class DayEndError(Exception):
    """What was asked cannot be done; the message is for the person who asked."""


class NeedsNote(DayEndError):
    """What was counted is not what was expected, and nobody said why. `difference` is counted less expected."""

    def __init__(self, difference: Decimal) -> None:
        super().__init__(_("What was counted differs from what was expected. Say why, or count again."))
        self.difference = difference


@dataclass(frozen=True)
class Count:
    """What somebody counted in the till, in the branch's currency; `left` stays in it."""

    opening_float: Decimal
    counted: Decimal
    left: Decimal
    denominations: dict[str, int] = field(default_factory=dict)
    note: str = ""


@transaction.atomic
def close(branch: Branch, day: date, count: Count, *, by: User, uid: UUID) -> Closing:
    """Close a day of a branch with what was counted, and return the closing.

    `uid` is the one it will have: the same form sent twice closes once. Raises `NeedsNote`, or `DayEndError` when the
    day is closed already, has not come yet, or a later one is closed.
    """
    # The branch's row is the lock: of two people who close one day, the second finds it closed.
    branch = Branch.objects.select_for_update(of=("self",)).get(pk=branch.pk)
    if closed := _closed_by(branch, day, uid):
        return closed
    _check(count, branch.currency)
    # Counted are the payments that are seen now; whatever is taken from now on is the next day's.
    rows = queries.rows_of(queries.pending(branch, day))
    takings = queries.taken(rows)
    cash = queries.cash_of(takings)
    difference = count.counted - count.opening_float - cash
    if difference and not count.note.strip():
        raise NeedsNote(difference)
    closing = Closing.objects.create(
        uid=uid,
        branch=branch,
        day=day,
        currency=branch.currency,
        opening_float=count.opening_float,
        cash_taken=cash,
        counted=count.counted,
        difference=difference,
        left=count.left,
        denominations=count.denominations,
        takings=[one.kept for one in takings],
        note=count.note.strip(),
        closed_by=by,
    )
    Counted.objects.bulk_create([Counted(closing=closing, payment_id=row.payment) for row in rows], batch_size=500)
    return closing


def _closed_by(branch: Branch, day: date, uid: UUID) -> Closing | None:
    """Return the closing that this very form made; raise if the day cannot be closed, or not any more."""
    if closed := queries.closing_of(branch, day):
        if closed.uid == uid:
            return closed
        raise DayEndError(
            _("%(name)s closed this day at %(time)s. What you counted was not saved.")
            % {"name": closed.closed_by, "time": formats.time_format(timezone.localtime(closed.closed_at), "H:i")}
        )
    if Closing.objects.filter(uid=uid).exists():
        raise DayEndError(_("This form has closed another day already. Open the day again."))
    if day > branch.today():
        raise DayEndError(_("This day has not come yet."))
    if Closing.objects.filter(branch=branch, day__gt=day).exists():
        raise DayEndError(_("A later day is closed already, and has counted what was open."))
    return None


def _check(count: Count, currency: str) -> None:
    for amount in (count.opening_float, count.counted, count.left):
        if not amount.is_finite() or amount < 0 or round_money(amount, currency) != amount:
            raise DayEndError(_("%(amount)s is not an amount that a till can hold.") % {"amount": amount})
    if count.left > count.counted:
        raise DayEndError(_("More cannot stay in the till than was counted."))


@transaction.atomic
def correct(closing: Closing, amount: Decimal, reason: str, *, by: User, uid: UUID) -> Correction:
    """Enter what turned out after a day was closed: cash found (positive) or missing (negative), and why.

    The same form sent twice enters it once. Raises `DayEndError` without an amount or a reason.
    """
    # The closing's row is the lock: a form that is sent twice finds the entry of the first time.
    Closing.objects.select_for_update(of=("self",)).get(pk=closing.pk)
    if made := Correction.objects.filter(uid=uid).first():
        return made
    if not amount.is_finite() or not amount or round_money(amount, closing.currency) != amount:
        raise DayEndError(_("Write by how much the count is corrected."))
    if not reason.strip():
        raise DayEndError(_("Say why the count is corrected."))
    return Correction.objects.create(uid=uid, closing=closing, amount=amount, reason=reason.strip(), made_by=by)
