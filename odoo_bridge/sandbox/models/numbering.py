"""How journals number their entries.

The number continues from the highest one with the prefix used last in the journal, so a name given by hand
sets the sequence (observed on 16, 17 and 19): after ``NORTH/2026/34674`` comes ``NORTH/2026/34675``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from odoo_bridge.sandbox.models.move import AccountMove

MONTHLY = re.compile(
    r"^(?P<head>(?:.*\D)?)(?P<year>(?:19|20|21)\d{2})(?P<between>\D?)(?P<month>0[1-9]|1[0-2])(?P<middle>\D+)"
    r"(?P<number>\d+)(?P<tail>\D*)$"
)
YEARLY = re.compile(r"^(?P<head>(?:.*\D)?)(?P<year>(?:19|20|21)\d{2})(?P<middle>\D+)(?P<number>\d+)(?P<tail>\D*)$")
FIXED = re.compile(r"^(?P<head>.*?)(?P<number>\d{0,9})(?P<tail>\D*)$")


@dataclass(frozen=True, slots=True)
class Number:
    """A name taken apart: ``prefix`` up to the number, ``number`` with its zeros, ``tail`` after it."""

    prefix: str
    number: str
    tail: str = ""
    year: str = ""
    month: str = ""

    @classmethod
    def of(cls, name: str) -> Number:
        for pattern in (MONTHLY, YEARLY, FIXED):
            match = pattern.match(name)
            if match:
                found = match.groupdict()
                prefix = name[: match.start("number")]
                return cls(prefix, found["number"], found["tail"], found.get("year") or "", found.get("month") or "")
        return cls(name, "")

    def fits(self, date: str) -> bool:
        """The year (and month) in the name, if any, are the entry's."""
        return self.year in ("", date[:4]) and self.month in ("", date[5:7])

    def moved_to(self, date: str) -> Number:
        """The same form in the period of ``date``, before its first number."""
        name = self.prefix
        if self.month:
            name = re.sub(rf"{self.year}(\D?){self.month}(\D+)$", rf"{date[:4]}\g<1>{date[5:7]}\g<2>", name)
        elif self.year:
            name = re.sub(rf"{self.year}(\D+)$", rf"{date[:4]}\g<1>", name)
        return Number(name, "0" * len(self.number), self.tail, date[:4] if self.year else "", self.month)

    def next(self) -> str:
        width = len(self.number)
        return f"{self.prefix}{int(self.number or 0) + 1:0{width}d}{self.tail}"


class Numbering:
    """The numbers of moves; one family of numbers for each journal, and apart for refunds and payments."""

    def __init__(self, moves: AccountMove) -> None:
        self.moves = moves
        self.env = moves.env

    def settle(self, ids: list[int]) -> None:
        """Gives or takes names after moves were made or changed, as Odoo 17 does when it recomputes names.

        A given name stays if its year fits the date. The first draft of a period is numbered at once (16,
        17); other drafts wait for posting.
        """
        for each in ids:
            self._settle(each)

    def _settle(self, move_id: int) -> None:
        name, state, posted_before, date = self.moves._stored(move_id, "name", "state", "posted_before", "date")
        named = bool(name) and name != "/"
        if state == "cancel":
            return
        if named and (posted_before or Number.of(name).fits(date)):
            self.keep(move_id, name)
            return
        last = self.last(move_id)
        if state == "posted" or (last is None and self.env.profile.names_first_draft):
            self.give(move_id)
        elif named and last is None:
            self.keep(move_id, name)
        else:
            self.keep(move_id, None)

    def give(self, move_id: int) -> None:
        """The next number of the move's journal."""
        self.keep(move_id, self._next(move_id))

    def keep(self, move_id: int, name: str | None) -> None:
        """Stores a name and what the sequence needs to know of it."""
        number = Number.of(name) if name else None
        shown = name or self.env.profile.unnamed
        self.env.execute(
            "UPDATE account_move SET name = ?, sequence_prefix = ?, sequence_number = ? WHERE id = ?",
            (shown, number.prefix if number else None, int(number.number or 0) if number else 0, move_id),
        )
        self.env.execute("UPDATE account_move_line SET move_name = ? WHERE move_id = ?", (shown, move_id))

    def last(self, move_id: int) -> Number | None:
        """The highest number of the move's own period."""
        (date,) = self.moves._stored(move_id, "date")
        for number in self._recent(move_id, date[:4]):
            if number.fits(date):
                return number
        return None

    def _next(self, move_id: int) -> str:
        (date,) = self.moves._stored(move_id, "date")
        last = self.last(move_id)
        if last:
            return last.next()
        earlier = self._recent(move_id)
        return earlier[0].moved_to(date).next() if earlier else self._first(move_id, date)

    def _recent(self, move_id: int, year: str = "") -> list[Number]:
        """The highest number of the prefix used last in the journal (and year); at most one."""
        journal, where = self._family(move_id)
        in_year = " AND (sequence_prefix LIKE ? OR sequence_prefix NOT GLOB '*[12][0-9][0-9][0-9]*')" if year else ""
        row = self.env.execute(
            f"SELECT sequence_prefix FROM account_move m WHERE journal_id = ? AND id <> ? AND {where} "  # noqa: S608
            f"AND sequence_prefix IS NOT NULL{in_year} ORDER BY id DESC LIMIT 1",
            (journal, move_id, *([f"%{year}%"] if year else [])),
        ).fetchone()
        if row is None:
            return []
        (name,) = self.env.execute(
            f"SELECT name FROM account_move m WHERE journal_id = ? AND id <> ? AND {where} "  # noqa: S608
            "AND sequence_prefix = ? ORDER BY sequence_number DESC LIMIT 1",
            (journal, move_id, row[0]),
        ).fetchone()
        return [Number.of(name)]

    def _family(self, move_id: int) -> tuple[int, str]:
        journal, kind, payment = self.moves._stored(move_id, "journal_id", "move_type", self.moves.payment_column)
        apart = self._journal(journal)
        where = "1"
        if apart["refund_sequence"]:
            refunds = "('out_refund', 'in_refund')"
            where = f"move_type {'IN' if kind.endswith('refund') else 'NOT IN'} {refunds}"
        if apart["payment_sequence"]:
            where += f" AND {self.moves.payment_column} IS {'NOT ' if payment else ''}NULL"
        return journal, where

    def _journal(self, journal: int) -> dict[str, Any]:
        columns = ("code", "type", "refund_sequence", "payment_sequence")
        return dict(zip(columns, self.env["account.journal"]._stored(journal, *columns), strict=True))

    def _first(self, move_id: int, date: str) -> str:
        """``INV/2026/00001``, ``RINV/...`` for refunds, ``PBNK1/...`` for payments, ``MISC/2026/05/0001``."""
        journal_id, kind, payment = self.moves._stored(move_id, "journal_id", "move_type", self.moves.payment_column)
        journal = self._journal(journal_id)
        code = journal["code"]
        if journal["refund_sequence"] and kind.endswith("refund"):
            code = f"R{code}"
        if journal["payment_sequence"] and payment:
            code = f"P{code}"
        if journal["type"] == "general":
            return f"{code}/{date[:4]}/{date[5:7]}/0001"
        return f"{code}/{date[:4]}/00001"
