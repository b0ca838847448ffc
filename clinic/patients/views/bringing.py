"""Patients from a file, and all of them as a file."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.patients import importing, queries
from clinic.patients.columns import FIELDS
from clinic.patients.csvs import Unreadable, write_table
from clinic.patients.forms import FileForm, MappingForm
from clinic.patients.imports import Import
from clinic.patients.tasks import ask_for
from clinic.staff.access import allowed

log = logging.getLogger(__name__)

WAIT = 5.0
"""Seconds that a page may work on a small file itself; the rest is left to a worker."""
SHOWN = 50


@require_http_methods(["GET", "POST"])
@allowed("bring")
def files(request: HttpRequest) -> HttpResponse:
    """Send a file, and see those that were sent."""
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            file, is_new = importing.take_in(sent.read(), sent.name, request.branch, request.user)
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            if not is_new:
                told = {"branch": request.branch}
                messages.warning(
                    request, _("This very file was sent before at %(branch)s. Here is how it went.") % told
                )
            return redirect("patients:import", file.pk)
    sent_before = Import.objects.filter(branch__in=request.branches).select_related("by", "branch")[:20]
    context = {"form": form, "files": sent_before}
    return render(request, "patients/imports.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@allowed("bring")
def one(request: HttpRequest, file: int) -> HttpResponse:
    """One file: say what its columns are and have it checked, see what is wrong with it, and have it imported."""
    found = get_object_or_404(Import, pk=file, branch__in=request.branches)
    form = MappingForm(request.POST if "check" in request.POST else None, file=found)
    if form.is_valid():
        _begin(request, found, importing.start_checking(found, form.mapping()))
        return redirect("patients:import", found.pk)
    if "import" in request.POST and request.POST.get("known") in Import.Known.values:
        _begin(request, found, importing.start_importing(found, request.POST["known"]))
        return redirect("patients:import", found.pk)
    context = _standing(found) | {"form": form, "known": Import.Known.choices}
    context["page"] = Paginator(importing.told(found).select_related("patient"), SHOWN).get_page(
        request.GET.get("page")
    )
    context["sample"] = list(found.rows.all()[:3])
    return render(request, "patients/import.html", context, status=422 if form.is_bound else 200)


def _begin(request: HttpRequest, file: Import, may_begin: bool) -> None:
    if not may_begin:
        messages.warning(request, _("This file is being worked on, or has been imported already."))
    elif file.rows.count() > importing.AT_ONCE or not importing.work(file, WAIT):
        ask_for(file.pk)


@require_GET
@allowed("bring")
def progress(request: HttpRequest, file: int) -> HttpResponse:
    """How far it is, asked for every few seconds; once it is done the whole page is fetched again."""
    found = get_object_or_404(Import, pk=file, branch__in=request.branches)
    answer = render(request, "patients/import_progress.html", _standing(found))
    if not found.is_at_work:
        answer["HX-Refresh"] = "true"
    return answer


def _standing(file: Import) -> dict[str, object]:
    states = importing.counts(file)
    every = sum(states.values())
    waiting = {Import.State.CHECKING: ("new",), Import.State.IMPORTING: ("good", "known")}.get(file.state, ())
    return {"file": file, "counts": states, "every": every, "done": every - sum(states.get(one, 0) for one in waiting)}


@require_GET
@allowed("bring")
def problems(request: HttpRequest, file: int) -> HttpResponse:
    """The rows that were not imported as they are, with what to do, as a file to correct and send again."""
    found = get_object_or_404(Import, pk=file, branch__in=request.branches)
    headings = [_("Row"), _("State"), _("What to do"), *found.columns]
    return _download(write_table(headings, importing.problems(found)), "patients-to-correct.csv")


@require_POST
@allowed("bring")
def export(request: HttpRequest) -> HttpResponse:
    """All patients of one's branches as a file that an import reads again. Posted, since it is not to be followed."""
    log.info("User %s exports the patients of %s branches.", request.user.pk, len(request.branches))
    headings = [str(FIELDS[name]) for name in importing.EXPORTED]
    rows = importing.exported(queries.patients_at(request.branches).active().order_by("pk"))
    return _download(write_table(headings, rows), "patients.csv")


def _download(lines: object, name: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
