"""What a person says happened, when a connection is in doubt whether its two sides belong together."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from clinic.staff.access import allowed, only_post
from odoo_bridge import connecting, doorbell
from odoo_bridge.models import Connection
from odoo_bridge.said import _


@only_post("sync:status")
@allowed("sync")
def answer(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Note the answer; the worker looks both sides through and goes on."""
    connection = get_object_or_404(Connection.objects.exclude(doubt=""), pk=pk)
    if what not in connecting.ANSWERS[connection.doubt]:
        raise Http404("That cannot have happened.")
    connecting.answer_doubt(connection, what)
    doorbell.ring()
    messages.success(request, _("Both sides are being looked through. Then the sync goes on."))
    return redirect("sync:connection", pk)
