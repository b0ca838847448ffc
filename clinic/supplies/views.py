"""The page of the supplies."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.staff.access import allowed, only_post
from clinic.supplies.forms import LowForm
from clinic.supplies.models import Supply

PAGE = 100


@require_GET
@allowed("desk")
def every(request: HttpRequest) -> HttpResponse:
    """List what is there, or what runs low."""
    text, low = request.GET.get("q", "").strip(), request.GET.get("show") == "low"
    found = Supply.objects.at([request.branch]).with_quantity().select_related("branch")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__icontains=text))
    shown = found.low() if low else found
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "q": text, "low": low, "lows": found.low().count()}
    return render(request, "supplies/list.html", context)


@only_post("supplies:list")
@allowed("supplies")
def set_low(request: HttpRequest, pk: int) -> HttpResponse:
    """Say below which quantity a supply is low."""
    supply = get_object_or_404(Supply.objects.at(request.branches), pk=pk)
    form = LowForm(request.POST, instance=supply)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
    else:
        messages.error(
            request, _("Not saved: %(supply)s can be low below a quantity like 20, or 2.5.") % {"supply": supply}
        )
    return redirect(f"{reverse('supplies:list')}{'?show=low' if request.POST.get('show') == 'low' else ''}")
