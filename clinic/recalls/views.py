"""The call list, and the panel of one recall."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from clinic.forms import read_number
from clinic.recalls import actions
from clinic.recalls.forms import AttemptForm
from clinic.recalls.models import Attempt, Recall
from clinic.recalls.queries import call_list
from clinic.staff.access import allowed, only_post
from clinic.staff.models import Practitioner

PAGE = 50
LISTS = [
    ("due", pgettext_lazy("recalls", "Due")),
    ("overdue", pgettext_lazy("recalls", "Overdue")),
    ("later", pgettext_lazy("recalls", "Put off")),
    ("booked", pgettext_lazy("recalls", "Booked")),
]


@require_GET
@allowed("book")
def every(request: HttpRequest) -> HttpResponse:
    """List who is to be called at the branch, the longest overdue first."""
    today, asked = request.branch.today(), request.GET.get("show")
    which = asked if asked in dict(LISTS) else "due"
    found = call_list(request.branch, which, today)
    practitioner = read_number(request.GET.get("practitioner"))
    if practitioner:
        found = found.filter(practitioner=practitioner)
    page = Paginator(found.with_people(), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(recall, recall.is_overdue(today), recall.attempts.all()[:3]) for recall in page.object_list],
        "which": which,
        "lists": LISTS,
        "practitioners": Practitioner.objects.filter(is_active=True, branches=request.branch),
        "practitioner": practitioner,
    }
    return render(request, "recalls/list.html", context)


@require_GET
@allowed("book")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one recall, in a side panel: the attempts so far, and what came of the next one."""
    recall = _recall(request, pk)
    return _panel(request, recall, AttemptForm(today=recall.branch.today()))


def _recall(request: HttpRequest, pk: int) -> Recall:
    return get_object_or_404(Recall.objects.at(request.branches).with_people(), pk=pk)


def _panel(request: HttpRequest, recall: Recall, form: AttemptForm, status: int = 200) -> HttpResponse:
    context = {
        "base": "panel.html" if request.htmx else "panel_page.html",
        "recall": recall,
        "form": form,
        "overdue": recall.is_overdue(recall.branch.today()),
        "needs_day": [Attempt.Outcome.CALL_BACK, Attempt.Outcome.DECLINED],
    }
    return render(request, "recalls/one.html", context, status=status)


@only_post("recalls:one", "pk")
@allowed("book")
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what came of a call."""
    recall = _recall(request, pk)
    form = AttemptForm(request.POST, today=recall.branch.today())
    if not form.is_valid():
        return _panel(request, recall, form, status=422)
    data = form.cleaned_data
    actions.record_attempt(recall, data["outcome"], by=request.user, on=data["on"], note=data["note"])
    messages.success(request, _("Noted: %(who)s.") % {"who": recall.patient.full_name})
    return redirect("recalls:one", recall.pk)
