"""What the desk does with appointments. Each answers with a panel, or sends on to the one of the visit."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4, uuid5

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import reswap, trigger_client_event

from clinic.appointments import actions, tray, undo
from clinic.appointments.forms import BookingForm, MoveForm, SlotForm, slot_initial
from clinic.appointments.models import Appointment, Status
from clinic.appointments.offering import Offer, other_times, shown
from clinic.appointments.queries import taken_chairs, visits_at
from clinic.appointments.slots import read_slots
from clinic.patients.guessing import guess_newcomer
from clinic.patients.models import Patient
from clinic.patients.queries import patients_at, standing
from clinic.practice.clock import moment, read_day, read_time
from clinic.practice.models import AppointmentType
from clinic.rota.queries import Rota
from clinic.staff.access import allowed, only_post

LINKED = 2
"""As many visits as one button books: one and the one that follows it."""


@require_http_methods(["GET", "POST"])
@allowed("book")
def book(request: HttpRequest) -> HttpResponse:
    """Show the booking form, or book. A GET may carry what the form already knows, to have the rest suggested."""
    asked = {"branch": request.branch, "branches": request.branches, "user": request.user}
    if request.method == "GET":
        form = BookingForm(initial=_suggest(request, request.GET), **asked)
        return _booking(request, form)
    form = BookingForm(request.POST, **asked)
    offered = request.POST.get("from") == "offer" and request.htmx
    if form.is_valid():
        try:
            visits = _book(request, form)
        except actions.AppointmentError as error:
            form.refuse(error)
        else:
            for visit in visits:
                _tell(request, _("Booked: %s.") % _in_words(visit), undo.ticket(None, visit, request.user))
            return _done(request) if offered else redirect("desk:visit", visits[0].pk)
    return _refused_offer(request, form) if offered else _booking(request, form, status=422)


@transaction.atomic
def _book(request: HttpRequest, form: BookingForm) -> list[Appointment]:
    """Book what a valid form says, and the visits that are linked to it: all of them, or none."""
    keys = read_slots(request.POST.get("slot", ""))
    if len(keys) > LINKED:
        raise actions.AppointmentError(_("So many visits are not booked at once."))
    visits = [_booked(request, form, form.cleaned_data["patient"] or form.newcomer())]
    for number, key in enumerate(keys[1:], start=1):
        uid = uuid5(form.cleaned_data["uid"] or uuid4(), str(number))
        who = {"patient": visits[0].patient_id, "appointment_type": request.POST.get("then", "")}
        linked = BookingForm(
            {"slot": key, "uid": uid, **who}, branch=request.branch, branches=request.branches, user=request.user
        )
        if not linked.is_valid():
            raise actions.AppointmentError(" ".join(error for errors in linked.errors.values() for error in errors))
        visits.append(_booked(request, linked, visits[0].patient))
    return visits


def _booked(request: HttpRequest, form: BookingForm, patient: Patient) -> Appointment:
    known = {name: form.cleaned_data[name] for name in ("appointment_type", "note", "uid")}
    is_known = patient.pk is not None
    visit = actions.book(patient=patient, by=request.user, **known, **form.slot())
    # A form sent twice finds its first booking: but nobody else's, and none that does not stand any more.
    other = visit.branch != request.branch or visit.booked_by_id != request.user.pk
    if other or (is_known and visit.patient_id != standing(patient).pk) or not visit.occupies_time:
        raise actions.AppointmentError(_("This form was used for a booking before. Begin a new one."))
    return visit


def _in_words(visit: Appointment) -> str:
    when = formats.date_format(visit.local_start, "D j M H:i")
    who = {"patient": visit.patient.full_name, "when": when, "practitioner": visit.practitioner}
    return _("%(patient)s, %(when)s, %(practitioner)s") % who


def _tell(request: HttpRequest, text: str, ticket: str) -> None:
    """Say what was done, and let it be undone."""
    messages.success(request, text, extra_tags=ticket)


def _done(request: HttpRequest) -> HttpResponse:
    """Answer a form that closes: only what is to be told, put where messages stand."""
    answer = render(request, "appointments/done.html")
    return trigger_client_event(reswap(answer, "none"), "finished")


def _refused_offer(request: HttpRequest, form: BookingForm) -> HttpResponse:
    offer = Offer(request.POST, request.branch, request.branches)
    offer.errors = [str(error) for errors in form.errors.values() for error in errors]
    slots = [(slot,) for slot in form.instead] if form.instead and not offer.then else offer.slots()
    return render(request, "appointments/offer.html", {"offer": offer, "slots": slots}, status=422)


@require_GET
@allowed("book")
def offer(request: HttpRequest) -> HttpResponse:
    """Show the next free times for somebody, and what they might want otherwise."""
    asked = Offer(request.GET, request.branch, request.branches)
    return render(request, "appointments/offer.html", shown(asked, request.branches))


@only_post("desk:day")
@allowed("book")
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo what was just done with a visit."""
    try:
        visit = undo.undo(request.POST.get("ticket", ""), request.user, request.branches)
    except actions.AppointmentError as error:
        return trigger_client_event(HttpResponse(status=204), "refused", {"text": str(error)})
    messages.success(request, _("Undone."))
    return redirect("desk:visit", visit.pk)


