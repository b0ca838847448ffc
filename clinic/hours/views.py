"""The pages of the hours: what they are, what changes, and whom a change leaves outside of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.appointments.queries import visits_at
from clinic.hours import actions
from clinic.hours.forms import (
    AbsenceForm,
    ClosureForm,
    HolidaysForm,
    HoursForm,
    OpeningForm,
    WeekForm,
    owner_named,
    owners_at,
)
from clinic.hours.models import Stranded
from clinic.hours.pages import entries_of, weeks_of
from clinic.hours.public_holidays import public_holidays, regions_of
from clinic.hours.queries import Change, branches_with, count_unsettled, deserted, unsettled
from clinic.practice.clock import LAST_DAY, read_day
from clinic.practice.models import Closure
from clinic.rota.actions import ids_of
from clinic.rota.models import Absence, Opening, Pattern
from clinic.rota.queries import Owner, Rota
from clinic.rota.stretches import DAY
from clinic.rota.words import clock
from clinic.staff.access import allowed, only_post

PAGE = 100

get_or_post = require_http_methods(["GET", "POST"])


@require_GET
@allowed("desk")
def overview(request: HttpRequest) -> HttpResponse:
    """Show the week of the branch and of everybody there, and what differs from it in time to come."""
    branch, today = request.branch, request.branch.today()
    rota = Rota.of(branch, today, LAST_DAY)
    owners = owners_at(branch)
    context = {
        "weeks": weeks_of(rota, owners, today),
        "entries": entries_of(rota, owners, discreet="hours" not in request.user.abilities),
        "stranded": count_unsettled(branch),
        "is_new": not rota.patterns,
    }
    return render(request, "hours/overview.html", context)


def _owner(request: HttpRequest, owners: dict[Owner, str]) -> Owner:
    owner = owner_named(request.GET.get("who", ""))
    if owner not in owners:
        raise Http404("Nobody like that works at this branch.")
    return owner


@get_or_post
@allowed("hours")
def week(request: HttpRequest) -> HttpResponse:
    """Change the week of the branch, a practitioner or a chair, from a day on."""
    branch = request.branch
    owners = owners_at(branch)
    owner = _owner(request, owners)
    begins = read_day(request.GET.get("begins")) or branch.today()
    rota = Rota.of(branch, begins, LAST_DAY)
    of_branch = rota.week_of(("branch", branch.pk), begins)
    asked = {"owner": owner, "week": rota.week_of(owner, begins), "of_branch": of_branch}
    form = _form(request, WeekForm, {"begins": begins}, owners=owners, **asked)
    later = [began for began, _week in rota.patterns.get(owner, []) if began > begins]
    return _ask(request, form, "hours/week.html", name=owners[owner], owner=owner, later=later)


@get_or_post
@allowed("hours")
def absence(request: HttpRequest) -> HttpResponse:
    """Add leave of a practitioner, or a time in which a chair is out of service."""
    owner = owner_named(request.GET.get("who", ""))
    kind = Absence.Kind.OUT_OF_SERVICE if owner and owner[0] == "chair" else Absence.Kind.LEAVE
    initial = request.GET.dict() | {"kind": kind}
    return _ask(request, _form(request, AbsenceForm, initial), "hours/leave.html")


@get_or_post
@allowed("hours")
def change_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Change leave: whoever is ill stays away for longer."""
    away = get_object_or_404(_absences(request), pk=pk)
    who = f"practitioner-{away.practitioner_id}" if away.practitioner_id else f"chair-{away.chair_id}"
    initial = {name: getattr(away, name) for name in ("kind", "first_day", "last_day", "note")} | {"who": who}
    initial |= {
        "starts": clock(away.starts) if away.starts else "",
        "ends": clock(away.ends) if away.ends < DAY else "",
    }
    return _ask(request, _form(request, AbsenceForm, initial, replacing=away), "hours/leave.html", away=away)


def _absences(request: HttpRequest) -> QuerySet[Absence]:
    """Return the absences at the branches of whoever asks."""
    here = Q(practitioner__branches__in=request.branches) | Q(chair__branch__in=request.branches)
    return Absence.objects.filter(here).distinct()


@get_or_post
@allowed("hours")
def opening(request: HttpRequest) -> HttpResponse:
    """Open the branch, or let a practitioner come in, once."""
    return _ask(request, _form(request, OpeningForm, request.GET.dict()), "hours/opening.html")


@get_or_post
@allowed("hours")
def closure(request: HttpRequest) -> HttpResponse:
    """Close the branch for some days."""
    return _ask(request, _form(request, ClosureForm, request.GET.dict()), "hours/closure.html")


@get_or_post
@allowed("hours")
def holidays(request: HttpRequest) -> HttpResponse:
    """Suggest the public holidays of a year, and close on those that are ticked."""
    branch, today = request.branch, request.branch.today()
    year = request.GET.get("year", "")
    year = int(year) if year.isascii() and year.isdigit() and 2000 <= int(year[:5]) <= 2100 else today.year
    regions = regions_of(branch)
    region = request.GET.get("region", "")
    region = region if region in regions else ""
    known = public_holidays(branch, year, region)
    closures = Closure.objects.filter(branch=branch, last_day__year__gte=year, first_day__year__lte=year)
    taken = [(one.first_day, one.last_day) for one in closures]
    open_days = {
        day: name
        for day, name in (known or {}).items()
        if day >= today and not any(first <= day <= last for first, last in taken)
    }
    form = _form(request, HolidaysForm, {}, holidays=open_days)
    context = {"known": known, "open_days": open_days, "year": year, "region": region, "regions": regions}
    return _ask(request, form, "hours/holidays.html", years=range(today.year, today.year + 3), **context)


