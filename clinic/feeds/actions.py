"""Making, reading and revoking feeds."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic.feeds.models import Feed, Told
from clinic.feeds.queries import BEFORE, Entry
from clinic.staff.models import Practitioner, User

SECRET_BYTES = 32
NOTED = timedelta(hours=1)
"""A program asks every few minutes; that it does is noted this often."""


def make(practitioner: Practitioner, names: str, *, by: User) -> tuple[Feed, str]:
    """Give a practitioner a new feed; return it and its secret, which nobody can ask for again. Their old one ends."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        # Two tabs at once: the second waits here and ends what the first made.
        Practitioner.objects.select_for_update().get(pk=practitioner.pk)
        revoke(practitioner, by=by)
        feed = Feed.objects.create(practitioner=practitioner, names=names, secret_hash=_hash(secret), made_by=by)
    return feed, secret


def revoke(practitioner: Practitioner, *, by: User) -> int:
    """End the feed of a practitioner; return how many there were: one or none."""
    standing = Feed.objects.filter(practitioner=practitioner, revoked_at=None)
    return standing.update(revoked_at=timezone.now(), revoked_by=by)


def tell(practitioner: Practitioner, entries: list[Entry], now: datetime) -> dict[str, Told]:
    """Note what the practitioner's calendar is told; return for each uid how often and when that has changed.

    Two that read at once come to the same. What has left the calendar is forgotten.
    """
    told = {one.uid: one for one in Told.objects.filter(practitioner=practitioner)}
    news = []
    for entry in entries:
        one = told.get(entry.uid)
        if one is not None and one.digest == entry.digest:
            continue
        if one is None:
            one = Told(practitioner=practitioner, uid=entry.uid, changed_at=entry.first_known_at)
        else:
            one.sequence, one.changed_at = one.sequence + 1, now
        one.digest, one.over_at = entry.digest, entry.over_at
        news.append(one)
    if news:
        facts = ["digest", "sequence", "changed_at", "over_at"]
        fresh = [
            Told(practitioner=practitioner, uid=one.uid, **{name: getattr(one, name) for name in facts}) for one in news
        ]
        Told.objects.bulk_create(
            fresh, 500, update_conflicts=True, unique_fields=["practitioner", "uid"], update_fields=facts
        )
        Told.objects.filter(practitioner=practitioner, over_at__lt=now - BEFORE - timedelta(days=2)).delete()
    return told | {one.uid: one for one in news}


def open_feed(secret: str) -> Feed | None:
    """Return the feed of a secret, and note that it was read; None for one that is wrong, revoked, or whose owner left.

    What is looked up is the hash, so that the time the answer takes tells nothing of the secret.
    """
    working = Q(practitioner__user=None) | Q(practitioner__user__is_active=True)
    found = Feed.objects.filter(working, secret_hash=_hash(secret), revoked_at=None, practitioner__is_active=True)
    feed = found.select_related("practitioner__user").first()
    now = timezone.now()
    if feed and (feed.read_at is None or feed.read_at < now - NOTED):
        Feed.objects.filter(pk=feed.pk).update(read_at=now)
    return feed


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
