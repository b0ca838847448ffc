"""The demo clinic's two houses: chairs, hours, what is done there and what it costs."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

from clinic.demo.factories import (
    AppointmentTypeFactory,
    BranchFactory,
    ChairFactory,
    ClosureFactory,
    OpeningHoursFactory,
    ProcedureFactory,
    TaxFactory,
)
from clinic.practice.models import AppointmentType, Branch, Procedure

SUNDAY, SATURDAY, THURSDAY = 6, 5, 3
MORNING, AFTERNOON = (time(8, 30), time(13)), (time(14), time(17, 30))
LATE_AFTERNOON, WEEKEND = (time(14), time(19, 30)), (time(10), time(14))

# name: minutes, hue, and the codes of the procedures that such a visit may come to.
APPOINTMENT_TYPES = {
    "Check-up": (30, 200, ["D101", "D102", "D103"]),
    "Hygiene": (30, 165, ["D201", "D202", "P901", "P902"]),
    "New patient": (45, 255, ["D100", "D102", "D104"]),
    "Filling": (45, 30, ["D301", "D302", "D303", "D304"]),
    "Root canal": (90, 350, ["D401", "D402"]),
    "Crown": (60, 285, ["D501", "D502"]),
    "Extraction": (30, 10, ["D601", "D602"]),
    "Whitening": (60, 55, ["C701", "C702"]),
    "Orthodontic review": (20, 120, ["D801", "D802"]),
    "Emergency": (20, 0, ["D105", "D102"]),
}
HYGIENE_TYPES = ("Hygiene", "Whitening")
TAXES = {"VAT 0%": "0", "VAT 13.5%": "13.5", "VAT 23%": "23"}

# code, name, category, fee in euros, tax. Treatment is exempt; cosmetic work and goods are not.
PROCEDURES = [
    ("D100", "Examination of a new patient", "Examination", "65.00", "VAT 0%"),
    ("D101", "Examination", "Examination", "50.00", "VAT 0%"),
    ("D102", "Small X-ray", "Imaging", "25.00", "VAT 0%"),
    ("D103", "Scale and polish, short", "Hygiene", "35.00", "VAT 0%"),
    ("D104", "Panoramic X-ray", "Imaging", "60.00", "VAT 0%"),
    ("D105", "Emergency examination", "Examination", "75.00", "VAT 0%"),
    ("D201", "Scale and polish", "Hygiene", "70.00", "VAT 0%"),
    ("D202", "Fluoride varnish", "Hygiene", "30.00", "VAT 0%"),
    ("D203", "Periodontal treatment, per quadrant", "Hygiene", "120.00", "VAT 0%"),
    ("D301", "Composite filling, one surface", "Restorative", "95.00", "VAT 0%"),
    ("D302", "Composite filling, two surfaces", "Restorative", "125.00", "VAT 0%"),
    ("D303", "Composite filling, three surfaces", "Restorative", "155.00", "VAT 0%"),
    ("D304", "Temporary filling", "Restorative", "60.00", "VAT 0%"),
    ("D401", "Root canal treatment, front tooth", "Endodontics", "480.00", "VAT 0%"),
    ("D402", "Root canal treatment, molar", "Endodontics", "780.00", "VAT 0%"),
    ("D501", "Ceramic crown", "Prosthetics", "850.00", "VAT 0%"),
    ("D502", "Recementing a crown", "Prosthetics", "90.00", "VAT 0%"),
    ("D601", "Extraction", "Surgery", "130.00", "VAT 0%"),
    ("D602", "Surgical extraction", "Surgery", "260.00", "VAT 0%"),
    ("C701", "Whitening in the chair", "Cosmetic", "349.00", "VAT 13.5%"),
    ("C702", "Whitening kit for home", "Cosmetic", "199.99", "VAT 23%"),
    ("D801", "Orthodontic review", "Orthodontics", "55.00", "VAT 0%"),
    ("D802", "Retainer", "Orthodontics", "180.00", "VAT 13.5%"),
    ("P901", "Electric toothbrush", "Goods", "89.95", "VAT 23%"),
    ("P902", "Interdental brushes", "Goods", "6.49", "VAT 23%"),
]


def open_branches() -> list[Branch]:
    """Create both branches with three chairs each and their opening hours, and return them."""
    branches = [
        BranchFactory(
            name="Northside", code="NORTH", street="48 Drumcondra Road Upper", postcode="D09 X2A1",
            phone="+35318370190", email="north@clinic.example",
        ),
        BranchFactory(
            name="Southside", code="SOUTH", street="7 Ranelagh Road", postcode="D06 V3K4",
            phone="+35314960190", email="south@clinic.example",
        ),
    ]  # fmt: skip
    for branch in branches:
        for position in range(1, 4):
            ChairFactory(branch=branch, name=f"Chair {position}", position=position)
        _set_hours(branch)
        _close_some_days(branch)
    return branches


def stretches(branch: Branch, weekday: int) -> list[tuple[time, time]]:
    """Return when a branch is open on a weekday (Monday is 0). Northside has an emergency service on Sundays."""
    if weekday == SUNDAY and branch.code != "NORTH":
        return []
    if weekday >= SATURDAY:
        return [WEEKEND]
    return [MORNING, LATE_AFTERNOON if weekday == THURSDAY else AFTERNOON]


def make_fee_schedule() -> None:
    """Create the taxes and the procedures."""
    taxes = {name: TaxFactory(name=name, rate=Decimal(rate)) for name, rate in TAXES.items()}
    for code, name, category, fee, tax in PROCEDURES:
        ProcedureFactory(code=code, name=name, category=category, fee=Decimal(fee), taxes=[taxes[tax]])


def make_appointment_types() -> list[AppointmentType]:
    """Create the appointment types, in the order in which they are offered."""
    return [
        AppointmentTypeFactory(name=name, minutes=minutes, hue=hue, position=position)
        for position, (name, (minutes, hue, _)) in enumerate(APPOINTMENT_TYPES.items())
    ]


def procedures_by_type() -> dict[str, list[Procedure]]:
    """Return, by the name of an appointment type, the procedures that such a visit may come to."""
    by_code = Procedure.objects.prefetch_related("taxes").in_bulk(field_name="code")
    return {name: [by_code[code] for code in codes] for name, (_, _, codes) in APPOINTMENT_TYPES.items()}


def _set_hours(branch: Branch) -> None:
    for weekday in range(7):
        for opens, closes in stretches(branch, weekday):
            OpeningHoursFactory(branch=branch, weekday=weekday, opens=opens, closes=closes)


def _close_some_days(branch: Branch) -> None:
    today = branch.today()
    wednesday_after_next = today + timedelta(days=16 - today.weekday())
    ClosureFactory(branch=branch, first_day=wednesday_after_next, reason="Training day")
    christmas = date(today.year, 12, 24)
    ClosureFactory(branch=branch, first_day=christmas, last_day=christmas + timedelta(days=3), reason="Christmas")
