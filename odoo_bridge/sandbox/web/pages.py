"""The sandbox's own web page: look at the books, and change them as somebody in the office would.

Every change is made as the administrator, so ``write_uid`` shows that it was not the bridge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox.errors import OdooError
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.seed import BRIDGE_UID
from odoo_bridge.sandbox.web.changes import CHANGES, Change
from odoo_bridge.sandbox.web.listing import ADMIN, LISTINGS, Listing
from odoo_bridge.sandbox.wire.control import check_loopback, check_origin

HERE = Path(__file__).resolve().parent.parent
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
CONTACT = ("name", "phone", "email", "street", "street2", "city", "zip", "ref", "active")
EVENT = ("name", "start", "stop", "location", "user_id", "partner_ids", "active")
INVOICE = (
    "name",
    "partner_id",
    "invoice_date",
    "invoice_date_due",
    "state",
    "payment_state",
    "move_type",
    "ref",
)
AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total", "amount_residual", "invoice_payments_widget")
PAYMENT = ("name", "partner_id", "date", "journal_id", "state", "amount", "reconciled_invoice_ids")
STAMPS = ("display_name", "create_uid", "create_date", "write_uid", "write_date")
LINE = ("name", "quantity", "price_unit", "discount", "tax_ids", "price_subtotal", "price_total")


class Pages:
    """Answers every request that is not API."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        rules = [
            Rule("/", endpoint=self.overview, methods=["GET"]),
            Rule("/static/sandbox.css", endpoint=self.stylesheet, methods=["GET"]),
            Rule("/contacts/<int:record>", endpoint=self.contact, methods=["GET"]),
            Rule("/events/<int:record>", endpoint=self.event, methods=["GET"]),
            Rule("/invoices/<int:record>", endpoint=self.invoice, methods=["GET"]),
            Rule("/payments/<int:record>", endpoint=self.payment, methods=["GET"]),
            Rule("/<where>/<int:record>/<what>", endpoint=self.change, methods=["POST"]),
        ]
        for listing in LISTINGS:
            rules.append(Rule(f"/{listing.path}", endpoint=self._lister(listing), methods=["GET"]))
        self.urls = Map(rules)

    def __call__(self, request: Request) -> Response:
        try:
            check_loopback(request)
            endpoint, values = self.urls.bind_to_environ(request.environ).match()
            answered: Response = endpoint(request, **values)
        except HTTPException as error:
            answered = self._render(
                "problem.html", error.code or 500, title=error.name, message=error.description or ""
            )
        answered.headers["Content-Security-Policy"] = POLICY
        answered.headers["X-Content-Type-Options"] = "nosniff"
        answered.headers["Referrer-Policy"] = "same-origin"
        return answered

    def _render(self, template: str, status: int = 200, **values: Any) -> Response:
        shared = {
            "sandbox": self.sandbox,
            "listings": LISTINGS,
            "here": "",
            "notice": "",
            "refusal": "",
            "now": self.sandbox.clock().strftime("%Y-%m-%d %H:%M"),
        }
        text = self.templates.get_template(template).render({**shared, **values})
        return Response(text, status=status, content_type="text/html; charset=utf-8")

    # -- looking

    def overview(self, request: Request) -> Response:
        counts = {each.path: each.page(self.sandbox, "", 1)["total"] for each in LISTINGS}
        journals = self._call("account.journal", "search_read", [], ["code", "name", "type"])
        company = self._call("res.company", "search_read", [], ["name", "currency_id"])[0]
        return self._render("overview.html", counts=counts, journals=journals, company=company, bridge_uid=BRIDGE_UID)

    def stylesheet(self, request: Request) -> Response:
        return Response((HERE / "static" / "sandbox.css").read_bytes(), content_type="text/css")

    def _lister(self, listing: Listing) -> Any:
        def show(request: Request) -> Response:
            query = request.args.get("q", "").strip()
            number = max(1, request.args.get("page", 1, type=int))
            page = listing.page(self.sandbox, query, number)
            return self._render("list.html", listing=listing, here=listing.path, **page)

        return show

    def contact(self, request: Request, record: int, refusal: str = "") -> Response:
        row = self._row("res.partner", record, CONTACT)
        return self._detail(request, "contact.html", "contacts", row, refusal)

    def event(self, request: Request, record: int, refusal: str = "") -> Response:
        row = self._row("calendar.event", record, EVENT)
        people = self._call("res.partner", "name_get", row["partner_ids"])
        return self._detail(request, "event.html", "events", row, refusal, people=people)

    def invoice(self, request: Request, record: int, refusal: str = "") -> Response:
        row = self._row("account.move", record, (*INVOICE, *AMOUNTS))
        lines = self._call(
            "account.move.line",
            "search_read",
            [["move_id", "=", record], ["display_type", "in", ["product", "line_section", "line_note"]]],
            LINE,
        )
        taxes = dict(self._call("account.tax", "name_get", self._call("account.tax", "search", [])))
        journals = self._call("account.journal", "search_read", [["type", "in", ["bank", "cash"]]], ["code", "name"])
        more = {"lines": lines, "taxes": taxes, "journals": journals, "today": self.sandbox.clock().date()}
        return self._detail(request, "invoice.html", "invoices", row, refusal, **more)

    def payment(self, request: Request, record: int, refusal: str = "") -> Response:
        row = self._row("account.payment", record, PAYMENT)
        invoices = self._call("account.move", "name_get", row["reconciled_invoice_ids"])
        return self._detail(request, "payment.html", "payments", row, refusal, invoices=invoices)

    def _detail(
        self, request: Request, template: str, here: str, row: dict[str, Any], refusal: str, **more: Any
    ) -> Response:
        done = request.args.get("done", "")
        notice = CHANGES[here, done].done if (here, done) in CHANGES else ""
        return self._render(
            template, 409 if refusal else 200, here=here, row=row, refusal=refusal, notice=notice, **more
        )

    def _row(self, model: str, record: int, fields: tuple[str, ...]) -> dict[str, Any]:
        known = self.sandbox.registry.descriptions[model].fields
        names = [name for name in (*fields, *STAMPS) if name in known]
        rows = self._call(model, "read", [record], names)
        if not rows:
            raise NotFound("There is no such record; it may have been deleted.")
        found: dict[str, Any] = rows[0]
        return found

    def _call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("context", {"active_test": False})
        return self.sandbox.as_user(ADMIN, model, method, *args, **kwargs)

    # -- changing

    def change(self, request: Request, where: str, record: int, what: str) -> Response:
        """Makes a change and shows the record again: with a word of it, or with Odoo's refusal."""
        check_origin(request)
        change: Change | None = CHANGES.get((where, what))
        if change is None:
            raise NotFound
        try:
            change.make(self._call, record, request.form)
        except OdooError as error:
            show: Any = {
                "contacts": self.contact,
                "events": self.event,
                "invoices": self.invoice,
                "payments": self.payment,
            }[where]
            answered: Response = show(request, record, refusal=error.message)
            return answered
        return redirect(f"/{where}/{record}?done={what}", code=303, Response=Response)
