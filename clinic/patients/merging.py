"""Two records of one person become one: all that refers to the one moves to the other, and can be moved back.

What refers to a patient is found by following every foreign key there is, so that a further app needs nothing here.
A model may say which of its rows cannot move (`stays_when_merged(rows, loser, survivor)`, a class method that returns
them: an issued invoice is what it is), and that none may stay (`moves_when_merged = True`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.listing import listed
from clinic.patients.hooks import tell_merged
from clinic.patients.models import Merge, Patient
from clinic.staff.models import User

CHOICES = [
    "given_name",
    "family_name",
    "date_of_birth",
    "mobile",
    "phone",
    "email",
    "contact_by",
    "language",
    "street",
    "street2",
    "postcode",
    "city",
    "country",
    "branch",
    "usual_practitioner",
    "payer",
]
"""The fields of which one of two values stays. Clinical notes are no choice: both stay, one below the other."""
APART = {"patients.SearchKey", "patients.Merge", "patients.ImportRow"}
"""What is about a record, not about the person."""


class MergeRefused(Exception):
    """The two cannot be merged, or not be separated; `reasons` are sentences for the person who asked."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass
class Moved:
    """What moves and what stays: the ids of the rows by "app.Model.field"."""

    moved: dict[str, list[Any]] = field(default_factory=dict)
    stayed: dict[str, list[Any]] = field(default_factory=dict)

    def told(self) -> Iterator[tuple[str, int, int]]:
        """Yield in the plural what there is, how many of it move, and how many stay with the record that is merged."""
        for label in {**self.moved, **self.stayed}:
            model = _place(label)[0]
            name = str(model._meta.verbose_name_plural)
            yield name, len(self.moved.get(label, ())), len(self.stayed.get(label, ()))


def preview(survivor: Patient, loser: Patient) -> Moved:
    """Return what a merge of the two would move, without moving it; raise `MergeRefused` if it cannot be done."""
    with transaction.atomic():
        moved = _merge(survivor, loser, frozenset())[1]
        transaction.set_rollback(True)
    return moved


@transaction.atomic
def merge(survivor: Patient, loser: Patient, *, theirs: Iterable[str] = (), by: User | None = None) -> Merge:
    """Take `loser`'s record into `survivor`'s and return the note of it; raise `MergeRefused` if it cannot be done.

    `theirs` names the fields of `CHOICES` whose value comes from the loser. The loser stays as a record that is not
    active and leads to the survivor, with what cannot move.
    """
    chosen, moved = _merge(survivor, loser, frozenset(theirs) & set(CHOICES))
    note = Merge.objects.create(
        survivor=survivor, loser=loser, by=by, was_active=loser.is_active, moved=moved.moved, chosen=chosen
    )
    tell_merged(survivor, loser)
    return note


def _merge(survivor: Patient, loser: Patient, theirs: frozenset[str]) -> tuple[dict[str, list[Any]], Moved]:
    # Whoever merges the same two the other way round waits here, and is refused.
    held = Patient.objects.select_for_update().in_bulk(sorted([survivor.pk, loser.pk]))
    survivor, loser = held[survivor.pk], held[loser.pk]
    if reasons := list(_obstacles(survivor, loser)):
        raise MergeRefused(reasons)
    chosen = _choose(survivor, loser, theirs)
    moved = Moved()
    for model, name in _references():
        _move(model, name, survivor, loser, moved)
    loser.is_active, loser.merged_into = False, survivor
    loser.save(update_fields=["is_active", "merged_into"])
    return chosen, moved


def _obstacles(survivor: Patient, loser: Patient) -> Iterator[str]:
    if survivor.pk == loser.pk:
        yield _("These are not two records, but one.")
    for patient in (survivor, loser):
        if patient.merged_into_id:
            yield _("%(name)s has been merged already.") % {"name": patient}


def _choose(survivor: Patient, loser: Patient, theirs: frozenset[str]) -> dict[str, list[Any]]:
    """Give the survivor what was chosen, and return the values before and after of what changes, as text or ids."""
    new = {name: getattr(loser, name) for name in CHOICES if name in theirs}
    if new.get("payer", survivor.payer) in (survivor, loser):
        new["payer"] = None
    if loser.clinical_notes and loser.clinical_notes not in survivor.clinical_notes:
        new["clinical_notes"] = "\n\n".join(filter(None, [survivor.clinical_notes, loser.clinical_notes]))
    before = _values(survivor)
    for name, value in new.items():
        setattr(survivor, name, value)
    after = _values(survivor)
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if changed:
        survivor.save(update_fields=list(changed))
    return changed


