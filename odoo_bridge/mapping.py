"""The declarative mapping language: one class per pair of models, Odoo's names on the left, ours on the right."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps

from odoo_bridge.errors import Missing, Rejected
from odoo_bridge.fields import Field, Parts, Ref, Refs, Stage
from odoo_bridge.merge import Owner, Values
from odoo_bridge.parts import Lines, read_lines
from odoo_bridge.said import _

# What keeps Odoo from writing chatter and from making followers; the first stops invitations by mail.
SILENT = {
    "no_mail_to_attendees": True,
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
}


class Mapping:
    """How one of the clinic's models stands in one of Odoo's.

    A subclass gives `key` (its name in tasks and external ids), `odoo` and `local` (the two models), and a `Field`
    for each value under Odoo's name. The hooks below say when a record belongs in Odoo, what else is done there once
    it exists, and how what Odoo says is taken over.
    """

    key: ClassVar[str] = ""
    odoo: ClassVar[str]
    local: ClassVar[str]
    batch: ClassVar[int] = 200
    context: ClassVar[dict[str, Any]] = SILENT
    branch: ClassVar[str] = ""
    """Lookup path to the branch in whose books the record is; without one it is in the default connection's."""
    follows: ClassVar[tuple[str, str] | None] = None
    """A mapping's key and the lookup path to a record's uid: where that one is sent, this one goes too."""
    shared: ClassVar[bool] = False
    """Whether a record may be in several Odoos: wherever something refers to it."""
    watched: ClassVar[dict[str, str]] = {}
    """Other models whose change changes this one's projection: label in lower case -> lookup path to their uid."""
    observed: ClassVar[tuple[str, ...]] = ()
    """What is read from Odoo beside the fields."""
    pulled: ClassVar[list[Any]] = []
    """The domain of what a pull asks for, beside the window."""
    person: ClassVar[str] = ""
    """The lookup path to the uid of the patient that a record says something of; empty if of none."""
    finishing: ClassVar[str] = ""
    """What `finish` does to a record, as people say it."""
    leads_to: ClassVar[dict[str, str]] = {}
    """What `lead` does to a record that gets to a plain value of a `Stage`, as people say it."""
    together: ClassVar[frozenset[str]] = frozenset()
    """Fields that make sense together only: they are taken over, sent and decided together or not at all."""
    dated: ClassVar[str] = ""
    """The lookup of a record's day, if the connection's history cut-off is about this mapping."""
    consequences: ClassVar[dict[str, str]] = {}
    """What a person should know before things are done, by what is done ("create", "post" ...)."""
    fixed: ClassVar[dict[str, str]] = {}
    """Why nobody may choose who decides a field, by its name in Odoo; "*" for all that are sent once."""
    labels: ClassVar[dict[str, str]] = {}
    """What people call a field or another value that is read."""
    identity: ClassVar[tuple[str, ...]] = ()
    """Odoo's names of what two records of it say alike when they stand for one; the first picks out the fewest."""
    called: ClassVar[str] = ""
    """What people call the records, several of them."""
    one: ClassVar[str] = ""
    """What people call one of the records that the clinic has of them."""
    related: ClassVar[tuple[str, ...]] = ()
    prefetched: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[bool] = False
    """Whether the sync goes on without it where Odoo lacks the model, or the user the rights (`Scope.offers`)."""
    pull_only: ClassVar[bool] = False
    """Whether nothing is ever sent: records come from Odoo, by `bring`, and go with those in Odoo, by `let_go`."""

    @classmethod
    @cache
    def fields(cls) -> dict[str, Field]:
        """Return the fields by Odoo's name, those of base classes included."""
        found = {
            name: value
            for base in reversed(cls.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, Field)
        }
        if (lines := cls.lines()) and lines.kept:
            found[lines.name] = Parts(lines.kept_of)
            found[lines.name].name = lines.name
        return found

    @classmethod
    @cache
    def lines(cls) -> Lines | None:
        """Return the list of parts that are created with the record, if it has one."""
        return next((value for value in vars(cls).values() if isinstance(value, Lines)), None)

    @classmethod
    def refers_to(cls) -> set[str]:
        """Return the keys of the mappings whose records must be in Odoo before this one's."""
        return {field.mapping for field in cls.fields().values() if isinstance(field, Ref)}

    @classmethod
    def model(cls) -> Any:
        """Return the clinic's model."""
        return apps.get_model(cls.local)

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.lease: UUID | None = None
        """Under which the records that are worked on are held; what `observe` and `finish` write asks for it."""
        self.present = {name: field for name, field in self.fields().items() if field.is_present(self.odoo, scope)}

    def complete(self, answers: list[Values]) -> list[Values]:
        """Put into answers of Odoo what `read` leaves out: the values of lines that are kept. Two calls for a page."""
        lines = self.lines()
        if lines and lines.kept:
            found = read_lines(self.scope, lines, [one for answer in answers for one in answer[lines.name]])
            for answer in answers:
                # One that was removed between the two calls is in neither.
                answer[lines.name] = dict(found[one] for one in answer[lines.name] if one in found)
        return answers

    def put_lines_right(self, record: Any, odoo_id: int, edits: dict[str, Values | None]) -> str:
        """Edit the lines of one record in Odoo as a merge says (see `lists.MergedLines`); return why not, if not."""
        return ""

    # What a subclass says of its records

    @classmethod
    def belongs(cls) -> Any:
        """Return the query set of the records that belong in Odoo."""
        return cls.model().objects.all()

    @classmethod
    def sent_over(cls, connection: Any) -> Any:
        """Return the query set of the records that belong in a connection's Odoo: history stays here."""
        records = cls.belongs()
        if cls.dated and connection.history_from:
            records = records.filter(**{f"{cls.dated}__gte": connection.history_from})
        return records

    def is_wanted(self, record: Any) -> bool:
        """Tell whether a record that is not in Odoo yet should be put there."""
        return True

    def is_history(self, record: Any) -> bool:
        """Tell whether a record lies before the connection's history cut-off."""
        return False

    def finish(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        """Do what is left to do in Odoo for (record, Odoo's id, what `read` answered).

        Returns the uids of the records that a person has to look at, with the reason; with an empty one those that
        are to be looked at again soon.
        """
        return {}

    def steps(self, record: Any, answer: Values | None) -> list[str]:
        """Return what `finish` would do, as kinds ("post", "assign"); `answer` is None before the record is in Odoo.

        Raises `Refused` where a person would have to look first.
        """
        return []

    def worth(self, record: Any) -> tuple[str, Decimal] | None:
        """Return the currency and the amount that a record is about, if it is about money."""
        return None

    def is_finished(self, record: Any) -> bool:
        """Tell whether `finish` has nothing left to do, as far as can be told without asking Odoo."""
        return True

    def lead(self, found: list[tuple[Any, int, Values]]) -> dict[UUID, str]:
        """Lead records in Odoo to where the fields that are not written (`Field.is_written`) say they stand here.

        Asked of (record, Odoo's id, what `read` answered) where such a field was changed here and not there, or where
        a person decided for ours. Returns reasons like `finish`.
        """
        return {}

    def bring(self, answers: list[Values]) -> dict[int, UUID]:
        """Return which records of the clinic stand for Odoo's that are not linked yet, by Odoo's id; made if need be.

        What is left out is not for us. Asked of mappings that are `pull_only`, in the transaction that links them;
        the fields are taken over right afterwards.
        """
        return {}

    def let_go(self, uids: list[UUID]) -> None:
        """Let go of records whose counterparts are gone from Odoo. Asked of mappings that are `pull_only`."""

    def strangers(self, answers: list[Values]) -> None:
        """Take note of Odoo's records that stand for none of the clinic's, as a page of a pull has them."""

    def dependent(self, found: list[tuple[Any, Values]]) -> list[list[int]]:
        """Return the positions of records in lots that may be taken over without each other: here, each by itself."""
        return [[position] for position in range(len(found))]

    def take_over(self, found: list[tuple[Any, Values]]) -> None:
        """Write the plain values that came from Odoo to records as `lock` gave them, in a fixed number of queries.

        The records are left as they are in the database then: how we spell what was taken over is read from them.
        Raises `Refused` or `ValidationError` if our rules do not allow one of them; what was written is undone then.
        """
        written: set[str] = set()
        for record, values in found:
            taken = {self.present[name].take_over(record, value, self.scope) for name, value in values.items()}
            # What was in the record before is nobody's edit, whether it would be accepted today or not.
            others = {field.name for field in record._meta.fields} - taken
            record.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
            written |= taken
        self.model().objects.bulk_update([record for record, _ in found], sorted(written))

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        """Take note of what `read` answered beyond the fields. Returns reasons like `finish`."""
        return {}

    def amounts(self, record: Any, answer: Values) -> dict[str, dict[str, str]]:
        """Return the amounts of money that both sides must have alike, by name: {"ours": ..., "theirs": ...}."""
        return {}

    @classmethod
    def forget(cls, uids: list[UUID]) -> None:
        """Forget what was noted of records that Odoo has no more, and that are sent there as new ones."""

    def take_back(self, uids: list[UUID], lost: list[UUID]) -> None:
        """Forget what was noted of records in an Odoo that was restored from a backup; `lost`: it has them no more."""

    def act_on(self, records: dict[int, Any], method: str, complaint: str) -> dict[UUID, str]:
        """Call a method that takes drafts further on several of them by their ids; what Odoo refuses, in halves.

        Returns the uids of those that Odoo refuses, with the reason: the `complaint`, and what Odoo says.
        """
        if not records:
            return {}
        try:
            self.scope.client.call(self.odoo, method, list(records), context=self.context)
        except (Rejected, Missing) as error:
            if len(records) == 1:
                [(odoo_id, record)] = records.items()
                now = self.scope.client.read(self.odoo, [odoo_id], ["state"])
                # Odoo also refuses what somebody else has done in the meantime: that is no refusal.
                still_draft = not now or now[0]["state"] == "draft"
                return (
                    {record.uid: _("%(complaint)s: %(why)s", complaint=complaint, why=error.message)}
                    if still_draft
                    else {}
                )
            ids = list(records)
            reasons: dict[UUID, str] = {}
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                reasons |= self.act_on({odoo_id: records[odoo_id] for odoo_id in half}, method, complaint)
            return reasons
        return {}

    # What the engine asks

    def fetch(self, uids: Iterable[UUID]) -> dict[UUID, Any]:
        """Return the clinic's records by uid, in a fixed number of queries: with what the fields read of their
        relations, and where in Odoo the records are that they refer to."""
        records = self.model().objects.filter(uid__in=list(uids))
        records = records.select_related(*self.related).prefetch_related(*self.prefetched)
        found = {record.uid: record for record in records}
        for ref in self.present.values():
            if isinstance(ref, Ref):
                referred = (other for record in found.values() for other in ref.referred(record, self.scope))
                self.scope.know(ref.mapping, [other.uid for other in referred])
        return found

    def taken_with(self, names: Iterable[str]) -> list[str]:
        """Return the attributes that `take_over` looks at when it takes over the fields `names`; none for all."""
        return []

    def lock(self, records: Iterable[Any], names: Iterable[str]) -> dict[Any, Any]:
        """Return records by key as they are now, locked until the transaction ends, without those that are gone.

        For the fields `names` to be taken over: those are attributes of the record itself.
        """
        found = self.model().objects.select_for_update(of=("self",))
        if attributes := self.taken_with(names):
            found = found.only(*attributes)
        # In one order everywhere, so that two workers do not wait for each other's rows.
        return {one.pk: one for one in found.filter(pk__in=[record.pk for record in records]).order_by("pk")}

    def ours(self, record: Any, *, new: bool = False) -> Values:
        """Return our plain values of the fields that are kept alike; of a `new` one also those sent once.

        What was sent once need not be found any more: a journal that was the branch's then. Raises `NotYet` or
        `Refused`.
        """
        wanted = self.present if new else self._kept_alike
        return {name: field.ours(record, self.scope) for name, field in wanted.items()}

    @cached_property
    def _kept_alike(self) -> dict[str, Field]:
        return {name: field for name, field in self.present.items() if not field.once}

    @cached_property
    def _read(self) -> dict[str, Field]:
        return {name: field for name, field in self.present.items() if field.is_read}

    def theirs(self, answer: Values) -> Values:
        """Return Odoo's plain values from one record that `read` answered."""
        return {name: field.theirs(answer[name], self.scope) for name, field in self._read.items()}

    @cached_property
    def read_fields(self) -> list[str]:
        own = (name for name, field in self.present.items() if field.is_read)
        return ["id", *own, *(name for name in self.observed if self.scope.has(self.odoo, name))]

    @cached_property
    def owners(self) -> dict[str, Owner]:
        """Who decides each field: as was chosen for the connection, as far as that may be, or as the mapping says."""
        chosen = self.scope.connection.owners
        found = {name: field.owner for name, field in self.present.items() if not field.once}
        for name in found:
            if (owner := chosen.get(f"{self.key}.{name}")) in self.may_decide(name):
                found[name] = Owner(owner)
        return found

    @cached_property
    def one_way(self) -> frozenset[str]:
        return frozenset(name for name, field in self.present.items() if field.one_way)

    @cached_property
    def link_sets(self) -> frozenset[str]:
        """The fields that are sets of links."""
        return frozenset(name for name, field in self.present.items() if isinstance(field, Refs))

    @cached_property
    def line_lists(self) -> frozenset[str]:
        """The fields that are lists of lines."""
        return frozenset(name for name, field in self.present.items() if isinstance(field, Parts))

    @property
    def stages(self) -> dict[str, str]:
        """Return the fields that methods change in Odoo, and nothing else, with what they are in a new record."""
        return {name: field.first for name, field in self.present.items() if isinstance(field, Stage)}

    @property
    def columns(self) -> list[str]:
        """Return the headings of `load`."""
        own = ["id", *(field.column for field in self.present.values() if field.is_written)]
        lines = self.lines()
        return own + (lines.columns(self.scope) if lines else [])

    def rows(self, xmlid: str, record: Any, ours: Values) -> list[list[Any]]:
        """Return the rows of `load` that create one record: one, or one for each of its lines."""
        written = {name: field for name, field in self.present.items() if field.is_written}
        own = [xmlid, *(field.cell(record, ours[name], self.scope) for name, field in written.items())]
        lines = self.lines()
        if not lines:
            return [own]
        parts = [lines.cells(part) for part in lines.ours(record, self.scope)]
        blank = [""] * len(own)
        return [(blank if position else own) + part for position, part in enumerate(parts)]

    def to_write(self, changed: Values, ours: Values) -> Values:
        """Return what `write` takes for the changed values; `ours` holds all of them."""
        return {
            name: self.present[name].to_write(value) for name, value in changed.items() if self.present[name].is_written
        }

    @classmethod
    def may_decide(cls, name: str) -> tuple[Owner, ...]:
        """Return the owners that a field may have: one, where nobody may choose (`why_fixed` says why).

        Odoo cannot have the last word on what the clinic cannot take over from there.
        """
        field = cls.fields()[name]
        if field.once or name in cls.fixed or not field.owner.is_shared or isinstance(field, Parts):
            return (field.owner,)
        return (Owner.CLINIC, Owner.ASK) if field.one_way else tuple(Owner)

    @classmethod
    def why_fixed(cls, name: str) -> str:
        """Return why nobody may choose who decides a field or another value that is read; empty where somebody may."""
        if name in cls.fixed:
            return cls.fixed[name]
        field = cls.fields().get(name)
        if field is None or field.owner is Owner.ODOO:
            return _("It comes from Odoo, and the clinic keeps no value of its own.")
        if field.once:
            return cls.fixed.get("*", _("It is sent when the record is created in Odoo, and not touched afterwards."))
        if isinstance(field, Parts):
            return _("Lines that somebody edits in Odoo wait for you, line by line.")
        if field.owner is Owner.CLINIC:
            return _("The clinic puts it together from what it knows. An edit in Odoo is put back.")
        return ""

    @classmethod
    def kind(cls) -> str:
        """Return what people call the records, several of them."""
        return cls.called

    @classmethod
    def say(cls, name: str) -> str:
        """Return what a person calls a field or another value that is read: our label of it, or else Odoo's name."""
        return cls.labels.get(name) or name.replace("_id", "").replace("_", " ")
