"""What must hold when everything has healed."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from clinic.appointments.models import Appointment
from clinic.invoices.models import Allocation, CreditUse, Invoice, Payment
from clinic.journal.models import Change
from clinic.patients.models import Patient
from clinic.supplies.models import Holding
from clinic.treatments.models import TreatmentPlan
from odoo_bridge.merged import MERGED
from odoo_bridge.models import Connection, Link, Window
from odoo_bridge.sandbox.seed import BRIDGE_UID
from tests.simulation.office import LUNCH

MODELS = {
    "partner": ("res.partner", "res_partner"),
    "event": ("calendar.event", "calendar_event"),
    "move": ("account.move", "account_move"),
    "payment": ("account.payment", "account_payment"),
    "order": ("sale.order", "sale_order"),
}
ORDER_IS = {
    "proposed": ("draft", "sent"),
    "accepted": ("sale", "done"),
    "done": ("sale", "done"),
    "declined": ("cancel",),
}
"""How the order of a plan may stand in Odoo, by how the plan does."""
FOR_PEOPLE = re.compile(
    "was undone in Odoo|no longer counts it|does not count it|was changed in Odoo: it comes to|"
    "does not count the payment|was reset to draft|for this order, the plan says|" + re.escape(MERGED)
)
"""What only a person can put right, in Odoo or at the desk: it may wait for as long as they like."""


def may_wait(link: Link) -> bool:
    return not link.conflicts and not link.gone and bool(FOR_PEOPLE.search(link.reason))


def everything(world: Any) -> list[str]:
    """Return in words everything that is wrong."""
    if echoes := world.echoes():
        yield_echo = [f"{echoes} calls that change something go on although nothing happened"]
    else:
        yield_echo = []
    return [*yield_echo, *world.intents.unlike(), *both_sides(world)]


def both_sides(world: Any) -> list[str]:
    """Return in words what is wrong with what stands in the two databases."""
    return [
        *_quiet(world),
        *_people(world),
        *_nothing_doubled(world),
        *_nothing_left_out(world),
        *_deletions_told(world),
        *_titles(world),
        *_invoices(world),
        *_payments(world),
        *_orders(world),
        *_supplies(world),
    ]


def _anything_merged(world: Any) -> bool:
    return any(record.merged for record in world.intents.records.values())


def _quiet(world: Any) -> list[str]:
    wrong = [f"{count} {what}" for what, count in _link_counts().items() if count]
    if Change.objects.exists():
        wrong.append("the journal is not taken in")
    if Window.objects.exclude(lease=None).exists():
        wrong.append("a window is leased")
    connection = Connection.objects.get()
    if connection.trouble or connection.state != Connection.State.ACTIVE:
        wrong.append(f"the connection is {connection.state}: {connection.trouble}")
    if mails := world.everything_in_odoo("SELECT count(*) FROM mail_mail")[0][0]:
        wrong.append(f"{mails} mails were made")
    return wrong


def _link_counts() -> dict[str, int]:
    """Return how many links are not at rest, in words that name what they do."""
    now = timezone.now()
    links = Link.objects.exclude(uid__in=_behind_people())
    return {
        "links wait": links.waiting().count(),
        "links are leased": Link.objects.filter(leased_until__gt=now).count(),
        # What was merged in Odoo is looked for by its name again and again, for as long as it waits for a person.
        "links have something sent": links.exclude(sent=None).exclude(reason=MERGED).count(),
        "links are due": links.due(now).count(),
    }


def _behind_people() -> set[UUID]:
    """Return the credit notes that wait for money which a person has to see to: Odoo would take too much of them.

    And what is paid back of them, which waits for them.
    """
    people = set(Link.objects.filter(needs_person=True).values_list("uid", flat=True))
    waiting = Link.objects.filter(mapping="move", reason__contains="Waits until Odoo counts").values("uid")
    found = set()
    for note in Invoice.objects.filter(uid__in=waiting, credits__isnull=False).select_related("credits"):
        paid = note.credits.allocations.filter(in_books=False).values_list("payment__uid", flat=True)
        used = note.credits.credit_uses.filter(in_books=False).values_list("credit_note__uid", flat=True)
        if not people.isdisjoint({note.credits.uid, *paid, *used}):
            found.add(note.uid)
    paid_back = Payment.objects.filter(allocations__invoice__uid__in=found)
    return found | set(paid_back.values_list("uid", flat=True)) | _parts_behind(people)


def _parts_behind(people: set[UUID]) -> set[UUID]:
    """Return the payments of which a part waits its turn behind money that a person has to see to."""
    found = set()
    for part in Allocation.objects.filter(in_books=False).select_related("payment", "invoice"):
        others = part.invoice.allocations.filter(in_books=False).exclude(pk=part.pk)
        used = part.invoice.credit_uses.filter(in_books=False).values_list("credit_note__uid", flat=True)
        ahead = {part.invoice.uid, *others.values_list("payment__uid", flat=True), *used}
        if part.amount != part.payment.amount and not people.isdisjoint(ahead):
            found.add(part.payment.uid)
    return found


def _people(world: Any) -> list[str]:
    """What depends on a record that was merged away may wait for a person, too: nobody merged the two here."""
    merged = _anything_merged(world)
    return [
        f"{link.mapping} {link.uid.hex[:8]} still needs a person: {link.reason} {link.conflicts or ''}"
        for link in Link.objects.filter(needs_person=True)
        if not may_wait(link) and not merged
    ]


def _nothing_doubled(world: Any) -> list[str]:
    """Everything that the bridge made has one external id, and every link leads to its own."""
    wrong = []
    namespace = Connection.objects.get().namespace
    behind = {uid.hex for uid in _behind_people()}  # What is there already is looked for when their turn comes.
    for key, (model, table) in MODELS.items():
        rows = world.everything_in_odoo(
            "SELECT name, res_id FROM ir_model_data WHERE module = ? AND model = ?", (namespace, model)
        )
        made = world.everything_in_odoo(f"SELECT id FROM {table} WHERE create_uid = ?", (BRIDGE_UID,))
        named = Counter(row[1] for row in rows)
        entries = {row[0] for row in rows}
        if key == "move":
            payments = world.everything_in_odoo("SELECT move_id FROM account_payment WHERE move_id IS NOT NULL")
            made = [row for row in made if row not in set(payments)]
        wrong += [
            f"{model} {row[0]} was made by the bridge without an external id" for row in made if row[0] not in named
        ]
        ids = {f"{key}_{link.uid.hex}": link.odoo_id for link in Link.objects.filter(mapping=key)}
        wrong += [
            f"{name} leads to {odoo_id}, the link to {ids.get(name)}"
            for name, odoo_id in rows
            if ids.get(name) != odoo_id and not _is_lost(world, key, name) and name.partition("_")[2] not in behind
        ]
        wrong += [
            f"{name} has no external id in Odoo"
            for name, odoo_id in ids.items()
            if odoo_id and name not in entries and key != "payment" and not _is_lost(world, key, name)
        ]
    return wrong


def _is_lost(world: Any, key: str, name: str) -> bool:
    """Deleted or merged in Odoo, or deleted here: what was under way to Odoo then stays there, and has no link.

    So does what people left there.
    """
    if name in world.left:
        return True
    record = world.intents.records.get((key, name.partition("_")[2]))
    return record.lost if record else key in ("partner", "event")


def _nothing_left_out(world: Any) -> list[str]:
    merged, behind = _anything_merged(world), _behind_people()
    wanted = {
        "partner": Patient.objects.filter(is_active=True),
        "event": Appointment.objects.occupying(),
        "move": Invoice.objects.issued(),
        "payment": Payment.objects.filter(origin="desk"),
        "order": TreatmentPlan.objects.filter(status__in=["proposed", "accepted"]),
    }
    return [
        f"{key} {record.uid.hex[:8]} is not in Odoo"
        for key, records in wanted.items()
        for record in records.exclude(uid__in=Link.objects.filter(mapping=key, odoo_id__isnull=False).values("uid"))
        if not merged and record.uid not in behind
    ]


def _deletions_told(world: Any) -> list[str]:
    """What was deleted in Odoo was found by the sync itself, and people were asked about it."""
    gone = [record for record in world.intents.records.values() if record.lost and not record.merged]
    return [
        f"{record.kind} {record.uid[:8]} was deleted in Odoo, and nobody was told"
        for record in gone
        if Link.objects.filter(mapping=record.kind, uid=record.uid, odoo_id__isnull=False, gone=False).exists()
    ]


def _titles(world: Any) -> list[str]:
    """What an appointment is called is the clinic's: a name that people in Odoo gave it is put back."""
    visits = Appointment.objects.filter(uid__in=Link.objects.filter(mapping="event", needs_person=False).values("uid"))
    ids = {
        link.odoo_id: link.uid.hex[:8]
        for link in Link.objects.filter(mapping="event", uid__in=visits.values("uid"), odoo_id__isnull=False)
    }
    named = world.everything_in_odoo("SELECT id, name FROM calendar_event WHERE name LIKE ?", (f"{LUNCH}%",))
    return [f"event {ids[one]} is called {name} in Odoo" for one, name in named if one in ids]


