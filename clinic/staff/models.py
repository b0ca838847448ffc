"""The people who work here: users with a role, and those among them who see patients."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from clinic.journal.models import Journalled
from clinic.staff.abilities import abilities_of


class User(AbstractUser):
    """Somebody who signs in. The role says what they may do, the branches where."""

    class Role(models.TextChoices):
        RECEPTIONIST = "receptionist"
        PRACTITIONER = "practitioner"
        HYGIENIST = "hygienist"
        MANAGER = "manager"
        ACCOUNTANT = "accountant"
        ADMINISTRATOR = "administrator"

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.RECEPTIONIST)
    branches = models.ManyToManyField("practice.Branch", blank=True, related_name="staff")
    language = models.CharField(
        max_length=8, choices=settings.LANGUAGES, blank=True, help_text="Of the pages; empty, the browser's own."
    )

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def manages(self) -> bool:
        """Whether this person runs the practice or its systems."""
        return self.is_superuser or self.role in {self.Role.MANAGER, self.Role.ADMINISTRATOR}

    @property
    def abilities(self) -> frozenset[str]:
        """What this person may do: `"book" in user.abilities`."""
        return abilities_of(self.role, superuser=self.is_superuser)


class Practitioner(Journalled):
    """A dentist or hygienist, with or without a sign-in of their own."""

    class Profession(models.TextChoices):
        DENTIST = "dentist"
        HYGIENIST = "hygienist"

    user = models.OneToOneField(User, models.SET_NULL, null=True, blank=True, related_name="practitioner")
    name = models.CharField(max_length=80, help_text="As patients know them: Dr Okafor.")
    profession = models.CharField(max_length=12, choices=Profession.choices, default=Profession.DENTIST)
    email = models.EmailField(blank=True)
    branches = models.ManyToManyField("practice.Branch", related_name="practitioners")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
