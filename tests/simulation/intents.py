"""Who wanted which value last: an account of every field, kept beside the sync and without its help.

After each step both sides are read as they lie in the two databases. What changed in a step of the desk was done by
the desk, in a step of the office by the office, and everything else by the sync. A value that a person gave and that
the other side has not got yet must not be replaced by the sync unless somebody decided so; and in the end both sides
have what was wanted last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from odoo_bridge.sandbox import Sandbox

Values = dict[str, Any]


class Mark(Enum):
    """What stands where a value would."""

    ABSENT = "-"
    DECIDED = "decided"


ABSENT, DECIDED = Mark.ABSENT, Mark.DECIDED

_PATIENTS = (
    "SELECT uid, given_name || ' ' || family_name, email, phone, street, city, postcode, is_active "
    "FROM patients_patient ORDER BY id"
)
_PATIENT_FIELDS = ("name", "email", "phone", "street", "city", "zip", "active")
_VISITS = (
    "SELECT uid, starts_at, ends_at, status NOT IN ('cancelled', 'no_show') FROM appointments_appointment ORDER BY id"
)
_VISIT_FIELDS = ("start", "stop", "active")
_PARTNERS = (
    "SELECT d.name, p.id, p.name, p.email, p.phone, p.street, p.city, p.zip, p.active FROM ir_model_data d "
    "JOIN res_partner p ON p.id = d.res_id WHERE d.module = ? AND d.model = 'res.partner' ORDER BY d.id"
)
_EVENTS = (
    "SELECT d.name, e.id, e.start, e.stop, e.active FROM ir_model_data d "
    "JOIN calendar_event e ON e.id = d.res_id WHERE d.module = ? AND d.model = 'calendar.event' ORDER BY d.id"
)
ONE_WAY = {"name", "active"}
"""What the clinic never takes over: a change in Odoo is always decided."""


def plain(name: str, value: Any) -> Any:
    if name == "active":
        return bool(value)
    if name in ("start", "stop"):
        return str(value)[:19]
    text = str(value or "")
    return (text.replace(" ", "") if name == "phone" else text) or None


@dataclass
class Account:
    """One field of one record.

    A side is pending when a person set it, and it differs from what it had when both were last the same.
    """

    here: Any
    there: Any = ABSENT
    base_here: Any = ABSENT
    base_there: Any = ABSENT
    wanted: Any = None
    edited_there: int = -1
    mine_here: bool = True
    mine_there: bool = False

    @property
    def pending_here(self) -> bool:
        return self.mine_here and (self.base_here is DECIDED or self.here != self.base_here)

    @property
    def pending_there(self) -> bool:
        return self.mine_there and self.there != self.base_there

    def agree(self) -> None:
        self.base_here = self.base_there = self.here


@dataclass
class Record:
    kind: str
    uid: str
    fields: dict[str, Account]
    odoo_id: int | None = None
    lost: bool = False
    """Deleted in Odoo, or merged with another there."""
    merged: bool = False


@dataclass
class Intents:
    """`violations` gathers what must never happen."""

    sandbox: Sandbox
    namespace: str
    database: Any
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    races: int = 0
    restored: bool = False
    """After a restore nobody stands for what a side holds: only that both are equal can be asked."""

    def look(self, actor: str, step: int, writes: list[tuple[str, int | str, int]]) -> list[str]:
        """Read both sides after a step of `actor` and return what changed, in words.

        `writes`: (model, id or external id, the step in which the writer had read it last) of what was written over
        the wire.
        """
        told: list[str] = []
        read: dict[tuple[str, int], int] = {}
        for model, written, seen in writes:
            odoo_id = self._id_of(written)
            read[model, odoo_id] = min(seen, read.get((model, odoo_id), step))
        self._side(told, "partner", "res.partner", _PATIENT_FIELDS, _PATIENTS, _PARTNERS, (actor, step, read))
        self._side(told, "event", "calendar.event", _VISIT_FIELDS, _VISITS, _EVENTS, (actor, step, read))
        return told

    def _id_of(self, written: int | str) -> int:
        """Return the id behind what was written: that itself, or an external id."""
        if isinstance(written, int):
            return written
        found = self.sandbox.query("SELECT res_id FROM ir_model_data WHERE name = ?", (written.partition(".")[2],))
        return found[0][0] if found else 0

    def _side(self, told: list[str], kind: str, model: str, names: Any, here: str, there: str, context: Any) -> None:
        actor, step, read = context
        ours = {row[0]: row[1:] for row in self.database().execute(here)}
        theirs: dict[str, Any] = {}
        owners: dict[int, str] = {}
        for xmlid, odoo_id, *values in self.sandbox.query(there, (self.namespace,)):
            uid = xmlid.partition("_")[2]
            if odoo_id in owners:
                self._merge(kind, uid)
                self._merge(kind, owners[odoo_id])
            owners[odoo_id] = uid
            theirs[uid] = (odoo_id, values)
        for uid in [uid for of, uid in self.records if of == kind and uid not in ours]:
            del self.records[kind, uid]  # Deleted here: nobody wants anything of it any more.
        for uid, values in ours.items():
            record = self.records.get((kind, uid))
            if record is None:
                accounts = {name: Account(plain(name, value)) for name, value in zip(names, values, strict=True)}
                record = self.records[kind, uid] = Record(kind, uid, accounts)
                for account in accounts.values():
                    account.wanted, account.mine_here = account.here, not self.restored
            answer = theirs.get(uid)
            seen = read.get((model, answer[0]), step) if answer else step
            self._record(told, record, names, values, answer, (actor, step, seen))

    def _merge(self, kind: str, uid: str) -> None:
        if record := self.records.get((kind, uid)):
            record.lost = record.merged = True

    def send_as_new(self, kind: str, uid: str) -> None:
        """A person lets a record that was deleted in Odoo be made there anew: with what it holds here."""
        if record := self.records.get((kind, uid)):
            self._begin_anew(record)

    @staticmethod
    def _begin_anew(record: Record) -> None:
        record.lost, record.odoo_id = record.merged, None
        for account in record.fields.values():
            account.there = account.base_here = account.base_there = ABSENT
            account.wanted, account.mine_there = account.here, False

    def _record(self, told: list[str], record: Record, names: Any, values: Any, answer: Any, context: Any) -> None:
        actor, step, seen = context
        if answer is None and record.odoo_id is not None:
            record.lost = True
        if answer and record.lost and not record.merged and actor not in ("desk", "office"):
            self._begin_anew(record)  # It was deleted before our answer to its creation came: it is made once more.
        if answer and answer[0] != record.odoo_id:
            record.odoo_id = answer[0]
        for position, name in enumerate(names):
            account = record.fields[name]
            here = plain(name, values[position])
            there = plain(name, answer[1][position]) if answer else ABSENT
            if here != account.here or there != account.there:
                change = f"{account.here}|{_say(account.there)} -> {here}|{_say(there)}"
                told.append(f"  {record.kind} {record.uid[:8]} {name}: {change}")
                self._change(record, name, here, there, (actor, step, seen))
            elif here == there and name in ONE_WAY:
                account.agree()

    def _change(self, record: Record, name: str, here: Any, there: Any, context: Any) -> None:
        actor, step, seen = context
        account = record.fields[name]
        came, before = account.there is ABSENT and there is not ABSENT, (account.here, account.there)
        changed_here, changed_there = here != account.here, there != account.there
        if actor in ("desk", "office"):
            account.here, account.there = here, there
            self._intend(account, actor, step)
            if here == there and name in ONE_WAY:
                account.agree()
            return
        if changed_there and not came and account.pending_there and not record.lost:
            if account.edited_there > seen:
                self.races += 1
                # A request of ours that was under way replaced it: the clinic's value of now goes over both.
                account.wanted = account.here
            else:
                self._violate(record, name, f"Odoo's {before[1]} was overwritten with {_say(there)} unseen")
        if changed_here and account.pending_here and not record.lost:
            self._violate(record, name, f"the clinic's {before[0]} was overwritten with {here} unseen")
        account.here, account.there = here, there
        account.mine_here = account.mine_here and not changed_here
        account.mine_there = account.mine_there and not changed_there
        if came:
            # It was the clinic's value when it was sent.
            account.base_here = account.base_there = there
        if here == there:
            account.agree()

    def _violate(self, record: Record, name: str, what: str) -> None:
        self.violations.append(f"{record.kind} {record.uid[:8]} {name}: {what}")

    @staticmethod
    def _intend(account: Account, actor: str, step: int) -> None:
        """A person set a value; taking an edit back before it was seen leaves the other side's."""
        if actor == "office":
            account.edited_there, account.mine_there = step, True
            mine, other = account.pending_there, account.pending_here and account.base_here is not ABSENT
            value, theirs = account.there, account.here
        else:
            account.mine_here = True
            mine, other = account.pending_here, account.pending_there
            value, theirs = account.here, account.there
        account.wanted = value if mine or not other else theirs

    def decide(self, kind: str, uid: str, conflicts: dict[str, dict[str, Any]], ours: bool) -> None:
        """A person decided a record's conflicts, with these values shown."""
        record = self.records.get((kind, uid))
        if record is None:
            return  # Deleted here meanwhile.
        for name, shown in conflicts.items():
            account = record.fields.get(name)
            if account is None:
                continue
            if ours:
                account.wanted = account.here
                account.base_there, account.base_here = plain(name, shown["theirs"]), DECIDED
            else:
                account.wanted = account.there
                account.base_here = plain(name, shown["ours"])

    def unlike(self) -> list[str]:
        """What is not as it was wanted last, or not the same on both sides; asked in the end."""
        wrong = []
        for record in self.records.values():
            if record.lost or record.odoo_id is None:
                continue
            for name, account in record.fields.items():
                label = f"{record.kind} {record.uid[:8]} {name}"
                if account.here != account.there:
                    wrong.append(f"{label}: {account.here} here, {_say(account.there)} in Odoo")
                elif not self.restored and name not in ONE_WAY and account.here != account.wanted:
                    wrong.append(f"{label}: {account.here} on both sides, but {account.wanted} was wanted last")
        return wrong


def _say(value: Any) -> str:
    return "-" if value is ABSENT else str(value)
