from odoo_bridge.mapping import Mapping


class Move(Mapping):
    key, odoo, local = "move", "account.move", "invoices.Invoice"
