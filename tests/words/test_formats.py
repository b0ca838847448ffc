"""Money, days and numbers as the readers of each language write them."""

from datetime import date
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from clinic.invoices.templatetags.money import money

NARROW, SPACE, RIGHT = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}", "\N{RIGHT-TO-LEFT MARK}"


@pytest.mark.parametrize(
    ("language", "euros", "minus", "dinars"),
    [
        ("en", "€1,234.50", "−€3.00", f"KWD{SPACE}5.000"),
        ("es", f"1.234,50{SPACE}€", f"−3,00{SPACE}€", f"5,000{SPACE}KWD"),
        ("fr", f"1{NARROW}234,50{SPACE}€", f"−3,00{SPACE}€", f"5,000{SPACE}KWD"),
        ("ar", f"{RIGHT}1,234.50{SPACE}€", f"{RIGHT}−3.00{SPACE}€", f"{RIGHT}5.000{SPACE}د.ك.{RIGHT}"),
    ],
)
def test_money(language, euros, minus, dinars):
    with translation.override(language):
        said = [money(Decimal("1234.5"), "EUR"), money(Decimal(-3), "EUR"), money(Decimal(5), "KWD")]
    assert said == [euros, minus, dinars]


@pytest.mark.parametrize(
    ("language", "day", "month", "number"),
    [
        ("en", "Tuesday 15 January", "January 2030", "2.5"),
        ("es", "Martes 15 de enero", "enero de 2030", "2,5"),
        ("fr", "mardi 15 janvier", "janvier 2030", "2,5"),
        ("ar", "الثلاثاء 15 يناير", "يناير 2030", "2.5"),
    ],
)
def test_days_and_numbers(language, day, month, number):
    template = Template("{{ day|date:'FULL_DAY' }}/{{ day|date:'MONTH' }}/{{ number|floatformat }}")
    with translation.override(language):
        said = template.render(Context({"day": date(2030, 1, 15), "number": Decimal("2.5")}))
    assert said.lower() == f"{day}/{month}/{number}".lower()
