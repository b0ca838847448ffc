"""The reports: each as a page, and as a file with `as=csv`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.patients.csvs import write_table
from clinic.practice.models import Branch
from clinic.reports import aging as ages
from clinic.reports import charts, production, unbilled
from clinic.reports.periods import WORDS, read_period
from clinic.staff.access import allowed

PAGE = 100


def _branches(request: HttpRequest) -> list[Branch]:
    return request.branches if request.GET.get("branch") == "all" else [request.branch]


def _frame(request: HttpRequest, report: str) -> dict[str, object]:
    """Return what every report's page shows around it."""
    everywhere = request.GET.get("branch") == "all"
    return {
        "report": report,
        "everywhere": everywhere,
        "where": _("All branches") if everywhere else str(request.branch),
        "printed_at": timezone.now(),
    }


def _file(name: str, headings: list[str], rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(write_table(headings, rows), content_type="text/csv; charset=utf-8", headers=headers)


def _wants_file(request: HttpRequest) -> bool:
    return request.GET.get("as") == "csv"


@require_GET
@allowed("reports")
def aging(request: HttpRequest) -> HttpResponse:
    """Show what each payer owes, by how long it has been due."""
    branches = _branches(request)
    rows = ages.owing(branches)
    if _wants_file(request):
        headings = [_("Payer"), _("Patient"), _("Phone"), _("Branch"), _("Currency")]
        headings += [str(word) for word in ages.COLUMNS.values()] + [_("Total")]
        return _file("aging", headings, _owed_lines(ages.read(rows, branches)))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    page.object_list = ages.read(page.object_list, branches)
    totals = ages.totals(branches)
    context = {"page": page, "totals": totals, "charts": charts.of_aging(totals), "columns": ages.COLUMNS.values()}
    return render(request, "reports/aging.html", context | _frame(request, "aging"))


def _owed_lines(rows: Iterable[ages.Owing]) -> Iterator[list[object]]:
    for row in rows:
        who = [row.payer.full_name, row.patient.full_name, row.payer.mobile]
        yield [*who, row.branch.code, row.currency, *row.amounts, row.total]


@require_GET
@allowed("reports")
def produced(request: HttpRequest) -> HttpResponse:
    """Show what each practitioner produced, what was invoiced of it and what was collected."""
    period = read_period(request.GET, request.branch.today())
    rows = production.report(_branches(request), period)
    nobody = _("No practitioner")
    if _wants_file(request):
        headings = [_("Practitioner"), _("Currency"), _("Produced"), _("Invoiced"), _("Collected"), _("Ratio in %")]
        return _file("production", headings, _produced_lines(rows, nobody))
    context = {
        "rows": rows,
        "totals": production.totals(rows),
        "charts": charts.of_production(rows, nobody),
        "nobody": nobody,
        "period": period,
        "periods": WORDS.items(),
    }
    return render(request, "reports/production.html", context | _frame(request, "production"))


def _produced_lines(rows: Iterable[production.Produced], nobody: str) -> Iterator[list[object]]:
    for row in rows:
        name = row.practitioner or nobody
        yield [name, row.currency, row.produced, row.invoiced, row.collected, "" if row.ratio is None else row.ratio]


@require_GET
@allowed("reports")
def not_billed(request: HttpRequest) -> HttpResponse:
    """Show what was done and not invoiced, the oldest first."""
    found = unbilled.unbilled(_branches(request))
    if _wants_file(request):
        headings = [_("Done on"), _("Patient"), _("Treatment"), _("Practitioner"), _("Branch")]
        headings += [_("Currency"), _("Amount"), _("On a draft")]
        return _file("not-invoiced", headings, _unbilled_lines(found.iterator(chunk_size=1000)))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.object_list = [(treatment, unbilled.worth_of(treatment)) for treatment in page.object_list]
    context = {"page": page, "totals": unbilled.worth_together(found)}
    return render(request, "reports/unbilled.html", context | _frame(request, "unbilled"))


def _unbilled_lines(found: Iterable[unbilled.Treatment]) -> Iterator[list[object]]:
    for treatment in found:
        visit, money = treatment.appointment, unbilled.worth_of(treatment)
        day = timezone.localtime(treatment.done_at, visit.branch.zone if visit else None)
        who = [f"{day:%Y-%m-%d}", treatment.patient.full_name, treatment, treatment.practitioner]
        draft = _("yes") if hasattr(treatment, "invoice_line") else ""
        yield [*who, visit.branch.code if visit else "", money.currency, money.amount, draft]
