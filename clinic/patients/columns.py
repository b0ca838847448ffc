"""What the columns of a file of patients mean, and what a row of it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries
from phonenumber_field.phonenumber import PhoneNumber, to_python

from clinic.patients.dates import find_date
from clinic.patients.guessing import name_parts
from clinic.patients.models import LANGUAGES, Alert, Patient
from clinic.patients.searching import fold

FIELDS: dict[str, Any] = {
    "family_name": gettext_lazy("Surname"),
    "given_name": gettext_lazy("First name"),
    "full_name": gettext_lazy("Whole name"),
    "date_of_birth": gettext_lazy("Date of birth"),
    "mobile": gettext_lazy("Mobile"),
    "phone": gettext_lazy("Other phone"),
    "email": gettext_lazy("E-mail"),
    "contact_by": gettext_lazy("Reach them by"),
    "language": gettext_lazy("Language"),
    "street": gettext_lazy("Street"),
    "street2": gettext_lazy("Street, second line"),
    "postcode": gettext_lazy("Postcode"),
    "city": gettext_lazy("City"),
    "country": gettext_lazy("Country"),
    "alerts": gettext_lazy("Alerts"),
}
"""What a column may hold. The export writes these, but for the whole name, under the names that they have here."""

_HEADINGS = {
    "family_name": "last name, lastname, family name, nachname, apellido, apellidos, nom, nom de famille",
    "given_name": "firstname, given name, forename, vorname, nombre, prenom, christian name, patient first name",
    "full_name": "name, patient, patient name, full name, nombre completo, nom complet",
    "date_of_birth": "dob, born, birthday, birth date, birthdate, geburtsdatum, fecha de nacimiento, date de naissance",
    "mobile": "mobile phone, mobile number, mobile no, cell, cell phone, cellphone, handy, movil, portable",
    "phone": "phone, telephone, home phone, landline, tel, telefon, telefono, phone number, work phone",
    "email": "email, mail, email address, e mail address, correo, correo electronico, courriel",
    "contact_by": "contact by, preferred contact, contact method",
    "language": "sprache, idioma, langue, preferred language",
    "street": "address, address 1, address line 1, strasse, direccion, adresse, rue, addr1",
    "street2": "address 2, address line 2, addr2",
    "postcode": "post code, zip, zip code, eircode, plz, codigo postal, code postal, postal code",
    "city": "town, ort, stadt, ciudad, ville",
    "country": "land, pais, pays",
    "alerts": "alert, medical alerts, warnings, allergies",
}


def said_anywhere(label: Any) -> set[str]:
    """Return what a label is in each language of the pages: files go from one desk to another."""
    said = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said.add(fold(str(label)))
    return said


def match_headings(headings: list[str], fields: dict[str, Any], known: dict[str, str]) -> dict[str, int]:
    """Return the number of the column for each of `fields` whose heading says so; a field has the first such column.

    `fields` are labels as the pages say them; `known` are other words for them, folded, with commas between.
    """
    mapping: dict[str, int] = {}
    for at, heading in enumerate(headings):
        for name, label in fields.items():
            if heading and fold(heading) in {*said_anywhere(label), *known.get(name, "").split(", ")}:
                mapping.setdefault(name, at)
    return mapping


def guess_mapping(headings: list[str]) -> dict[str, int]:
    """Return the number of the column for each field of a patient whose heading says so."""
    mapping = match_headings(headings, FIELDS, _HEADINGS)
    if "given_name" in mapping and "full_name" in mapping:
        # Beside a first name, "name" means the other one.
        mapping.setdefault("family_name", mapping.pop("full_name"))
    return mapping


@dataclass
class Row:
    """What a row says: the fields of a patient, the alerts, and what is wrong, as (heading, sentence)."""

    values: dict[str, Any] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


class Reader:
    """Reads rows of one file. Phone numbers and dates are those of `country` (ISO 3166, two letters)."""

    def __init__(self, headings: list[str], mapping: dict[str, int], country: str) -> None:
        self.headings, self.country = headings, country or settings.PHONENUMBER_DEFAULT_REGION
        self.mapping = {name: at for name, at in mapping.items() if name in FIELDS and 0 <= at < len(headings)}

    def read(self, cells: list[str]) -> Row:
        """Return what a row says. Whatever cannot be read is a problem of its column."""
        row = Row()
        for name, at in self.mapping.items():
            text = " ".join(cells[at].split())
            if not text:
                continue
            try:
                self._take(row, name, text)
            except ValidationError as error:
                row.problems += [(self.headings[at], message) for message in error.messages]
        for name in ("family_name", "given_name"):
            if not row.values.get(name):
                label = FIELDS[name]
                row.problems.append(
                    (self._heading(name), _("A patient needs a value here: %(field)s.") % {"field": label})
                )
        self._check(row)
        return row

    def _heading(self, name: str) -> str:
        at = self.mapping.get(name, self.mapping.get("full_name"))
        return str(FIELDS[name]) if at is None else self.headings[at]

    def _take(self, row: Row, name: str, text: str) -> None:
        if name == "full_name":
            given, family = name_parts(text)
            row.values = {"given_name": given.strip(), "family_name": family.strip()} | row.values
        elif name == "alerts":
            row.alerts = [part.strip() for part in text.split(";") if part.strip()]
            longest = Alert._meta.get_field("text").max_length
            if any(len(part) > longest for part in row.alerts):
                raise ValidationError(_("An alert has at most %(most)s characters.") % {"most": longest})
        else:
            row.values[name] = self._readers.get(name, lambda _self, said: said)(self, text)

    def _check(self, row: Row) -> None:
        """Let the model say what is wrong with what was read."""
        patient = Patient(**row.values)
        try:
            patient.clean_fields(exclude={column.name for column in Patient._meta.fields} - row.values.keys())
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                row.problems += [(self._heading(name), message) for message in messages]

    def _date(self, text: str) -> date:
        born = find_date(_month_first(text) if self.country == "US" else text)
        if born is None:
            raise ValidationError(_("This is not a date that can be read. Write it like 1990-02-28 or 28/2/1990."))
        if born > timezone.localdate() or born.year < 1880:
            raise ValidationError(_("Nobody was born on this date. Check the year."))
        return born

    def _phone(self, text: str) -> PhoneNumber:
        if "E+" in text.upper():
            raise ValidationError(
                _("The spreadsheet has shortened this number. Format the column as text, and save again.")
            )
        number = to_python(text, region=self.country)
        if not number or not number.is_valid():
            raise ValidationError(
                _("This is not a phone number. Write it as it is dialled here, or with its country code, like +353.")
            )
        return number

    def _country(self, text: str) -> str:
        code = text.upper() if text.upper() in countries.countries else ""
        code = code or countries.by_name(text) or countries.by_name(text, language="en")
        if not code:
            raise ValidationError(_("This country is not known. Write its name or its two letters, like IE."))
        return code

    def _language(self, text: str) -> str:
        return choose(text, LANGUAGES, _("This language is not known. Write its code, like en."))

    def _contact_by(self, text: str) -> str:
        choices = [*Patient.ContactBy.choices, ("email", "email"), ("sms", "sms"), ("sms", "text"), ("phone", "call")]
        return choose(text, choices, _("Write Phone, Text message, E-mail or Do not contact."))

    _readers: dict[str, Callable[[Reader, str], Any]] = {
        "date_of_birth": _date,
        "mobile": _phone,
        "phone": _phone,
        "country": _country,
        "language": _language,
        "contact_by": _contact_by,
    }


def choose(text: str, choices: Iterable[tuple[str, Any]], refusal: str) -> str:
    """Return the value of the choice that a cell names, in any language. Raises ValidationError, saying `refusal`."""
    for value, label in choices:
        if fold(text) in {fold(value), *said_anywhere(label)}:
            return value
    raise ValidationError(refusal)


def _month_first(text: str) -> str:
    """Return a date that is written month first, as in the United States, with its day first."""
    parts = text.replace("-", "/").split("/")
    return "/".join([parts[1], parts[0], parts[2]]) if len(parts) == 3 and len(parts[0]) <= 2 else text
