"""What patients answer to the invitation in their calendar, brought to their appointments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from odoo_bridge.fields import Stage
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Owner, Values
from odoo_bridge.models import Link
from odoo_bridge.said import _


class Attendee(Mapping):
    """An answer leaves its event as it was written (observed on 16, 17 and 19), so answers are asked for themselves."""

    key, odoo, local = "attendee", "calendar.attendee", "appointments.Appointment"
    optional = pull_only = True
    batch = 500
    branch, follows = "chair__branch", ("event", "uid")
    person = "patient__uid"
    related = ("chair__branch",)
    observed = ("event_id", "partner_id")
    fixed = {"state": _("The patient answers the invitation in a calendar, and the clinic only reads it.")}
    one, called = _("appointment"), _("answers to invitations")
    labels = {
        "state": _("answer"),
        "event_id": _("appointment"),
        "partner_id": _("patient"),
    }

    state = Stage(
        "reply",
        first="needsAction",
        ours={"": "needsAction", "accepted": "accepted", "declined": "declined", "tentative": "tentative"},
        owner=Owner.ODOO,
    )

    @classmethod
    def refers_to(cls) -> set[str]:
        return {"event"}

    @classmethod
    def belongs(cls) -> Any:
        return cls.model().objects.none()

    def bring(self, answers: list[Values]) -> dict[int, UUID]:
        """The patients of our own appointments; everybody else in Odoo's calendar is none of ours."""
        events = {answer["event_id"][0] for answer in answers if answer["event_id"]}
        links = Link.objects.filter(connection=self.scope.connection)
        visits = dict(links.filter(mapping="event", odoo_id__in=events).values_list("odoo_id", "uid"))
        known = set(links.filter(mapping=self.key, uid__in=visits.values()).values_list("uid", flat=True))
        patients = self._patients(set(visits.values()) - known)
        brought: dict[UUID, int] = {}
        for answer in answers:
            uid = visits.get(answer["event_id"][0]) if answer["event_id"] else None
            if uid in patients and answer["partner_id"] and answer["partner_id"][0] == patients[uid]:
                brought.setdefault(uid, answer["id"])
        return {odoo_id: uid for uid, odoo_id in brought.items()}

    def _patients(self, visits: set[UUID]) -> dict[UUID, int]:
        """Return which contact the patient of each visit is."""
        patients = dict(self.model().objects.filter(uid__in=visits).values_list("uid", "patient__uid"))
        links = Link.objects.filter(connection=self.scope.connection, mapping="partner", uid__in=patients.values())
        contacts: dict[UUID, Any] = dict(links.filter(odoo_id__isnull=False).values_list("uid", "odoo_id"))
        return {visit: contacts[patient] for visit, patient in patients.items() if patient in contacts}

    def let_go(self, uids: list[UUID]) -> None:
        self.model().objects.filter(uid__in=uids).update(reply="")

    def take_over(self, found: list[tuple[Any, Values]]) -> None:
        for record, values in found:
            record.reply = "" if values["state"] == "needsAction" else values["state"]
        self.model().objects.bulk_update([record for record, _ in found], ["reply"])
