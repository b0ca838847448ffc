"""The models that do more than their data file says."""

from __future__ import annotations

from odoo_bridge.sandbox.models.apikeys import ApiKeyDescription, ApiKeys, IdentityCheck
from odoo_bridge.sandbox.models.attachment import IrAttachment
from odoo_bridge.sandbox.models.base import Company, Country, CountryState, Currency, IrModelData, Lang, Users
from odoo_bridge.sandbox.models.calendar import CalendarAttendee, CalendarEvent
from odoo_bridge.sandbox.models.custom import IrModel, IrModelAccess, IrModelFields, IrModelFieldsSelection
from odoo_bridge.sandbox.models.line import AccountMoveLine
from odoo_bridge.sandbox.models.move import AccountMove
from odoo_bridge.sandbox.models.partner import PartnerCategory, ResPartner
from odoo_bridge.sandbox.models.payment import AccountPayment
from odoo_bridge.sandbox.models.picking import StockPicking, StockScrap
from odoo_bridge.sandbox.models.product import ProductProduct, ProductTemplate
from odoo_bridge.sandbox.models.quant import StockQuant
from odoo_bridge.sandbox.models.reconcile import AccountFullReconcile, AccountPartialReconcile
from odoo_bridge.sandbox.models.sale import SaleOrder
from odoo_bridge.sandbox.models.sale_invoice import SaleAdvancePaymentInv
from odoo_bridge.sandbox.models.sale_line import SaleOrderLine
from odoo_bridge.sandbox.models.stock_move import StockMove, StockMoveLine
from odoo_bridge.sandbox.models.tax import AccountAccount, AccountTax
from odoo_bridge.sandbox.models.warehouse import StockLocation, StockPickingType, StockWarehouse
from odoo_bridge.sandbox.models.wizards import MoveReversal, PaymentRegister
from odoo_bridge.sandbox.orm.model import BaseModel

MODELS: tuple[type[BaseModel], ...] = (
    AccountAccount,
    AccountFullReconcile,
    AccountMove,
    AccountMoveLine,
    AccountPartialReconcile,
    AccountPayment,
    AccountTax,
    ApiKeyDescription,
    ApiKeys,
    CalendarAttendee,
    CalendarEvent,
    Company,
    Country,
    CountryState,
    Currency,
    IdentityCheck,
    IrAttachment,
    IrModel,
    IrModelAccess,
    IrModelData,
    IrModelFields,
    IrModelFieldsSelection,
    Lang,
    MoveReversal,
    PartnerCategory,
    PaymentRegister,
    ProductProduct,
    ProductTemplate,
    ResPartner,
    SaleAdvancePaymentInv,
    SaleOrder,
    SaleOrderLine,
    StockLocation,
    StockMove,
    StockMoveLine,
    StockPicking,
    StockPickingType,
    StockQuant,
    StockScrap,
    StockWarehouse,
    Users,
)
