"""Appointments as calendar events: moved on either side, cancelled in the clinic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone

from clinic.appointments.actions import AppointmentError, correct_times
from clinic.appointments.overlap import entangled
from odoo_bridge.fields import Bool, Char, Datetime, Refs, Refused
from odoo_bridge.mapping import Mapping
from odoo_bridge.merge import Owner, Values
from odoo_bridge.models import Connection
from odoo_bridge.said import _, pgettext


def title(appointment: Any, scope: Any) -> str:
    """Return what the calendar may say: the kind of visit only where the connection's disclosure allows it."""
    minimal = scope.connection.disclosure == Connection.Disclosure.MINIMAL
    kind = "Dental appointment" if minimal else str(appointment.appointment_type)
    return f"{kind}, {appointment.practitioner}"


def place(appointment: Any, scope: Any) -> str:
    return f"{appointment.chair.branch}, {appointment.chair.name}"


def attendees(appointment: Any, scope: Any) -> list[Any]:
    return [appointment.patient] if scope.connection.names_patient_in_calendar else []


HIDDEN = _("This event was made private in Odoo, so the clinic sees its times and no more. Make it public there again.")


def _is_hidden(answer: Values) -> bool:
    return bool(answer["privacy"] == "private" and answer["name"] == "Busy")


class Event(Mapping):
    """Dragging the event in Odoo moves the appointment, as far as the clinic's rules let it."""

    key, odoo, local = "event", "calendar.event", "appointments.Appointment"
    branch = "chair__branch"
    person = "patient__uid"
    together = frozenset({"start", "stop"})
    dated = "starts_at__date"
    consequences = {
        "create": _("Nobody is invited by mail: the clinic's calls tell Odoo to send nothing."),
        "update": _("Nobody is told by mail that a visit was moved."),
    }
    related = ("patient", "practitioner", "chair__branch", "appointment_type")
    observed = ("privacy",)
    identity = ("start", "stop", "name", "location")
    fixed = {"partner_ids": _("The clinic adds and removes the patient. Others who are invited in Odoo stay.")}
    one, called = _("appointment"), _("appointments")
    labels = {
        "name": _("title"),
        "partner_ids": _("attendees"),
        "active": _("booked or cancelled"),
        "privacy": _("private or public"),
        "start": _("starts at"),
        "stop": _("ends at"),
        "location": _("location"),
    }
    watched = {
        "staff.practitioner": "practitioner__uid",
        "practice.branch": "chair__branch__uid",
        "practice.appointmenttype": "appointment_type__uid",
    }

    name = Char(title, owner=Owner.CLINIC)
    start = Datetime("starts_at")
    stop = Datetime("ends_at")
    location = Char(place, owner=Owner.CLINIC)
    partner_ids = Refs("partner", attendees, owner=Owner.CLINIC)
    active = Bool("occupies_time", one_way=True, words=(pgettext("visit", "cancelled"), pgettext("visit", "booked")))

    def theirs(self, answer: Values) -> Values:
        """Somebody's private event shows its times, and "Busy" for all else: that is no value of it (observed)."""
        shown = super().theirs(answer)
        return {name: shown[name] for name in self.together} if _is_hidden(answer) else shown

    def observe(self, found: list[tuple[Any, Values]]) -> dict[UUID, str]:
        return {visit.uid: HIDDEN for visit, answer in found if _is_hidden(answer)}

    def is_wanted(self, record: Any) -> bool:
        return bool(record.occupies_time)

    def is_history(self, record: Any) -> bool:
        cutoff = self.scope.connection.history_from
        return cutoff is not None and timezone.localtime(record.starts_at).date() < cutoff

    def to_write(self, changed: Values, ours: Values) -> Values:
        # Odoo moves `stop` along when `start` is written alone, so the two always go together.
        if {"start", "stop"} & changed.keys():
            changed = changed | {"start": ours["start"], "stop": ours["stop"]}
        return super().to_write(changed, ours)

    def taken_with(self, names: Iterable[str]) -> list[str]:
        return ["uid", "starts_at", "ends_at"]

    def dependent(self, found: list[tuple[Any, Values]]) -> list[list[int]]:
        return entangled(self._corrections(found))

    def take_over(self, found: list[tuple[Any, Values]]) -> None:
        try:
            correct_times(self._corrections(found))
        except AppointmentError as error:
            raise Refused(_("The appointment was moved in Odoo. %(why)s", why=_(str(error)))) from error

    def _corrections(self, found: list[tuple[Any, Values]]) -> list[tuple[Any, Any, Any]]:
        return [(visit, *self._times(visit, values)) for visit, values in found]

    def _times(self, visit: Any, values: Values) -> tuple[Any, Any]:
        start, stop = (self.present[name] for name in ("start", "stop"))
        return (
            start.native(values.get("start", start.ours(visit, self.scope)), self.scope),
            stop.native(values.get("stop", stop.ours(visit, self.scope)), self.scope),
        )