def _booking(request: HttpRequest, form: BookingForm, status: int = 200) -> HttpResponse:
    chosen = form["patient"].value()
    patients = patients_at(request.branches).with_alerts()
    context = {
        "form": form,
        "patient": patients.filter(pk=chosen).first() if re.fullmatch("[0-9]{1,18}", str(chosen or "")) else None,
        "is_new": any(form[name].value() for name in ("given_name", "family_name", "mobile")),
        "taken": _taken(form),
    }
    return _panel(request, "appointments/book.html", context, status)


def _suggest(request: HttpRequest, known: QueryDict) -> dict[str, Any]:
    """Return the initial values of a booking: what is known, and for the rest the likeliest."""
    branch = request.branch
    kinds = list(AppointmentType.objects.filter(is_active=True))
    kind = next((kind for kind in kinds if str(kind.pk) == known.get("appointment_type")), kinds[0] if kinds else None)
    day = read_day(known.get("day")) or branch.today()
    at = read_time(known.get("at")) or _next_quarter(request, day)
    length = known.get("minutes", "")
    if not length.isdigit():
        length = kind.minutes if kind else 30
    initial = known.dict() | guess_newcomer(known.get("q", ""))
    return initial | {"appointment_type": kind, "day": day, "at": at, "minutes": length}


