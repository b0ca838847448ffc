"""The Odoo client, a library without Django: `Client` and what its calls take and give.

`F` and `checked` are for conditions, `Command` for fields of several records, `Model` for typed values. What
is made of these has modules of its own: `access`, `batches`, `cache`, `conduct`, `customers`, `customs`,
`sales`, `stock`.
"""

from odoo_bridge.client.checking import checked
from odoo_bridge.client.commands import Command, checked_commands
from odoo_bridge.client.core import Client, Domain, Record
from odoo_bridge.client.domains import EVERYTHING, NOTHING, Condition, F, all_of, any_of
from odoo_bridge.client.loading import Loaded, RowMessage
from odoo_bridge.client.model import Model
from odoo_bridge.client.outgoing import Many2one
from odoo_bridge.client.session import Values, Version
from odoo_bridge.client.typed import Schema

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Client",
    "Command",
    "Condition",
    "Domain",
    "F",
    "Loaded",
    "Many2one",
    "Model",
    "Record",
    "RowMessage",
    "Schema",
    "Values",
    "Version",
    "all_of",
    "any_of",
    "checked",
    "checked_commands",
]
