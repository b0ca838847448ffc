"""What Odoo calls when something changed there: a hint to look soon, and nothing else.

Whatever is sent along is not read, so nothing in it has to be trusted, and nothing is gained by sending it again.
"""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from odoo_bridge import doorbell
from odoo_bridge.models import Connection


def secret_of(connection: Connection) -> str:
    """Return the secret part of a connection's address for hints, 40 letters; another installation has another one."""
    told = f"odoo hook {connection.pk} {connection.instance}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).hexdigest()[:40]


@csrf_exempt
@login_not_required
@require_POST
def hook(request: HttpRequest, pk: int, secret: str) -> HttpResponse:
    """Ask the worker to look at Odoo soon, if whoever calls knows the secret. Answered at once."""
    connection = Connection.objects.filter(pk=pk, state=Connection.State.ACTIVE).first()
    if connection is None or not hmac.compare_digest(secret.encode(), secret_of(connection).encode()):
        raise Http404("There is nothing here.")
    doorbell.hint()
    return HttpResponse(status=204)
