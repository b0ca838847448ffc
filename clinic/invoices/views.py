"""Pages of the money: invoices, payments, receipts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.invoices import actions, credits, pdf, queries
from clinic.invoices.forms import PaymentForm
from clinic.invoices.models import STATE_WORDS, Invoice, InvoiceDocument, Payment
from clinic.patients.queries import patients_seen_at
from clinic.practice.clock import read_day
from clinic.staff.access import allowed, only_post
from clinic.treatments.models import TreatmentPlan

PAGE = 50


@require_GET
@allowed("money")
def every(request: HttpRequest) -> HttpResponse:
    """List invoices by state, of one branch or of all that are the reader's."""
    everywhere = request.GET.get("branch") == "all"
    state = request.GET.get("state", "")
    found = queries.invoices_at(request.branches if everywhere else [request.branch])
    if state in queries.STATES:
        found = queries.in_state(found, state, request.branch.today())
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "state": state,
        "states": [(state, STATE_WORDS[state]) for state in queries.STATES],
        "everywhere": everywhere,
    }
    return render(request, "invoices/list.html", context)


def _of(request: HttpRequest, pk: int) -> Invoice:
    return get_object_or_404(queries.invoices_at(request.branches).select_related("credits"), pk=pk)


@require_GET
@allowed("money")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _of(request, pk)
    return _page(request, invoice, PaymentForm(invoice=invoice))


def _page(request: HttpRequest, invoice: Invoice, form: PaymentForm, status: int = 200) -> HttpResponse:
    # The reverse side is set so that a line's amounts do not fetch the invoice again.
    lines = list(invoice.lines.all())
    for line in lines:
        line.invoice = invoice
    allocations = invoice.allocations.select_related("payment__taken_by").order_by("payment__received_at")
    context = {"invoice": invoice, "lines": lines, "allocations": list(allocations), "form": form}
    if invoice.is_issued:
        context |= _credit_of(invoice)
    return render(request, "invoices/invoice.html", context, status=status)


def _credit_of(invoice: Invoice) -> dict[str, Any]:
    """Return what credit notes have to do with an invoice, and what credit could pay it."""
    uses = invoice.uses if invoice.is_credit_note else invoice.credit_uses
    context = {"uses": list(uses.select_related("credit_note", "invoice").order_by("used_at", "pk"))}
    if invoice.is_credit_note:
        return context
    context["credit_notes"] = list(invoice.credit_notes.order_by("issued_at"))
    context["book_credits"] = list(invoice.book_credits.all())
    if context["book_credits"]:
        context["not_credited"] = invoice.not_credited
    if invoice.balance > 0:
        found = credits.credits_of(invoice.payer, invoice.branch, currency=invoice.currency)
        context["credit"] = sum((one.amount for one in found), Decimal(0))
    return context


@require_GET
@allowed("money")
def as_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an issued invoice as a file."""
    document = get_object_or_404(InvoiceDocument.objects.issued().filter(branch__in=request.branches), pk=pk)
    return _file(pdf.of_invoice(document), document.file_name)


def _file(content: bytes, name: str) -> HttpResponse:
    """Show a PDF in the browser. `name` is in ASCII, and tells nothing of a patient. No cache keeps it."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_GET
@allowed("money")
def receipt_as_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the receipt of a payment as a file."""
    payment = _payment(request, pk)
    return _file(pdf.of_receipt(payment), f"receipt-{payment.pk}.pdf")


@require_GET
@allowed("money")
def statement_as_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give what a payer was billed and paid at this branch as a file, for this year unless `from` and `to` are given.

    A period that ends before it begins is that of one day.
    """
    payer = get_object_or_404(patients_seen_at(request.branches), pk=pk)
    last = read_day(request.GET.get("to")) or request.branch.today()
    first = min(read_day(request.GET.get("from")) or last.replace(month=1, day=1), last)
    return _file(pdf.of_statement(payer, request.branch, first, last), f"statement-{first}-{last}.pdf")


@require_GET
@allowed("plans")
def estimate_as_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Give what a treatment plan would cost as a file."""
    plans = TreatmentPlan.objects.select_related("branch", "patient", "payer", "practitioner")
    plan = get_object_or_404(plans.filter(branch__in=request.branches), pk=pk)
    return _file(pdf.of_estimate(plan), f"estimate-{plan.pk}.pdf")


@only_post("invoices:detail", "pk")
@allowed("take_money")
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Take money for an invoice, then show the receipt."""
    invoice = _of(request, pk)
    form = PaymentForm(request.POST, invoice=invoice)
    if form.is_valid():
        taken = form.cleaned_data
        try:
            payment = actions.take_payment(
                invoice,
                taken["amount"],
                taken["method"],
                by=request.user,
                uid=taken["uid"],
                keep_rest=taken["keep_rest"],
            )
        except actions.OverPaid as error:
            form.overpaid = True
            form.add_error(None, str(error))
        except actions.InvoiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Payment taken."))
            return redirect("invoices:receipt", payment.pk)
    return _page(request, invoice, form, status=422)


@require_GET
@allowed("money")
def payments(request: HttpRequest) -> HttpResponse:
    """List what a branch received on a day."""
    day = read_day(request.GET.get("day")) or request.branch.today()
    found = queries.payments_on(request.branch, day)
    context = {"payments": found, "totals": queries.by_method(found), "day": day}
    return render(request, "invoices/payments.html", context)


def _payment(request: HttpRequest, pk: int) -> Payment:
    payments = Payment.objects.filter(branch__in=request.branches)
    return get_object_or_404(payments.select_related("branch", "payer", "taken_by", "returns"), pk=pk)


@require_GET
@allowed("money")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    payment = _payment(request, pk)
    allocations = list(payment.allocations.select_related("invoice__patient", "invoice__appointment"))
    returned = list(payment.returned_by.all())
    context = {"payment": payment, "allocations": allocations, "returned": returned, "credit": payment.credit}
    return render(request, "invoices/receipt.html", context)
