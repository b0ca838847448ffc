"""The fields of the mapping language: how one value is spelled in the clinic, in Odoo, and in what was agreed.

A field knows three spellings. *Ours* is read from a record by its `source`, a dotted path. *Theirs* is what Odoo's
`read` answers. In between lies the plain value that merges compare and the database stores as JSON: text, a number,
a list, or None for "empty". Amounts of money are text, so that no cent is lost to binary floating point.
"""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Protocol
from uuid import UUID

from phonenumbers import PhoneNumber

from odoo_bridge import numbers
from odoo_bridge.lists import Edit
from odoo_bridge.merge import Owner
from odoo_bridge.said import _

DATETIME = "%Y-%m-%d %H:%M:%S"


class NotYet(Exception):
    """A record that this one refers to is not in Odoo yet; try again when it is.

    `mapping` and `uid` name that record, where its being there is all that is waited for.
    """

    def __init__(self, message: str, mapping: str = "", uid: UUID | None = None) -> None:
        super().__init__(message)
        self.mapping, self.uid = mapping, uid


class Refused(Exception):
    """The record cannot be put into Odoo as things are; the message tells a person why."""


class Scope(Protocol):
    """What a field may ask about the connection it is projected for. See `odoo_bridge.scope`."""

    phone_region: str

    def has(self, model: str, name: str) -> bool: ...
    def odoo_id(self, mapping: str, record: Any) -> int: ...
    def lookup(self, model: str, key: Any) -> int: ...
    def code_of(self, model: str, odoo_id: int) -> str: ...


class Field:
    """One value. `source` is where ours lies; `owner` decides who may change it (see `merge.Owner`).

    `one_way`: the clinic cannot take the value over from Odoo, because it is put together from several of ours.
    `optional`: left out where that Odoo's version has no such field.
    `once`: sent on creation and never looked at again.
    """

    name: str
    is_written: bool = True
    """Whether `load` and `write` set it. What is not is changed in Odoo by methods, in `Mapping.lead`."""
    is_read: bool = True

    def __init__(
        self,
        source: str | Callable[[Any, Any], Any],
        *,
        owner: Owner = Owner.ASK,
        one_way: bool = False,
        optional: bool = False,
        once: bool = False,
    ) -> None:
        self.source, self.owner, self.optional, self.once = source, owner, optional, once
        self._read = None if callable(source) else attrgetter(source)
        self.one_way = one_way or not isinstance(source, str) or "." in source

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def is_present(self, model: str, scope: Scope) -> bool:
        """Tell whether the field is sent to, and read from, a model of that Odoo."""
        return not self.optional or scope.has(model, self.name)

    def ours(self, record: Any, scope: Any) -> Any:
        """Return the record's plain value."""
        return self.plain(self.value(record, scope), scope)

    def value(self, record: Any, scope: Any) -> Any:
        """Return what lies at the source."""
        return self._read(record) if self._read else self.source(record, scope)  # type: ignore[operator]

    def plain(self, value: Any, scope: Any) -> Any:
        """Return the plain form of one of our values."""
        return value

    def theirs(self, raw: Any, scope: Any) -> Any:
        """Return the plain form of what Odoo's `read` answered."""
        return None if raw is False else raw

    def to_write(self, value: Any) -> Any:
        """Return what `write` takes for a plain value."""
        return False if value is None else value

    @property
    def column(self) -> str:
        """The heading of this field in `load`."""
        return self.name

    def to_load(self, value: Any) -> Any:
        """Return the cell of this field in `load`."""
        return "" if value is None else value

    def cell(self, record: Any, value: Any, scope: Any) -> Any:
        """Return the cell of this field in `load` for a record whose plain value is known."""
        return self.to_load(value)

    def take_over(self, record: Any, value: Any, scope: Any) -> str:
        """Set our attribute from a plain value that came from Odoo, and return the attribute's name."""
        if callable(self.source):
            raise TypeError(f"{self.name} is computed and cannot be taken over.")
        setattr(record, self.source, self.native(value, scope))
        return self.source

    def native(self, value: Any, scope: Any) -> Any:
        """Return what our attribute holds for a plain value."""
        return value

    def prepare(self, scope: Any) -> None:
        """Ask Odoo for whatever `native` needs to know of it, before a transaction begins."""


