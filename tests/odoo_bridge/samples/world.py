"""Where the samples run: an Odoo, who they sign in as, and the records that they need to be there."""

from __future__ import annotations

import xmlrpc.client
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

OWN_MODELS = ["x_custom_model", "x_custom"]


@dataclass
class World:
    """An Odoo and a user of it; what is made here is made by the administrator, and removed by ``clear``."""

    url: str
    database: str
    username: str
    secret: str = field(repr=False)
    admin_password: str = field(repr=False)
    is_real: bool = False
    made: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._object = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object", allow_none=True)
        self.common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common")
        self.version = int(self.common.version()["server_version_info"][0])  # type: ignore[call-overload,index]
        self.uid = self.common.authenticate(self.database, self.username, self.secret, {})
        self._admin = self.common.authenticate(self.database, "admin", self.admin_password, {})

    @property
    def is_admin(self) -> bool:
        return self.uid == self._admin

    def access(self) -> dict[str, Any]:
        """The names that every document gives its reader's server and account."""
        return {"url": self.url, "db": self.database, "username": self.username, "password": self.secret}

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """What the administrator gets."""
        return self._object.execute_kw(self.database, self._admin, self.admin_password, model, method, args, kwargs)

    def fields(self, model: str) -> dict[str, Any]:
        """The fields of a model that the user who runs the samples may see."""
        seen: dict[str, Any] = self._object.execute_kw(self.database, self.uid, self.secret, model, "fields_get", [])
        return seen

    def make(self, model: str, **vals: Any) -> int:
        made: int = self.call(model, "create", vals)
        self.made.append((model, made))
        return made

    def id_of(self, model: str, *domain: list[Any]) -> int:
        """The first record there is."""
        found: int = self.call(model, "search", list(domain), limit=1)[0]
        return found

    def partner(self, name: str = "Agrolait", **vals: Any) -> int:
        return self.make("res.partner", name=name, **vals)

    def companies(self) -> list[int]:
        """Enough for a third page of five."""
        belgium = self.id_of("res.country", ["code", "=", "BE"])
        return [self.partner(f"Company {number}", is_company=True, country_id=belgium) for number in range(16)]

    def tag(self, name: str) -> int:
        return self.make("res.partner.category", name=name)

    def product(self, name: str, storable: bool = False) -> int:
        """A product without taxes that is kept in stock, or a service."""
        kind: dict[str, Any] = {"type": "consu" if storable else "service", "is_storable": storable}
        if self.version < 18:
            kind = {"detailed_type": "product" if storable else "service"}
        return self.make("product.product", name=name, taxes_id=[[6, 0, []]], **kind)

    def invoice(self, partner: int) -> int:
        line = {"name": "Visit", "quantity": 1, "price_unit": 40.0, "tax_ids": [[6, 0, []]]}
        vals = {"move_type": "out_invoice", "partner_id": partner, "invoice_line_ids": [[0, 0, line]]}
        return self.make("account.move", invoice_date="2026-11-20", **vals)

    def clear(self, names: dict[str, Any]) -> None:
        """Remove from a real server what is left there; a sandbox ends with the test.

        ``names`` is the samples' namespace: what they made themselves stands there.
        """
        if not self.is_real:
            return
        self.call("ir.model", "unlink", self.call("ir.model", "search", [["model", "in", OWN_MODELS]]))
        products = [record for model, record in self.made if model == "product.product"]
        self.call("stock.move", "unlink", self.call("stock.move", "search", [["product_id", "in", products]]))
        for name, model in LEFT.items():
            left = [names[name]] if isinstance(names.get(name), int) else []
            self.made += [(model, each) for each in left if (model, each) not in self.made]
        for model, record in sorted(self.made, key=lambda each: ORDER.index(each[0])):
            self._remove(model, record)

    def _remove(self, model: str, record: int) -> None:
        context = {"context": {"disable_cancel_warning": True}}
        for method in BEFORE.get(model, ()):
            with suppress(xmlrpc.client.Fault):  # it answers None, or is in that state already
                self.call(model, method, [record], **context)
        self.call(model, "unlink", self.call(model, "search", [["id", "=", record]], context={"active_test": False}))


# Which record stands under a name after the samples ran.
LEFT = {
    "order_id": "sale.order",
    "attachment_id": "ir.attachment",
    "appointment_id": "calendar.event",
    "customer": "res.partner",
    "partner_id": "res.partner",
}
ORDER = [
    "ir.attachment",
    "calendar.event",
    "sale.order",
    "account.move",
    "product.product",
    "res.partner",
    "res.partner.category",
]
BEFORE = {"sale.order": ["action_cancel"], "account.move": ["button_draft"]}
