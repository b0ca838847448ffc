"""A feed as a calendar program reads it: iCalendar (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, timedelta

from django.utils import timezone, translation
from icalendar import Calendar, Event

from clinic.feeds.actions import tell
from clinic.feeds.models import Feed, Told
from clinic.feeds.queries import Entry, entries_of

ASK_AGAIN = timedelta(minutes=15)


def calendar_of(feed: Feed) -> bytes:
    """Return the calendar, the same bytes while nothing changes, in the language that its practitioner chose."""
    now, user = timezone.now(), feed.practitioner.user
    with translation.override((user and user.language) or translation.get_language()):
        entries = entries_of(feed, now)
    told = tell(feed.practitioner, entries, now)
    calendar = Calendar()
    calendar.add("prodid", "-//Clinic//Practitioner feed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", str(feed.practitioner))
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", ASK_AGAIN)
    for entry in entries:
        calendar.add_component(_event(entry, told[entry.uid]))
    return calendar.to_ical()


def _event(entry: Entry, told: Told) -> Event:
    event, changed_at = Event(), told.changed_at.astimezone(UTC).replace(microsecond=0)
    event.add("uid", entry.uid)
    event.add("sequence", told.sequence)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("class", "PRIVATE")
    for name, value in entry.facts.items():
        event.add(name, value)
    return event