class Char(Field):
    """A line of text. Blanks at the ends, control characters and Unicode's several spellings are nobody's edits."""

    def plain(self, value: Any, scope: Any) -> str | None:
        text = str(value or "")
        if text.isascii() and text.isprintable():
            return " ".join(text.split()) or None
        text = unicodedata.normalize("NFC", text)
        if text.isprintable():  # So there is no control character in it.
            return " ".join(text.split()) or None
        return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split()) or None

    def theirs(self, raw: Any, scope: Any) -> str | None:
        return self.plain(raw or "", scope)

    def native(self, value: Any, scope: Any) -> str:
        return value or ""


class Phone(Char):
    """A phone number, compared in E.164 and sent in the international format, so that spacing is nobody's edit."""

    def plain(self, value: Any, scope: Any) -> str | None:
        if isinstance(value, PhoneNumber) and value.national_number:
            return numbers.as_kept(value)
        return numbers.kept_of(super().plain(value, scope), scope.phone_region)

    def to_write(self, value: str | None) -> Any:
        return super().to_write(numbers.spaced(value))

    def to_load(self, value: str | None) -> Any:
        return super().to_load(numbers.spaced(value))


class Bool(Field):
    """Yes or no. `words`: what people say for no and for yes."""

    WORDS = (_("no"), _("yes"))

    def __init__(self, source: str, *, words: tuple[str, str] = WORDS, **options: Any) -> None:
        super().__init__(source, **options)
        self.words = words

    def theirs(self, raw: Any, scope: Any) -> bool:
        return bool(raw)

    def to_write(self, value: Any) -> bool:
        return bool(value)

    def to_load(self, value: Any) -> str:
        return "1" if value else "0"


class Date(Field):
    """A calendar day, kept as 2026-11-24."""

    def plain(self, value: date | None, scope: Any) -> str | None:
        return value.isoformat() if value else None

    def native(self, value: str | None, scope: Any) -> date | None:
        return date.fromisoformat(value) if value else None


class Datetime(Field):
    """A moment, kept in UTC as Odoo spells it: 2026-11-24 09:00:00."""

    def plain(self, value: datetime | None, scope: Any) -> str | None:
        return value.astimezone(UTC).isoformat(" ", "seconds")[:19] if value else None

    def native(self, value: str | None, scope: Any) -> datetime | None:
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None


class Number(Field):
    """An amount or a quantity, kept as text without trailing zeros."""

    def plain(self, value: Decimal | int | None, scope: Any) -> str | None:
        return None if value is None else plain_number(Decimal(value))

    def theirs(self, raw: Any, scope: Any) -> str:
        return plain_number(Decimal(str(raw or 0)))

    def to_write(self, value: str | None) -> float | bool:
        return False if value is None else float(value)


class File(Field):
    """The bytes of a file, in base64: sent on creation, and not read back."""

    is_read = False

    def __init__(self, source: Callable[[Any, Any], bytes]) -> None:
        super().__init__(source, owner=Owner.CLINIC, once=True)

    def ours(self, record: Any, scope: Any) -> None:
        """Nothing is compared, so nothing is made before it is sent."""

    def cell(self, record: Any, value: Any, scope: Any) -> str:
        return b64encode(self.value(record, scope)).decode()


