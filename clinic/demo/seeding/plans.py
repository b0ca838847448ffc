"""The demo clinic's treatment plans: some being drawn up, some with the patient, some under way."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from clinic.demo.seeding.patients import is_adult
from clinic.patients.models import Patient
from clinic.practice.models import Procedure
from clinic.staff.models import Practitioner
from clinic.treatments import actions
from clinic.treatments.models import TreatmentPlan

# What it is called, and the procedures of its phases.
PLANS = [
    ("Crown on {tooth}", [["D102", "D304"], ["D501"]]),
    ("Root canal and crown on {tooth}", [["D102", "D402"], ["D303"], ["D501"]]),
    ("Fillings", [["D301", "D302"]]),
    ("Gums, and whitening afterwards", [["D203", "D203"], ["C701"]]),
]
TEETH = ["16", "26", "36", "37", "46", "47"]
ON_A_TOOTH = ("Restorative", "Endodontics", "Prosthetics")


def suggest(random: Random, patients: list[Patient]) -> None:
    """Draw up a plan for one adult in twelve, and let most of them have an answer."""
    procedures = Procedure.objects.prefetch_related("taxes").in_bulk(field_name="code")
    adults = [patient for patient in patients if is_adult(patient, patient.branch.today())]
    for patient in random.sample(adults, len(adults) // 12):
        _answer(random, _draw_up(random, patient, procedures))


def _draw_up(random: Random, patient: Patient, procedures: dict[str, Procedure]) -> TreatmentPlan:
    name, phases = random.choice(PLANS)
    tooth = random.choice(TEETH)
    dentist = patient.usual_practitioner or random.choice(
        list(Practitioner.objects.filter(profession=Practitioner.Profession.DENTIST))
    )
    plan = actions.draw_up(patient, dentist, patient.branch, name.format(tooth=tooth))
    for position, codes in enumerate(phases):
        phase = actions.add_phase(plan) if position else plan.phases.get()
        for code in codes:
            of_tooth = procedures[code].category in ON_A_TOOTH
            actions.add_item(phase, procedures[code], tooth=tooth if of_tooth else "")
    return plan


def _answer(random: Random, plan: TreatmentPlan) -> None:
    steps: list[Callable[[], object]] = [
        lambda: actions.propose(plan),
        lambda: actions.accept(plan, plan.payer.full_name),
    ]
    chance = random.random()
    for step in steps[: 0 if chance < 0.2 else 1 if chance < 0.5 else 2]:
        step()
    if chance > 0.9:
        actions.decline(plan, "Wants to think about it")
