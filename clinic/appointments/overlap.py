"""The rule against double booking, kept by the database.

No two appointments of one practitioner, one chair or one patient may overlap, unless one was overbooked with a
reason. The rule is not symmetric: an overbooked appointment may be put on top of others, but an ordinary one may
not be put on top of an overbooked one, or the overbooking would open the rest of its time to accidents.

On PostgreSQL exclusion constraints keep ordinary appointments apart. A trigger adds the overbooked ones and, before
anything is compared, takes advisory locks on the practitioner, the chair and the patient, always in this order:
racers for one slot then queue instead of deadlocking inside the constraint. SQLite has one writer at a time, so its
trigger needs no locks.

No visit lasts longer than a day either: that is what lets a search for overlaps begin a day earlier and not with the
first visit there ever was.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from clinic.guards import Guard

TABLE = "appointments_appointment"
RESOURCES = ("practitioner", "chair", "patient")
CONSTRAINTS = {f"appointment_{resource}_free": resource for resource in RESOURCES}

_FREES_SLOT = "('cancelled', 'no_show')"
_WATCHED = "starts_at, ends_at, practitioner_id, chair_id, patient_id, status, overbooked_because"


def _sqlite_trigger(resource: str, event: str, condition: str) -> str:
    return f"""
        CREATE TRIGGER appointment_{resource}_free_{event.split()[0].lower()}
        BEFORE {event} ON {TABLE}
        WHEN NEW.status NOT IN {_FREES_SLOT} AND NEW.overbooked_because = '' AND ({condition})
        BEGIN
            SELECT RAISE(ABORT, 'appointment_{resource}_free')
            FROM {TABLE} other
            WHERE other.{resource}_id = NEW.{resource}_id AND other.id IS NOT NEW.id
              AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
              AND other.starts_at > datetime(NEW.starts_at, '-1 day')
              AND other.status NOT IN {_FREES_SLOT};
        END
    """


def _sqlite_length(event: str) -> str:
    # A millisecond more: Julian days are floating-point numbers.
    return f"""
        CREATE TRIGGER appointment_a_day_at_most_{event.split()[0].lower()}
        BEFORE {event} ON {TABLE}
        WHEN julianday(NEW.ends_at) - julianday(NEW.starts_at) > 1.00000002
        BEGIN
            SELECT RAISE(ABORT, 'appointment_a_day_at_most');
        END
    """


def _takes_new_time(resource: str) -> str:
    """SQL that tells whether an UPDATE makes the row occupy time that it did not hold before."""
    return f"""
        OLD.starts_at IS NOT NEW.starts_at OR OLD.ends_at IS NOT NEW.ends_at
        OR OLD.{resource}_id IS NOT NEW.{resource}_id
        OR OLD.status IN {_FREES_SLOT} OR OLD.overbooked_because <> ''
    """


def _sqlite() -> dict[str, str]:
    triggers = {
        "appointment_a_day_at_most_insert": _sqlite_length("INSERT"),
        "appointment_a_day_at_most_update": _sqlite_length("UPDATE OF starts_at, ends_at"),
    }
    for resource in RESOURCES:
        triggers[f"appointment_{resource}_free_insert"] = _sqlite_trigger(resource, "INSERT", "1")
        triggers[f"appointment_{resource}_free_update"] = _sqlite_trigger(
            resource, f"UPDATE OF {_WATCHED}", _takes_new_time(resource)
        )
    return triggers


_LENGTH = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'appointment_a_day_at_most') THEN
            ALTER TABLE {table} ADD CONSTRAINT appointment_a_day_at_most
            CHECK (ends_at <= starts_at + interval '24 hours');
        END IF;
    END $$
"""

