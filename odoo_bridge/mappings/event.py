from odoo_bridge.mapping import Mapping


class Event(Mapping):
    key, odoo, local = "event", "calendar.event", "appointments.Appointment"
