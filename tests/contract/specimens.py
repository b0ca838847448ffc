"""One specimen a mapping: how its records are made and changed on both sides, and what they look like in Odoo.

The conformance tests are the same for every mapping of the registry; a mapping without a specimen fails them.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from clinic.appointments import actions
from clinic.appointments.models import Appointment, Status
from clinic.invoices import pdf
from clinic.invoices.models import Invoice, InvoiceDocument, Payment
from clinic.patients.models import Patient
from clinic.supplies.models import Holding
from clinic.treatments import actions as plans
from clinic.treatments.models import TreatmentPlan
from odoo_bridge import sync
from odoo_bridge.client import Client
from odoo_bridge.models import Connection, Link
from tests.contract.books import Books
from tests.contract.practice import Practice

Shown = dict[str, Any]


def moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


class Specimen:
    """`model`.`effects` are the calls of a push that must not happen twice, in their order."""

    key: str
    effects: tuple[tuple[str, str], ...]
    disclosure = Connection.Disclosure.MINIMAL

    def make(self, practice: Practice) -> Any:
        raise NotImplementedError

    def shown(self, record: Any, books: Books) -> Shown:
        """Return what Odoo has to show of the record."""
        raise NotImplementedError

    def twins(self, record: Any, books: Books) -> int:
        """Return how many records Odoo has that could be this one: one, if nothing was doubled."""
        raise NotImplementedError


class Editable(Specimen):
    """A record that goes on changing on both sides after it is in Odoo."""

    def change_here(self, record: Any) -> None:
        """Change something that the mapping sends."""
        raise NotImplementedError

    def change_other_here(self, record: Any) -> None:
        """Change something that `change_there` leaves alone."""
        raise NotImplementedError

    def change_there(self, record: Any, books: Books) -> None:
        """Change in Odoo what `change_here` changes here, to something else."""
        raise NotImplementedError

    def state(self, record: Any) -> Any:
        """Return what `change_there` arrives in."""
        raise NotImplementedError

    def archive(self, record: Any) -> None:
        raise NotImplementedError

    def restore(self, record: Any) -> None:
        raise NotImplementedError


class PartnerSpecimen(Editable):
    key = "partner"
    effects = (("res.partner", "load"),)
    clearable = ("email", "phone", "street", "street2", "city", "postcode", "country")

    def make(self, practice: Practice) -> Patient:
        return practice.patient()

    def shown(self, record: Patient, books: Books) -> Shown:
        has_mobile = "mobile" in books.odoo.fields_get("res.partner")
        phones = {"phone": record.phone, "mobile": record.mobile} if has_mobile else {"phone": record.mobile}
        [ireland] = books.odoo.search("res.country", [["code", "=", record.country.code]])
        return {
            **{name: value.as_international if value else False for name, value in phones.items()},
            "name": record.full_name,
            "email": record.email or False,
            "street": record.street,
            "street2": record.street2 or False,
            "city": record.city,
            "zip": record.postcode,
            "country_id": ireland,
            "active": record.is_active,
        }

    def twins(self, record: Patient, books: Books) -> int:
        return books.count(record, [["name", "=", record.full_name]])

    def change_here(self, record: Patient) -> None:
        record.email = f"here.{record.email}"
        record.save()

    def change_other_here(self, record: Patient) -> None:
        record.street = "1 Dame Street"
        record.save()

    def change_there(self, record: Patient, books: Books) -> None:
        books.edit(record, email=f"there.{record.uid.hex}@post.example")

    def state(self, record: Patient) -> str:
        return Patient.objects.get(pk=record.pk).email

    def archive(self, record: Patient) -> None:
        record.is_active = False
        record.save()

    def restore(self, record: Patient) -> None:
        record.is_active = True
        record.save()


class EventSpecimen(Editable):
    key = "event"
    effects = (("res.partner", "load"), ("calendar.event", "load"))

    def make(self, practice: Practice) -> Appointment:
        return practice.appointment()

    def shown(self, record: Appointment, books: Books) -> Shown:
        return {
            "name": f"Dental appointment, {record.practitioner}",
            "start": moment(record.starts_at),
            "stop": moment(record.ends_at),
            "location": f"{record.branch.name}, {record.chair.name}",
            "partner_ids": [books.odoo_id(record.patient)],
            "active": record.occupies_time,
        }

    def twins(self, record: Appointment, books: Books) -> int:
        return books.count(record, [["partner_ids", "in", [books.odoo_id(record.patient)]]])

    def change_here(self, record: Appointment) -> None:
        actions.reschedule(record, starts_at=record.starts_at + timedelta(hours=1))

    def change_other_here(self, record: Appointment) -> None:
        record.chair.name = "Chair 7"
        record.chair.save()
        # A chair has no journal of its own: what shows its name is saved again.
        record.save()

    def change_there(self, record: Appointment, books: Books) -> None:
        start = record.starts_at + timedelta(hours=2)
        books.edit(record, start=moment(start), stop=moment(start + timedelta(minutes=45)))

    def state(self, record: Appointment) -> tuple[datetime, datetime]:
        fresh = Appointment.objects.get(pk=record.pk)
        return fresh.starts_at, fresh.ends_at

    def archive(self, record: Appointment) -> None:
        actions.advance(record, Status.CANCELLED, reason="The patient is ill")

    def restore(self, record: Appointment) -> None:
        actions.advance(record, Status.BOOKED)


class MoveSpecimen(Specimen):
    key = "move"
    effects = (("res.partner", "load"), ("account.move", "load"), ("account.move", "action_post"))

    def make(self, practice: Practice) -> Invoice:
        return practice.invoice("120.00", "33.35")

    def shown(self, record: Invoice, books: Books) -> Shown:
        return {
            "state": "posted",
            "move_type": "out_invoice",
            "name": record.number,
            "partner_id": books.odoo_id(record.payer),
            "invoice_date": record.issued_on.isoformat(),
            "invoice_date_due": record.due_on.isoformat(),
            "amount_untaxed": float(record.untaxed),
            "amount_tax": float(record.tax),
            "amount_total": float(record.total),
            "amount_residual": float(record.total),
        }

    def twins(self, record: Invoice, books: Books) -> int:
        return books.count(record, [["partner_id", "=", books.odoo_id(record.payer)]])


class PaymentSpecimen(Specimen):
    key = "payment"
    effects = (
        *MoveSpecimen.effects,
        ("account.payment", "load"),
        ("account.payment", "action_post"),
        ("account.move", "js_assign_outstanding_line"),
    )

    def make(self, practice: Practice) -> Payment:
        return practice.payment("40.00")

    def shown(self, record: Payment, books: Books) -> Shown:
        states = {"posted", "in_process", "paid"}
        [state] = books.odoo.read("account.payment", [books.odoo_id(record)], ["state"])
        assert state["state"] in states
        return {
            "amount": 40.0,
            "date": record.received_on.isoformat(),
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": books.odoo_id(record.payer),
        }

    def twins(self, record: Payment, books: Books) -> int:
        return books.count(record, [["partner_id", "=", books.odoo_id(record.payer)]])


class OrderSpecimen(Specimen):
    """A plan that was accepted before Odoo heard of it."""

    key = "order"
    effects = (("res.partner", "load"), ("sale.order", "load"), ("sale.order", "action_confirm"))

    def make(self, practice: Practice) -> TreatmentPlan:
        return plans.accept(practice.plan("850.00", "33.35"), "Zoë")

    def shown(self, record: TreatmentPlan, books: Books) -> Shown:
        amounts = record.amounts
        return {
            "state": "sale",
            "partner_id": books.odoo_id(record.payer),
            "client_order_ref": "Treatment plan",
            "amount_untaxed": float(amounts.untaxed),
            "amount_tax": float(amounts.tax),
            "amount_total": float(amounts.total),
        }

    def twins(self, record: TreatmentPlan, books: Books) -> int:
        return books.count(record, [["partner_id", "=", books.odoo_id(record.payer)]])


class AttachmentSpecimen(Specimen):
    key = "attachment"
    effects = (*MoveSpecimen.effects, ("ir.attachment", "load"))
    disclosure = Connection.Disclosure.FULL

    def make(self, practice: Practice) -> InvoiceDocument:
        return InvoiceDocument.objects.get(pk=practice.invoice().pk)

    def shown(self, record: InvoiceDocument, books: Books) -> Shown:
        return {
            "name": f"{record.number.replace('/', '-')}.pdf",
            "mimetype": "application/pdf",
            "res_model": "account.move",
            "res_id": books.odoo_id(Invoice.objects.get(pk=record.pk)),
            "datas": b64encode(pdf.of_invoice(record)).decode(),
        }

    def twins(self, record: InvoiceDocument, books: Books) -> int:
        move = books.odoo_id(Invoice.objects.get(pk=record.pk))
        return books.count(record, [["res_model", "=", "account.move"], ["res_id", "=", move]])


class Brought:
    """Records that only come from Odoo; see `Mapping.pull_only`."""

    key: str

    def make(self, practice: Practice, connection: Connection) -> int:
        """Make a record in Odoo, and return its id there."""
        raise NotImplementedError

    def change(self, odoo_id: int, practice: Practice) -> None:
        """Change it in Odoo."""
        raise NotImplementedError

    def delete(self, odoo_id: int, practice: Practice) -> None:
        raise NotImplementedError

    def state(self, record: Any) -> Any:
        """Return what the clinic shows of it."""
        raise NotImplementedError

    new: Any
    changed: Any
    gone: Any
    """What `state` is at first, after `change`, and after `delete`."""


class QuantSpecimen(Brought):
    key = "quant"
    new, changed, gone = Decimal(10), Decimal(7), None

    def make(self, practice: Practice, connection: Connection) -> int:
        with practice.office() as office:
            newer = "is_storable" in office.fields_get("product.product")
            storable = {"type": "consu", "is_storable": True} if newer else {"detailed_type": "product"}
            named = {"name": f"Gloves {practice.unique}", "default_code": practice.unique}
            product = office.create("product.product", {**named, **storable})
            shelf = office.search("stock.location", [["usage", "=", "internal"]], limit=1, order="id")[0]
            self._count(office, {"product_id": product, "location_id": shelf}, 10)
            [quant] = office.search("stock.quant", [["product_id", "=", product], ["location_id", "=", shelf]])
            return quant

    @staticmethod
    def _count(office: Client, where: dict[str, int], quantity: int) -> None:
        counted = {**where, "inventory_quantity": quantity}
        quant = office.create("stock.quant", counted, context={"inventory_mode": True})
        office.call("stock.quant", "action_apply_inventory", [quant])

    def change(self, odoo_id: int, practice: Practice) -> None:
        with practice.office() as office:
            self._recount(office, odoo_id, 7)

    def _recount(self, office: Client, odoo_id: int, quantity: int) -> None:
        [row] = office.read("stock.quant", [odoo_id], ["product_id", "location_id"])
        self._count(office, {name: row[name][0] for name in ("product_id", "location_id")}, quantity)

    def delete(self, odoo_id: int, practice: Practice) -> None:
        """Nobody may delete a quant. Odoo does, of what is used up, now and then, and when somebody counts."""
        assert practice.peer
        if practice.peer.file:
            with closing(sqlite3.connect(practice.peer.file, timeout=30)) as database, database:
                database.execute("DELETE FROM stock_quant WHERE id = ?", (odoo_id,))
            return
        with practice.office() as office:
            self._recount(office, odoo_id, 0)
            office.call("stock.quant", "action_view_inventory")

    def state(self, record: Holding) -> Decimal | None:
        found = Holding.objects.filter(pk=record.pk).first()
        return found.quantity if found else None


class AttendeeSpecimen(Brought):
    key = "attendee"
    new, changed, gone = "", "declined", ""

    def make(self, practice: Practice, connection: Connection) -> int:
        visit = practice.appointment()
        sync.push(connection)
        event = Link.objects.get(connection=connection, mapping="event", uid=visit.uid).odoo_id
        [attendee] = practice.odoo.search("calendar.attendee", [["event_id", "=", event]])
        return attendee

    def change(self, odoo_id: int, practice: Practice) -> None:
        practice.odoo.call("calendar.attendee", "do_decline", [odoo_id])

    def delete(self, odoo_id: int, practice: Practice) -> None:
        [row] = practice.odoo.read("calendar.attendee", [odoo_id], ["event_id"])
        silent = {"no_mail_to_attendees": True}
        practice.odoo.write("calendar.event", [row["event_id"][0]], {"partner_ids": [[6, 0, []]]}, context=silent)

    def state(self, record: Appointment) -> str:
        return Appointment.objects.get(pk=record.pk).reply


_SENT = (
    PartnerSpecimen(),
    EventSpecimen(),
    MoveSpecimen(),
    PaymentSpecimen(),
    OrderSpecimen(),
    AttachmentSpecimen(),
)
SPECIMENS: dict[str, Specimen] = {specimen.key: specimen for specimen in _SENT}
BROUGHT: dict[str, Brought] = {specimen.key: specimen for specimen in (QuantSpecimen(), AttendeeSpecimen())}
EDITABLE = [key for key, specimen in SPECIMENS.items() if isinstance(specimen, Editable)]
