"""The people who work here: users with a role, and those among them who see patients."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.journal.models import Journalled
from clinic.staff.abilities import abilities_of


class User(AbstractUser):
    """Somebody who signs in. The role says what they may do, the branches where."""

    class Role(models.TextChoices):
        RECEPTIONIST = "receptionist", _("Receptionist")
        PRACTITIONER = "practitioner", _("Practitioner")
        HYGIENIST = "hygienist", _("Hygienist")
        MANAGER = "manager", _("Manager")
        ACCOUNTANT = "accountant", _("Accountant")
        ADMINISTRATOR = "administrator", _("Administrator")

    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.RECEPTIONIST)
    branches = models.ManyToManyField("practice.Branch", blank=True, related_name="staff", verbose_name=_("branches"))
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Of the pages; empty, the browser’s own."),
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
        DENTIST = "dentist", _("Dentist")
        HYGIENIST = "hygienist", _("Hygienist")

    user = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="practitioner", verbose_name=_("sign-in")
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("As patients know them: Dr Okafor."))
    profession = models.CharField(
        _("profession"), max_length=12, choices=Profession.choices, default=Profession.DENTIST
    )
    email = models.EmailField(_("e-mail"), blank=True)
    branches = models.ManyToManyField("practice.Branch", related_name="practitioners", verbose_name=_("branches"))
    types = models.ManyToManyField(
        "practice.AppointmentType",
        blank=True,
        related_name="+",
        verbose_name=_("appointment types"),
        help_text=_("What they are offered for. None chosen: everything."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(pgettext_lazy("practitioner", "active"), default=True)

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
