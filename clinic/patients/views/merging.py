"""The page on which two records of one patient become one, and the button that separates them again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.patients import merging, queries
from clinic.patients.duplicates import likely_duplicates
from clinic.patients.models import Merge, Patient
from clinic.staff.access import allowed, only_post


@require_http_methods(["GET", "POST"])
@allowed("merge")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the other record, look at both side by side, and take the other into this one."""
    people = queries.patients_at(request.branches).select_related("payer", "branch", "usual_practitioner").with_alerts()
    patient = get_object_or_404(people, pk=pk)
    asked = request.POST.get("with") or request.GET.get("with") or ""
    if not asked:
        likely = _likely(patient, request)
        return render(request, "patients/merge_choose.html", {"patient": patient, "likely": likely})
    other = get_object_or_404(people, pk=int(asked) if asked.isdecimal() and len(asked) < 19 else 0)
    reasons: list[str] = []
    if request.method == "POST":
        theirs = [name for name in merging.CHOICES if request.POST.get(f"keep_{name}") == "other"]
        try:
            merging.merge(patient, other, theirs=theirs, by=request.user)
        except merging.MergeRefused as refused:
            reasons = refused.reasons
        else:
            messages.success(request, _("%(name)s’s records are one now.") % {"name": patient})
            return redirect("desk:patient", patient.pk)
    context = _preview(patient, other, request) if not reasons else {"reasons": reasons}
    context |= {"patient": patient, "other": other}
    return render(request, "patients/merge.html", context, status=422 if reasons else 200)


def _likely(patient: Patient, request: HttpRequest) -> list[Any]:
    number = patient.mobile or patient.phone
    names = patient.given_name, patient.family_name
    return likely_duplicates(*names, patient.date_of_birth, number, patient.email, request.branches, but=patient)


def _preview(patient: Patient, other: Patient, request: HttpRequest) -> dict[str, Any]:
    try:
        moved = list(merging.preview(patient, other).told())
    except merging.MergeRefused as refused:
        return {"reasons": refused.reasons}
    return {"fields": list(_side_by_side(patient, other)), "moved": moved}


def _side_by_side(patient: Patient, other: Patient) -> Any:
    """Yield each field that differs: its name and label, both values in words, and which one to suggest."""
    for name in merging.CHOICES:
        ours, theirs = (_shown(one, name) for one in (patient, other))
        if ours != theirs:
            label = str(Patient._meta.get_field(name).verbose_name).capitalize()
            yield {
                "name": name,
                "label": label,
                "ours": ours,
                "theirs": theirs,
                "suggest": "ours" if ours else "theirs",
            }


def _shown(patient: Patient, name: str) -> Any:
    shown = getattr(patient, f"get_{name}_display", None)
    if shown:
        return shown()
    value = getattr(patient, name)
    return value.name if name == "country" and value else value or ""


@only_post("desk:patient", "pk")
@allowed("merge")
def separate(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the merge by which this record was taken into another."""
    loser = get_object_or_404(queries.patients_at(request.branches), pk=pk)
    note = Merge.objects.filter(undone_at=None, loser=loser).first()
    if note is None:
        raise Http404
    try:
        note = merging.undo(note, by=request.user)
    except merging.MergeRefused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
        return redirect("desk:patient", note.survivor_id)
    for reason in note.left:
        messages.warning(request, reason)
    messages.success(request, _("%(name)s has a record of their own again.") % {"name": note.loser})
    return redirect("desk:patient", note.loser_id)
