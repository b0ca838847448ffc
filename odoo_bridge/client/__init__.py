"""The Odoo client, a library without Django: `Client` and what its calls take and give."""

from odoo_bridge.client.core import Client, Domain, Record, Values, Version
from odoo_bridge.client.loading import Loaded, RowMessage

__all__ = ["Client", "Domain", "Loaded", "Record", "RowMessage", "Values", "Version"]
