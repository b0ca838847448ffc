"""Pages of the day-end: count and close, the deposit slip, the days that were closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from clinic.dayend import actions, queries
from clinic.dayend.forms import CorrectionForm, CountForm
from clinic.dayend.models import Closing
from clinic.patients.csvs import write_table
from clinic.practice.clock import read_day
from clinic.staff.access import allowed, only_post

PAGE = 50


def _address(closing_day: date, branch: int) -> str:
    return f"{reverse('dayend:day')}?branch={branch}&day={closing_day:%Y-%m-%d}"


@require_GET
@allowed("money")
def day(request: HttpRequest) -> HttpResponse:
    """Show the end of a day: what was taken, and what was counted or is to be."""
    return _day_page(request, read_day(request.GET.get("day")) or request.branch.today())


def _day_page(request: HttpRequest, chosen: date, status: int = 200, **more: object) -> HttpResponse:
    branch = request.branch
    context = {
        "day": chosen,
        "previous": chosen - timedelta(days=1),
        "next": chosen + timedelta(days=1),
        "printed_at": timezone.now(),
        "is_to_come": chosen > branch.today(),
        **more,
    }
    if closing := queries.closing_of(branch, chosen):
        context |= _closed(closing)
        context.setdefault("correction", CorrectionForm(currency=closing.currency))
        return render(request, "dayend/closed.html", context, status=status)
    rows = queries.rows_of(queries.pending(branch, chosen))
    takings = queries.taken(rows)
    begins_with = queries.float_of(branch, chosen)
    context |= {
        "takings": takings,
        "by_method": queries.by_method(takings),
        "cash": queries.cash_of(takings),
        "late": sum(row.received_on < chosen for row in rows),
        "currency": branch.currency,
    }
    context.setdefault("form", CountForm(currency=branch.currency, opening_float=begins_with))
    return render(request, "dayend/open.html", context, status=status)


def _closed(closing: Closing) -> dict[str, object]:
    takings = queries.kept_takings(closing)
    return {
        "closing": closing,
        "takings": takings,
        "by_method": queries.by_method(takings),
        "cash": closing.cash_taken,
        "after": queries.after_close(closing),
        "corrections": list(closing.corrections.select_related("made_by")),
        "currency": closing.currency,
    }


@only_post("dayend:day")
@allowed("dayend")
def close(request: HttpRequest) -> HttpResponse:
    """Close a day with what was counted."""
    chosen = read_day(request.POST.get("day"))
    if not chosen:
        return redirect("dayend:day")
    branch = request.branch
    form = CountForm(request.POST, currency=branch.currency, opening_float=queries.float_of(branch, chosen))
    difference = None
    if form.is_valid():
        try:
            actions.close(branch, chosen, form.count, by=request.user, uid=form.cleaned_data["uid"])
        except actions.NeedsNote as error:
            difference = error.difference
            form.add_error("note", str(error))
        except actions.DayEndError as error:
            messages.error(request, str(error))
            if queries.closing_of(branch, chosen):
                return redirect(_address(chosen, branch.pk))
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Day closed."))
            return redirect(_address(chosen, branch.pk))
    return _day_page(request, chosen, status=422, form=form, difference=difference)


def _closing(request: HttpRequest, pk: int) -> Closing:
    found = Closing.objects.filter(branch__in=request.branches).select_related("branch", "closed_by")
    return get_object_or_404(found, pk=pk)


@only_post("dayend:slip", "pk")
@allowed("dayend")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter what turned out after a day was closed."""
    closing = _closing(request, pk)
    form = CorrectionForm(request.POST, currency=closing.currency)
    if form.is_valid():
        entry = form.cleaned_data
        try:
            actions.correct(closing, entry["amount"], entry["reason"], by=request.user, uid=entry["uid"])
        except actions.DayEndError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Correction entered."))
            return redirect(_address(closing.day, closing.branch_id))
    request.branch = closing.branch
    return _day_page(request, closing.day, status=422, correction=form)


@require_GET
@allowed("money")
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what goes to the bank, as it is printed."""
    closing = _closing(request, pk)
    context = {"closing": closing, "printed_at": timezone.now()}
    return render(request, "dayend/slip.html", context)


@require_GET
@allowed("money")
def every(request: HttpRequest) -> HttpResponse:
    """List the days that were closed at a branch, the latest first; as a file if `as=csv`."""
    found = Closing.objects.filter(branch=request.branch).select_related("branch", "closed_by")
    if request.GET.get("as") == "csv":
        return _as_file(found.prefetch_related("corrections"))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "dayend/list.html", {"page": page})


def _as_file(closings: object) -> StreamingHttpResponse:
    headings = [_("Day"), _("Branch"), _("Currency"), _("In the till this morning"), _("Cash taken")]
    headings += [pgettext("cash", "Expected"), _("Counted"), _("Difference"), _("Corrections"), _("Stays in the till")]
    headings += [_("To the bank"), _("Why it differs"), _("Closed by"), _("Closed at")]
    headers = {"Content-Disposition": 'attachment; filename="day-ends.csv"', "Cache-Control": "no-store"}
    lines = write_table(headings, _lines(closings))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(closings: object) -> Iterator[list[object]]:
    for one in closings.iterator(chunk_size=500):
        corrected = sum(correction.amount for correction in one.corrections.all())
        yield [
            one.day,
            one.branch.code,
            one.currency,
            one.opening_float,
            one.cash_taken,
            one.expected,
            one.counted,
            one.difference,
            corrected,
            one.left,
            one.deposit,
            one.note,
            one.closed_by,
            f"{timezone.localtime(one.closed_at):%Y-%m-%d %H:%M}",
        ]
