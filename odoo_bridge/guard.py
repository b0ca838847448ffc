"""One clinic writes to one Odoo: what shows that this is a copy, or that one side was put back to an older backup.

Two things are looked at before anything is sent. The *place* is where the clinic's database lies: a copy of it lies
in another place. The *mark* is a record in Odoo that counts up while we write, as does our own note of it: a side that
was restored from a backup is behind, and another installation shows by its name. Whatever does not fit pauses the
connection until a person has said what happened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.utils import timezone

from odoo_bridge.client import Client
from odoo_bridge.errors import Busy, Rejected
from odoo_bridge.models import Connection
from odoo_bridge.said import _

MODEL = "ir.attachment"
"""Every internal user may make attachments, and those without a record are their maker's alone (Odoo 16, 17, 19)."""

WRITING, READING = timedelta(seconds=15), timedelta(minutes=1)
"""How often the mark is looked at while something is sent, and while nothing is."""

ATTEMPTS = 5
"""How often a worker looks that others are always ahead of."""

LATE = timedelta(hours=1)
"""How long a request may be under way after we gave up on it."""

SAYS = {
    Connection.Doubt.MOVED: _("The clinic's database lies elsewhere than it did. Is this a copy of the clinic?"),
    Connection.Doubt.CLINIC: _(
        "Odoo knows more of this clinic than its database does. Was that restored from a backup?"
    ),
    Connection.Doubt.ODOO: _("Odoo has seen less of this clinic than before. Was Odoo restored from a backup?"),
}


class Doubtful(Exception):
    """The connection must not be used before a person has said what happened. `kind`: a `Connection.Doubt`."""

    def __init__(self, kind: Connection.Doubt, what: str = "") -> None:
        other = _("Another installation of the clinic (%(what)s) writes to this Odoo.", what=what)
        self.message, self.kind = SAYS.get(kind, other), kind
        super().__init__(self.message)


@dataclass(frozen=True)
class Mark:
    """The record in Odoo: its id, the installation that wrote it and where that runs, and how often it was written."""

    id: int
    instance: str
    place: str
    count: int


def place() -> str:
    """Name our own database so that a copy of it, on another server or under another name, has another name."""
    if database.vendor == "sqlite":
        return f"sqlite {database.settings_dict['NAME']}"
    with database.cursor() as cursor:
        # Addresses change with every new container; the identifier is made with the server's data directory.
        cursor.execute("SELECT system_identifier, current_database() FROM pg_control_system()")
        identifier, name = cursor.fetchone()
    return f"postgresql {identifier} {name}"


def confirm_place(connection: Connection) -> None:
    """Take the present place for the right one."""
    connection.place = place()
    connection.save(update_fields=["place"])


def look(connection: Connection, client: Client, every: timedelta) -> None:
    """Raise Doubtful if the two sides may not belong together as they are; else count the mark up.

    Asks Odoo once in `every` among all workers; while somebody is asking, or was stopped over it, others ask as well:
    nobody sends anything on the strength of an answer that is still to come. Raises Busy where others always come
    first. The demo's sandbox is nobody's books, and not guarded.
    """
    if connection.is_sandbox:
        return
    _check_place(connection)
    for _attempt in range(ATTEMPTS):
        if _was_looked_at(connection, every) or _looked(connection, client):
            return
    raise Busy(_("Others are looking whether this clinic and this Odoo belong together."))


def _was_looked_at(connection: Connection, every: timedelta) -> bool:
    """Tell whether the newest look is no older than `every`, and was brought to its end."""
    connection.refresh_from_db(fields=["mark", "marked_at"])
    begun, now = connection.marked_at, timezone.now()
    # Not one of the future: our clock may have been put back.
    return begun is not None and now - every < begun <= now and connection.mark.get("looked") == begun.timestamp()


def _looked(connection: Connection, client: Client) -> bool:
    """Look, and tell whether nobody else has begun to look meanwhile: what was found would be older than their note."""
    begun = timezone.now()
    Connection.objects.filter(pk=connection.pk).update(marked_at=begun)
    # A worker may stand still for long: what it finds and notes counts until somebody else has begun to look, and what
    # it compares that with is our note of after it began.
    connection.refresh_from_db(fields=["mark", "marked_at"])
    if connection.marked_at != begun:
        return False
    found = read(connection, client)
    if not Connection.objects.filter(pk=connection.pk, marked_at=begun).exists():
        return False
    if found is None and connection.mark:
        raise Doubtful(Connection.Doubt.ODOO)
    if found is not None:
        _compare(connection, found)
    return write(connection, client, found)


