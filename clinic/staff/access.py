"""Who may open which page: every view of the clinic says what ability it asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clinic.practice.models import Branch
from clinic.staff.abilities import EVERYTHING
from clinic.staff.models import User

View = Callable[..., HttpResponse]


def allowed(ability: str) -> Callable[[View], View]:
    """Open a view to the people who have `ability`, at the branches that are theirs; everybody else gets a 403."""
    if ability not in EVERYTHING:
        raise ValueError(f"There is no ability {ability!r}.")

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if ability not in request.user.abilities:
                raise PermissionDenied
            if request.branch is None:
                return render(request, "staff/no_branch.html", status=403)
            return view(request, *args, **kwargs)

        guarded.ability = ability
        return guarded

    return guard


def only_post(back: str, *keep: str) -> Callable[[View], View]:
    """Keep a view for forms that are sent; whoever opens its address is led to the page `back` that has the form.

    That happens to people: after a refused form was shown at this address, or after signing in again. `keep` names
    the parts of the address that `back` needs too.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in {"GET", "HEAD"}:
                return redirect(back, **{name: kwargs[name] for name in keep})
            return require_POST(view)(request, *args, **kwargs)

        return guarded

    return guard


def branches_of(user: User) -> list[Branch]:
    """Return the branches that somebody works at; managers and administrators with none see all of them."""
    branches = list(user.branches.all())
    if not branches and user.manages:
        branches = list(Branch.objects.all())
    return branches


def choose_branch(request: HttpRequest) -> Branch | None:
    """Return the branch that a request is about.

    That is the one it names, else the one last looked at, else the person's first. A branch that is not theirs is
    not found. Fragments do not change what is remembered: a page left open at another branch goes on polling.
    """
    by_id = {str(branch.pk): branch for branch in request.branches}
    asked = request.GET.get("branch")
    if asked and asked != "all":
        if asked not in by_id:
            raise Http404("No such branch.")
        if not request.htmx and request.session.get("branch") != asked:
            request.session["branch"] = asked
        return by_id[asked]
    return by_id.get(request.session.get("branch"), request.branches[0] if request.branches else None)
