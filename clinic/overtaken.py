"""Two people with the same record open: neither undoes what the other saved meanwhile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext as _

LONG = 80
"""Characters of a value that a message repeats."""


class NothingOverwritten:
    """A model form that sends along what it showed, and changes only what the person changed.

    What somebody else saved since is kept where this person left it alone. Where both changed a field, the form is
    not valid and says what the other one wrote; what was typed stays, and saving once more is then a decision.
    Validate it with the instance read, and locked, in the transaction that saves it.

    A form that does not say what it showed (a program's) changes everything that it names.
    """

    apart = frozenset({"uid"})
    """Fields that are no property of the record."""

    _is_abreast = False

    def full_clean(self) -> None:
        if self.is_bound and self.instance.pk and not self._is_abreast:
            self._is_abreast = True
            self._catch_up()
        super().full_clean()

    def show_what_was_seen(self) -> None:
        """Let each field render what it shows a second time, hidden. Called at the end of `__init__`."""
        for name, field in self.fields.items():
            field.show_hidden_initial = bool(self.instance.pk) and name not in self.apart

    def _catch_up(self) -> None:
        self.overtaken: dict[str, str] = {}
        self.data = self.data.copy()
        for name, field in self.fields.items():
            seen = self.data.get(self[name].html_initial_name)
            if name in self.apart or seen is None:
                continue
            current = _written(field, self.get_initial_for_field(field, name))
            if not _differ(field, current, seen):
                continue
            typed = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
            self.data[self[name].html_initial_name] = current
            if not _differ(field, seen, typed):
                self._put(name, field, current)
            elif _differ(field, current, typed):
                self.overtaken[name] = _told(field, current)

    def _put(self, name: str, field: forms.Field, value: str) -> None:
        key = self.add_prefix(name)
        if isinstance(field, forms.BooleanField):
            self.data.pop(key, None)
            if value == "True":
                self.data[key] = "on"
        else:
            self.data[key] = value

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name, value in getattr(self, "overtaken", {}).items():
            says = _("Somebody has changed this to “%(value)s” since you opened it. Save again to have it your way.")
            empty = _("Somebody has emptied this since you opened it. Save again to have it your way.")
            self.add_error(name, says % {"value": value} if value else empty)
        return data


def _written(field: forms.Field, value: Any) -> str:
    """Return a value as a hidden field would send it."""
    return _plain(field.hidden_widget().format_value(field.prepare_value(value)) or "")


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _differ(field: forms.Field, one: Any, other: Any) -> bool:
    try:
        one = field.to_python(_plain(one)) if not isinstance(field, forms.ModelChoiceField) else one
    except forms.ValidationError:
        return True
    return bool(field.has_changed(one, _plain(other)))


def _told(field: forms.Field, value: str) -> str:
    """Return a value as a person reads it."""
    if isinstance(field, forms.BooleanField):
        return _("Yes") if value == "True" else _("No")
    if value and isinstance(field, forms.ModelChoiceField):
        found = field.queryset.model._default_manager.filter(pk=value).first()
        return str(found or "")
    choices = dict(getattr(field, "choices", ()))
    return Truncator(str(choices.get(value, value))).chars(LONG)
