"""The sign-in form."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from clinic.forms import Styled


class SignInForm(Styled, AuthenticationForm):
    error_messages = {
        "invalid_login": _("That user name and password do not go together. Check both; capital letters count."),
        "inactive": _("This account is switched off. Ask a manager to switch it on again."),
    }
