"""An Odoo to try the bridge with and to test it against, shipped as part of the product.

``Sandbox`` is the whole of it in-process; ``python -m odoo_bridge.sandbox`` serves one over HTTP on loopback.
Nothing in here imports Django or the clinic. What it imitates was observed on Odoo 16, 17 and 19 Community.
"""

from odoo_bridge.sandbox.errors import OdooError
from odoo_bridge.sandbox.profiles import Profile, profile
from odoo_bridge.sandbox.sandbox import BRIDGE_KEY, BRIDGE_UID, Sandbox, Snapshot
from odoo_bridge.sandbox.seed import Seed

__all__ = ["BRIDGE_KEY", "BRIDGE_UID", "OdooError", "Profile", "Sandbox", "Seed", "Snapshot", "profile"]
