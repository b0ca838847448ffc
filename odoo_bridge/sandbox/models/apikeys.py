"""API keys: how a user makes one in a web session, sees them and takes them back.

The order of calls was recorded on Odoo 16, 17 and 19: a description, ``make_key``, which asks for the password
again, and ``run_check``, which answers the key, once. Expiry exists from 18 on.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets as randomness
from typing import Any

from odoo_bridge.sandbox import secrets
from odoo_bridge.sandbox.errors import AccessError, UserError, ValidationError
from odoo_bridge.sandbox.orm.core import Vals, public
from odoo_bridge.sandbox.orm.domain import Condition
from odoo_bridge.sandbox.orm.model import BaseModel

# How long a checked password counts, and how long a key of somebody who does not administer may live.
CHECK_LASTS = dt.timedelta(minutes=10)
MOST_DAYS = 90
WRONG = "Incorrect Password, try again or click on Forgot Password to reset your password."


def check_identity(model: BaseModel, ids: list[int], method: str) -> Vals | None:
    """``None`` if the caller gave the password a moment ago, else the action that asks for it.

    Raises ``UserError`` for a call that belongs to no web session (recorded).
    """
    session = model.env.session
    if session is None:
        raise UserError("This method can only be accessed over HTTP")
    checked = session.get("identity_checked")
    if checked and checked > model.env.now - CHECK_LASTS:
        return None
    wizard = model.env["res.users.identitycheck"]._create([{"request": json.dumps([model.name, ids, method])}])
    action: Vals = {
        "type": "ir.actions.act_window",
        "res_model": "res.users.identitycheck",
        "res_id": wizard[0],
        "name": model._text("identity_check"),
        "target": "new",
        "views": [[False, "form"]],
    }
    if model.profile.check_takes_context:
        action["context"] = {"dialog_size": "medium"}
    return action


class IdentityCheck(BaseModel):
    name = "res.users.identitycheck"

    @public
    def run_check(self, ids: Any) -> Any:
        """Checks the password (of the record up to 17, of the context from 19), then does what waits for it.

        Raises ``UserError`` for a wrong password and for a call that belongs to no web session.
        """
        env, wizard = self.env, self._one(ids)
        if env.session is None:
            raise UserError("This method can only be accessed over HTTP")
        self._require([wizard])
        request, kept = self._stored(wizard, "request", "password")
        given = env.context.get("password") if self.profile.check_takes_context else kept
        if not secrets.fits(env.connection, env.uid, str(given or ""), {secrets.PASSWORD}, env.now):
            raise UserError(WRONG)
        self._write([wizard], {"password": False})
        env.session["identity_checked"] = env.now
        model, waiting, method = json.loads(request)
        return getattr(env[model], method)(waiting)


class ApiKeyDescription(BaseModel):
    name = "res.users.apikeys.description"

    @public
    def make_key(self, ids: Any) -> Vals:
        """The action that shows a new key of the caller, or first the one that asks for the password."""
        description = self._one(ids)
        asks = check_identity(self, [description], "make_key")
        if asks:
            return asks
        self._require([description])
        (name,) = self._stored(description, "name")
        key = self.env["res.users.apikeys"]._generate(name, self._expiry(description))
        self._unlink([description])
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.users.apikeys.show",
            "name": "API Key Ready",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_key": key},
        }

    def _expiry(self, description: int) -> dt.datetime | None:
        """When the key is to end: midnight UTC after so many days (recorded on 19), or the given moment."""
        if "duration" not in self.fields:
            return None
        days, moment = self._stored(description, "duration", "expiration_date")
        if days == "-1":
            return dt.datetime.strptime(moment[:19], secrets.SECONDS) if moment else None  # noqa: DTZ007
        midnight = dt.datetime.combine(self.env.now.date(), dt.time())
        return midnight + dt.timedelta(days=int(days)) if days != "0" else None


class ApiKeys(BaseModel):
    name = "res.users.apikeys"

    def _where(self, domain: Any) -> Condition:
        """Everybody sees the keys of their own; administrators see all."""
        sql, parameters = super()._where(domain)
        if self.env.is_admin:
            return sql, parameters
        return f"({sql}) AND user_id = ?", [*parameters, self.env.uid]

    @public
    def remove(self, ids: Any) -> Vals:
        """Takes keys away, after the password. Raises ``AccessError`` for somebody else's."""
        found = self._ids(ids)
        asks = check_identity(self, found, "remove")
        if asks:
            return asks
        self._require(found)
        if not self.env.is_admin and set(self._column_of(found, "user_id").values()) != {self.env.uid}:
            raise AccessError("You can not remove API keys unless they're yours or you are a system user")
        secrets.forget_keys(self.env.connection, found)
        self._unlink(found)
        return {"type": "ir.actions.act_window_close"}

    def _generate(self, name: str, expires: dt.datetime | None) -> str:
        """A new key of the caller, 40 hexadecimal characters.

        Raises ``ValidationError`` for a key that would live longer than the caller may give it.
        """
        env = self.env
        if "expiration_date" in self.fields:
            self._check_expiry(expires)
        key = randomness.token_hex(20)
        ends = expires.strftime(secrets.SECONDS) if expires else None
        vals: Vals = {"name": name, "user_id": env.uid, "scope": False}
        if "expiration_date" in self.fields:
            vals["expiration_date"] = ends or False
        (record,) = self._create([vals])
        secrets.add(env.connection, env.uid, secrets.KEY, key, env.is_admin, record, ends)
        return key

    def _check_expiry(self, expires: dt.datetime | None) -> None:
        if self.env.is_admin:
            return
        if expires is None:
            raise ValidationError("The API key must have an expiration date")
        if expires > self.env.now + dt.timedelta(days=MOST_DAYS):
            raise ValidationError(f"You cannot exceed {float(MOST_DAYS)} days.")
