"""The public holidays of a country, as the `holidays` library knows them: a suggestion, for a person to tick."""

from __future__ import annotations

from datetime import date

import holidays
from django.utils.translation import get_language

from clinic.practice.models import Branch


def regions_of(branch: Branch) -> list[str]:
    """Return the codes of the regions of a branch's country that have holidays of their own."""
    return list(holidays.list_supported_countries().get(branch.country.code, []))


def public_holidays(branch: Branch, year: int, region: str = "") -> dict[date, str] | None:
    """Return the public holidays of a year in a branch's country, by day; None if nobody knows them.

    Their names are in the language of the page where the library has them in it, else in the country's.
    """
    try:
        known = holidays.country_holidays(branch.country.code, subdiv=region or None, years=year)
    except NotImplementedError:
        return None
    language = _language(known.supported_languages)
    if language:
        known = holidays.country_holidays(branch.country.code, subdiv=region or None, years=year, language=language)
    return dict(sorted(known.items()))


def _language(supported: tuple[str, ...]) -> str | None:
    wanted = (get_language() or "en").split("-")[0]
    return next((one for one in supported if one.split("_")[0] == wanted), None)
