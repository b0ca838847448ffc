"""The demo clinic: the same one for everybody, except that its diary is laid around today."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from django.db import transaction

from clinic.practice.models import Branch

PATIENTS = 412
_SEED = 1847  # The year in which anaesthesia came to Ireland's dentists.

Report = Callable[[str, int], Callable[[], None]]


def is_demo() -> bool:
    """Tell whether the database holds the demo clinic."""
    from clinic.demo.seeding.staff import PEOPLE
    from clinic.staff.models import User

    return User.objects.filter(username__in=[person.username for person in PEOPLE]).count() == len(PEOPLE)


def is_empty() -> bool:
    """Tell whether nobody has set up a clinic yet."""
    return not Branch.objects.exists()


@transaction.atomic
def seed(report: Report, patients: int = PATIENTS) -> None:
    """Create the demo clinic, all of it or nothing.

    `report(what, steps)` is called when a part begins and returns what is called after each of its steps.
    """
    # Imported here: a command that only asks whether there is a demo needs no factories.
    from clinic.demo.seeding import practice, staff
    from clinic.demo.seeding.billing import Billing
    from clinic.demo.seeding.diary import Diary
    from clinic.demo.seeding.hours import set_rota
    from clinic.demo.seeding.notes import write_notes
    from clinic.demo.seeding.patients import Register
    from clinic.demo.seeding.plans import suggest
    from clinic.demo.seeding.reaching import Reaching
    from clinic.demo.seeding.tills import close_yesterday
    from clinic.staff.models import User

    random = Random(_SEED)
    tick = report("The practice and its people", 2)
    branches = practice.open_branches()
    practice.make_fee_schedule()
    practice.make_appointment_types()
    tick()
    practitioners = staff.hire(branches)
    set_rota(branches, practitioners)
    receptionist = User.objects.get(username="maria")
    tick()
    tick = report("Patients", 1)
    registered = Register(random, branches, practitioners).fill(patients)
    tick()
    tick = report("The diary", 1)
    visits = Diary(random, registered, receptionist).fill()
    tick()
    billed = sum(visit.status == "completed" for visit in visits)
    Billing(random, receptionist, report("Treatments, invoices and payments", billed)).bill(visits)
    close_yesterday(branches, receptionist)
    # With dice of its own, so that all the rest of the demo stays as it was.
    write_notes(Random(_SEED), visits)
    tick = report("Treatment plans", 1)
    suggest(random, registered)
    tick()
    tick = report("Waiting list, recalls and reminders", 1)
    Reaching(random, registered, receptionist).fill()
    tick()
