"""How the clinic's forms look, whichever concept they belong to."""

from __future__ import annotations

import re
from typing import Any

from django import forms


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
