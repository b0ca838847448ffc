"""The web client's routes: signing in by password, and calling methods with the cookie that this gives.

Observed on Odoo 17; what 16 and 19 answer differently was recorded. Sessions live in memory, so a restart of the
sandbox signs everybody out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from odoo_bridge.sandbox import calls, dispatch
from odoo_bridge.sandbox.errors import AccessDenied, AccessError, PythonError, UnknownDatabase
from odoo_bridge.sandbox.faults import Fault
from odoo_bridge.sandbox.sandbox import Sandbox
from odoo_bridge.sandbox.wire import misbehaving
from odoo_bridge.sandbox.wire.envelope import COOKIE, SessionExpired, Visit, reply, visit

Session = dict[str, Any]
USER_FIELDS = ["name", "login", "partner_id", "company_id"]


def rules(sandbox: Sandbox) -> list[Rule]:
    """The routes below ``/web`` that clients without a browser use."""
    web = Web(sandbox)
    works: dict[str, Callable[[Visit], Any]] = {
        "/web/session/authenticate": web.authenticate,
        "/web/session/get_session_info": lambda visit: web.info(visit, web.session(visit)),
        "/web/session/destroy": web.destroy,
        "/web/webclient/version_info": lambda _visit: sandbox.version(),
        "/web/database/list": lambda _visit: sandbox.databases(),
    }
    spoken = [Rule(path, endpoint=partial(_speak, sandbox, work), methods=["POST"]) for path, work in works.items()]
    return [
        *spoken,
        Rule("/web/dataset/call_kw", endpoint=web.call_kw, methods=["POST"]),
        Rule("/web/dataset/call_kw/<path:path>", endpoint=web.call_kw, methods=["POST"]),
        Rule("/web/dataset/call_button", endpoint=web.call_button, methods=["POST"]),
    ]


def _speak(sandbox: Sandbox, work: Callable[[Visit], Any], request: Request) -> Response:
    return reply(sandbox, visit(request), work)


class Web:
    """The sessions of one sandbox: by cookie, whose they are and when the password was last asked for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.sessions: dict[str, Session] = {}

    def authenticate(self, visit: Visit) -> dict[str, Any]:
        """Signs in. Raises ``AccessError`` for a database that is not here, ``AccessDenied`` for anything but a
        login and its password.
        """
        database, login, password = visit.take("Session.authenticate", "db", "login", "password")
        try:
            self.sandbox.check_database(database)
        except UnknownDatabase:
            raise AccessError("Database not found.") from None
        uid = self.sandbox.log_in(str(login), str(password))
        if not uid:
            raise AccessDenied
        visit.new_session = secrets.token_hex(20)
        self.sessions[visit.new_session] = {"uid": uid}
        return self.info(visit, self.sessions[visit.new_session])

    def destroy(self, visit: Visit) -> None:
        """Signs out. Raises ``SessionExpired`` for who is not signed in."""
        self.session(visit)
        self.sessions.pop(visit.request.cookies[COOKIE], None)

    def session(self, visit: Visit) -> Session:
        """The session of the request's cookie. Raises ``SessionExpired``."""
        found = self.sessions.get(visit.request.cookies.get(COOKIE, ""))
        if found is None:
            raise SessionExpired
        return found

    def info(self, visit: Visit, session: Session) -> dict[str, Any]:
        """What the web client is told about its user: the parts that other clients read."""
        uid, known = session["uid"], self.sandbox.version()
        (user,) = self.sandbox.call_kw(uid, "res.users", "read", [[uid], USER_FIELDS], {})
        company, company_name = user["company_id"]
        is_admin = self.sandbox.is_admin(uid)
        return {
            "uid": uid,
            "is_system": is_admin,
            "is_admin": is_admin,
            "user_context": self.sandbox.call_kw(uid, "res.users", "context_get", [], {}),
            "db": self.sandbox.database,
            "server_version": known["server_version"],
            "server_version_info": known["server_version_info"],
            "name": user["name"],
            "username": user["login"],
            "partner_id": user["partner_id"][0],
            "partner_display_name": user["partner_id"][1],
            "web.base.url": visit.request.host_url.rstrip("/"),
            "user_companies": {
                "current_company": company,
                "allowed_companies": {str(company): {"id": company, "name": company_name}},
            },
        }

    def call_kw(self, request: Request, path: str = "") -> Response:
        """Any public method of a model; what follows in the path is only for logs."""
        return self._under_faults(request, partial(self._call, "DataSet.call_kw"))

    def call_button(self, request: Request) -> Response:
        """The same for a button: an action, or ``False``."""

        def work(visit: Visit, fault: Fault | None) -> Any:
            result = self._call("DataSet.call_button", visit, fault)
            return result if isinstance(result, dict) and result.get("type") != "" else False

        return self._under_faults(request, work)

    def _under_faults(self, request: Request, work: Callable[[Visit, Fault | None], Any]) -> Response:
        came = visit(request)
        model, method = str(came.params.get("model")), str(came.params.get("method"))
        return misbehaving.answer(
            self.sandbox, model, method, lambda fault: reply(self.sandbox, came, lambda visit: work(visit, fault))
        )

    def _call(self, owner: str, visit: Visit, fault: Fault | None) -> Any:
        session = self.session(visit)
        model, method, args, kwargs = visit.take(owner, "model", "method", "args", "kwargs")
        if not calls.is_known(self.sandbox.registry, model):
            raise PythonError("KeyError", str(model))
        return dispatch.perform(
            self.sandbox,
            fault,
            method,
            args[1] if len(args) > 1 else kwargs.get("data"),
            lambda started: self.sandbox.call_kw(session["uid"], model, method, args, kwargs, started, session),
        )
