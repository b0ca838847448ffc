"""What each role may do. One table, so that nobody has to search the views for it."""

from __future__ import annotations

EVERYTHING = {
    "desk": "see the day, find patients, see who comes",
    "book": "book, move and cancel visits, and take them through their steps",
    "hours": "change opening hours, enter leave, close and open the branch",
    "overbook": "put a visit on top of another, with a reason",
    "patients": "add patients and change their details",
    "merge": "merge two records of one patient, and undo that",
    "bring": "import and export patients",
    "alerts": "see and change medical alerts",
    "clinical": "see and change clinical notes",
    "treat": "see one's own day, and note what was done",
    "plans": "see treatment plans, and note what the patient decides",
    "plan_care": "draw up treatment plans",
    "checkout": "record what was done, and invoice it",
    "see_fees": "see the fee schedule",
    "fees": "change the fee schedule",
    "money": "see invoices and payments",
    "take_money": "take payments",
    "credit": "credit invoices, and pay money back",
    "dayend": "count the till, close the day, and correct what was counted",
    "reports": "see who owes what, what was produced and collected, and what is not invoiced",
    "supplies": "say below which quantity a supply is low",
    "feeds": "have one's own visits in the calendar of one's phone, and revoke that",
    "reminding": "say which reminders a branch sends, and when",
    "sync": "set up the connection to Odoo, and decide what the sync asks",
}

# What touches many records at once, or lets them leave the house, is a manager's.
_MANAGING = {"hours", "reminding", "sync", "merge", "bring", "fees", "credit"}
_CLINICIAN = set(EVERYTHING) - _MANAGING - {"dayend", "reports"}
# Overbooking is the receptionist's too: the emergency calls the desk, and a desk that has to borrow somebody's
# sign-in for it leaves no trace of who did it. The reason and the name stay on the visit.
_RECEPTIONIST = set(EVERYTHING) - {"clinical", "plan_care", "feeds", "treat", "reports"} - _MANAGING

ABILITIES: dict[str, frozenset[str]] = {
    "receptionist": frozenset(_RECEPTIONIST),
    "practitioner": frozenset(_CLINICIAN),
    "hygienist": frozenset(_CLINICIAN),
    "manager": frozenset(EVERYTHING),
    "accountant": frozenset({"desk", "see_fees", "money", "reports"}),
    "administrator": frozenset(set(EVERYTHING) - {"clinical", "treat"}),
}


def abilities_of(role: str, *, superuser: bool = False) -> frozenset[str]:
    """Return what somebody with this role may do."""
    return frozenset(EVERYTHING) if superuser else ABILITIES.get(role, frozenset())
