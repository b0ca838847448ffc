"""Taxes of an invoice line.

The order of roundings is that of Odoo 17, or of 19, and is checked against recorded totals (tests/invoices/baskets).
"""

from __future__ import annotations

# ruff: noqa: S608 - tables are named by the data files; values are always parameters
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from odoo_bridge.sandbox.orm.model import BaseModel
from odoo_bridge.sandbox.orm.rounding import EARLIER, LATER, rounded

if TYPE_CHECKING:
    from odoo_bridge.sandbox.orm.env import Env


class AccountTax(BaseModel):
    name = "account.tax"


class AccountAccount(BaseModel):
    name = "account.account"

    def _display(self, ids: object) -> dict[int, str]:
        """ "400000 Product Sales"; 19 leaves the code out."""
        codes = self._column_of(ids, "code")  # type: ignore[arg-type]
        names = self._column_of(codes, "name")
        return {each: self._text("account_name", code=codes[each], name=names[each]) for each in codes}


@dataclass(frozen=True, slots=True)
class Tax:
    """A sale tax: ``amount`` in percent, or per piece when ``fixed``; ``included`` in the price or on top."""

    id: int
    amount: float
    included: bool = False
    fixed: bool = False
    compounds: bool = False

    def on(self, base: float, quantity: float) -> float:
        return self.amount * abs(quantity) if self.fixed else base * self.amount / 100


@dataclass(frozen=True, slots=True)
class Priced:
    """A line's amounts; ``taxes`` by tax id, rounded to the currency unless rounding is global.

    Where the version keeps all digits until the end, ``exact`` and ``gross`` are the amounts before rounding,
    without the taxes and as priced, and ``inclusive`` tells that the price includes every tax.
    """

    subtotal: float
    total: float
    taxes: dict[int, float]
    exact: float | None = None
    gross: float = 0.0
    inclusive: bool = True


def price(
    unit_price: float,
    quantity: float,
    discount: float,
    taxes: Sequence[Tax],
    step: float,
    per_line: bool = True,
) -> Priced:
    """The amounts of one line.

    ``discount`` in percent, ``step`` is the currency's smallest amount; ``per_line`` False keeps five more
    digits of each tax, to be rounded once per invoice.
    """
    fine = step if per_line else step * 1e-5
    base = rounded(unit_price * (1 - discount / 100.0) * quantity, step)
    sign, base = (-1.0, -base) if base < 0 else (1.0, base)
    excluded = rounded(_without_included(base, quantity, taxes), step)
    amounts = _amounts(excluded, base, quantity, taxes, fine)
    total = excluded + sum(amounts.values())
    return Priced(
        subtotal=rounded(sign * excluded, step),
        total=rounded(sign * total, step),
        taxes={tax: sign * amount for tax, amount in amounts.items()},
    )


def price_later(
    unit_price: float,
    quantity: float,
    discount: float,
    taxes: Sequence[Tax],
    step: float,
    per_line: bool = True,
) -> Priced:
    """The amounts of one line as 19 has them: included taxes are counted, and the price without them is what is left.

    ``per_line`` False rounds nothing but what is shown.
    """

    def kept(amount: float) -> float:
        return rounded(amount, step, LATER) if per_line else amount

    gross = kept(unit_price * (1 - discount / 100.0) * quantity)
    sign, gross = (-1.0, -gross) if gross < 0 else (1.0, gross)
    excluded = _without_included(gross, quantity, taxes)
    amounts = {tax.id: kept(tax.on(excluded, quantity)) for tax in taxes if tax.included}
    base = running = gross - sum(amounts.values())
    for tax in taxes:
        amounts.setdefault(tax.id, kept(tax.on(running, quantity)))
        if tax.compounds:
            running += amounts[tax.id]
    subtotal = rounded(base, step, LATER)
    total = subtotal + sum(rounded(amount, step, LATER) for amount in amounts.values())
    return Priced(
        subtotal=sign * subtotal or 0.0,
        total=rounded(sign * total, step),
        taxes={tax.id: sign * amounts[tax.id] for tax in taxes},
        exact=sign * base,
        gross=sign * gross,
        inclusive=all(tax.included for tax in taxes),
    )


def priced_as_configured(
    env: Env, unit_price: float, quantity: float, discount: float, taxes: Sequence[Tax], step: float
) -> Priced:
    """The amounts of one line, rounded the way the company and the version round."""
    how = price_later if env.profile.counts_included_taxes else price
    return how(unit_price, quantity, discount, taxes, step, company_rounds_per_line(env))


def _without_included(gross: float, quantity: float, taxes: Sequence[Tax]) -> float:
    """The price without the taxes it includes."""
    fixed = sum(tax.on(0.0, quantity) for tax in taxes if tax.included and tax.fixed)
    percent = sum(tax.amount for tax in taxes if tax.included and not tax.fixed)
    return (gross - fixed) / (1.0 + percent / 100.0)


def _amounts(excluded: float, gross: float, quantity: float, taxes: Sequence[Tax], fine: float) -> dict[int, float]:
    """Each tax's amount. The last included tax is what is left of the price, so that nothing is lost."""
    last = next((tax for tax in reversed(taxes) if tax.included and tax.amount), None)
    base, included, amounts = excluded, 0.0, {}
    for tax in taxes:
        amount = gross - (excluded + included) if tax is last else tax.on(base, quantity)
        amount = rounded(amount, fine)
        amounts[tax.id] = amount
        if tax.included:
            included += amount
        if tax.compounds:
            base += amount
    return amounts


def sums(lines: Sequence[Priced], step: float) -> tuple[float, float]:
    """What lines come to together: (without tax, tax), each tax rounded once.

    With all digits kept (19), prices that include every tax keep their total, and others their base: observed
    in 200 recorded invoices.
    """
    taxes: dict[int, float] = {}
    for line in lines:
        for tax, amount in line.taxes.items():
            taxes[tax] = taxes.get(tax, 0.0) + amount
    bits = LATER if any(line.exact is not None for line in lines) else EARLIER
    tax_total = rounded(sum(rounded(amount, step, bits) for amount in taxes.values()), step)
    if not taxes or any(line.exact is None for line in lines):
        return rounded(sum(_base(line) for line in lines), step), tax_total
    if all(line.inclusive for line in lines):
        return rounded(rounded(sum(line.gross for line in lines), step, LATER) - tax_total, step), tax_total
    return rounded(sum(_base(line) for line in lines), step, LATER), tax_total


def _base(line: Priced) -> float:
    return line.subtotal if line.exact is None else line.exact


def taxes_of(env: Env, table: str, line: int) -> list[Tax]:
    """The taxes of one line, in the order they apply; ``table`` relates lines to taxes."""
    rows = env.execute(
        "SELECT t.id, t.amount, t.price_include, t.amount_type, t.include_base_amount FROM "
        f"{table} r JOIN account_tax t ON t.id = r.there WHERE r.here = ? ORDER BY t.sequence, t.id",
        (line,),
    )
    return [Tax(i, amount, bool(inc), kind == "fixed", bool(comp)) for i, amount, inc, kind, comp in rows]


def company_rounds_per_line(env: Env) -> bool:
    method = env.value("SELECT tax_calculation_rounding_method FROM res_company ORDER BY id LIMIT 1")
    return bool(method == "round_per_line")
