"""How papers for patients are written: in whose language, on which sheet, with which days, numbers and amounts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic.patients.models import Patient
from clinic.practice.models import Branch

# Where a sheet is Letter (CLDR); everywhere else it is A4.
LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_AS_WRITTEN = "\N{LEFT-TO-RIGHT ISOLATE}"


@dataclass(frozen=True)
class Table:
    """Rows of text under a header that is repeated on each page. The first column is as wide as there is room."""

    columns: list[str]
    rows: list[list[str]]
    heading: str = ""


@dataclass(frozen=True)
class Paper:
    """What a document says: text and nothing else, so that no name can be taken for markup.

    `name` is what the file calls itself, `facts` and `sums` are pairs of a label and a value, the last sum stands out,
    and `to_sign` says what is written on each line at the end. `signature` is one that was drawn, as SVG.
    """

    branch: Branch
    title: str
    name: str
    party_label: str
    party: Patient
    facts: list[list[str]]
    tables: list[Table]
    sums: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    to_sign: list[str] = field(default_factory=list)
    signature: str = ""

    def content(self) -> dict[str, Any]:
        """Return what the template sets, in the language that is active."""
        branch, language = self.branch, translation.get_language() or "en"
        reach = [plain(str(branch.phone)), plain(branch.email)]
        return {
            "language": language,
            "right_to_left": _is_right_to_left(),
            "paper": "us-letter" if str(branch.country) in LETTER else "a4",
            # Translators: at the foot of a document for a patient.
            "page_of": _("Page %(number)s of %(pages)s") % {"number": "{page}", "pages": "{pages}"},
            "branch": str(branch),
            "sender": [text for text in (*_address(branch), *reach) if text],
            "title": self.title,
            "name": self.name,
            "party_label": self.party_label,
            "party": [self.party.full_name, *_address(self.party)],
            "facts": self.facts,
            "tables": [asdict(table) for table in self.tables],
            "sums": self.sums,
            "notes": self.notes,
            "to_sign": self.to_sign,
            "signature": self.signature,
        }


@contextmanager
def in_the_language_of(reader: Patient) -> Iterator[None]:
    """Say what follows in the language of who reads it: English, where the clinic does not write theirs."""
    language = reader.language.split("-")[0].lower()
    with translation.override(language if language in dict(settings.LANGUAGES) else "en"):
        yield


def _locale() -> Locale:
    """Return whose days and numbers are written. English has the day before the month, as the pages have."""
    language = translation.get_language() or "en"
    return Locale.parse("en_IE" if language == "en" else language, sep="_")


def _is_right_to_left() -> bool:
    return _locale().text_direction == "rtl"


def name_in_text(text: str) -> str:
    """Return a name as it stands in a sentence or beside figures, whichever way either is written."""
    return f"{_ISOLATE}{text}{_END}" if text and _is_right_to_left() else text


def plain(text: str) -> str:
    """Return what is read from left to right in every language: a number of an invoice, a phone, an address."""
    return f"{_AS_WRITTEN}{text}{_END}" if text and _is_right_to_left() else text


def day(of: date) -> str:
    """Write a day out: "23 November 2026"."""
    return format_date(of, "long", _locale())


def number(of: Decimal) -> str:
    """Write a number with as many decimals as it has: "1,5" in French."""
    return format_decimal(of.normalize(), "#,##0.####", _locale())


def discounted(what: str, percent: Decimal) -> str:
    """Return what a line is for, with what was taken off its price, in percent."""
    if not percent:
        return name_in_text(what)
    off = _("%(percent)s %% off") % {"percent": number(percent)}
    return pgettext("a line of an invoice and its discount", "%(what)s, %(off)s") % {
        "what": name_in_text(what),
        "off": off,
    }


def rate(of: Decimal) -> str:
    """Write the rate of a tax, in percent."""
    return plain(f"{number(of)}\N{NO-BREAK SPACE}%")


def facts(*pairs: tuple[str, str]) -> list[list[str]]:
    """Return those that have a value."""
    return [[label, value] for label, value in pairs if value]


def _address(of: Branch | Patient) -> list[str]:
    second = getattr(of, "street2", "")
    lines = [of.street, second, f"{of.postcode} {of.city}".strip(), str(of.country.name) if of.country else ""]
    return [name_in_text(text) for text in lines if text]
