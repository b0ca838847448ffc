"""Every request of somebody signed in is about one branch, and shows times as that branch's clocks do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

from clinic.staff.access import branches_of, choose_branch


class LanguageMiddleware:
    """Answers in the language that somebody chose for themselves, else in that of this browser, and takes it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.user.language if request.user.is_authenticated else ""
        with translation.override(chosen or translation.get_language_from_request(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends whoever is not signed in to the sign-in page, and says so if that cost them what they were sending."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        if request.method == "POST":
            messages.error(
                request, _("You had been signed out, so the last step was not carried out. Please repeat it.")
            )
        return super().handle_no_permission(request, view_func)


class BranchMiddleware:
    """Sets `request.branch` and `request.branches`, and makes the branch's time zone the current one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.branches, request.branch = [], None
        with timezone.override(None):
            response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            # What patients told us must not come back from a cache after somebody signed out.
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Choose here and not earlier, so that a branch that is not theirs becomes an ordinary 404 page."""
        if request.user.is_authenticated:
            request.branches = branches_of(request.user)
            request.branch = choose_branch(request)
            if request.branch:
                timezone.activate(request.branch.zone)
