"""The models that do more than their data file says."""

from __future__ import annotations

from odoo_bridge.sandbox.models.base import Company, Country, CountryState, Currency, IrModelData, Lang, Users
from odoo_bridge.sandbox.models.partner import PartnerCategory, ResPartner
from odoo_bridge.sandbox.orm.model import BaseModel

MODELS: tuple[type[BaseModel], ...] = (
    Company,
    Country,
    CountryState,
    Currency,
    IrModelData,
    Lang,
    PartnerCategory,
    ResPartner,
    Users,
)
