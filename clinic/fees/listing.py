"""Price lists: whose they are, what is on them, and a list as a file that is read as the fee schedule's is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from clinic.fees.forms import fee_field
from clinic.fees.importing import COLUMNS, Change, Reading, Refused, read_rows
from clinic.fees.queries import schedule_of
from clinic.patients.models import Patient
from clinic.practice.models import Branch, Procedure
from clinic.totals import round_money
from clinic.treatments.models import Agreement, ListedFee, PriceList

LISTED: dict[str, Any] = {name: COLUMNS[name] for name in ("code", "name", "fee")}
"""The columns of a list's file. The name is there for whoever reads it, and changes nothing."""


def lists_at(branch: Branch) -> QuerySet[PriceList]:
    """Return the price lists in a branch's currency, with how many payers and fees each has."""
    counts = {"payers": Count("agreements", distinct=True), "procedures": Count("fees", distinct=True)}
    return PriceList.objects.filter(currency=branch.currency).annotate(**counts)


def with_listed(procedures: QuerySet[Procedure], price_list: PriceList) -> QuerySet[Procedure]:
    """Annotate `listed`: what each procedure costs by a price list, if it is on it."""
    fees = ListedFee.objects.filter(price_list=price_list, procedure=OuterRef("pk"))
    return procedures.annotate(listed=Subquery(fees.values("fee")))


@transaction.atomic
def agree(price_list: PriceList, payer: Patient) -> None:
    """Let somebody pay by a price list, instead of the one that they may have had."""
    Agreement.objects.update_or_create(payer=payer, defaults={"price_list": price_list})


def set_fee(price_list: PriceList, procedure: Procedure, fee: Decimal | None) -> None:
    """Say what a procedure costs by a price list, in its currency; None takes it off the list."""
    if fee is None:
        ListedFee.objects.filter(price_list=price_list, procedure=procedure).delete()
    else:
        ListedFee.objects.update_or_create(price_list=price_list, procedure=procedure, defaults={"fee": fee})


def read_list(data: bytes, price_list: PriceList, branch: Branch) -> Reading:
    """Return what a CSV file would change in a price list; nothing is written. Raises `csvs.Unreadable`.

    A row without a fee takes its procedure off the list; what has no row stays as it is.
    """
    return read_rows(data, LISTED, _Reader(price_list, branch).read)


@transaction.atomic
def take_over(data: bytes, price_list: PriceList, branch: Branch) -> Reading:
    """Change a price list as a file says, unless a row has a problem, and return what was read. It is all or nothing.

    Raises `csvs.Unreadable`.
    """
    PriceList.objects.select_for_update().get(pk=price_list.pk)
    reading = read_list(data, price_list, branch)
    if not reading.problems:
        for change in reading.changes:
            set_fee(price_list, change.procedure, change.fee)
    return reading


def exported(price_list: PriceList, branch: Branch) -> Iterator[list[str]]:
    """Yield a row for each procedure that is offered or on the list, its fee empty where the list has none."""
    for procedure in with_listed(schedule_of(branch), price_list):
        if procedure.is_active or procedure.listed is not None:
            yield [procedure.code, procedure.name, _told(procedure.listed, price_list.currency)]


def headings() -> list[str]:
    """Return the headings of the export, which an import knows in every language."""
    return [str(label) for label in LISTED.values()]


def _told(fee: Decimal | None, currency: str) -> str:
    return "" if fee is None else f"{round_money(Decimal(fee), currency)}"


class _Reader:
    """Reads rows for one price list; what it needs is fetched once, however many rows there are."""

    def __init__(self, price_list: PriceList, branch: Branch) -> None:
        self.currency = price_list.currency
        self.known = {one.code: one for one in with_listed(schedule_of(branch), price_list)}
        self.fee = fee_field(price_list.currency)
        self.fee.required = False

    def read(self, number: int, said: dict[str, str]) -> Change:
        """Return what a row says and what is different from now. Raises `Refused`."""
        procedure = self.known.get(said["code"])
        if procedure is None:
            raise Refused("code", [_("No procedure of the fee schedule has this code.")])
        if "fee" not in said:
            raise Refused("fee", [_("A file of a price list needs a column with the fees.")])
        try:
            fee = self.fee.clean(said["fee"])
        except ValidationError as error:
            raise Refused("fee", error.messages) from error
        before, after = _told(procedure.listed, self.currency), _told(fee, self.currency)
        told = [(str(LISTED["fee"]), before, after)] if before != after else []
        return Change(number, procedure, told, is_new=procedure.listed is None, fee=fee)
