"""The coins and notes of a few currencies, so that a till can be counted by them."""

from decimal import Decimal


def _values(text: str) -> list[Decimal]:
    return [Decimal(value) for value in text.split()]


# What is in circulation, the largest first, as the central banks list it.
_OF = {
    "EUR": _values("500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01"),
    "GBP": _values("50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01"),
    "USD": _values("100 50 20 10 5 2 1 0.50 0.25 0.10 0.05 0.01"),
    "CHF": _values("1000 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05"),
    "JPY": _values("10000 5000 2000 1000 500 100 50 10 5 1"),
    "KWD": _values("20 10 5 1 0.500 0.250 0.100 0.050 0.020 0.010 0.005"),
}


def coins_and_notes(currency: str) -> list[Decimal]:
    """Return the values of a currency's notes and coins, the largest first; none if they are not known here."""
    return _OF.get(currency, [])
