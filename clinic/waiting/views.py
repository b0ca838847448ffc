"""The waiting list, the form of one who waits, and who fits a time that became free."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.appointments import undo
from clinic.appointments.actions import AppointmentError, SlotTaken
from clinic.appointments.models import Appointment
from clinic.appointments.queries import visits_at
from clinic.forms import read_number
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at
from clinic.staff.access import allowed, only_post
from clinic.waiting import actions
from clinic.waiting.forms import EntryForm, GapForm
from clinic.waiting.models import Entry
from clinic.waiting.queries import Gap, fits

PAGE = 50
SUGGESTED = ("patient", "appointment_type", "minutes", "urgency", "earliest", "latest", "part", "instead_of", "note")


@require_GET
@allowed("book")
def every(request: HttpRequest) -> HttpResponse:
    """List who waits at the branch, the most urgent and then the longest waiting first; or who no longer does."""
    closed = request.GET.get("show") == "closed"
    entries = Entry.objects.at([request.branch])
    shown = entries.exclude(status=Entry.Status.WAITING).order_by("-closed_at") if closed else entries.waiting()
    page = Paginator(shown.with_people(), PAGE).get_page(request.GET.get("page"))
    today = request.branch.today()
    rows = [(entry, entry.days(today)) for entry in page.object_list]
    context = {"page": page, "rows": rows, "closed": closed, "waiting": entries.waiting().count()}
    return render(request, "waiting/list.html", context)


@require_http_methods(["GET", "POST"])
@allowed("book")
def new(request: HttpRequest) -> HttpResponse:
    """Add somebody; the address may say who, and what a search for a free time was looking for."""
    asked = {"branch": request.branch, "branches": request.branches}
    if request.method == "GET":
        known = {name: request.GET[name] for name in SUGGESTED if request.GET.get(name)}
        if practitioner := read_number(request.GET.get("practitioner")):
            known["practitioners"] = [practitioner]
        if (weekday := read_number(request.GET.get("weekday"))) is not None:
            known["days"] = [weekday]
        return _form(request, EntryForm(initial=known, **asked))
    form = EntryForm(request.POST, **asked)
    if not form.is_valid():
        return _form(request, form, status=422)
    entry = Entry.objects.filter(uid=form.cleaned_data["uid"]).first() if form.cleaned_data["uid"] else None
    if entry is None:
        form.instance.branch, form.instance.added_by = request.branch, request.user
        form.instance.uid = form.cleaned_data["uid"] or uuid.uuid4()
        entry = form.save()
    return _saved(request, entry)


@require_http_methods(["GET", "POST"])
@allowed("book")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    entry = _entry(request, pk)
    asked = {"instance": entry, "branch": entry.branch, "branches": request.branches}
    if request.method == "GET":
        return _form(request, EntryForm(**asked))
    form = EntryForm(request.POST, **asked)
    if not form.is_valid():
        return _form(request, form, status=422)
    return _saved(request, form.save())


def _entry(request: HttpRequest, pk: int) -> Entry:
    return get_object_or_404(Entry.objects.at(request.branches).with_people(), pk=pk)


def _saved(request: HttpRequest, entry: Entry) -> HttpResponse:
    messages.success(request, _("%(who)s is on the waiting list.") % {"who": entry.patient.full_name})
    return redirect("waiting:list")


def _form(request: HttpRequest, form: EntryForm, status: int = 200) -> HttpResponse:
    chosen = read_number(form["patient"].value())
    patient = patients_at(request.branches).with_alerts().filter(pk=chosen).first()
    return render(
        request, "waiting/form.html", {"form": form, "patient": patient, "entry": form.instance}, status=status
    )


@only_post("waiting:edit", "pk")
@allowed("book")
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody off the list, or put them back."""
    entry = _entry(request, pk)
    if request.POST.get("again"):
        actions.wait_again(Entry.objects.filter(pk=entry.pk))
        messages.success(request, _("%(who)s waits again.") % {"who": entry.patient.full_name})
        return redirect("waiting:list")
    try:
        actions.give_up(entry, request.user)
    except actions.NotWaiting as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(who)s is off the waiting list.") % {"who": entry.patient.full_name})
    return redirect("waiting:list")


@require_GET
@allowed("book")
def fitting(request: HttpRequest) -> HttpResponse:
    """Show who fits a time: that of a visit which was cancelled, or one that the address describes."""
    if "visit" in request.GET:
        visit = get_object_or_404(visits_at(request.branches), pk=read_number(request.GET["visit"]))
        return _fits(request, Gap(visit.starts_at, visit.ends_at, visit.practitioner, visit.chair), but=visit.patient)
    form = GapForm(request.GET, branches=request.branches)
    if not form.is_valid():
        raise Http404
    return _fits(request, form.gap())


def _fits(
    request: HttpRequest, gap: Gap, *, but: Patient | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    over = gap.start <= timezone.now()
    holder = None if over else _holder(gap)
    found = [] if over or holder else fits(gap.start, gap.end, gap.branch, gap.practitioner, gap.chair, but=but)
    context: dict[str, Any] = {
        "base": _base(request),
        "gap": gap,
        "over": over,
        "holder": holder,
        "fits": [(fit, uuid.uuid4()) for fit in found],
        "refused": refused,
    }
    with timezone.override(gap.branch.zone):
        return render(request, "waiting/fits.html", context, status=status)


def _base(request: HttpRequest) -> str:
    """A page asks for the part alone; the answer to its button fills the panel, as the visit does that was booked."""
    if not request.htmx:
        return "panel_page.html"
    return "panel.html" if request.method == "POST" else "waiting/fragment.html"


def _holder(gap: Gap) -> Appointment | None:
    """Return the visit that has the whole of the gap's beginning already, if there is one."""
    there = Appointment.objects.occupying().between(gap.start, gap.end)
    taken = there.filter(chair=gap.chair) | there.filter(practitioner=gap.practitioner)
    return taken.with_people().order_by("starts_at").first()


@only_post("waiting:edit", "pk")
@allowed("book")
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the gap for somebody who waits; when somebody was quicker, say who, and who else would fit."""
    entry = _entry(request, pk)
    form = GapForm(request.POST, branches=request.branches)
    if not form.is_valid() or form.gap().branch != entry.branch:
        raise Http404
    gap = form.gap()
    before = undo.state_of(entry.instead_of) if entry.brings_forward else None
    try:
        visit = actions.fill(
            entry,
            start=gap.start,
            practitioner=gap.practitioner,
            chair=gap.chair,
            by=request.user,
            uid=_uid(request.POST.get("uid", "")),
        )
    except SlotTaken as error:
        return _fits(request, gap, refused=actions.who_took(error), status=422)
    except (AppointmentError, actions.NotWaiting) as error:
        return _fits(request, gap, refused=str(error), status=422)
    words = {"who": visit.patient.full_name, "at": f"{visit.local_start:%H:%M}"}
    said = _("Booked from the waiting list: %(who)s, %(at)s.") % words
    messages.success(request, said, extra_tags=undo.ticket(before, visit, request.user))
    return redirect("desk:visit", visit.pk)


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
