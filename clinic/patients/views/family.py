"""The page of a patient's family."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.patients import family, queries
from clinic.patients.forms import KinForm
from clinic.patients.models import Kinship, Patient
from clinic.staff.access import allowed


@require_http_methods(["GET", "POST"])
@allowed("patients")
def kin(request: HttpRequest, pk: int) -> HttpResponse:
    """Who belongs to a patient's family; somebody is added, or taken off with `remove`."""
    patient = get_object_or_404(queries.patients_at(request.branches).select_related("payer"), pk=pk)
    remove = request.POST.get("remove", "")
    if remove:
        return _remove(request, patient, remove)
    form = KinForm(request.POST or None, patient=patient, branches=request.branches)
    if form.is_valid():
        row = family.relate(patient, form.cleaned_data["other"], form.cleaned_data["kind"])
        if form.cleaned_data["pays"]:
            patient.payer = row.other
            patient.save(update_fields=["payer"])
        messages.success(request, _("%(name)s belongs to the family now.") % {"name": row.other})
        return redirect("patients:family", patient.pk)
    context = {"patient": patient, "form": form, "family": family.family_of(patient)}
    return render(request, "patients/family.html", context, status=422 if form.is_bound else 200)


def _remove(request: HttpRequest, patient: Patient, key: str) -> HttpResponse:
    row = get_object_or_404(Kinship.of(patient), pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    row.delete()
    messages.success(request, _("They are no longer listed as family. Nothing else has changed."))
    return redirect("patients:family", patient.pk)
