"""A file of patients and its rows, kept until each has become a patient or somebody has seen why not."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Import(models.Model):
    """One file: how it is read, what is done about patients who are here already, and how far it has come.

    `columns` are its headings, `mapping` the number of the column for each field. `worked_at` is the last sign of
    whoever works on it; a file that is worked on without one for a minute is taken up again.
    """

    class State(models.TextChoices):
        READ = "read", _("Waiting for you to say what the columns are")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked; nothing has been imported yet")
        IMPORTING = "importing", _("Being imported")
        DONE = "done", _("Imported")

    class Known(models.TextChoices):
        SKIP = "skip", _("Leave them as they are")
        FILL = "fill", _("Fill in what is empty in their record")
        CREATE = "create", _("Register them once more")

    branch = models.ForeignKey("practice.Branch", models.PROTECT, related_name="imports")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    known = models.CharField(max_length=6, choices=Known.choices, default=Known.SKIP)
    state = models.CharField(max_length=9, choices=State.choices, default=State.READ)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    worked_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint("branch", "digest", name="a_file_is_imported_once_at_a_branch")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_at_work(self) -> bool:
        return self.state in {self.State.CHECKING, self.State.IMPORTING}


class ImportRow(models.Model):
    """One row of a file. `problems` are pairs of a heading (or nothing) and a sentence; `sign` tells twins."""

    class State(models.TextChoices):
        NEW = "new", _("Not checked yet")
        GOOD = "good", _("Ready")
        KNOWN = "known", _("Here already")
        BAD = "bad", _("Needs correcting")
        CREATED = "created", _("Registered")
        FILLED = "filled", _("Filled in")
        SKIPPED = "skipped", _("Left as they are")

    file = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    sign = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.NEW)
    problems = models.JSONField(default=list)
    patient = models.ForeignKey("patients.Patient", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["file", "state", "number"]), models.Index(fields=["file", "sign", "number"])]
        constraints = [models.UniqueConstraint("file", "number", name="one_import_row_per_number")]

    def __str__(self) -> str:
        return str(self.number)
