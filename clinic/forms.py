"""How the clinic's forms look, whichever concept they belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.db import models
from django.forms.models import ModelChoiceIteratorValue
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString


class Styled:
    """Gives the fields of a form the classes that the style sheets know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = f"{_class_of(field.widget)} {field.widget.attrs.get('class', '')}".strip()


def _class_of(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def date_input(**attrs: Any) -> forms.DateInput:
    """Return the browser's own date picker, which only takes ISO dates."""
    return forms.DateInput(attrs={"type": "date", **attrs}, format="%Y-%m-%d")


def time_input(**attrs: Any) -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "step": 300, **attrs}, format="%H:%M")


def read_number(text: Any) -> int | None:
    """Return the number of a record that an address or a form names, or None if it can be none."""
    return int(text) if re.fullmatch("[0-9]{1,18}", str(text)) else None


class Several(forms.ModelMultipleChoiceField):
    """Several records by their numbers; a number that no record can have is refused instead of sent to the database."""

    def clean(self, value: Any) -> Any:
        for number in value or ():
            if read_number(number) is None:
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": number}
                )
        return super().clean(value)


class PlainSelect(forms.Select):
    """A list to choose from, written without a template for each of its options: a form of the desk has fifty."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = "".join(
            f'<option value="{escape(option["value"])}"{flatatt(option["attrs"])}>{escape(option["label"])}</option>\n'
            for _, group, _ in widget["optgroups"]
            for option in group
        )
        return SafeString(f'<select name="{escape(name)}"{flatatt(widget["attrs"])}>\n{options}</select>')


class RecordField(forms.ChoiceField):
    """A choice among records that are at hand: the database is asked neither for them nor for the one chosen.

    `offer` gives the field of a form its records. `empty_label` is what it says while nothing is chosen; without it one
    of the records always is.
    """

    widget = PlainSelect
    default_error_messages = {"invalid_choice": forms.ModelChoiceField.default_error_messages["invalid_choice"]}

    def __init__(self, *, empty_label: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty_label = empty_label
        self._records: dict[str, models.Model] = {}

    def offer(self, records: Iterable[models.Model], label: Callable[[Any], str] = str) -> None:
        """Let one of `records` be chosen, in their order, each shown as `label` says."""
        self._records = {str(one.pk): one for one in records}
        nothing = [] if self.empty_label is None else [("", self.empty_label)]
        choices = [(ModelChoiceIteratorValue(one.pk, one), label(one)) for one in self._records.values()]
        self.choices = [*nothing, *choices]

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, models.Model) else value

    def to_python(self, value: Any) -> models.Model | None:
        if value in self.empty_values:
            return None
        key = str(self.prepare_value(value))
        if key not in self._records:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self._records[key]

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