_EXCLUSION = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'appointment_{resource}_free') THEN
            ALTER TABLE {table} ADD CONSTRAINT appointment_{resource}_free
            EXCLUDE USING gist ({resource}_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
            WHERE (status NOT IN {frees} AND overbooked_because = '');
        END IF;
    END $$
"""

_CHECK_ONE = """
        IF EXISTS (
            SELECT 1 FROM {table} other
            WHERE other.{resource}_id = NEW.{resource}_id AND other.id <> NEW.id
              AND other.starts_at > NEW.starts_at - interval '24 hours' AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
              AND other.status NOT IN {frees}
        ) THEN
            RAISE EXCEPTION 'appointment_{resource}_free'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'appointment_{resource}_free';
        END IF;
"""

# The first key of a lock names the kind of resource, so that chair 7 and patient 7 do not wait for each other.
_KINDS = dict(enumerate(RESOURCES, start=8101))
_LOCKS = "\n".join(
    f"        PERFORM pg_advisory_xact_lock({kind}, NEW.{resource}_id::int);" for kind, resource in _KINDS.items()
)


def _postgresql() -> list[str]:
    names = {"table": TABLE, "frees": _FREES_SLOT}
    checks = "".join(_CHECK_ONE.format(resource=resource, **names) for resource in RESOURCES)
    return [
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        _LENGTH.format(table=TABLE),
        *(_EXCLUSION.format(resource=resource, **names) for resource in RESOURCES),
        f"""
        CREATE OR REPLACE FUNCTION appointment_keeps_apart() RETURNS trigger AS $$
        BEGIN
            IF NEW.status IN {_FREES_SLOT} THEN
                RETURN NEW;
            END IF;
            IF TG_OP = 'UPDATE' AND OLD.status NOT IN {_FREES_SLOT}
               AND (OLD.starts_at, OLD.ends_at, OLD.practitioner_id, OLD.chair_id, OLD.patient_id)
                 = (NEW.starts_at, NEW.ends_at, NEW.practitioner_id, NEW.chair_id, NEW.patient_id)
               AND (OLD.overbooked_because = '' OR NEW.overbooked_because <> '') THEN
                RETURN NEW;
            END IF;
{_LOCKS}
            IF NEW.overbooked_because <> '' THEN
                RETURN NEW;
            END IF;
{checks}
            RETURN NEW;
        END $$ LANGUAGE plpgsql
        """,
        f"""
        CREATE OR REPLACE TRIGGER appointment_keeps_apart
        BEFORE INSERT OR UPDATE OF {_WATCHED} ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION appointment_keeps_apart()
        """,
    ]


def hold_resources(appointments: Iterable[Any]) -> None:
    """Take the locks of many appointments, before all of them are written in one transaction.

    First all practitioners', then all chairs', then all patients', each kind in the order of their keys: taken row by
    row, somebody who books one visit could hold one of them and wait for another.
    """
    if connection.vendor != "postgresql":
        return
    appointments = list(appointments)
    with connection.cursor() as cursor:
        for kind, resource in _KINDS.items():
            keys = sorted({getattr(one, f"{resource}_id") for one in appointments})
            cursor.execute("SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key", [kind, keys])


def entangled(corrections: Sequence[tuple[Any, datetime, datetime]]) -> list[list[int]]:
    """Return the positions of corrections (visit, start, end) in groups that depend on each other.

    One depends on another when its new time is one that the other has now, with the same practitioner, chair or
    patient. What depends on nothing is a group by itself.
    """
    group = {position: [position] for position in range(len(corrections))}
    sharing = defaultdict(list)
    for position, (visit, _start, _end) in enumerate(corrections):
        for resource in RESOURCES:
            sharing[resource, getattr(visit, f"{resource}_id")].append(position)
    for positions in sharing.values():
        for wanting, held in ((one, other) for one in positions for other in positions):
            (_visit, start, end), holder = corrections[wanting], corrections[held][0]
            if group[wanting] is group[held] or not (start < holder.ends_at and holder.starts_at < end):
                continue
            joined = group[wanting] + group[held]
            group.update((position, joined) for position in joined)
    return list({id(joined): joined for joined in group.values()}.values())


GUARD = Guard(
    table=TABLE,
    sqlite=_sqlite(),
    postgresql=_postgresql(),
    postgresql_names=[*CONSTRAINTS, "appointment_a_day_at_most", "appointment_keeps_apart"],
)
