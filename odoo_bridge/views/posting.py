"""Where in Odoo's books money is entered: for managers to read, and to choose."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from clinic.staff.access import allowed
from odoo_bridge import connecting, deciding, doorbell
from odoo_bridge.forms import PostingForm
from odoo_bridge.models import Connection
from odoo_bridge.said import _


@require_http_methods(["GET", "HEAD", "POST"])
@allowed("sync")
def postings(request: HttpRequest, connection: int) -> HttpResponse:
    """Which journals, taxes, account, product and fiscal position of Odoo are used, company by company."""
    mine = get_object_or_404(Connection, pk=connection)
    form = PostingForm(mine, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.save(request.user):
            deciding.retry_refused(mine)
            connecting.ask_for_check(mine)
            doorbell.ring()
            messages.success(request, _("Saved. It counts for what is sent from now on."))
        else:
            messages.success(request, _("Nothing was changed."))
        return redirect("sync:postings", connection)
    context = {"connection": mine, "form": form, "several": len(form.companies) > 1}
    return render(request, "sync/postings.html", context, status=422 if request.method == "POST" else 200)