def _next_quarter(request: HttpRequest, day: date) -> time:
    branch = request.branch
    if day == branch.today():
        now = timezone.localtime(timezone=branch.zone)
        return (now + timedelta(minutes=15 - now.minute % 15)).time().replace(second=0, microsecond=0)
    stretches = Rota.of(branch, day, day).branch_on(day).stretches
    first = stretches[0][0] if stretches else 9 * 60
    return time(first // 60, first % 60)


def _taken(form: SlotForm) -> set[int]:
    """Return the chairs that are taken at the time the form shows, and preselect a free one if none is chosen."""
    day, at, length = (form[name].value() for name in ("day", "at", "minutes"))
    try:
        start = moment(form.branch.zone, read_day(day), read_time(at), fold=0)
        end = start + timedelta(minutes=int(length))
    except (TypeError, ValueError, OverflowError):
        return set()
    taken = taken_chairs(form.branch, start, end, but=form.moving)
    if not form.is_bound and str(form.initial.get("chair") or "") in {"", *map(str, taken)}:
        rota = Rota.of(form.branch, *(at.astimezone(form.branch.zone).date() for at in (start, end)))
        free = [chair.pk for chair in form.chairs if chair.pk not in taken]
        form.initial["chair"] = min(free, key=lambda chair: rota.fit(chair, start, end), default=None)
    return taken


@only_post("desk:visit", "pk")
@allowed("book")
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a visit one step on, or back."""
    visit = get_object_or_404(visits_at(request.branches), pk=pk)
    # A button that says why, or else what was written.
    reason = _written(request, "because", 120) or _written(request, "reason", 120)
    refused, before = "", undo.state_of(visit)
    try:
        status = Status(request.POST.get("status"))
        visit = actions.advance(visit, status, reason=reason, seen=request.POST.get("seen"))
        told = _("%(name)s: %(status)s.") % {"name": visit.patient.full_name, "status": status.label}
        _tell(request, told, undo.ticket(before, visit, request.user))
    except ValueError:
        refused = _("There is no such step. Open the visit again and choose one of its buttons.")
    except actions.AppointmentError as error:
        refused = str(error)
    if request.htmx and request.POST.get("from") in {"board", "chairside"}:
        if refused:
            return trigger_client_event(HttpResponse(status=204), "refused", {"text": refused})
        return reswap(render(request, "appointments/done.html"), "none")
    if refused:
        messages.error(request, refused)
    return redirect("desk:chairside" if request.POST.get("from") == "chairside" else "desk:visit", visit.pk)


def _written(request: HttpRequest, name: str, length: int) -> str:
    """Return what somebody wrote, cut to what is kept; PostgreSQL takes no null characters."""
    return request.POST.get(name, "").replace("\0", "").strip()[:length]


@only_post("desk:visit", "pk")
@allowed("book")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the front desk's note."""
    visit = get_object_or_404(visits_at(request.branches), pk=pk)
    actions.annotate(visit, _written(request, "note", 200))
    messages.success(request, _("Note saved."))
    return redirect("desk:visit", visit.pk)


@require_http_methods(["GET", "POST"])
@allowed("book")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form to move a visit, or move it."""
    visit = get_object_or_404(visits_at(request.branches), pk=pk)
    asked = {"branch": visit.branch, "user": request.user, "moving": visit}
    if request.method == "GET":
        form = MoveForm(initial=_of(visit) | request.GET.dict(), **asked)
        return _moving(request, form, visit)
    # Whoever drags says only what is to be different.
    form = MoveForm(_of(visit) | _fold_of(visit, request.POST) | request.POST.dict(), **asked)
    if request.POST.get("branch") not in {None, str(visit.branch.pk)}:
        where = _("This visit is at %(branch)s. Look at its calendar to move it.") % {"branch": visit.branch}
        form.add_error(None, where)
    if form.is_valid():
        before = undo.state_of(visit)
        try:
            visit = actions.reschedule(visit, **form.slot())
        except actions.AppointmentError as error:
            form.refuse(error)
        else:
            tray.take_off(request.session, visit)
            visit = visits_at(request.branches).get(pk=visit.pk)
            _tell(request, _("Moved: %s.") % _in_words(visit), undo.ticket(before, visit, request.user))
            return redirect("desk:visit", visit.pk)
    return _moving(request, form, visit, status=422)


@only_post("appointments:move", "pk")
@allowed("book")
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a visit on the tray and show where it could go, or take it off again (`off`)."""
    visit = get_object_or_404(visits_at(request.branches), pk=pk)
    if "off" in request.POST:
        tray.take_off(request.session, visit)
        return held(request)
    tray.put(request.session, visit)
    return redirect("appointments:move", pk)


@allowed("book")
def held(request: HttpRequest) -> HttpResponse:
    """Show the tray."""
    return render(request, "appointments/tray.html", {"tray": tray.on_tray(request.session, request.branches)})


def _of(visit: Appointment) -> dict[str, Any]:
    minutes = int(visit.duration.total_seconds() // 60)
    here = {"practitioner": visit.practitioner_id, "chair": visit.chair_id, "minutes": minutes}
    return slot_initial(visit.starts_at, visit.branch) | here


def _fold_of(visit: Appointment, asked: QueryDict) -> dict[str, str]:
    """A visit that stays at its time needs no question about which of two such times is meant."""
    return {} if {"day", "at"} & asked.keys() else {"fold": str(visit.local_start.fold)}


def _moving(request: HttpRequest, form: MoveForm, visit: Appointment, status: int = 200) -> HttpResponse:
    context = {"form": form, "visit": visit, "taken": _taken(form), "others": other_times(visit)}
    context["on_tray"] = visit in tray.on_tray(request.session, [visit.branch])
    with timezone.override(visit.branch.zone):
        return _panel(request, "appointments/move.html", context, status)


def _panel(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a side panel; opened as a page of its own, it gets the page around it."""
    context["base"] = "panel.html" if request.htmx else "panel_page.html"
    return render(request, template, context, status=status)
