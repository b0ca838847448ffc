"""Events, their attendees, and the mails Odoo would send about them."""

from __future__ import annotations

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters
import datetime as dt
from typing import Any

from odoo_bridge.sandbox.errors import ValidationError
from odoo_bridge.sandbox.models.partner import sanitised
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.fields import SECONDS
from odoo_bridge.sandbox.orm.model import BaseModel

# What others may see of a private event (observed on Odoo 17).
PUBLIC = frozenset(
    {"id", "active", "allday", "duration", "user_id", "partner_id", "show_as", "privacy", "recurrency"}
    | {"start", "stop", "start_date", "stop_date"}
)
BLANK_NUMBERS = ("integer", "float", "many2one_reference")


def moment(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, SECONDS)  # noqa: DTZ007 - UTC by contract


class CalendarEvent(BaseModel):
    name = "calendar.event"
    checks_in_batches = True

    def _defaults(self) -> Vals:
        return {"user_id": self.env.uid}

    # -- creating and changing

    def _before_create(self, vals: Vals) -> Vals:
        if vals.get("partner_ids") is None:
            vals["partner_ids"] = [[6, 0, [self.env.partner_id]]]
        if vals.get("allday") and vals.get("start_date"):
            self._fill_day(vals)
        start, stop = self._time(vals, "start"), self._time(vals, "stop")
        if not vals.get("stop"):
            # The trap of the API: stop does not follow from start and duration, but from now.
            stop = vals["stop"] = self._default_stop()
        if start and stop and vals.get("duration") is None:
            vals["duration"] = _hours(start, stop)
        return self._described_by(vals)

    def _time(self, vals: Vals, name: str) -> str | None:
        """A sent time in its stored form. Raises ``ValueError`` for anything but ``YYYY-MM-DD HH:MM:SS``."""
        value: str | None = self.fields[name].to_column(vals.get(name))
        return value

    def _default_stop(self) -> str:
        now = self.env.now
        if self.profile.default_stop == "midnight":
            return (now.replace(hour=1, minute=0, second=0, microsecond=0)).strftime(SECONDS)
        past = dt.timedelta(minutes=now.minute % 30, seconds=now.second, microseconds=now.microsecond)
        next_half_hour = now - past + dt.timedelta(minutes=30 if past else 0)
        return (next_half_hour + dt.timedelta(hours=1)).strftime(SECONDS)

    def _fill_day(self, vals: Vals) -> None:
        """All-day events last from 8 to 18 o'clock, in no zone at all (observed)."""
        vals["start"] = f"{vals['start_date']} 08:00:00"
        vals["stop"] = f"{vals.get('stop_date') or vals['start_date']} 18:00:00"

    def _described_by(self, vals: Vals) -> Vals:
        if vals.get("description"):
            vals["description"] = sanitised(vals["description"], "<p>{text}</p>")
        return vals

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        if vals.get("start_date") and (vals.get("allday") or self._all_day(ids)):
            self._fill_day(vals)
        return self._described_by(vals)

    def _all_day(self, ids: list[int]) -> bool:
        return all(self._column_of(ids, "allday").values())

    def _write(self, ids: list[int], vals: Vals) -> None:
        before = self._attendees(ids)
        lasts = self._column_of(ids, "duration")
        super()._write(ids, vals)
        if vals.get("start") and not vals.get("stop"):
            for each in ids:
                self._stop_after(each, float(vals.get("duration") or lasts.get(each) or 0.0))
        elif vals.get("duration") and not vals.get("stop"):
            for each in ids:
                self._stop_after(each, float(vals["duration"]))
        elif vals.get("stop") and not vals.get("duration"):
            self._measure(ids)
        self._check_times(ids)
        self._notify_changes(ids, vals, before)

    def _stop_after(self, record_id: int, hours: float) -> None:
        (start,) = self._stored(record_id, "start")
        stop = moment(start) + dt.timedelta(minutes=round(hours * 60))
        self._update([record_id], {"stop": stop.strftime(SECONDS), "duration": hours})

    def _measure(self, ids: list[int]) -> None:
        for each in ids:
            start, stop = self._stored(each, "start", "stop")
            self._update([each], {"duration": _hours(start, stop)})

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        self._sync_attendees(ids)
        self._check_times(ids)
        upcoming = [each for each in ids if self._stored(each, "start")[0] >= self.env.stamp[:19]]
        self._mail(self._attendees(upcoming), "Invitation")
        if self.profile.organizer_in_description:
            self._name_organizer(ids)

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        if "partner_ids" in vals:
            self._sync_attendees(ids)
        if self.profile.organizer_in_description and "description" in vals:
            self._name_organizer(ids)

    def _name_organizer(self, ids: list[int]) -> None:
        """19 appends who organizes the event to its description, so what is read is not what was sent."""
        names = self.env["res.users"]._display([u for u in self._column_of(ids, "user_id").values() if u])
        for each in ids:
            user, text = self._stored(each, "user_id", "description")
            if user and "Organized by" not in (text or ""):
                self.env.execute(
                    "UPDATE calendar_event SET description = ? WHERE id = ?",
                    (f"<div>{text or ''}<br><strong>Organized by</strong><br>{names[user]}</div>", each),
                )

    def _check_times(self, ids: list[int]) -> None:
        for each in ids:
            name, start, stop = self._stored(each, "name", "start", "stop")
            if start and stop and stop < start:
                raise ValidationError(self._text("event_order", name=name, start=start, stop=stop))

    # -- attendees and mails

    def _attendees(self, ids: list[int]) -> dict[int, set[int]]:
        """The partners who attend, by event."""
        found: dict[int, set[int]] = {each: set() for each in ids}
        rows = self.env.execute(
            f"SELECT event_id, partner_id FROM calendar_attendee WHERE event_id {IN_IDS}", (marks(ids),)
        )
        for event, partner in rows:
            found[event].add(partner)
        return found

    def _sync_attendees(self, ids: list[int]) -> None:
        """One attendee for each partner, kept with its answer for as long as the partner stays."""
        attendee = self.env["calendar.attendee"]
        present = self._attendees(ids)
        for each in ids:
            wanted = set(self.env.column("SELECT there FROM rel_calendar_event_partner_ids WHERE here = ?", (each,)))
            gone = present[each] - wanted
            if gone:
                leaving = self.env.column(
                    f"SELECT id FROM calendar_attendee WHERE event_id = ? AND partner_id {IN_IDS}",
                    (each, marks(gone)),
                )
                attendee._unlink(leaving)
            attendee._create([{"event_id": each, "partner_id": partner} for partner in sorted(wanted - present[each])])

    def _notify_changes(self, ids: list[int], vals: Vals, before: dict[int, set[int]]) -> None:
        """New attendees are invited; the others hear of a new time that lies ahead (observed)."""
        active = [each for each, shown in self._column_of(ids, "active").items() if shown]
        now = self._attendees(active)
        if "partner_ids" in vals:
            self._mail({each: now[each] - before[each] for each in active}, "Invitation")
        start = self._time(vals, "start")
        if start and start >= self.env.stamp[:19]:
            self._mail({each: now[each] & before[each] for each in active}, "Date updated")

    def _mail(self, people: dict[int, set[int]], subject: str) -> None:
        """Records the mails Odoo would send: to everybody with an address but the user himself.

        Only ``no_mail_to_attendees`` in the context and the system parameter ``calendar.block_mail`` stop
        them; ``dont_notify`` and ``tracking_disable`` do not (observed).
        """
        if self.env.context.get("no_mail_to_attendees") or self._mails_are_blocked():
            return
        for event, partners in people.items():
            (name,) = self._stored(event, "name")
            for address in self._addresses(partners - {self.env.partner_id}):
                self.env["mail.mail"]._create(
                    [
                        {
                            "subject": f"{subject}: {name}",
                            "email_to": address,
                            "model": self.name,
                            "res_id": event,
                        }
                    ]
                )

    def _mails_are_blocked(self) -> bool:
        return bool(self.env.value("SELECT value FROM ir_config_parameter WHERE key = 'calendar.block_mail'"))

    def _addresses(self, partners: set[int]) -> list[str]:
        return self.env.column(
            f"SELECT email FROM res_partner WHERE id {IN_IDS} AND COALESCE(email, '') <> '' ORDER BY id",
            (marks(partners),),
        )

    # -- reading

    def _mask(self, rows: list[Vals]) -> list[Vals]:
        """Other people's private events read "Busy" (``confidential`` ones do not; observed)."""
        hidden = self._private_to_others([row["id"] for row in rows])
        for row in rows:
            if row["id"] in hidden:
                row.update({name: self._blank(name) for name in row if name not in PUBLIC})
        return rows

    def _private_to_others(self, ids: list[int]) -> set[int]:
        return set(
            self.env.column(
                f"SELECT id FROM calendar_event e WHERE id {IN_IDS} AND privacy = 'private' AND "
                "COALESCE(user_id, 0) <> ? AND NOT EXISTS (SELECT 1 FROM rel_calendar_event_partner_ids r "
                "WHERE r.here = e.id AND r.there = ?)",
                (marks(ids), self.env.uid, self.env.partner_id),
            )
        )

    def _blank(self, name: str) -> Any:
        if name in ("name", "display_name"):
            return "Busy"
        field = self.fields[name]
        if field.type in ("one2many", "many2many"):
            return []
        return 0 if field.type in BLANK_NUMBERS else False

    def _compute_partner_id(self, ids: list[int]) -> dict[int, Any]:
        """The organizer's contact."""
        users = self._column_of(ids, "user_id")
        partners = self.env["res.users"]._column_of({u for u in users.values() if u}, "partner_id")
        names = self.env["res.partner"]._display(partners.values())
        pairs = {user: [partner, names[partner]] for user, partner in partners.items()}
        return {each: pairs.get(users[each], False) for each in ids}

    def _compute_attendees_count(self, ids: list[int]) -> dict[int, int]:
        return {each: len(people) for each, people in self._attendees(ids).items()}