class Stage(Field):
    """Where a record stands, in the clinic's words; Odoo has several words for some of them.

    It is merged like any other value, but never written: methods with effects lead from one stage to another, and from
    `first`, where a new record stands in Odoo. `ours` and `theirs` give the plain value for each of our and of Odoo's
    words; a word of Odoo's that is not in `theirs` is its own plain value.
    """

    is_written = False

    def __init__(
        self, source: str, *, first: str, ours: dict[str, str], theirs: dict[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(source, **options)
        self.first, self._ours, self._theirs = first, ours, theirs or {}

    def plain(self, value: Any, scope: Any) -> str:
        return self._ours[str(value)]

    def theirs(self, raw: Any, scope: Any) -> str | None:
        return self._theirs.get(raw, raw) or None


class Const(Field):
    """The same for every record, or one of `words`, which a function of record and scope picks; sent on creation."""

    def __init__(self, value: Any, *words: str) -> None:
        super().__init__(value if words else lambda record, scope: value, owner=Owner.CLINIC, once=True)
        self.words = words or (value,)


class Ref(Field):
    """A record that another mapping puts into Odoo: `Ref("partner", "payer")`. That one goes first."""

    def __init__(self, mapping: str, source: str | Callable[[Any, Any], Any], **options: Any) -> None:
        super().__init__(source, **{"one_way": True, **options})
        self.mapping = mapping

    def plain(self, value: Any, scope: Any) -> Any:
        return None if value is None else scope.odoo_id(self.mapping, value)

    def referred(self, record: Any, scope: Any) -> list[Any]:
        """Return the records that a record refers to."""
        value = self.value(record, scope)
        return [] if value is None else [value]

    def theirs(self, raw: Any, scope: Any) -> Any:
        return raw[0] if raw else None

    @property
    def column(self) -> str:
        return f"{self.name}/.id"


class Refs(Ref):
    """Several of them, in no order: a set of links, merged member by member (see `lists`).

    What people link in Odoo beside ours stays there.
    """

    def plain(self, value: Any, scope: Any) -> list[int]:
        return sorted(scope.odoo_id(self.mapping, one) for one in value)

    def referred(self, record: Any, scope: Any) -> list[Any]:
        return list(self.value(record, scope))

    def theirs(self, raw: Any, scope: Any) -> list[int]:
        return sorted(raw or [])

    def to_write(self, value: Edit) -> list[list[Any]]:
        """Return the commands that add and remove members, and leave all others alone."""
        return [[4, one, 0] for one in value.add] + [[3, one, 0] for one in value.remove]

    def to_load(self, value: list[int]) -> str:
        return ",".join(map(str, value))


class Parts(Field):
    """The lines of a record, as far as they are kept alike after it was created; merged line by line (see `lists`).

    Each is known by its external id, or by "#" and its id if it was made in Odoo. `theirs` takes what
    `Mapping.complete` put into the answer.
    """

    is_written = False

    def __init__(self, source: Callable[[Any, Any], Any]) -> None:
        super().__init__(source, one_way=True)

    def theirs(self, raw: Any, scope: Any) -> Any:
        return raw


class RefId(Ref):
    """The bare id of a record in a field that is no relation, like the `res_id` of a file."""

    def theirs(self, raw: Any, scope: Any) -> Any:
        return raw or None

    @property
    def column(self) -> str:
        return self.name


class Lookup(Field):
    """One of Odoo's own records, found by what we know of it: a country by its code, a journal by its branch."""

    def __init__(
        self,
        model: str,
        source: str | Callable[[Any, Any], Any],
        *,
        key: Callable[[Any], Any] = lambda value: value,
        **options: Any,
    ) -> None:
        super().__init__(source, **options)
        self.model, self.key = model, key

    def plain(self, value: Any, scope: Any) -> Any:
        return scope.lookup(self.model, self.key(value)) if value else None

    def theirs(self, raw: Any, scope: Any) -> Any:
        return raw[0] if raw else None

    def native(self, value: int | None, scope: Any) -> str:
        return scope.code_of(self.model, value) if value else ""

    def prepare(self, scope: Any) -> None:
        scope.code_of(self.model, 0)

    @property
    def column(self) -> str:
        return f"{self.name}/.id"


class Lookups(Lookup):
    """Several of Odoo's own records: the taxes of a line."""

    def plain(self, value: Any, scope: Any) -> list[int]:
        return sorted(scope.lookup(self.model, self.key(one)) for one in value)

    def theirs(self, raw: Any, scope: Any) -> list[int]:
        return sorted(raw or [])

    def to_load(self, value: list[int]) -> str:
        return ",".join(map(str, value))


def plain_number(value: Decimal) -> str:
    """Return a number as text without trailing zeros: 20.10 becomes "20.1", 0.000 becomes "0"."""
    return f"{value.normalize():f}" if value else "0"
