"""Signing in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django_htmx.http import HttpResponseClientRedirect

from clinic.staff.forms import SignInForm


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    template_name = "staff/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A fragment whose session has ended would otherwise put this page inside the page that asked.
        if request.htmx:
            here = request.htmx.current_url_abs_path
            sign_in = resolve_url("staff:login")
            return HttpResponseClientRedirect(redirect_to_login(here, sign_in).url if here else sign_in)
        return super().dispatch(request, *args, **kwargs)
