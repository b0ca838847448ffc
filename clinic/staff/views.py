"""Signing in, and the language of the pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from django.views.i18n import set_language
from django_htmx.http import HttpResponseClientRedirect

from clinic.staff.forms import SignInForm
from clinic.staff.models import User


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    template_name = "staff/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        """Return where to go on: the clinic's bare address is what everybody opens, and asks for no page."""
        wanted = self.get_redirect_url()
        return wanted if wanted and wanted != resolve_url("desk:day") else self.get_default_redirect_url()

    def get_default_redirect_url(self) -> str:
        """Those who treat patients begin with their own day, everybody else with the desk's."""
        user = self.request.user
        treats = user.role in {User.Role.PRACTITIONER, User.Role.HYGIENIST} and hasattr(user, "practitioner")
        return resolve_url("desk:mine") if treats else super().get_default_redirect_url()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A fragment whose session has ended would otherwise put this page inside the page that asked.
        if request.htmx:
            here = request.htmx.current_url_abs_path
            sign_in = resolve_url("staff:login")
            return HttpResponseClientRedirect(redirect_to_login(here, sign_in).url if here else sign_in)
        return super().dispatch(request, *args, **kwargs)


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep a language in this browser, and with whoever is signed in, and go back to where they were."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return set_language(request)
