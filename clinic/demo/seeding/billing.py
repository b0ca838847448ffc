"""What was done in the visits gone by, the invoices for it, and how far they are paid: by the clinic's own actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import TreatmentFactory
from clinic.demo.seeding.practice import procedures_by_type
from clinic.invoices import actions
from clinic.invoices.models import Invoice, Payment
from clinic.staff.models import User
from clinic.totals import round_money
from clinic.treatments.models import Treatment

ADULT_TEETH = [f"{quadrant}{tooth}" for quadrant in range(1, 5) for tooth in range(1, 8)]
ON_A_TOOTH = ("Restorative", "Endodontics", "Prosthetics", "Surgery")
LEFT_TO_CHECK_OUT = 6


class Billing:
    """Bills the completed visits. The last few are left for a newcomer to check out."""

    def __init__(self, random: Random, receptionist: User, tick: Callable[[], None]) -> None:
        self._random, self._receptionist, self._tick = random, receptionist, tick
        self._procedures = procedures_by_type()

    def bill(self, visits: list[Appointment]) -> None:
        """Record treatments for the completed ones of `visits`, given in the order of time, and invoice them."""
        completed = [visit for visit in visits if visit.status == Status.COMPLETED]
        self._record_treatments(completed)
        for visit in completed[:-LEFT_TO_CHECK_OUT]:
            self._check_out(visit)
            self._tick()
        for position, visit in enumerate(completed[-LEFT_TO_CHECK_OUT:]):
            if position % 2:
                actions.draft_from(visit)
            self._tick()

    def _record_treatments(self, visits: list[Appointment]) -> None:
        Treatment.objects.bulk_create(treatment for visit in visits for treatment in self._treatments(visit))

    def _treatments(self, visit: Appointment) -> list[Treatment]:
        possible = self._procedures[visit.appointment_type.name]
        done = possible[:1] if self._random.random() < 0.5 else self._random.sample(possible, min(2, len(possible)))
        return [
            TreatmentFactory.build(
                appointment=visit,
                procedure=procedure,
                tooth=self._random.choice(ADULT_TEETH) if procedure.category in ON_A_TOOTH else "",
                quantity=self._random.choice([1, 1, 2]) if procedure.category == "Goods" else 1,
                done_at=visit.completed_at,
            )
            for procedure in done
        ]

    def _check_out(self, visit: Appointment) -> None:
        day = visit.local_end.date()
        invoice = actions.issue(actions.draft_from(visit), by=self._receptionist, on=day)
        share = self._random.choices([Decimal(1), Decimal("0.5"), Decimal(0)], [76, 10, 14])[0]
        if share:
            self._pay(invoice, share, day)

    def _pay(self, invoice: Invoice, share: Decimal, day: date) -> None:
        method = self._random.choices(Payment.Method.values, [15, 70, 15])[0]
        amount = round_money(invoice.total * share, invoice.currency)
        actions.take_payment(invoice, amount, method, by=self._receptionist, on=day)
