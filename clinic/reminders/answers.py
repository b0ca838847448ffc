"""The page behind the link in a message: the patient sees one visit, and says whether they will come.

There is no sign-in: whoever has the link may answer. It shows the day, the time, the branch and a first name, and
opening it does nothing, so that programs that look into messages do no harm.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.appointments.actions import AppointmentError
from clinic.appointments.models import MOVABLE, Appointment, Status
from clinic.reminders import actions
from clinic.reminders.messages import described, questions
from clinic.reminders.models import Wish
from clinic.reminders.tokens import REMEMBERED, read_token
from clinic.reminders.words import LANGUAGES, Words, words_for
from clinic.throttle import Throttle

# So many requests of one link, or of one address with links that are none, within the time; in seconds.
ASKED = Throttle("answer", often=30, within=300)


# Whoever could forge the form would need the link, and with the link needs no forging; and browsers inside of
# messaging apps keep no cookies.
@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the visit, or take the patient's answer."""
    uid = read_token(token)
    if ASKED.count(str(uid or request.META.get("REMOTE_ADDR", ""))):
        return _page(request, _from_browser(request), {"sentence": "too_often"}, status=429)
    visit = _visit(uid)
    if visit is None:
        return _page(request, _from_browser(request), {"sentence": "not_known"}, status=404)
    words = words_for(visit.patient.language)
    if request.method == "POST" and _is_open(visit):
        if request.POST.get("seen") != visit.starts_at.isoformat():
            return _page(request, words, _state(visit, words) | {"remark": words.changed}, status=409)
        return _take(request, visit, words, token)
    return _page(request, words, _state(visit, words))


def _visit(uid: Any) -> Appointment | None:
    found = Appointment.objects.filter(uid=uid, ends_at__gt=timezone.now() - REMEMBERED) if uid else None
    return found.select_related("patient", "chair__branch").first() if found is not None else None


def _is_open(visit: Appointment) -> bool:
    return visit.status in MOVABLE and visit.starts_at > timezone.now()


def _take(request: HttpRequest, visit: Appointment, words: Words, token: str) -> HttpResponse:
    deed = {"come": actions.come, "cannot": actions.cannot_come}.get(request.POST.get("answer", ""))
    try:
        if deed:
            # Reasons that are written down are for the desk.
            with translation.override(None):
                deed(visit)
    except AppointmentError:
        # The desk was quicker; what it made of the visit is shown.
        visit.refresh_from_db()
        return _page(request, words, _state(visit, words) | {"remark": words.changed}, status=409)
    return redirect("answers:answer", token)


def _state(visit: Appointment, words: Words) -> dict[str, Any]:
    """Return what the page says of a visit, and whether there is still something to answer."""
    facts: dict[str, Any] = {"facts": described(visit, words), "seen": visit.starts_at.isoformat()}
    if visit.branch.phone:
        facts |= {"questions": questions(visit, words), "phone": visit.branch.phone.as_e164}
    if visit.status == Status.CANCELLED:
        return facts | {"sentence": "cancelled"}
    if not _is_open(visit):
        return facts | {"sentence": "over"}
    if Wish.objects.filter(appointment=visit).exists():
        return facts | {"sentence": "asked", "may_come": True}
    if visit.status == Status.CONFIRMED:
        return facts | {"sentence": "coming", "may_cancel": True}
    return facts | {"sentence": "answer_here", "may_come": True, "may_cancel": True}


def _page(request: HttpRequest, words: Words, context: dict[str, Any], status: int = 200) -> HttpResponse:
    said = getattr(words, context.pop("sentence"))
    with translation.override(words.language):
        response = render(request, "reminders/answer.html", {"words": words, "said": said, **context}, status=status)
    response["Content-Language"] = words.language
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _from_browser(request: HttpRequest) -> Words:
    """Return the words in a language that the browser asks for: nothing is known of the patient."""
    asked = [part.split(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]
    return next((words_for(tag) for tag in asked if tag.split("-")[0].lower() in LANGUAGES), words_for("en"))


app_name = "answers"
urlpatterns = [path("<str:token>/", answer, name="answer")]