def _cents(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def _invoices(world: Any) -> list[str]:
    wrong = []
    moves = {
        row[0]: row[1:]
        for row in world.everything_in_odoo(
            "SELECT id, name, state, amount_total, amount_residual, partner_id, move_type FROM account_move"
        )
    }
    # A draft keeps the number it had. If the clinic forgot the invoice since, another may have the number by now: which
    # of the two is cancelled is up to a person, and Odoo posts only one.
    counting = ("posted",) if world.restored else ("posted", "draft")
    names = Counter(row[0] for row in moves.values() if row[1] in counting)
    for invoice in Invoice.objects.issued().select_related("standing", "payer"):
        link = Link.objects.filter(mapping="move", uid=invoice.uid).first()
        if link is None or link.odoo_id is None:
            continue
        if link.odoo_id not in moves:
            wrong.append(f"{invoice} is gone from Odoo")
            continue
        name, state, total, residual, partner, kind = moves[link.odoo_id]
        label = f"invoice {invoice}"
        wanted = "out_refund" if invoice.is_credit_note else "out_invoice"
        if (name, kind) != (invoice.number, wanted) or names[name] > 1:
            wrong.append(f"{label} is {name} in Odoo, {names[name]} times, {kind}")
        if state not in ("posted", "cancel") and not link.needs_person:
            wrong.append(f"{label} is {state} in Odoo")
        if _cents(total) != _cents(invoice.total):
            wrong.append(f"{label} comes to {total} in Odoo, {invoice.total} here")
        wrong += _standing(invoice, link, label, state, residual)
        payer = Link.objects.get(mapping="partner", uid=invoice.payer.uid)
        if partner != payer.odoo_id and not _is_lost(world, "partner", f"partner_{payer.uid.hex}"):
            wrong.append(f"{label} is for partner {partner}, not {payer.odoo_id}")
    return wrong


def _standing(invoice: Any, link: Link, label: str, state: str, residual: Any) -> list[str]:
    standing = getattr(invoice, "standing", None)
    if standing is None:
        return [] if link.needs_person else [f"{label} has no standing"]
    if state == "posted" and _cents(standing.residual) != _cents(residual):
        return [f"{label} owes {residual} in Odoo, {standing.residual} here"]
    if state == "cancel" and standing.state != "cancelled":
        return [f"{label} is cancelled in Odoo, {standing.state} here"]
    return []


def _payments(world: Any) -> list[str]:
    wrong = []
    rows = {
        row[0]: row[1:] for row in world.everything_in_odoo("SELECT id, amount, state, create_uid FROM account_payment")
    }
    links = {link.uid: link for link in Link.objects.filter(mapping="payment")}
    for payment in Payment.objects.all():
        link = links.get(payment.uid)
        if link is None and payment.origin == Payment.Origin.BOOKS:
            wrong.append(f"payment {payment} was brought here without a link")
        if link is None or link.odoo_id is None:
            continue
        if link.odoo_id not in rows:
            wrong.append(f"payment {payment} is gone from Odoo")
            continue
        amount, state, _ = rows[link.odoo_id]
        if _cents(amount) != _cents(payment.amount):
            wrong.append(f"payment {payment} is {amount} in Odoo")
        if state == "draft" and not link.needs_person:
            wrong.append(f"payment {payment} is a draft in Odoo")
    return wrong + _counted(rows)


def _counted(rows: dict[int, Any]) -> list[str]:
    """What is allocated as in the books is what the links say is there."""
    wrong = []
    for allocation in Allocation.objects.filter(in_books=True).select_related("payment"):
        link = Link.objects.filter(mapping="payment", uid=allocation.payment.uid).first()
        if link is None or link.odoo_id not in rows:
            wrong.append(f"{allocation} is said to be in the books, and is not")
    waiting = set(Link.objects.filter(needs_person=True).values_list("uid", flat=True)) | _behind_people()
    for allocation in Allocation.objects.filter(in_books=False).select_related("payment", "invoice__standing"):
        here = {allocation.payment.uid, allocation.invoice.uid}
        link = Link.objects.filter(mapping="payment", uid=allocation.payment.uid).first()
        if link and link.odoo_id and here.isdisjoint(waiting):
            wrong.append(f"{allocation} does not count in Odoo, and nobody is asked about it")
    for use in CreditUse.objects.filter(in_books=False).select_related("credit_note", "invoice"):
        if {use.credit_note.uid, use.invoice.uid}.isdisjoint(waiting):
            wrong.append(f"{use} does not count in Odoo, and nobody is asked about it")
    return wrong


def _orders(world: Any) -> list[str]:
    """Each plan stands in Odoo as it does here, with the same total and for the same person."""
    wrong = []
    columns = "SELECT id, state, amount_total, partner_id FROM sale_order"
    orders = {row[0]: row[1:] for row in world.everything_in_odoo(columns)}
    links = {link.uid: link for link in Link.objects.filter(mapping="order", odoo_id__isnull=False, needs_person=False)}
    for plan in TreatmentPlan.objects.filter(uid__in=links).select_related("payer"):
        if links[plan.uid].odoo_id not in orders:
            wrong.append(f"plan {plan.uid.hex[:8]} is gone from Odoo")
            continue
        state, total, partner = orders[links[plan.uid].odoo_id]
        if state not in ORDER_IS[plan.status]:
            wrong.append(f"plan {plan.uid.hex[:8]} is {state} in Odoo, {plan.status} here")
        if state != "cancel" and _cents(total) != _cents(plan.amounts.total):
            wrong.append(f"plan {plan.uid.hex[:8]} comes to {total} in Odoo, {plan.amounts.total} here")
        payer = Link.objects.get(mapping="partner", uid=plan.payer.uid)
        if partner != payer.odoo_id and not _is_lost(world, "partner", f"partner_{payer.uid.hex}"):
            wrong.append(f"plan {plan.uid.hex[:8]} is for partner {partner}, not {payer.odoo_id}")
    return wrong


def _supplies(world: Any) -> list[str]:
    """What lies on Odoo's own shelves is what the clinic shows, each quant once."""
    there = dict(
        world.everything_in_odoo(
            "SELECT q.id, q.quantity FROM stock_quant q JOIN stock_location l ON l.id = q.location_id "
            "WHERE l.usage = 'internal'"
        )
    )
    links = {link.uid: link.odoo_id for link in Link.objects.filter(mapping="quant")}
    here = {links.get(holding.uid): holding.quantity for holding in Holding.objects.all()}
    return [
        f"quant {one} holds {there.get(one)} in Odoo, {here.get(one)} here"
        for one in sorted(there.keys() | here.keys(), key=str)
        if one not in there or one not in here or _cents(there[one]) != _cents(here[one])
    ]
