"""The base of every model."""

from __future__ import annotations

from odoo_bridge.sandbox.orm.loading import Loading


class BaseModel(Loading):
    """Reads, writes and loads; a model with nothing of its own needs no more than its data file."""