def _values(patient: Patient) -> dict[str, Any]:
    """Return the values of a patient as JSON keeps them."""
    fields = {name: Patient._meta.get_field(name) for name in [*CHOICES, "clinical_notes"]}
    return {
        name: one.value_from_object(patient)
        if one.is_relation
        else one.value_to_string(patient)
        if one.value_from_object(patient) is not None
        else None
        for name, one in fields.items()
    }


def _references() -> Iterator[tuple[type[models.Model], str]]:
    """Yield each model with a foreign key to patients, and the name of that key."""
    for relation in Patient._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            model = relation.related_model
            if model._meta.label not in APART and model._meta.managed and not model._meta.proxy:
                yield model, relation.field.name


def _move(model: type[models.Model], name: str, survivor: Patient, loser: Patient, moved: Moved) -> None:
    label = f"{model._meta.label}.{name}"
    rows = model._default_manager.filter(**{name: loser})
    stays = getattr(model, "stays_when_merged", None)
    stayed = set(stays(rows, loser, survivor).values_list("pk", flat=True)) if stays else set()
    wanted = [pk for pk in rows.order_by("pk").values_list("pk", flat=True) if pk not in stayed]
    refused = _redirect(model, name, wanted, survivor)
    if refused and getattr(model, "moves_when_merged", False):
        which = listed(model._default_manager.filter(pk__in=refused[:5]))
        told = {"what": model._meta.verbose_name_plural, "which": which}
        reason = _("Both have %(what)s at the same time: %(which)s. Move or cancel one of them first.") % told
        raise MergeRefused([reason])
    if done := [pk for pk in wanted if pk not in refused]:
        moved.moved[label] = done
    if stayed or refused:
        moved.stayed[label] = sorted([*stayed, *refused])


def _redirect(model: type[models.Model], name: str, keys: list[Any], patient: Patient) -> list[Any]:
    """Let the rows refer to `patient`, and return the ids of those for which the database does not allow it."""
    if not keys:
        return []
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=keys).update(**{name: patient})
    except IntegrityError:
        if len(keys) == 1:
            return keys
        return [pk for key in keys for pk in _redirect(model, name, [key], patient)]
    return []


@transaction.atomic
def undo(merge: Merge, *, by: User | None = None) -> Merge:
    """Separate the two again and return the note; raise `MergeRefused` if the merge cannot be undone.

    What moved goes back, and so do the survivor's values. What has been changed since then stays as it is, and
    `Merge.left` says in words what that is.
    """
    merge = Merge.objects.select_for_update().select_related("survivor", "loser").get(pk=merge.pk)
    survivor, loser = merge.survivor, merge.loser
    if merge.undone_at:
        raise MergeRefused([_("This merge has been undone already.")])
    if loser.merged_into_id != survivor.pk:
        reason = _("%(name)s has been merged into somebody else since. Undo that first.") % {"name": survivor}
        raise MergeRefused([reason])
    left = list(_take_back(merge)) + list(_send_back(merge))
    loser.is_active, loser.merged_into = merge.was_active, None
    loser.save(update_fields=["is_active", "merged_into"])
    merge.undone_at, merge.undone_by, merge.left = timezone.now(), by, left
    merge.save(update_fields=["undone_at", "undone_by", "left"])
    tell_merged(survivor, loser)
    return merge


def _take_back(merge: Merge) -> Iterator[str]:
    """Give the survivor the values of before, and yield what has been changed since and stays."""
    survivor, now = merge.survivor, _values(merge.survivor)
    back = []
    for name, (before, after) in merge.chosen.items():
        column = Patient._meta.get_field(name)
        if now[name] == after:
            setattr(survivor, column.attname, before if column.is_relation else column.to_python(before))
            back.append(name)
        else:
            yield _("%(field)s has been changed since, and stays.") % {"field": str(column.verbose_name).capitalize()}
    if back:
        survivor.save(update_fields=back)


def _send_back(merge: Merge) -> Iterator[str]:
    """Let what moved refer to the loser again, and yield what of it cannot."""
    for label, keys in merge.moved.items():
        model, name = _place(label)
        there = model._default_manager.filter(pk__in=keys, **{name: merge.survivor})
        stays = getattr(model, "stays_when_merged", None)
        fixed = set(stays(there, merge.survivor, merge.loser).values_list("pk", flat=True)) if stays else set()
        wanted = [pk for pk in there.order_by("pk").values_list("pk", flat=True) if pk not in fixed]
        refused = _redirect(model, name, wanted, merge.loser)
        if stuck := len(keys) - len(wanted) + len(refused):
            told = {"count": stuck, "what": model._meta.verbose_name_plural, "name": merge.survivor}
            yield _("%(count)s of the %(what)s have been changed since, and stay with %(name)s.") % told


def _place(label: str) -> tuple[type[models.Model], str]:
    app, model, name = label.split(".")
    return apps.get_model(app, model), name
