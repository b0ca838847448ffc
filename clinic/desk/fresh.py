"""Parts of a page that ask the server again and again whether they have changed."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string


def fingerprinted(template: str, context: dict[str, Any], request: HttpRequest) -> dict[str, str]:
    """Return a rendered `fragment` and `seen`, by which a later answer is known to be the same."""
    fragment = render_to_string(template, context, request)
    return {"fragment": fragment, "seen": hashlib.sha256(fragment.encode()).hexdigest()[:16]}
