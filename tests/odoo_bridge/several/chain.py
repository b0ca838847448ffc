"""The chain: its branches, what is done at their desks, and what stands in each Odoo."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from clinic.appointments.models import Appointment
from clinic.demo.factories import (
    AppointmentFactory,
    BranchFactory,
    ChairFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PatientFactory,
    PractitionerFactory,
    ProcedureFactory,
    TaxFactory,
    next_morning,
)
from clinic.invoices import actions
from clinic.invoices.models import Invoice, NumberSeries, Payment
from clinic.patients.models import Patient
from clinic.practice.models import Branch
from clinic.practice.taxes import copied
from clinic.treatments import actions as plans
from clinic.treatments.models import TreatmentPlan
from odoo_bridge import sync
from odoo_bridge.client import Client
from odoo_bridge.models import Connection, Link
from odoo_bridge.registry import mapping_for

ALL = {"active_test": False}


class Chain:
    """`at_north` and `at_west` are in the Odoo called Near, in a company each; `at_far` is in the one called Far."""

    def __init__(self, near: Connection, far: Connection, in_near: Client, in_far: Client) -> None:
        self.near, self.far = near, far
        self.clients = {near.pk: in_near, far.pk: in_far}
        self.unique, self._numbers = uuid4().hex[:10], count()
        self.at_north, self.at_west, self.at_far = (self._branch(code) for code in ("NORTH", "WEST", "FAR"))

    def _branch(self, code: str) -> Branch:
        branch: Branch = BranchFactory(code=code, name=f"Clinic {code.title()}", currency="EUR")
        ChairFactory(branch=branch, name="Chair 1")
        year = branch.today().year
        taken = [
            row["name"]
            for client in self.clients.values()
            for row in client.search_read("account.move", [["name", "=like", f"{code}/{year}/%"]], ["name"])
        ]
        last = max((int(name.rpartition("/")[2]) for name in taken), default=0)
        NumberSeries.objects.create(branch=branch, year=year, last=last)
        return branch

    @property
    def branches(self) -> list[Branch]:
        return [self.at_north, self.at_west, self.at_far]

    def connections(self) -> list[Connection]:
        return [Connection.objects.get(pk=one.pk) for one in (self.near, self.far)]

    # At the desks

    def patient(self, branch: Branch, **values: Any) -> Patient:
        number = next(self._numbers)
        own = {
            "given_name": "Zoë",
            "family_name": f"{self.unique}-{number}",
            "email": f"{self.unique}.{number}@x.example",
        }
        return PatientFactory(**{"branch": branch, **own, **values})

    def appointment(self, branch: Branch, patient: Patient) -> Appointment:
        starts = next_morning(next(self._numbers)) + timedelta(hours=1)
        chair = branch.chairs.get()
        return AppointmentFactory(
            patient=patient, chair=chair, practitioner=PractitionerFactory(name="Dr Okafor"), starts_at=starts
        )

    def invoice(self, branch: Branch, patient: Patient) -> Invoice:
        draft = InvoiceFactory(branch=branch, patient=patient, payer=patient.invoiced_to)
        tax = TaxFactory(rate=Decimal("13.5"))
        InvoiceLineFactory(invoice=draft, position=0, unit_price=Decimal("100.00"), taxes=copied([tax]))
        return actions.issue(draft)

    def plan(self, branch: Branch, patient: Patient) -> TreatmentPlan:
        """Return a plan that the patient was asked about."""
        plan = plans.draw_up(patient, PractitionerFactory(name="Dr Okafor"), branch, "Crown on 36")
        procedure = ProcedureFactory(fee=Decimal("850.00"), taxes=[TaxFactory(rate=Decimal("13.5"))])
        plans.add_item(plan.phases.get(), procedure, tooth="36")
        return plans.propose(plan)

    def payment(self, invoice: Invoice, amount: str = "40.00", method: str = "card") -> Payment:
        return actions.take_payment(invoice, Decimal(amount), method)

    # The sync

    def run(self, rounds: int = 1) -> None:
        """Push and pull over both, and let the back-off of what waits for others come to its end."""
        for _ in range(rounds):
            for connection in self.connections():
                Link.objects.update(next_attempt_at=None)
                sync.push(connection)
                sync.pull(connection)

    def settle(self) -> None:
        """Run until nothing waits."""
        for _ in range(6):
            self.run()
            if not Link.objects.waiting().exists():
                break
        assert not Link.objects.waiting().exists()
        assert not [one.trouble for one in self.connections() if one.trouble]
        assert not [(one, one.reason) for one in Link.objects.filter(needs_person=True)]

    # In the Odoos

    def where(self, record: Any) -> set[str]:
        """Return the names of the connections whose Odoo has a record, each asked whether it is there."""
        mapping = mapping_for(type(record))
        assert mapping
        found = set()
        for link in Link.objects.filter(mapping=mapping.key, uid=record.uid, odoo_id__isnull=False):
            client = self.clients[link.connection_id]
            assert client.search_count(mapping.odoo, [["id", "=", link.odoo_id]], context=ALL) == 1
            found.add(str(link.connection.name))
        return found

    def link(self, record: Any) -> Link:
        """Return the link of a record that is wanted in one Odoo only."""
        mapping = mapping_for(type(record))
        assert mapping
        return Link.objects.get(mapping=mapping.key, uid=record.uid)

    def of(self, record: Any, connection: Connection, *fields: str) -> dict[str, Any]:
        """Return what a connection's Odoo has of a record."""
        mapping = mapping_for(type(record))
        assert mapping
        link = Link.objects.get(connection=connection, mapping=mapping.key, uid=record.uid)
        [answer] = self.clients[connection.pk].read(mapping.odoo, [link.odoo_id or 0], list(fields))
        return answer

    def edit(self, record: Any, connection: Connection, **values: Any) -> None:
        """Change a record in a connection's Odoo."""
        mapping = mapping_for(type(record))
        assert mapping
        link = Link.objects.get(connection=connection, mapping=mapping.key, uid=record.uid)
        self.clients[connection.pk].write(mapping.odoo, [link.odoo_id or 0], values)

    def names_in(self, connection: Connection, model: str, field: str, like: str) -> list[str]:
        """Return a field of all records in a connection's Odoo that look like something, in order."""
        rows = self.clients[connection.pk].search_read(model, [[field, "=like", like]], [field], context=ALL)
        return sorted(row[field] for row in rows)
