"""Pages of the fee schedule: what is done here, under which code, and what it costs."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.fees import importing
from clinic.fees.forms import ProcedureForm
from clinic.fees.queries import matching, schedule_of
from clinic.patients.csvs import Unreadable, read_table, write_table
from clinic.patients.forms import FileForm
from clinic.practice.models import Procedure
from clinic.staff.access import allowed

PAGE = 100


@require_GET
@allowed("see_fees")
def schedule(request: HttpRequest) -> HttpResponse:
    """List what is offered, or what no longer is."""
    text, retired = request.GET.get("q", "").strip().replace("\x00", ""), request.GET.get("show") == "retired"
    found = schedule_of(request.branch).filter(is_active=not retired)
    page = Paginator(matching(found, text).prefetch_related("taxes"), PAGE).get_page(request.GET.get("page"))
    return render(request, "fees/list.html", {"page": page, "q": text, "retired": retired})


@require_http_methods(["GET", "POST"])
@allowed("fees")
def new(request: HttpRequest) -> HttpResponse:
    """Add a procedure to the schedule."""
    return _page(request, Procedure())


@require_http_methods(["GET", "POST"])
@allowed("fees")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an entry, or retire it: nothing is deleted, since what was done refers to it."""
    return _page(request, get_object_or_404(schedule_of(request.branch), pk=pk))


def _page(request: HttpRequest, procedure: Procedure) -> HttpResponse:
    form = ProcedureForm(request.POST or None, instance=procedure, currency=request.branch.currency)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("fees:list")
    categories = schedule_of(request.branch).exclude(category="").order_by("category")
    context = {"form": form, "categories": categories.values_list("category", flat=True).distinct()}
    # A refused form has changed the record that it was made for, though not what is saved.
    context["procedure"] = procedure if procedure.pk else None
    return render(request, "fees/procedure.html", context, status=422 if form.is_bound else 200)


@require_GET
@allowed("see_fees")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give the schedule as a file that an import reads again."""
    lines = write_table(importing.headings(), importing.exported(request.branch))
    headers = {"Content-Disposition": 'attachment; filename="fees.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "POST"])
@allowed("fees")
def bring(request: HttpRequest) -> HttpResponse:
    """Read a file, show what it would change, and change that when it is sent again as it was shown."""
    if "table" in request.POST:
        return _take_over(request, request.POST["table"].encode())
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            reading = importing.read_schedule(data, request.branch)
            # However the file was written, the page sends it back in one way.
            table = b"".join(write_table(*read_table(data))).decode("utf-8-sig")
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            return _reading(request, reading, table)
    return render(request, "fees/import.html", {"form": form}, status=422 if form.is_bound else 200)


def _reading(request: HttpRequest, reading: importing.Reading, table: str) -> HttpResponse:
    context = {"form": FileForm(), "reading": reading, "table": table}
    return render(request, "fees/import.html", context, status=422 if reading.problems else 200)


def _take_over(request: HttpRequest, table: bytes) -> HttpResponse:
    try:
        reading = importing.take_over(table, request.branch)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect("fees:import")
    if reading.problems:
        return _reading(request, reading, table.decode())
    count = len(reading.changes)
    told = ngettext("%(count)s procedure changed.", "%(count)s procedures changed.", count)
    messages.success(request, told % {"count": count})
    return redirect("fees:list")
