"""The fee schedule as a file: read and checked before anything changes, and written so that it can be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.fees.forms import fee_field
from clinic.fees.queries import schedule_of
from clinic.patients.columns import choose, match_headings
from clinic.patients.csvs import Unreadable, read_table
from clinic.patients.searching import fold
from clinic.practice.models import Branch, Procedure, Tax
from clinic.practice.taxes import refuse_unworkable
from clinic.totals import round_money

LARGEST = 1_000_000
"""Bytes of a file: the table is in the page while somebody looks at what it would change."""
MOST_ROWS = 5_000

COLUMNS: dict[str, Any] = {
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name"),
    "category": gettext_lazy("Category"),
    "fee": gettext_lazy("Fee"),
    "tax": gettext_lazy("Tax"),
    "is_active": gettext_lazy("Offered at the desk"),
}
_HEADINGS = {
    "code": "procedure code, ada code, codigo, kode, ziffer",
    "name": "procedure, description, nombre, descripcion, nom, libelle, bezeichnung",
    "category": "group, categoria, categorie, kategorie",
    "fee": "price, amount, tarif, tarifa, precio, prix, preis, honoraires",
    "tax": "vat, vat rate, tax rate, iva, tva, mwst, impuesto",
    "is_active": "active, offered, activo, actif, aktiv",
}
_ANSWERS = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
_ANSWERS += [(value, word) for value, words in (("yes", "y true 1 x"), ("no", "n false 0")) for word in words.split()]


@dataclass
class Change:
    """A row that changes something: the procedure as it will be, its taxes, and what changes, as the reader reads it.

    `told` has a label, the text before and the text after for each field that changes. `fee` is what the procedure
    will cost by a price list; None: it will not be on it.
    """

    row: int
    procedure: Procedure
    told: list[tuple[str, str, str]]
    taxes: list[Tax] = field(default_factory=list)
    is_new: bool = False
    fee: Decimal | None = None


@dataclass
class Reading:
    """What a file would change, how many rows change nothing, and the problems as (row, heading, sentence)."""

    changes: list[Change] = field(default_factory=list)
    same: int = 0
    problems: list[tuple[int, str, str]] = field(default_factory=list)


class Refused(Exception):
    """A cell cannot be taken: its column, and the sentences that say why."""

    def __init__(self, column: str, sentences: list[str]) -> None:
        super().__init__(column)
        self.column, self.sentences = column, sentences


def read_schedule(data: bytes, branch: Branch) -> Reading:
    """Return what a CSV file would change in the fee schedule of a branch; nothing is written.

    A column that is missing leaves what it would hold as it is. Raises `csvs.Unreadable`.
    """
    return read_rows(data, COLUMNS, _Reader(branch).read)


def read_rows(data: bytes, known: dict[str, Any], read: Callable[[int, dict[str, str]], Change]) -> Reading:
    """Return what a CSV file would change, each row as `read` reads it: from its number, and the text by column.

    `known`: the labels of the columns that there may be; the one of the code has to be. Raises `csvs.Unreadable`.
    """
    if len(data) > LARGEST:
        raise Unreadable(_("The file is larger than 1 MB. Split it."))
    headings, rows = read_table(data)
    columns = match_headings(headings, known, _HEADINGS)
    if "code" not in columns:
        raise Unreadable(_("No column is called Code. Export the schedule to see how the columns are called."))
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("At most 5,000 rows can be read at once. Split the file."))
    reading, seen = Reading(), {}
    for number, cells in enumerate(rows, start=2):
        if not any(cells):
            continue
        said = {name: " ".join(cells[at].split()) for name, at in columns.items()}
        try:
            first = seen.setdefault(said["code"], number)
            if first != number:
                raise Refused("code", [_("The same code is in row %(row)s.") % {"row": first}])
            change = read(number, said)
        except Refused as refused:
            heading = headings[columns[refused.column]] if refused.column in columns else str(known[refused.column])
            reading.problems += [(number, heading, sentence) for sentence in refused.sentences]
            continue
        if change.told:
            reading.changes.append(change)
        else:
            reading.same += 1
    return reading


@transaction.atomic
def take_over(data: bytes, branch: Branch) -> Reading:
    """Change the schedule as a file says, unless a row of it has a problem, and return what was read.

    It is all or nothing. Raises `csvs.Unreadable`.
    """
    # Held, so that of two files for one schedule the second is read after the first is in it.
    Branch.objects.select_for_update().get(pk=branch.pk)
    reading = read_schedule(data, branch)
    if not reading.problems:
        for change in reading.changes:
            change.procedure.save()
            change.procedure.taxes.set(change.taxes)
    return reading


class _Reader:
    """Reads rows for one branch; what it needs is fetched once, however many rows there are."""

    def __init__(self, branch: Branch) -> None:
        self.currency = branch.currency
        self.known = {one.code: one for one in schedule_of(branch).prefetch_related("taxes")}
        others = Procedure.objects.exclude(currency=branch.currency)
        self.elsewhere = dict(others.values_list("code", "currency"))
        self.taxes = list(Tax.objects.all())
        self.fee = fee_field(branch.currency)

    def read(self, number: int, said: dict[str, str]) -> Change:
        """Return what a row says and what is different from now. Raises `Refused`."""
        code = said["code"]
        if code in self.elsewhere:
            told = {"currency": self.elsewhere[code]}
            raise Refused("code", [_("This code is in use with a fee in %(currency)s.") % told])
        known = self.known.get(code)
        procedure = known or Procedure(code=code, currency=self.currency)
        taxes = list(known.taxes.all()) if known else []
        before = self._told(procedure, taxes) if known else {}
        for name, text in said.items():
            try:
                if name == "tax":
                    taxes = self._taxes(text)
                elif name != "code":
                    setattr(procedure, name, self._value(name, text, known))
            except ValidationError as error:
                raise Refused(name, error.messages) from error
        self._check(procedure, said, is_new=known is None)
        after = self._told(procedure, taxes)
        told = [(label, before.get(label, ""), text) for label, text in after.items() if before.get(label, "") != text]
        return Change(number, procedure, told, taxes, known is None)

    def _value(self, name: str, text: str, known: Procedure | None) -> Any:
        if name == "fee":
            return self.fee.clean(text)
        if name == "is_active":
            if not text:
                return known is None or known.is_active
            return choose(text, _ANSWERS, _("Write yes or no.")) == "yes"
        return text

    def _check(self, procedure: Procedure, said: dict[str, str], *, is_new: bool) -> None:
        for name in ("name", "fee"):
            if is_new and name not in said:
                raise Refused(name, [_("This code is new: it needs a name and a fee.")])
        try:
            procedure.clean_fields(exclude={"id", "fee", "currency", "is_active"})
        except ValidationError as error:
            name, sentences = next(iter(error.message_dict.items()))
            raise Refused(name, sentences) from error

    def _taxes(self, text: str) -> list[Tax]:
        """Return the taxes that a cell names, each by its name or its rate, with a plus sign between them."""
        if not text:
            return []
        whole = self._named(text)
        found = whole or [self._tax(part.strip()) for part in text.split("+")]
        refuse_unworkable(found)
        return found

    def _named(self, text: str) -> list[Tax]:
        return [tax for tax in self.taxes if fold(tax.name) == fold(text)][:1]

    def _tax(self, text: str) -> Tax:
        if named := self._named(text):
            return named[0]
        rate = _rate(text)
        of_rate = [tax for tax in self.taxes if tax.rate == rate]
        if len(of_rate) > 1:
            raise ValidationError(_("There are several taxes of this rate. Write the name of the one you mean."))
        if not of_rate:
            raise ValidationError(_("There is no tax with this name or rate. An administrator can add it."))
        return of_rate[0]

    def _told(self, procedure: Procedure, taxes: Iterable[Tax]) -> dict[str, str]:
        """Return what the export says of a procedure, by the labels of its columns."""
        return dict(zip(map(str, COLUMNS.values()), _row(procedure, taxes), strict=True))


def _rate(text: str) -> Decimal | None:
    try:
        return Decimal(text.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        return None


def headings() -> list[str]:
    """Return the headings of the export, which an import knows in every language."""
    return [str(label) for label in COLUMNS.values()]


def exported(branch: Branch) -> Iterator[list[str]]:
    """Yield a row for each procedure of a branch's schedule, retired ones too."""
    for procedure in schedule_of(branch).prefetch_related("taxes"):
        yield _row(procedure, procedure.taxes.all())


def _row(procedure: Procedure, taxes: Iterable[Tax]) -> list[str]:
    names = " + ".join(tax.name for tax in taxes)
    fee = round_money(Decimal(procedure.fee), procedure.currency)
    active = _("Yes") if procedure.is_active else _("No")
    return [procedure.code, procedure.name, procedure.category, f"{fee}", names, active]
