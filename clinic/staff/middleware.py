"""Every request of somebody signed in is about one branch, and shows times as that branch's clocks do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clinic.staff.access import branches_of, choose_branch


class BranchMiddleware:
    """Sets `request.branch` and `request.branches`, and makes the branch's time zone the current one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.branches, request.branch = [], None
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Choose here and not earlier, so that a branch that is not theirs becomes an ordinary 404 page."""
        if request.user.is_authenticated:
            request.branches = branches_of(request.user)
            request.branch = choose_branch(request)
            if request.branch:
                timezone.activate(request.branch.zone)
