"""Tables as CSV files: read as spreadsheets write them, and written so that a spreadsheet runs nothing of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import tzinfo

from django.utils import timezone, translation
from django.utils.translation import gettext as _

LARGEST = 20 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 60
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula when it begins with it (OWASP, CSV injection)."""


class Unreadable(Exception):
    """The file is not a table that can be read; the message is for the person who sent it."""


def read_table(data: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the rows of a CSV file, blanks around its values taken off.

    UTF-8 with or without its mark, UTF-16 as Excel writes "Unicode text", or else Windows-1252; separated by commas,
    semicolons, tabs or bars. Empty rows are kept, so that a row's number is its line in the spreadsheet. Raises
    `Unreadable`.
    """
    if len(data) > LARGEST:
        raise Unreadable(_("The file is larger than 20 MB. Split it."))
    text = _decode(data)
    if "\x00" in text or text.startswith("PK\x03\x04"):
        raise Unreadable(_("This is not a CSV file. In your spreadsheet, choose Save as, and then CSV."))
    try:
        rows = [[_plain(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), _dialect(text))]
    except csv.Error as error:
        raise Unreadable(_("This is not a CSV file. In your spreadsheet, choose Save as, and then CSV.")) from error
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) < 2 or not any(rows[0]):
        raise Unreadable(_("The first row has to hold the headings of the columns, and the rows follow below it."))
    if len(rows) > MOST_ROWS + 1 or len(rows[0]) > MOST_COLUMNS:
        raise Unreadable(_("At most 100,000 rows and 60 columns can be read at once. Split the file."))
    width = len(rows[0])
    return rows[0], [(row + [""] * width)[:width] for row in rows[1:]]


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _dialect(text: str) -> type[csv.Dialect]:
    """Return how the file is separated: by what its first line has most of, outside of quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])

    class Found(csv.excel):
        delimiter = max(",;\t|", key=outside.count)
        skipinitialspace = True

    return Found


def _plain(cell: str) -> str:
    """Return what a cell says, without the quote that keeps a spreadsheet from taking it for a formula."""
    cell = cell.strip().replace("\x00", "")
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def harmless(cell: object) -> str:
    """Return a cell's text, with a quote before it if a spreadsheet would take it for a formula."""
    text = str(cell if cell is not None else "")
    return f"'{text}" if text.startswith(FORMULA) else text


def write_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Return a CSV file piece by piece: UTF-8 with its mark, which Excel needs, and no cell a formula.

    Rows are made in the language and on the clock in force at this call, whenever they are asked for: what is streamed
    is sent after the request has given both back.
    """
    return _pieces(_line(headings), iter(rows), translation.get_language(), timezone.get_current_timezone())


def _pieces(first: bytes, rows: Iterator[Iterable[object]], language: str | None, zone: tzinfo) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf"
    yield first
    while True:
        # Not around the yield: who asks for the next piece may do something else in between.
        with translation.override(language), timezone.override(zone):
            if (row := next(rows, None)) is None:
                return
            line = _line(row)
        yield line


def _line(row: Iterable[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in row])
    return line.getvalue().encode()
