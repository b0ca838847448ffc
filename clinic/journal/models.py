"""The journal: "this record changed", written in the transaction that changed it.

A `Change` names a record and nothing else, so nothing in it goes stale and no second copy of patient data lies
in a queue. Whoever follows the journal reads the record itself, then deletes the rows it has taken in.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import NotSupportedError, connections, models, router, transaction
from django.utils import timezone

from clinic.journal.doorbell import ring
from clinic.rows import insert_rows, write_rows


class Change(models.Model):
    """One record was created, changed or deleted.

    `model` is the record's label in lower case ("patients.patient"), `uid` its stable identity.
    """

    model = models.CharField(max_length=60)
    uid = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.model} {self.uid}"


def record(subjects: Iterable[tuple[str, uuid.UUID]]) -> None:
    """Write a `Change` for each (label, uid) and ring the doorbell once the transaction commits."""
    now = timezone.now()
    changes = [{"model": label, "uid": uid, "at": now} for label, uid in dict.fromkeys(subjects)]
    if changes:
        insert_rows(Change, changes)
        transaction.on_commit(ring, robust=True)


class JournalledQuerySet(models.QuerySet):
    """Journals the writes that do not pass through `Model.save`: `update`, `bulk_update`, `bulk_create`, `delete`."""

    def _hold(self) -> tuple[JournalledQuerySet, list[tuple[str, uuid.UUID]]]:
        """Return the subjects of the rows found now, and a query for at most these rows.

        A row that another transaction slips in after this look must not be written without being journalled.
        """
        label, path = self.model.journal_label(), self.model.journal_path()
        found = list(self.order_by().values_list("pk", path))
        subjects = [(label, uid) for _, uid in found]
        if not connections[self.db].features.has_select_for_update:
            # SQLite has one writer at a time, and a limit to how many values a query may name.
            return self, subjects
        return self.filter(pk__in=[pk for pk, _ in found]), subjects

    def update(self, **values: Any) -> int:
        with transaction.atomic(using=self.db):
            held, subjects = self._hold()
            moves = self._new_subjects(values)
            changed = super(JournalledQuerySet, held).update(**values)
            record([*subjects, *moves])
        return changed

    update.alters_data = True

    def _new_subjects(self, values: dict[str, Any]) -> list[tuple[str, uuid.UUID]]:
        """Return the record that parts are moved to, if `values` move them: it changes too."""
        parent = self.model.journal_parent
        field = self.model._meta.get_field(parent) if parent else None
        new = values.get(field.name, values.get(field.attname)) if field else None
        if new is None:
            return []
        key = getattr(new, "pk", new)
        owners = field.related_model._base_manager.using(self.db).filter(pk=key)
        path = field.related_model.journal_path()
        return [(self.model.journal_label(), uid) for uid in owners.values_list(path, flat=True)]

    def bulk_create(self, objs: Iterable[models.Model], *args: Any, **kwargs: Any) -> list:
        if kwargs.get("update_conflicts"):
            # The rows that were there keep their own uid, which is not the one of the object at hand.
            raise NotSupportedError("Journalled rows cannot be inserted or updated in one: look first, then write.")
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            record(one.journal_subject() for one in created)
        return created

    bulk_create.alters_data = True

    def bulk_update(self, objs: Iterable[models.Model], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Write `fields` of saved records. The parts of a record cannot be moved to another one this way."""
        objs, fields = list(objs), list(fields)
        if self.model.journal_parent in fields:
            raise NotSupportedError("Parts are moved to another record by `save` or `update`.")
        with transaction.atomic(using=self.db):
            write_rows(objs, fields)
            record(one.journal_subject() for one in objs)
        return len(objs)

    bulk_update.alters_data = True

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            held, subjects = self._hold()
            deleted = super(JournalledQuerySet, held).delete()
            record(subjects)
        return deleted

    delete.alters_data = True
    delete.queryset_only = True


class Journalled(models.Model):
    """A record whose every change is journalled, and which has an identity that survives a move to another database.

    A part of a larger record (an invoice's line) names it in `journal_parent`: a change of the part is a change
    of the whole. A part may have parts of its own.
    """

    journal_parent: str | None = None

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = JournalledQuerySet.as_manager()

    class Meta:
        abstract = True
        # Django's own writes, like those of `branch.patients.add`, go through the base manager.
        base_manager_name = "objects"

    @classmethod
    def journal_label(cls) -> str:
        """Return the label that `Change.model` holds for this model: its own, or its parent's.

        A proxy shows the same record: its label is that of the model behind it.
        """
        if cls.journal_parent is None:
            return cls._meta.concrete_model._meta.label_lower
        return cls._meta.get_field(cls.journal_parent).related_model.journal_label()

    @classmethod
    def journal_path(cls) -> str:
        """Return the lookup path from this model to the uid that is journalled."""
        if cls.journal_parent is None:
            return "uid"
        return f"{cls.journal_parent}__{cls._meta.get_field(cls.journal_parent).related_model.journal_path()}"

    def journal_subject(self) -> tuple[str, uuid.UUID]:
        """Return the (label, uid) that a change of this record is journalled under."""
        if self.journal_parent is None:
            return self.journal_label(), self.uid
        return getattr(self, self.journal_parent).journal_subject()

    def _left_subjects(self, using: str) -> list[tuple[str, uuid.UUID]]:
        """Return the record that this part belongs to in the database: it changes too when the part leaves it."""
        if self.journal_parent is None or self._state.adding:
            return []
        stored = type(self)._base_manager.using(using).filter(pk=self.pk)
        return [(self.journal_label(), uid) for uid in stored.values_list(self.journal_path(), flat=True)]

    def save(self, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using):
            left = self._left_subjects(using)
            super().save(*args, **kwargs)
            record([*left, self.journal_subject()])

    save.alters_data = True

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=kwargs.get("using") or router.db_for_write(type(self), instance=self)):
            subject = self.journal_subject()
            deleted = super().delete(*args, **kwargs)
            record([subject])
        return deleted

    delete.alters_data = True