def pause(connection: Connection, doubt: Doubtful) -> None:
    """Pause a connection until a person has said what happened."""
    paused = {"state": Connection.State.PAUSED, "doubt": doubt.kind, "trouble": doubt.message}
    Connection.objects.filter(pk=connection.pk).update(**paused, trouble_since=timezone.now())


def _check_place(connection: Connection) -> None:
    if not connection.place:
        confirm_place(connection)
    elif connection.place != place():
        raise Doubtful(Connection.Doubt.MOVED)


def _compare(connection: Connection, found: Mark) -> None:
    """Raise Doubtful if what stands in Odoo is neither our last mark nor one whose answer was lost."""
    if found.instance != str(connection.instance):
        raise Doubtful(Connection.Doubt.OTHER, found.place or "unknown")
    said = connection.mark.get("said", 0)
    if found.count > said:
        raise Doubtful(Connection.Doubt.CLINIC)
    # However long ago a request was sent that had no answer: since then nobody has looked.
    unanswered = {count for count, _ in connection.mark.get("unanswered", [])}
    if found.count not in {said, connection.mark.get("heard", 0)} | unanswered:
        raise Doubtful(Connection.Doubt.ODOO)


def _unanswered(connection: Connection, found: Mark | None) -> list[list[float]]:
    """Return the counts, each with its moment, that may still arrive: not the one that has been found in Odoo."""
    oldest = (timezone.now() - LATE).timestamp()
    there = found.count if found else None
    return [one for one in connection.mark.get("unanswered", []) if one[1] > oldest and one[0] != there]


def write(connection: Connection, client: Client, found: Mark | None) -> bool:
    """Count the mark up, in our database before it is sent and again when Odoo has answered.

    Returns whether nobody else has begun to look since we did.
    """
    count = max(connection.mark.get("said", 0), found.count if found else 0) + 1
    waiting = [*_unanswered(connection, found), [count, timezone.now().timestamp()]]
    # What has been found there was heard of, answered or not.
    heard = found.count if found else connection.mark.get("heard", 0)
    if not _note(connection, connection.mark | {"said": count, "heard": heard, "unanswered": waiting}):
        return False
    content = json.dumps({"instance": str(connection.instance), "place": connection.place, "count": count})
    if found is None:
        columns = ["id", "name", "description"]
        row = [_xmlid(connection), "Clinic: which installation writes here", content]
        [odoo_id] = client.load(MODEL, columns, [row]).raise_if_refused()
    else:
        odoo_id = found.id
        client.write(MODEL, [odoo_id], {"description": content})
    # What has been answered does not arrive once more; what was not may still do.
    unanswered = [one for one in waiting if one[0] != count]
    mark = {"id": odoo_id, "said": count, "heard": count, "unanswered": unanswered}
    if client.server_time:
        # How far Odoo's clock is ahead of ours: should it be put back to a backup, it may be another.
        mark["ahead"] = (client.server_time - timezone.now()).total_seconds()
    if connection.marked_at:
        mark["looked"] = connection.marked_at.timestamp()
    return _note(connection, mark)


def _note(connection: Connection, mark: dict[str, Any]) -> bool:
    """Keep our note of the mark; False if somebody else has begun to look since we did."""
    connection.mark = mark
    mine = Connection.objects.filter(pk=connection.pk, marked_at=connection.marked_at)
    return bool(mine.update(mark=mark))


def read(connection: Connection, client: Client) -> Mark | None:
    """Return the mark as it stands in Odoo, or None where there is none."""
    if (known := connection.mark.get("id")) and (mark := _at(client, known)):
        return mark
    found = client.resolve(_xmlid(connection))
    if found is None:
        return None
    if mark := _at(client, found[1]):
        return mark
    raise Rejected(
        _("The attachment that shows which installation writes here was changed in Odoo. Delete it there."), model=MODEL
    )


def _at(client: Client, odoo_id: int) -> Mark | None:
    """Read a mark by its id, which may have been given to somebody else's file since."""
    for row in client.read(MODEL, [odoo_id], ["description"]):
        try:
            content = json.loads(row["description"] or "{}")
            return Mark(odoo_id, str(content["instance"]), str(content.get("place", "")), int(content["count"]))
        except (ValueError, KeyError, TypeError):
            return None
    return None


def _xmlid(connection: Connection) -> str:
    return f"{connection.namespace}.instance"
