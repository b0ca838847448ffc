"""How money is written, and what a patient owes."""

from __future__ import annotations

import re
from copy import copy
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern
from django import template
from django.utils.translation import get_language

from clinic.invoices.models import STATE_WORDS
from clinic.invoices.queries import Money, balances
from clinic.patients.models import Patient
from clinic.totals import minor_unit, round_money

register = template.Library()

_HYPHEN, _MINUS = "-", "\N{MINUS SIGN}"


@lru_cache(maxsize=64)
def _pattern(language: str, places: int) -> tuple[Locale, NumberPattern]:
    """Return how readers of a language write money with so many decimals."""
    locale = Locale.parse(language, sep="-")
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return locale, pattern


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount as the page's readers do, with as many decimals as its currency has.

    `{{ invoice.total|money:invoice.currency }}` is €1,234.50 in English, and 1.234,50 € in Spanish.
    """
    if amount is None:
        return ""
    locale, pattern = _pattern(get_language() or "en", -int(minor_unit(currency).as_tuple().exponent))
    text = pattern.apply(round_money(amount, currency), locale, currency=currency, currency_digits=False)
    # A sign made of letters stands apart from the digits.
    return re.sub(r"(?<=[^\W\d_])(?=\d)", "\N{NO-BREAK SPACE}", text).replace(_HYPHEN, _MINUS)


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
