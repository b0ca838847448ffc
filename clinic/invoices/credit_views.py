"""Pages of what goes the other way: credit notes, deposits, credit that is used, money paid back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.invoices import credits, queries
from clinic.invoices.actions import InvoiceError
from clinic.invoices.forms import CreditForm, MoneyForm
from clinic.invoices.models import Invoice, Payment
from clinic.patients.queries import patients_seen_at
from clinic.staff.access import allowed, only_post


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("credit")
def credit(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what of an invoice is credited, and issue the credit note."""
    invoice = get_object_or_404(queries.invoices_at(request.branches).issued().invoices(), pk=pk)
    form = CreditForm(request.POST or None, invoice=invoice)
    if form.is_valid():
        try:
            note = credits.credit(
                invoice, form.taken(), form.cleaned_data["reason"], by=request.user, uid=form.cleaned_data["uid"]
            )
        except InvoiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Credit note %(number)s issued.") % {"number": note})
            return redirect("invoices:detail", note.pk)
    context = {"invoice": invoice, "form": form, "book_credits": list(invoice.book_credits.all())}
    context["not_credited"] = invoice.not_credited
    return render(request, "invoices/credit.html", context, status=422 if form.errors else 200)


@only_post("invoices:detail", "pk")
@allowed("take_money")
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay an invoice from its payer's credit."""
    invoice = get_object_or_404(queries.invoices_at(request.branches), pk=pk)
    try:
        credits.use_credit(invoice)
    except InvoiceError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Credit used."))
    return redirect("invoices:detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("take_money")
def deposit(request: HttpRequest, pk: int) -> HttpResponse:
    """Take money of a patient before there is an invoice for it, then show the receipt."""
    payer = get_object_or_404(patients_seen_at(request.branches), pk=pk, merged_into=None)
    branch = request.branch
    form = MoneyForm(request.POST or None, currency=branch.currency)
    if form.is_valid():
        taken = form.cleaned_data
        try:
            payment = credits.take_deposit(
                payer, branch, taken["amount"], taken["method"], by=request.user, uid=taken["uid"]
            )
        except InvoiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Deposit taken."))
            return redirect("invoices:receipt", payment.pk)
    context = {"payer": payer, "form": form, "currency": branch.currency}
    return render(request, "invoices/deposit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("credit")
def refund_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay back what is left of a credit note."""
    note = get_object_or_404(queries.invoices_at(request.branches).issued().credit_notes(), pk=pk)
    return _refund(request, note)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("credit")
def refund_payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay back what no invoice needed of a payment."""
    received = Payment.objects.filter(branch__in=request.branches, direction=Payment.Direction.IN)
    return _refund(request, get_object_or_404(received.select_related("branch", "payer"), pk=pk))


def _refund(request: HttpRequest, of: Invoice | Payment) -> HttpResponse:
    left = of.balance if isinstance(of, Invoice) else of.credit
    form = MoneyForm(request.POST or None, currency=of.currency, amount=left)
    if form.is_valid():
        paid = form.cleaned_data
        try:
            payment = credits.refund(of, paid["amount"], paid["method"], by=request.user, uid=paid["uid"])
        except InvoiceError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Money paid back."))
            return redirect("invoices:receipt", payment.pk)
    context = {"of": of, "is_note": isinstance(of, Invoice), "left": left, "form": form}
    return render(request, "invoices/refund.html", context, status=422 if form.errors else 200)
