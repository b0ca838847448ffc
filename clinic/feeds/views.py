"""The feed itself, and the page on which it is made and revoked."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from clinic.feeds import actions
from clinic.feeds.document import calendar_of
from clinic.feeds.models import Feed
from clinic.staff.access import allowed, only_post
from clinic.staff.models import Practitioner
from clinic.throttle import Throttle

# So many secrets that open nothing from one address, within the time in seconds; then nothing opens there for a while.
GUESSED = Throttle("feed", often=30, within=300)


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar, for whoever has the address. Why one opens nothing is not said; who guesses has to wait."""
    address = request.META.get("REMOTE_ADDR", "")
    if GUESSED.is_spent(address):
        return HttpResponse(status=429, headers={"Retry-After": str(GUESSED.within)})
    found = actions.open_feed(secret)
    if found is None:
        GUESSED.count(address)
        raise Http404
    body = calendar_of(found)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response = get_conditional_response(request, etag=etag, response=response)
    facts = {"ETag": etag, "Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer"}
    facts["Content-Disposition"] = 'inline; filename="visits.ics"'
    for name, value in facts.items():
        response.headers[name] = value
    return response


@require_GET
@allowed("feeds")
def every(request: HttpRequest) -> HttpResponse:
    """Show the feeds: one's own, or for whoever manages the practice those of everybody at their branches."""
    return _page(request)


def _page(request: HttpRequest, **more: object) -> HttpResponse:
    practitioners = list(_whose(request).prefetch_related("branches"))
    standing = Feed.objects.filter(practitioner__in=practitioners, revoked_at=None).select_related("made_by")
    feeds = {feed.practitioner_id: feed for feed in standing}
    rows = [{"practitioner": one, "feed": feeds.get(one.pk)} for one in practitioners]
    return render(request, "feeds/list.html", {"rows": rows, "choices": Feed.Names.choices, **more})


def _whose(request: HttpRequest) -> models.QuerySet:
    found = Practitioner.objects.filter(is_active=True).order_by("position", "name")
    if request.user.manages:
        return found.filter(branches__in=request.branches).distinct()
    return found.filter(user=request.user)


@only_post("feeds:list")
@allowed("feeds")
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a feed, and show its address this once. Only its owner may: an address is for one person's eyes."""
    practitioner = get_object_or_404(_whose(request), pk=pk, user=request.user)
    names = request.POST.get("names", "")
    if names not in Feed.Names.values:
        messages.error(request, _("Choose what the calendar tells of a patient."))
        return redirect("feeds:list")
    _feed, secret = actions.make(practitioner, names, by=request.user)
    address = f"{settings.CLINIC_URL.rstrip('/')}{reverse('feed', args=[secret])}"
    response = _page(request, address=address)
    response.headers["Cache-Control"] = "no-store"
    return response


@only_post("feeds:list")
@allowed("feeds")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a feed. Whoever reads it finds nothing from now on."""
    practitioner = get_object_or_404(_whose(request), pk=pk)
    actions.revoke(practitioner, by=request.user)
    messages.success(request, _("Revoked: the old address opens nothing any more."))
    return redirect("feeds:list")