def _form(request: HttpRequest, form: type[HoursForm], initial: dict[str, Any], **more: Any) -> HoursForm:
    asked = {"branch": request.branch, "user": request.user} | more
    if "owners" not in asked:
        asked["owners"] = owners_at(request.branch)
    return form(request.POST, **asked) if request.method == "POST" else form(initial=initial, **asked)


def _ask(request: HttpRequest, form: HoursForm, template: str, **context: Any) -> HttpResponse:
    """Show a form, or what it would strand; once that has been seen, or if it strands nobody, make the change."""
    outcome = None
    if form.is_bound and form.is_valid():
        outcome = _carry_out(request, form.change())
        if outcome.made:
            return _made(request, outcome)
    status = 422 if form.is_bound else 200
    return render(request, template, context | {"form": form, "outcome": outcome}, status=status)


def _carry_out(request: HttpRequest, change: Change) -> actions.Outcome:
    return actions.carry_out(change, by=request.user, seen=request.POST.get("seen", ""), show=request.branches)


def _made(request: HttpRequest, outcome: actions.Outcome) -> HttpResponse:
    messages.success(request, _("Saved."))
    page = "hours:stranded" if outcome.count else "hours:overview"
    return redirect(f"{reverse(page)}?branch={request.branch.pk}")


def _remove(request: HttpRequest, change: Change, what: str) -> HttpResponse:
    """Ask whether something is to be removed, show whom that would strand, and remove it."""
    outcome = None
    if request.method == "POST":
        outcome = _carry_out(request, change)
        if outcome.made:
            return _made(request, outcome)
    context = {"what": what, "outcome": outcome}
    return render(request, "hours/remove.html", context, status=422 if outcome else 200)


@get_or_post
@allowed("hours")
def remove_week(request: HttpRequest) -> HttpResponse:
    """Drop a week: whoever kept it goes on with the one before, or with the branch's."""
    branch = request.branch
    owners = owners_at(branch)
    owner, begins = _owner(request, owners), read_day(request.GET.get("begins"))
    pattern = get_object_or_404(Pattern, branch=branch, begins=begins, **ids_of(owner))
    what = _("The week of %(who)s from %(day)s on") % {"who": owners[owner], "day": begins}
    return _remove(request, Change(pattern.delete, [branch], owner, begins), what)


@get_or_post
@allowed("hours")
def remove_absence(request: HttpRequest, pk: int) -> HttpResponse:
    away = get_object_or_404(_absences(request), pk=pk)
    owner = ("practitioner", away.practitioner_id) if away.practitioner_id else ("chair", away.chair_id)
    branches = branches_with(away.practitioner) if away.practitioner_id else [away.chair.branch]
    change = Change(_deleting(away), branches, owner, away.first_day, away.last_day)
    return _remove(request, change, f"{away.get_kind_display()}: {away.practitioner or away.chair.name}")


@get_or_post
@allowed("hours")
def remove_opening(request: HttpRequest, pk: int) -> HttpResponse:
    once = get_object_or_404(Opening, pk=pk, branch__in=request.branches)
    who = once.practitioner or once.chair or once.branch
    # Chairs open with a practitioner: a visit of anybody at the branch may be touched.
    change = Change(_deleting(once), [once.branch], ("branch", once.branch_id), once.day, once.day)
    return _remove(request, change, _("The opening of %(who)s") % {"who": who})


@get_or_post
@allowed("hours")
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    closed = get_object_or_404(Closure, pk=pk, branch__in=request.branches)
    owner = ("branch", closed.branch_id)
    change = Change(_deleting(closed), [closed.branch], owner, closed.first_day, closed.last_day)
    return _remove(request, change, _("The closure “%(reason)s”") % {"reason": closed.reason})


def _deleting(row: Absence | Opening | Closure) -> Callable[[], object]:
    """Return what deletes a row, and can be done again after it was taken back."""
    return type(row).objects.filter(pk=row.pk).delete


@require_GET
@allowed("desk")
def stranded(request: HttpRequest) -> HttpResponse:
    """List the visits that a change of the hours stranded, until each is moved, cancelled or accepted."""
    page = Paginator(unsettled(request.branch), PAGE).get_page(request.GET.get("page"))
    return render(request, "hours/stranded.html", {"page": page})


@only_post("hours:stranded")
@allowed("book")
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a stranded visit as it is."""
    visit = get_object_or_404(visits_at(request.branches), pk=pk)
    is_listed = Stranded.objects.filter(appointment=visit).exists() or deserted(visit.branch).filter(pk=pk).exists()
    if not is_listed:
        raise Http404
    actions.accept(visit, by=request.user)
    messages.success(request, _("Accepted: the visit stays as it is."))
    return redirect("hours:stranded")
