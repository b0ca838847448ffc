from odoo_bridge.mapping import Mapping


class Partner(Mapping):
    key, odoo, local = "partner", "res.partner", "patients.Patient"
