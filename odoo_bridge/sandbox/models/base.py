"""Users, companies, countries, currencies, languages and external ids."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from odoo_bridge.sandbox.errors import UserError, ValidationError, value_error
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.fields import Field
from odoo_bridge.sandbox.orm.model import BaseModel

PARTNER_SIDE = ("name", "email", "lang", "tz", "phone", "country_id")


class Users(BaseModel):
    name = "res.users"

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        rows = self.env.execute(
            f"SELECT u.id, p.name FROM res_users u JOIN res_partner p ON p.id = u.partner_id WHERE u.id {IN_IDS}",
            (marks(ids),),
        )
        return {each: name or "" for each, name in rows}

    def _order_term(self, name: str, direction: str) -> list[str]:
        if name == "name":
            return [f"(SELECT name FROM res_partner p WHERE p.id = res_users.partner_id) {direction}"]
        return super()._order_term(name, direction)

    def _before_create(self, vals: Vals) -> Vals:
        """A user is a contact that may log in."""
        if not vals.get("partner_id"):
            contact = {"name": vals.get("name") or vals.get("login"), "email": vals.get("email") or False}
            vals["partner_id"] = self.env["res.partner"]._create([contact])[0]
        vals.setdefault("company_id", self.env.company_id)
        return vals

    def _set_computed(self, record_id: int, field: Field, value: Any) -> None:
        _write_partner(self, record_id, field, value)

    @public
    def context_get(self) -> Vals:
        """The caller's language, time zone and uid: what clients ask first (recorded on 19)."""
        lang, tz = self.env.execute(
            "SELECT lang, tz FROM res_partner WHERE id = ?", (self.env.partner_id,)
        ).fetchone() or (None, None)
        return {"lang": lang or False, "tz": tz or False, "uid": self.env.uid}


class Company(BaseModel):
    name = "res.company"

    def _before_create(self, vals: Vals) -> Vals:
        if not vals.get("partner_id"):
            contact = {"name": vals.get("name"), "is_company": True}
            vals["partner_id"] = self.env["res.partner"]._create([contact])[0]
        return vals

    def _set_computed(self, record_id: int, field: Field, value: Any) -> None:
        _write_partner(self, record_id, field, value)


def _write_partner(model: BaseModel, record_id: int, field: Field, value: Any) -> None:
    """Users and companies keep these fields on their contact."""
    if field.name in PARTNER_SIDE:
        (partner,) = model._stored(record_id, "partner_id")
        model.env["res.partner"]._write([partner], {field.name: value})


class Country(BaseModel):
    name = "res.country"


class CountryState(BaseModel):
    name = "res.country.state"

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        """ "California (US)"."""
        rows = self.env.execute(
            "SELECT s.id, s.name || ' (' || c.code || ')' FROM res_country_state s "
            f"JOIN res_country c ON c.id = s.country_id WHERE s.id {IN_IDS}",
            (marks(ids),),
        )
        return dict(rows.fetchall())


class Currency(BaseModel):
    name = "res.currency"


class Lang(BaseModel):
    name = "res.lang"

    def _check_code(self, model: str, field: str, code: str) -> None:
        """16 and 17 refuse a language that is not installed (observed)."""
        known = self.env.value("SELECT 1 FROM res_lang WHERE code = ? AND active = 1", (code,))
        if not known and self.profile.unknown_language_is_error:
            raise value_error(f"Wrong value for {model}.{field}: {code!r}")


class IrModelData(BaseModel):
    """External ids: ``module.name`` for a record of a model. Written by ``load()`` without any right on
    this model.
    """

    name = "ir.model.data"

    @public
    def check_object_reference(self, module: str, xml_id: str, raise_on_access_error: bool = False) -> list[Any]:
        """``[model, id]`` of an external id; open to every user (observed).

        Raises ``ValueError`` (fault 1) if there is none.
        """
        row = self.env.execute(
            "SELECT model, res_id FROM ir_model_data WHERE module = ? AND name = ?", (module, xml_id)
        ).fetchone()
        if row is None:
            raise value_error(f"External ID not found in the system: {module}.{xml_id}")
        model, res_id = row
        comodel: BaseModel = self.env[model]
        return [model, res_id if comodel._existing([res_id]) else False]

    def _compute_complete_name(self, ids: list[int]) -> dict[int, str]:
        rows = self.env.execute(f"SELECT id, module || '.' || name FROM {self.table} WHERE id {IN_IDS}", (marks(ids),))
        return dict(rows.fetchall())

    def _target(self, xmlid: str, model: str) -> int | None:
        """The record of an external id, ``None`` if there is none; see ``_targets``."""
        return self._targets([xmlid], model).get(xmlid)

    def _targets(self, xmlids: list[str], model: str) -> dict[str, int | None]:
        """The records of external ids. A dangling one counts as unknown and is repointed later (observed).

        Raises ``ValidationError`` for an external id of another model.
        """
        found: dict[str, int | None] = {}
        for xmlid in xmlids:
            module, _dot, name = xmlid.partition(".")
            row = self.env.execute(
                "SELECT id, model, res_id FROM ir_model_data WHERE module = ? AND name = ?", (module, name)
            ).fetchone()
            if row is None:
                continue
            if row[1] != model:
                raise UserError(
                    f"For external id {xmlid} when trying to create/update a record of model {model} "
                    f"found record of different model {row[1]} ({row[0]})"
                )
            found[xmlid] = row[2]
        present = self.env[model]._existing(each for each in found.values() if each)
        return {xmlid: res_id for xmlid, res_id in found.items() if res_id in present}

    def _attach(self, xmlid: str, model: str, res_id: int) -> None:
        self._attach_all([(xmlid, res_id)], model)

    def _attach_all(self, named: list[tuple[str, int]], model: str) -> None:
        env = self.env
        rows = []
        for xmlid, res_id in named:
            module, _dot, name = xmlid.partition(".")
            rows.append((module, name, model, res_id, env.uid, env.stamp, env.uid, env.stamp))
        env.connection.executemany(
            "INSERT INTO ir_model_data (module, name, model, res_id, noupdate, "
            "create_uid, create_date, write_uid, write_date) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?) "
            "ON CONFLICT (module, name) DO UPDATE "
            "SET res_id = excluded.res_id, write_date = excluded.write_date",
            rows,
        )

    def _check(self, ids: list[int], changed: set[str]) -> None:
        for each in ids:
            model, _name = self._stored(each, "model", "name")
            if model not in self.env.registry.classes:
                raise ValidationError(f"Unknown model name '{model}'")