def _hours(start: str, stop: str) -> float:
    return round((moment(stop) - moment(start)).total_seconds() / 3600, 2)


class CalendarAttendee(BaseModel):
    name = "calendar.attendee"
    rec_name = "common_name"

    def _before_create(self, vals: Vals) -> Vals:
        if vals.get("partner_id") == self.env.partner_id:
            vals["state"] = "accepted"
        vals["access_token"] = f"{vals.get('event_id')}-{vals.get('partner_id')}"
        return vals

    def _compute_common_name(self, ids: list[int]) -> dict[int, str]:
        partners = self._column_of(ids, "partner_id")
        names = self.env["res.partner"]._display(partners.values())
        return {each: names.get(partners[each], "") for each in ids}

    def _display(self, ids: Any) -> dict[int, str]:
        return self._compute_common_name(list(ids))

    @public
    def do_accept(self, ids: Any) -> bool:
        return self._answer(ids, "accepted")

    @public
    def do_decline(self, ids: Any) -> bool:
        return self._answer(ids, "declined")

    @public
    def do_tentative(self, ids: Any) -> bool:
        return self._answer(ids, "tentative")

    def _answer(self, ids: Any, state: str) -> bool:
        """An answer does not bump the event's ``write_date`` (observed)."""
        self._write(self._ids(ids), {"state": state})
        return True
