from odoo_bridge.mapping import Mapping


class Payment(Mapping):
    key, odoo, local = "payment", "account.payment", "invoices.Payment"
