"""Contacts and their tags."""

# ruff: noqa: S608 - tables and columns are named by the data files; values are always parameters

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any

import phonenumbers

from odoo_bridge.sandbox.errors import CheckViolation, UserError, ValidationError
from odoo_bridge.sandbox.models.companies import account_of
from odoo_bridge.sandbox.orm.core import IN_IDS, Vals, marks, public
from odoo_bridge.sandbox.orm.domain import Condition, condition
from odoo_bridge.sandbox.orm.fields import Field
from odoo_bridge.sandbox.orm.model import BaseModel

ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")
ADDRESSEE = re.compile(r"<?([^\s<>,;]+@[^\s<>,;]+)>?")
SCRIPT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
HANDLER = re.compile(r"\s+on\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.IGNORECASE)
BLOCK = re.compile(r"^\s*<(p|div|ul|ol|table|h\d|blockquote|span)\b", re.IGNORECASE)


def sanitised(text: Any, wrapper: str) -> Any:
    """HTML without scripts and handlers, plain text wrapped: ``wrapper`` holds ``{text}``."""
    if not text or not isinstance(text, str):
        return text
    clean = HANDLER.sub("", SCRIPT.sub("", text))
    return clean if BLOCK.match(clean) else wrapper.format(text=clean)


def plain(text: str) -> str:
    """HTML without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def normalised_email(text: Any) -> str | None:
    """The first address in lower case, ``None`` if there is none."""
    match = ADDRESSEE.search(str(text)) if text else None
    return match.group(1).lower() if match else None


def sanitised_phone(text: Any, country: str | None) -> str | None:
    """E.164, ``None`` if the number cannot be understood in that country (an ISO code)."""
    if not text:
        return None
    try:
        number = phonenumbers.parse(str(text), country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class PartnerCategory(BaseModel):
    name = "res.partner.category"


class ResPartner(BaseModel):
    name = "res.partner"

    # -- names

    @property
    def _name_column(self) -> str:
        """16 stores ``display_name``, 17 and later ``complete_name``."""
        return "complete_name" if "complete_name" in self.fields else "display_name"

    def _display(self, ids: Iterable[int]) -> dict[int, str]:
        return {each: name or "" for each, name in self._column_of(ids, self._name_column).items()}

    def _display_condition(self, operator: str, value: Any) -> Condition:
        if operator in ("ilike", "=", "like", "=ilike"):
            terms = [[name, operator, value] for name in (self._name_column, "email", "ref")]
            return condition(self, ["|", "|", *terms])
        return condition(self, [[self._name_column, operator, value]])

    # -- creating and changing

    @public
    def name_create(self, name: str) -> list[Any]:
        """``Ann Lee <ann@example.com>`` becomes a name and an address."""
        self._allow("create")
        shown, address = parseaddr(name)
        vals = {"name": shown or address, "email": address} if "@" in address else {"name": name}
        (made,) = self._create([vals])
        return [made, self._display([made])[made]]

    def _before_create(self, vals: Vals) -> Vals:
        self._check_name(vals)
        vals.setdefault("is_company", False)
        if vals.get("parent_id") and (vals.get("type") or "contact") == "contact":
            self._copy_address(vals)
        return self._derived(vals)

    def _check_name(self, vals: Vals) -> None:
        if not vals.get("name") and (vals.get("type") or "contact") == "contact":
            raise CheckViolation("Contacts require a name")

    def _defaults(self) -> Vals:
        return {"lang": self._language()}

    def _language(self) -> Any:
        (lang,) = self._stored(self.env.partner_id, "lang") if self.env.partner_id else (None,)
        return lang or "en_US"

    def _copy_address(self, vals: Vals) -> None:
        """A contact of a company has its company's address (observed)."""
        (row,) = self._rows([int(vals["parent_id"])], [self.fields[name] for name in ADDRESS], named=False) or [{}]
        if any(row.get(name) for name in ADDRESS):
            vals.update({name: row[name] for name in ADDRESS})

    def _before_write(self, ids: list[int], vals: Vals) -> Vals:
        if "name" in vals:
            types = self._column_of(ids, "type")
            for each in ids:
                self._check_name({"name": vals["name"], "type": vals.get("type", types[each])})
        if vals.get("active") is False or vals.get("active") == 0:
            self._refuse_archiving_users(ids)
        return self._derived(vals, ids)

    def _refuse_archiving_users(self, ids: list[int]) -> None:
        users = self.env.column(
            f"SELECT id FROM res_users WHERE partner_id {IN_IDS} AND active = 1 ORDER BY id",
            (marks(ids),),
        )
        if users:
            names = self.env["res.users"]._display(users)
            raise UserError(
                "You cannot archive contacts linked to an active user.\n"
                "Ask an administrator to archive their associated user first.\n\n"
                "Linked active users :\n" + ", ".join(names[each] for each in users)
            )

    def _derived(self, vals: Vals, ids: list[int] | None = None) -> Vals:
        """Adds the stored fields that follow from others."""
        if "comment" in vals:
            vals["comment"] = sanitised(vals["comment"], self._text("comment", text="{text}"))
        if "email" in vals:
            vals["email_normalized"] = normalised_email(vals["email"])
        if "company_type" in vals:
            vals["is_company"] = vals.pop("company_type") == "company"
        if vals.get("lang"):
            self.env["res.lang"]._check_code(self.name, "lang", vals["lang"])
        if ids is None and vals.get("phone"):
            vals["phone_sanitized"] = sanitised_phone(vals["phone"], self._country_code(vals.get("country_id")))
        return vals

    def _country_code(self, country_id: Any) -> str | None:
        """The contact's country, or else the company's."""
        if not country_id:
            country_id = self.env.value(
                "SELECT p.country_id FROM res_company c JOIN res_partner p ON p.id = c.partner_id WHERE c.id = ?",
                (self.env.company_id,),
            )
        code: str | None = self.env.value("SELECT code FROM res_country WHERE id = ?", (country_id or 0,))
        return code

    def _after_create(self, ids: list[int], vals_list: list[Vals]) -> None:
        self._rename(ids)

    def _after_write(self, ids: list[int], vals: Vals) -> None:
        if vals.keys() & {"phone", "country_id"}:
            for each in ids:
                phone, country = self._stored(each, "phone", "country_id")
                sanitised_number = sanitised_phone(phone, self._country_code(country))
                self.env.execute(f"UPDATE {self.table} SET phone_sanitized = ? WHERE id = ?", (sanitised_number, each))
        if vals.keys() & {"name", "parent_id", "type", "is_company"}:
            self._rename(ids)
            self._rename(self._search([["parent_id", "in", ids], ["active", "in", [True, False]]]))
        if vals.keys() & set(ADDRESS):
            self._share_address(ids)

    def _rename(self, ids: list[int]) -> None:
        """The name shown: "Company, Person" for the contact of a company; blanks at the ends are cut."""
        self.env.execute(
            f'UPDATE {self.table} AS p SET "{self._name_column}" = TRIM(COALESCE('
            "(SELECT o.name || ', ' FROM res_partner o WHERE o.id = p.parent_id AND p.is_company = 0), '') "
            f"|| COALESCE(p.name, '')) WHERE id {IN_IDS}",
            (marks(ids),),
        )

    def _share_address(self, ids: list[int]) -> None:
        """A changed address is passed on to the contacts below."""
        for each in ids:
            children = self._search([["parent_id", "=", each], ["type", "=", "contact"]])
            if children:
                values = self._stored(each, *ADDRESS)
                self._update(children, dict(zip(ADDRESS, values, strict=True)))

    def _set_computed(self, record_id: int, field: Field, value: Any) -> None:
        """Fields that are not stored and were not translated before are ignored, as Odoo does."""

    def _check(self, ids: list[int], changed: set[str]) -> None:
        if "parent_id" not in changed:
            return
        for each in ids:
            above: int | None = each
            seen: set[int] = set()
            while above:
                if above in seen:
                    raise ValidationError(self._text("recursive_partner"))
                seen.add(above)
                (above,) = self._stored(above, "parent_id")

    # -- deleting

    def _before_unlink(self, ids: list[int]) -> None:
        used = self.env.value(f"SELECT 1 FROM account_move WHERE partner_id {IN_IDS}", (marks(ids),))
        if used:
            raise UserError("The partner cannot be deleted because it is used in Accounting")

    # -- computed

    def _compute_company_type(self, ids: list[int]) -> dict[int, str]:
        companies = self._column_of(ids, "is_company")
        return {each: "company" if companies[each] else "person" for each in ids}

    def _compute_credit(self, ids: list[int]) -> dict[int, float]:
        """What the customer owes, in the company's currency."""
        return self._sum(ids, "l.amount_residual", "a.account_type = 'asset_receivable'")

    def _compute_total_invoiced(self, ids: list[int]) -> dict[int, float]:
        return self._sum(ids, "-l.balance", "a.account_type = 'income'")

    def _sum(self, ids: list[int], what: str, where: str) -> dict[int, float]:
        rows = self.env.execute(
            f"SELECT l.partner_id, SUM({what}) FROM account_move_line l JOIN account_account a "
            f"ON a.id = l.account_id WHERE l.parent_state = 'posted' AND {where} AND l.partner_id {IN_IDS} "
            "GROUP BY l.partner_id",
            (marks(ids),),
        )
        return {**dict.fromkeys(ids, 0.0), **{each: round(total, 6) for each, total in rows}}

    def _compute_property_account_receivable_id(self, ids: list[int]) -> dict[int, Any]:
        account = account_of(self.env, self.env.company_id, "asset_receivable")
        names = self.env["account.account"]._display([account] if account else [])
        return dict.fromkeys(ids, [account, names[account]] if account else False)
