"""How money is written, and what a patient owes."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format

from clinic.invoices.models import STATE_WORDS
from clinic.invoices.queries import Money, balances
from clinic.patients.models import Patient
from clinic.totals import minor_unit, round_money

register = template.Library()

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CHF": "CHF ", "PLN": "zł "}


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount with as many decimals as its currency has: `{{ invoice.total|money:invoice.currency }}`."""
    if amount is None:
        return ""
    places = -minor_unit(currency).as_tuple().exponent
    rounded = round_money(amount, currency)
    digits = number_format(abs(rounded), decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{'−' if rounded < 0 else ''}{_SIGNS.get(currency, currency + ' ')}{digits}"


@register.filter
def state_word(state: str) -> str:
    """Say an invoice's state: `{{ invoice.state|state_word }}`."""
    return str(STATE_WORDS[state])


@register.simple_tag
def balance_of(patient: Patient) -> list[Money]:
    """Return what is owed for a patient's treatment: `{% balance_of patient as owed %}`."""
    return balances([patient.pk]).get(patient.pk, [])


@register.filter
def lookup(by_key: dict, key: object) -> object:
    """Return what a mapping holds under a key: `{{ balances|lookup:patient.pk }}`."""
    return by_key.get(key)
