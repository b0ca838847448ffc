"""Patients: who they are, how they are reached, who pays for them, what must not be overlooked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import global_settings, settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, router, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django_countries.fields import CountryField

from clinic.journal.models import Journalled, JournalledQuerySet
from clinic.patients.imports import Import, ImportRow
from clinic.patients.keys import SearchKey, Spelling, keep_findable
from clinic.phones import PhoneField

__all__ = ["Alert", "Import", "ImportRow", "Kinship", "Merge", "Patient", "PatientQuerySet", "SearchKey", "Spelling"]

# Patients speak more languages than the pages do.
LANGUAGES = [(code, _(name)) for code, name in global_settings.LANGUAGES]

# What the search looks at: whoever writes one of these writes the keys as well.
SEARCHED = {"given_name", "family_name", "email", "mobile", "phone", "date_of_birth"}


class PatientQuerySet(JournalledQuerySet):
    def bulk_create(self, objs: Iterable[Patient], *args: Any, **kwargs: Any) -> list:
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            keep_findable(created, self.db)
        return created

    bulk_create.alters_data = True

    def bulk_update(self, objs: Iterable[Patient], fields: Iterable[str], batch_size: int | None = None) -> int:
        objs, fields = list(objs), set(fields)
        with transaction.atomic(using=self.db):
            changed = super().bulk_update(objs, fields, batch_size)
            if SEARCHED & fields:
                keep_findable(objs, self.db)
        return changed

    bulk_update.alters_data = True

    def update(self, **values: Any) -> int:
        if not SEARCHED.intersection(values):
            return super().update(**values)
        with transaction.atomic(using=self.db):
            keys = list(self.order_by().values_list("pk", flat=True))
            changed = super().update(**values)
            keep_findable(Patient.objects.using(self.db).filter(pk__in=keys), self.db)
        return changed

    update.alters_data = True

    def active(self) -> PatientQuerySet:
        return self.filter(is_active=True)

    def with_alerts(self) -> PatientQuerySet:
        return self.prefetch_related("alerts")


class Patient(Journalled):
    """A person who is treated, or who pays for somebody who is.

    `clinical_notes` and alerts never leave the clinic. Phone numbers are kept in E.164.
    """

    class ContactBy(models.TextChoices):
        PHONE = "phone", _("Phone")
        SMS = "sms", _("Text message")
        EMAIL = "email", _("E-mail")
        NONE = "none", _("Do not contact")

    given_name = models.CharField(_("first name"), max_length=80)
    family_name = models.CharField(_("surname"), max_length=80)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    mobile = PhoneField(_("mobile"), blank=True)
    phone = PhoneField(_("other phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    street2 = models.CharField(_("street, second line"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = CountryField(_("country"), blank=True, blank_label=pgettext_lazy("country", "Not known"))
    language = models.CharField(_("language"), max_length=7, choices=LANGUAGES, default="en")
    payer = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pays_for",
        help_text=_("Who receives the invoices, if somebody else."),
        verbose_name=_("invoices go to"),
    )
    branch = models.ForeignKey("practice.Branch", models.PROTECT, related_name="patients", verbose_name=_("branch"))
    usual_practitioner = models.ForeignKey(
        "staff.Practitioner",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="patients",
        verbose_name=_("usual practitioner"),
    )
    contact_by = models.CharField(_("reach them by"), max_length=8, choices=ContactBy.choices, default=ContactBy.PHONE)
    clinical_notes = models.TextField(_("clinical notes"), blank=True)
    is_active = models.BooleanField(pgettext_lazy("patient", "active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_from", editable=False
    )

    # Set by the search on those whose name is only nearly what was typed.
    is_nearly = False

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["family_name", "given_name", "id"]
        indexes = [models.Index(fields=["date_of_birth"]), models.Index(fields=["mobile"])]
        constraints = [
            models.CheckConstraint(condition=~Q(payer=F("id")), name="patient_payer_is_somebody_else"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="patient_is_merged_into_somebody_else"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("desk:patient", args=[self.pk])

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def invoiced_to(self) -> Patient:
        """The person whose name is on the invoices: the payer, or the patient."""
        return self.payer or self

    def age(self, on: date | None = None) -> int | None:
        """Return the age in completed years on a date (today by default), or None if the birth date is unknown."""
        born = self.date_of_birth
        if born is None:
            return None
        on = on or timezone.localdate()
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

    @property
    def years(self) -> str:
        """The age in words, or nothing if the birth date is unknown."""
        age = self.age()
        return "" if age is None else ngettext("%(age)d year", "%(age)d years", age) % {"age": age}

    def save(self, *args: Any, **kwargs: Any) -> None:
        only = kwargs.get("update_fields")
        if only is not None and not SEARCHED.intersection(only):
            super().save(*args, **kwargs)
            return
        using = kwargs.get("using") or router.db_for_write(Patient, instance=self)
        with transaction.atomic(using=using):
            super().save(*args, **kwargs)
            keep_findable([self], using)

    save.alters_data = True


class Alert(models.Model):
    """A medical warning, shown wherever the patient is picked. It never leaves the clinic."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="alerts", verbose_name=_("patient"))
    text = models.CharField(_("text"), max_length=120)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return those of `rows` that say nothing new about the patient they would go to."""
        return rows.filter(text__in=survivor.alerts.values("text"))


class Kinship(models.Model):
    """That `other` is the `kind` of `patient`: a parent, a child. One row for two people, told from either side."""

    class Kind(models.TextChoices):
        PARENT = "parent", _("Parent")
        CHILD = "child", _("Child")
        PARTNER = "partner", _("Partner")
        SIBLING = "sibling", _("Brother or sister")
        GUARDIAN = "guardian", _("Guardian")
        WARD = "ward", _("In their care")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="kin")
    other = models.ForeignKey(Patient, models.CASCADE, related_name="kin_of")
    kind = models.CharField(max_length=8, choices=Kind.choices)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(Least("patient", "other"), Greatest("patient", "other"), name="one_kinship_of_two"),
            models.CheckConstraint(condition=~Q(patient=F("other")), name="nobody_is_their_own_kin"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return the rows between the two who are merged, and those to whom the survivor has a kinship already."""
        known = {survivor.pk, *(pk for row in cls.of(survivor) for pk in (row.patient_id, row.other_id))} - {loser.pk}
        return rows.filter(Q(patient__in=known) | Q(other__in=known))

    @classmethod
    def of(cls, patient: Patient) -> models.QuerySet:
        return cls.objects.filter(Q(patient=patient) | Q(other=patient)).select_related("patient", "other")


INVERSE = {
    Kinship.Kind.PARENT: Kinship.Kind.CHILD,
    Kinship.Kind.CHILD: Kinship.Kind.PARENT,
    Kinship.Kind.GUARDIAN: Kinship.Kind.WARD,
    Kinship.Kind.WARD: Kinship.Kind.GUARDIAN,
}
"""What the other is to somebody of this kind; who is not here is the same from both sides."""


class Merge(models.Model):
    """One patient's record was taken into another's: who did it, when, and all that moved, so that it can be undone.

    `moved` holds the ids of the rows by "app.Model.field", `chosen` the survivor's values before and after by field,
    as text. Both stay when the merge is undone; `left` then says in words what could not be put back.
    """

    survivor = models.ForeignKey(Patient, models.PROTECT, related_name="merges")
    loser = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    was_active = models.BooleanField()
    moved = models.JSONField(default=dict)
    chosen = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    left = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint("loser", condition=Q(undone_at=None), name="a_patient_is_merged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.loser} into {self.survivor}"
