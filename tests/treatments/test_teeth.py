"""What teeth and surfaces are called: read and written in both notations, with nothing lost on the way."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from clinic.practice.models import Notation
from clinic.treatments import chart, teeth

NOTATIONS = st.sampled_from(list(Notation))
ANY_TOOTH = st.sampled_from(teeth.EVERY)


@given(tooth=ANY_TOOTH, notation=NOTATIONS, around=st.sampled_from(["{}", " {}", "{} "]))
def test_what_is_written_is_read_as_the_same_tooth(tooth, notation, around):
    typed = around.format(teeth.written(tooth, notation))
    assert teeth.parse(typed, notation) == teeth.parse(typed.lower(), notation) == tooth


@pytest.mark.parametrize("notation", Notation)
def test_no_two_teeth_are_written_alike(notation):
    assert len({teeth.written(tooth, notation) for tooth in teeth.EVERY}) == len(teeth.EVERY) == 52


BOTH = (
    "18 1, 16 3, 11 8, 21 9, 28 16, 38 17, 36 19, 31 24, 41 25, 48 32, 55 A, 51 E, 61 F, 65 J, 75 K, 71 O, 81 P, 85 T"
)


@pytest.mark.parametrize("both", BOTH.split(", "))
def test_the_two_notations_meet_where_the_ada_says(both):
    fdi, universal = both.split()
    assert teeth.written(fdi, Notation.UNIVERSAL) == universal
    assert teeth.parse(universal, Notation.UNIVERSAL) == fdi


@given(text=st.text(max_size=4), notation=NOTATIONS)
def test_what_is_no_tooth_is_refused_by_the_name_of_the_notation(text, notation):
    if text.strip().upper() in {teeth.written(tooth, notation) for tooth in teeth.EVERY}:
        return
    with pytest.raises(ValidationError, match="FDI notation: 11–18" if notation == "fdi" else "Universal notation: 1"):
        teeth.parse(text, notation)


@pytest.mark.parametrize("typed", ["36", "0", "33", "U", "AB", "03"])
def test_a_number_of_the_other_notation_is_not_taken_for_one_of_this(typed):
    with pytest.raises(ValidationError):
        teeth.parse(typed, Notation.UNIVERSAL)


@pytest.mark.parametrize(
    ("tooth", "name"),
    [
        ("16", "upper right first molar"),
        ("21", "upper left central incisor"),
        ("33", "lower left canine"),
        ("45", "lower right second premolar"),
        ("75", "lower left second primary molar"),
        ("51", "upper right primary central incisor"),
    ],
)
def test_a_tooth_has_a_name(tooth, name):
    assert teeth.named(tooth) == name


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("es", "primer molar superior derecho"),
        ("fr", "première molaire en haut à droite"),
        ("ar", "الرحى الأولى، أعلى اليمين"),
    ],
)
def test_a_tooth_has_a_name_of_its_own_in_each_language(language, name):
    with translation.override(language):
        assert teeth.named("16") == name
        assert len({teeth.named(tooth) for tooth in teeth.EVERY}) == 52


@given(tooth=ANY_TOOTH, order=st.permutations(range(5)), taken=st.integers(0, 5))
def test_surfaces_are_kept_in_one_order_however_they_are_typed(tooth, order, taken):
    own = teeth.surfaces_of(tooth)
    typed = "".join(own[part] for part in order[:taken])
    kept = teeth.parse_surfaces(typed.lower() + typed, tooth)
    assert kept == "".join(letter for letter in own if letter in typed)
    assert teeth.parse_surfaces(kept, tooth) == kept


def test_letters_that_mean_one_surface_are_kept_as_one():
    for typed in ("BM", "FM", "vm", "BFVM"):
        assert teeth.parse_surfaces(typed, "46") == "MB"
        assert teeth.parse_surfaces(typed, "41") == "MF"
    assert teeth.parse_surfaces("P", "26") == teeth.parse_surfaces("LP", "26") == "L"
    assert {teeth.parse_surfaces("".join(one), "16") for one in permutations("MOD")} == {"MOD"}


@pytest.mark.parametrize(
    ("typed", "tooth", "says"),
    [
        ("MO", "11", "no occlusal surface"),
        ("O", "73", "no occlusal surface"),
        ("MI", "14", "incisal edge"),
        ("OI", "36", "incisal edge"),
        ("P", "36", "has M, O, D, B, L"),
        ("X", "13", "has M, I, D, F, L"),
    ],
)
def test_a_surface_that_the_tooth_does_not_have_is_refused(typed, tooth, says):
    with pytest.raises(ValidationError, match=says):
        teeth.parse_surfaces(typed, tooth)


@pytest.mark.parametrize("notation", Notation)
def test_the_chart_has_each_tooth_once_under_the_number_of_the_notation(notation):
    drawn = chart.draw(notation, "en")
    for tooth in teeth.EVERY:
        number = teeth.written(tooth, notation)
        assert drawn.count(f'aria-label="{number}, {teeth.named(tooth)}" data-tooth="{tooth}"') == 1


def test_the_right_of_the_patient_is_on_the_left_and_teeth_leave_a_finger_room():
    places = {
        tooth: (x, y)
        for arches in (teeth.PERMANENT, teeth.DECIDUOUS)
        for row, down in zip(arches, (-1, 1), strict=True)
        for tooth, (x, y, _) in zip(row, chart._places(row, down), strict=True)
    }
    assert places["18"][0] < places["11"][0] < chart.WIDTH / 2 < places["21"][0] < places["28"][0]
    assert places["11"][1] < places["18"][1] < places["48"][1] < places["41"][1]
    for row in (*teeth.PERMANENT, *teeth.DECIDUOUS):
        for one, other in pairwise(row):
            (x, y), (to_x, to_y) = places[one], places[other]
            assert (to_x - x) ** 2 + (to_y - y) ** 2 >= 24**2
