"""The page of the reminders, what a branch sends, and what the desk makes of a patient's answer."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.appointments.queries import visits_at
from clinic.reminders import actions
from clinic.reminders.forms import PlanForm
from clinic.reminders.messages import reaches_patients
from clinic.reminders.models import Channel, Plan, Reminder, ReminderQuerySet, Wish
from clinic.reminders.queries import of_today
from clinic.staff.access import allowed, only_post

PAGE = 50
DECISIONS = {"arrived", "again", "leave"}


@require_GET
@allowed("book")
def every(request: HttpRequest) -> HttpResponse:
    """List today's reminders, or those that need somebody: not sent, or nobody knows."""
    if request.GET.get("show") == "needs":
        needing = Reminder.objects.at([request.branch]).needing_somebody()
        return _list(request, needing.order_by("starts_at", "pk"), needs=True)
    return _list(request, of_today(request.branch).order_by("-due_at", "-pk"), needs=False)


def _list(request: HttpRequest, shown: ReminderQuerySet, *, needs: bool) -> HttpResponse:
    context = {
        "page": Paginator(shown.with_people(), PAGE).get_page(request.GET.get("page")),
        "needs": needs,
        "needing": Reminder.objects.at([request.branch]).needing_somebody().count(),
        "plan": Plan.objects.filter(branch=request.branch).first(),
        **_nowhere(),
    }
    return render(request, "reminders/list.html", context)


def _nowhere() -> dict[str, bool]:
    """Return which messages would reach no patient."""
    return {"no_mail": not reaches_patients(Channel.EMAIL), "no_texts": not reaches_patients(Channel.SMS)}


@require_http_methods(["GET", "POST"])
@allowed("book")
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one reminder, or say what becomes of a message that failed, or of which nobody knows."""
    found = Reminder.objects.at(request.branches).filter(pk=pk)
    reminder = get_object_or_404(found)
    if request.method == "GET":
        return _list(request, found, needs=True)
    decision = request.POST.get("decision", "")
    try:
        if decision not in DECISIONS:
            raise actions.NothingToDecide(_("There is no such choice."))
        actions.decide(reminder, decision, request.user)
    except actions.NothingToDecide as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted.") if decision != "again" else _("It goes out again in a moment."))
    return redirect("reminders:list")


@only_post("desk:visit", "pk")
@allowed("book")
def heed(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that somebody has spoken with a patient who had said that they cannot come: they will."""
    visit = get_object_or_404(visits_at(request.branches), pk=pk)
    Wish.objects.filter(appointment=visit).delete()
    return redirect("desk:visit", visit.pk)


@require_http_methods(["GET", "POST"])
@allowed("reminding")
def plan(request: HttpRequest) -> HttpResponse:
    """Say what the branch sends, and when."""
    found = Plan.objects.filter(branch=request.branch).first() or Plan(branch=request.branch)
    form = PlanForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("reminders:list")
    return render(request, "reminders/plan.html", {"form": form} | _nowhere(), status=422 if form.errors else 200)
