"""Pages of the price lists: who pays by which, and what it has on it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.fees import listing
from clinic.fees.forms import ListedFeeForm, PayerForm, PriceListForm
from clinic.fees.importing import Reading
from clinic.fees.queries import matching, schedule_of
from clinic.patients.csvs import Unreadable, read_table, write_table
from clinic.patients.forms import FileForm
from clinic.staff.access import allowed, only_post
from clinic.treatments.models import Agreement, PriceList

PAGE = 100


@require_GET
@allowed("see_fees")
def every(request: HttpRequest) -> HttpResponse:
    """List the price lists in the branch's currency."""
    return render(request, "fees/lists.html", {"lists": listing.lists_at(request.branch)})


def _list(request: HttpRequest, pk: int) -> PriceList:
    return get_object_or_404(listing.lists_at(request.branch), pk=pk)


@require_http_methods(["GET", "POST"])
@allowed("fees")
def new(request: HttpRequest) -> HttpResponse:
    """Begin a price list in the branch's currency."""
    return _named(request, PriceList(currency=request.branch.currency))


@require_http_methods(["GET", "POST"])
@allowed("fees")
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a price list something else."""
    return _named(request, _list(request, pk))


def _named(request: HttpRequest, price_list: PriceList) -> HttpResponse:
    form = PriceListForm(request.POST or None, instance=price_list)
    form.fields["name"].widget.attrs["autofocus"] = True
    if form.is_valid():
        saved = form.save()
        messages.success(request, _("Saved."))
        return redirect("fees:price_list", saved.pk)
    context = {"form": form, "price_list": price_list if price_list.pk else None}
    return render(request, "fees/list_name.html", context, status=422 if form.is_bound else 200)


@require_GET
@allowed("see_fees")
def price_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a price list: whose it is, and each procedure with what it costs everybody and by the list."""
    return _page(request, _list(request, pk))


def _page(request: HttpRequest, found: PriceList, form: PayerForm | None = None) -> HttpResponse:
    text, only = request.GET.get("q", "").strip().replace("\x00", ""), request.GET.get("show") == "listed"
    procedures = listing.with_listed(matching(schedule_of(request.branch).filter(is_active=True), text), found)
    procedures = procedures.exclude(listed=None) if only else procedures
    context = {
        "price_list": found,
        "agreements": list(found.agreements.select_related("payer").order_by("payer__family_name", "pk")),
        "page": Paginator(procedures, PAGE).get_page(request.GET.get("page")),
        "q": text,
        "only": only,
        "form": form or PayerForm(branches=request.branches),
    }
    return render(request, "fees/price_list.html", context, status=422 if form else 200)


@only_post("fees:price_list", "pk")
@allowed("fees")
def add_payer(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody pay by the list."""
    found = _list(request, pk)
    form = PayerForm(request.POST, branches=request.branches)
    if not form.is_valid():
        return _page(request, found, form)
    listing.agree(found, form.cleaned_data["payer"])
    messages.success(request, _("Saved."))
    return redirect("fees:price_list", pk)


@only_post("fees:price_list", "pk")
@allowed("fees")
def remove_payer(request: HttpRequest, pk: int, agreement: int) -> HttpResponse:
    """Let somebody pay what everybody pays again."""
    Agreement.objects.filter(pk=agreement, price_list=_list(request, pk)).delete()
    return redirect("fees:price_list", pk)


@only_post("fees:price_list", "pk")
@allowed("fees")
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a price list: no record refers to it, and what was done at its fees keeps them."""
    _list(request, pk).delete()
    messages.success(request, _("Price list deleted."))
    return redirect("fees:lists")


@require_http_methods(["GET", "POST"])
@allowed("fees")
def fee(request: HttpRequest, pk: int, procedure: int) -> HttpResponse:
    """Say what a procedure costs by the list."""
    found = _list(request, pk)
    of = get_object_or_404(listing.with_listed(schedule_of(request.branch), found), pk=procedure)
    form = ListedFeeForm(request.POST or None, currency=found.currency, fee=of.listed)
    if form.is_valid():
        listing.set_fee(found, of, form.cleaned_data["fee"])
        messages.success(request, _("Saved."))
        return redirect("fees:price_list", pk)
    context = {"form": form, "price_list": found, "procedure": of}
    return render(request, "fees/listed_fee.html", context, status=422 if form.is_bound else 200)


@require_GET
@allowed("see_fees")
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Give a price list as a file that an import reads again."""
    lines = write_table(listing.headings(), listing.exported(_list(request, pk), request.branch))
    headers = {"Content-Disposition": f'attachment; filename="price-list-{pk}.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "POST"])
@allowed("fees")
def bring(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a file, show what it would change of the list, and change that when it is sent again as it was shown."""
    found = _list(request, pk)
    if "table" in request.POST:
        return _take_over(request, found, request.POST["table"].encode())
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            reading = listing.read_list(data, found, request.branch)
            table = b"".join(write_table(*read_table(data))).decode("utf-8-sig")
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            return _reading(request, found, reading, table)
    context = {"form": form, "price_list": found}
    return render(request, "fees/import.html", context, status=422 if form.is_bound else 200)


def _reading(request: HttpRequest, found: PriceList, reading: Reading, table: str) -> HttpResponse:
    context = {"form": FileForm(), "price_list": found, "reading": reading, "table": table}
    return render(request, "fees/import.html", context, status=422 if reading.problems else 200)


def _take_over(request: HttpRequest, found: PriceList, table: bytes) -> HttpResponse:
    try:
        reading = listing.take_over(table, found, request.branch)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect("fees:list_import", found.pk)
    if reading.problems:
        return _reading(request, found, reading, table.decode())
    count = len(reading.changes)
    told = ngettext("%(count)s fee changed.", "%(count)s fees changed.", count)
    messages.success(request, told % {"count": count})
    return redirect("fees:price_list", found.pk)
