"""Phone numbers are spelled as the library of numbers spells them, whichever way is taken."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumber_field.phonenumber import PhoneNumber

from odoo_bridge import numbers

E164 = phonenumbers.PhoneNumberFormat.E164
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
EXAMPLES = [
    (region, phonenumbers.format_number(number, E164))
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for number in (phonenumbers.example_number_for_type(region, kind) for kind in KINDS)
    if number
]


@pytest.mark.parametrize("region", ["IE", "IT"])
def test_numbers_of_all_countries_are_kept_as_the_library_spells_them(region):
    assert len(EXAMPLES) > 400
    for _, text in EXAMPLES:
        number = PhoneNumber.from_string(text)
        assert numbers.as_kept(number) == phonenumbers.format_number(number, E164)
        for spelled in (text, numbers.spaced(text), number.as_international, f"{text[:4]} {text[4:7]} {text[7:]}"):
            assert numbers.kept_of(spelled, region) == phonenumbers.format_number(
                phonenumbers.parse(spelled, region), E164
            )


def test_what_is_written_otherwise_than_it_is_read_is_taken_apart():
    """A zero that is dialled within the country only is no part of the number."""
    number = PhoneNumber.from_string("+44 (0)20 7946 0958")
    assert numbers.as_kept(number) == "+442079460958"
    assert numbers.kept_of("+44 (0)20 7946 0958", "IE") == "+442079460958"
    assert numbers.kept_of("+44 020 7946 0958", "IE") == "+442079460958"


def test_no_more_numbers_are_remembered_than_some_pages_have(monkeypatch):
    monkeypatch.setattr(numbers, "MOST", 3)
    for last in range(10):
        numbers.as_kept(PhoneNumber.from_string(f"+35388100000{last}"))
    assert len(numbers._read_as_they_are) <= 3
