"""What teeth and their surfaces are called: the one place that knows.

A tooth is kept as ISO 3950:2016 numbers it, which dentists know as the FDI two-digit notation: the quadrant, then the
place counted from the midline. Permanent teeth are 11 to 18, 21 to 28, 31 to 38 and 41 to 48, deciduous ones 51 to 55,
61 to 65, 71 to 75 and 81 to 85.

The Universal Numbering System of the American Dental Association (CDT, "Tooth Numbering") counts the permanent teeth 1
to 32, from the upper right third molar round to the upper left and back along the lower jaw, and the deciduous A to T.

Surfaces are the letters of the ADA's claim form (item 28): M mesial, D distal, L lingual; behind the canines O occlusal
and B buccal; on incisors and canines I incisal and F facial. V (vestibular) is taken for B and F, P (palatal) for L of
an upper tooth: they name the same surface.
"""

from __future__ import annotations

from string import ascii_uppercase

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from clinic.practice.models import Notation

Row = tuple[str, ...]
Arches = tuple[Row, Row]


def _row(right: int, left: int, last: int) -> Row:
    """Return the teeth of a jaw as the viewer sees them, the patient's right first."""
    return (
        *(f"{right}{place}" for place in range(last, 0, -1)),
        *(f"{left}{place}" for place in range(1, last + 1)),
    )


PERMANENT: Arches = (_row(1, 2, 8), _row(4, 3, 8))
"""The upper and the lower teeth, from the patient's right to their left."""
DECIDUOUS: Arches = (_row(5, 6, 5), _row(8, 7, 5))
EVERY: Row = tuple(tooth for upper, lower in (PERMANENT, DECIDUOUS) for tooth in (*upper, *lower[::-1]))

_UNIVERSAL = dict(zip(EVERY, (*(str(number) for number in range(1, 33)), *ascii_uppercase[:20]), strict=True))
_FROM_UNIVERSAL = {number: tooth for tooth, number in _UNIVERSAL.items()}

_REFUSED = {
    Notation.FDI: gettext_lazy("A tooth in FDI notation: 11–18, 21–28, 31–38, 41–48, or a milk tooth 51–55 to 81–85."),
    Notation.UNIVERSAL: gettext_lazy("A tooth in Universal notation: 1 to 32, or a milk tooth A to T."),
}

fdi_tooth = RegexValidator(r"^([1-4][1-8]|[5-8][1-5])$", _REFUSED[Notation.FDI])
surface_letters = RegexValidator(r"^[MODBLPIF]{1,5}$", gettext_lazy("Surfaces like MOD."))

QUADRANTS = {
    "15": pgettext_lazy("part of the mouth", "upper right"),
    "26": pgettext_lazy("part of the mouth", "upper left"),
    "37": pgettext_lazy("part of the mouth", "lower left"),
    "48": pgettext_lazy("part of the mouth", "lower right"),
}
PLACES = [
    gettext_lazy("central incisor"),
    gettext_lazy("lateral incisor"),
    gettext_lazy("canine"),
    gettext_lazy("first premolar"),
    gettext_lazy("second premolar"),
    gettext_lazy("first molar"),
    gettext_lazy("second molar"),
    gettext_lazy("third molar"),
]
MILK_PLACES = [
    gettext_lazy("primary central incisor"),
    gettext_lazy("primary lateral incisor"),
    gettext_lazy("primary canine"),
    gettext_lazy("first primary molar"),
    gettext_lazy("second primary molar"),
]
SURFACES = {
    "M": pgettext_lazy("surface of a tooth", "mesial"),
    "O": pgettext_lazy("surface of a tooth", "occlusal"),
    "I": pgettext_lazy("surface of a tooth", "incisal"),
    "D": pgettext_lazy("surface of a tooth", "distal"),
    "B": pgettext_lazy("surface of a tooth", "buccal"),
    "F": pgettext_lazy("surface of a tooth", "facial"),
    "L": pgettext_lazy("surface of a tooth", "lingual or palatal"),
}


def parse(text: str, notation: str) -> str:
    """Return the tooth that somebody typed in a notation, as FDI numbers it.

    Raises `ValidationError`, which names the notation and what it knows, for anything else.
    """
    typed = text.strip().upper()
    tooth = typed if notation == Notation.FDI else _FROM_UNIVERSAL.get(typed, "")
    if tooth not in _UNIVERSAL:
        raise ValidationError(_REFUSED[Notation(notation)], code="no_tooth")
    return tooth


def written(tooth: str, notation: str) -> str:
    """Return an FDI number as a notation writes it. What is no tooth, as nothing at all, stays as it is."""
    return tooth if notation == Notation.FDI else _UNIVERSAL.get(tooth, tooth)


def named(tooth: str) -> str:
    """Return the name of a tooth in the language that is active: "upper right first molar" for 16."""
    quadrant = next(words for digits, words in QUADRANTS.items() if tooth[0] in digits)
    places = MILK_PLACES if is_deciduous(tooth) else PLACES
    name = pgettext("a tooth, like “upper right first molar”", "%(quadrant)s %(tooth)s")
    return name % {"quadrant": quadrant, "tooth": places[int(tooth[1]) - 1]}


def is_deciduous(tooth: str) -> bool:
    return tooth[0] in "5678"


def is_upper(tooth: str) -> bool:
    return tooth[0] in "1256"


def is_front(tooth: str) -> bool:
    """Return whether a tooth is an incisor or a canine, which has an edge where the others have a chewing surface."""
    return tooth[1] in "123"


def surfaces_of(tooth: str) -> str:
    """Return the letters of a tooth's five surfaces in the order in which they are written: MODBL or MIDFL."""
    return "MIDFL" if is_front(tooth) else "MODBL"


def parse_surfaces(text: str, tooth: str) -> str:
    """Return the surfaces of a tooth (FDI) that somebody typed, in their order, each once: "MOD" for "dom".

    Raises `ValidationError` for a letter that is no surface, and for a surface that this tooth does not have.
    """
    own, letters = surfaces_of(tooth), {letter for letter in text.upper() if not letter.isspace()}
    meant = {_synonym(letter, tooth) for letter in letters}
    if len(meant - set(SURFACES)) > 0:
        raise ValidationError(_("Surfaces like MOD. This tooth has %(own)s.") % {"own": ", ".join(own)})
    if "O" in meant - set(own):
        raise ValidationError(_("An incisor or canine has no occlusal surface (O): its edge is incisal (I)."))
    if "I" in meant - set(own):
        raise ValidationError(_("Only incisors and canines have an incisal edge (I): here it is occlusal (O)."))
    return "".join(letter for letter in own if letter in meant)


def _synonym(letter: str, tooth: str) -> str:
    """Return the letter that a surface goes by on a tooth."""
    if letter in "BFV":
        return surfaces_of(tooth)[3]
    return "L" if letter == "P" and is_upper(tooth) else letter


def place(tooth: str, surfaces: str, notation: str) -> str:
    """Return where something is done, in a notation: "36 MOD", or nothing."""
    return " ".join(filter(None, [written(tooth, notation), surfaces]))
