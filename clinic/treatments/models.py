"""Treatments: what is planned for a patient, what was done, and what it costs."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.appointments.models import Appointment
from clinic.journal.models import Journalled, JournalledQuerySet
from clinic.patients.models import Patient
from clinic.practice.models import Notation, Procedure, currency_code
from clinic.practice.taxes import of_copies
from clinic.totals import Amounts, Priced, Rounding, invoice_amounts, line_amounts
from clinic.treatments import teeth
from clinic.treatments.signatures import refuse_other_than_strokes
from clinic.treatments.teeth import fdi_tooth, surface_letters


class PriceList(models.Model):
    """Fees agreed with those who pay, in a currency, for the procedures on it; all others cost what they cost anybody.

    What was done, offered or invoiced keeps the fee that it had.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    currency = models.CharField(max_length=3, validators=[currency_code])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ListedFee(models.Model):
    """What a procedure costs by a price list, in the list's currency."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="fees")
    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="listed_fees")
    fee = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price_list", "procedure"], name="one_fee_per_price_list_and_procedure"),
            models.CheckConstraint(condition=Q(fee__gte=0), name="listed_fee_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.fee} {self.price_list.currency}"


class Agreement(models.Model):
    """Which price list a payer has: one at most."""

    payer = models.OneToOneField("patients.Patient", models.CASCADE, related_name="agreement")
    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="agreements")

    class Meta:
        verbose_name_plural = _("price lists")

    def __str__(self) -> str:
        return f"{self.payer}: {self.price_list}"


def percentage() -> models.DecimalField:
    """Return a field for a discount in percent."""
    bounds = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]
    return models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0), validators=bounds)


class TreatmentQuerySet(models.QuerySet):
    def unbilled(self) -> TreatmentQuerySet:
        return self.filter(invoice_line=None)


class Treatment(models.Model):
    """One procedure done for a patient, at the fee agreed when it was done. Stays in the clinic."""

    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="treatments")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="treatments")
    practitioner = models.ForeignKey("staff.Practitioner", models.PROTECT, related_name="treatments")
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="treatments")
    tooth = models.CharField(max_length=2, blank=True, validators=[fdi_tooth])
    surfaces = models.CharField(max_length=5, blank=True, validators=[surface_letters])
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    fee = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    discount = percentage()
    done_at = models.DateTimeField(default=timezone.now)
    # The form it was recorded with: the same form sent twice records one treatment.
    form_uid = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["done_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(fee__gte=0, quantity__gte=1), name="treatment_costs_nothing_or_more"),
        ]

    def __str__(self) -> str:
        """Say it as the branch where it was done writes teeth; select `appointment__chair__branch` for lists."""
        return self.in_notation(self.appointment.branch.notation if self.appointment else Notation.FDI)

    def in_notation(self, notation: str) -> str:
        """Return what was done, with its tooth in a notation."""
        return described(self, notation)


def described(of: Treatment | PlanItem, notation: str) -> str:
    """Return what was or will be done, as an invoice says it: "Composite filling on 36 MOD"."""
    place = teeth.place(of.tooth, of.surfaces, notation)
    return f"{of.procedure.name}{f' on {place}' if place else ''}"


class PlanQuerySet(JournalledQuerySet):
    def sent(self) -> PlanQuerySet:
        """Return the plans that a patient was ever asked about."""
        return self.exclude(proposed_at=None)


class TreatmentPlan(Journalled):
    """What a practitioner suggests, in phases, and what it would cost. Once proposed, only its status changes."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("treatment plan", "Draft")
        PROPOSED = "proposed", pgettext_lazy("treatment plan", "Proposed")
        ACCEPTED = "accepted", pgettext_lazy("treatment plan", "Accepted")
        DECLINED = "declined", pgettext_lazy("treatment plan", "Declined")
        DONE = "done", pgettext_lazy("treatment plan", "Done")

    branch = models.ForeignKey("practice.Branch", models.PROTECT, related_name="plans")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="plans")
    payer = models.ForeignKey("patients.Patient", models.PROTECT, related_name="plans_to_pay")
    practitioner = models.ForeignKey("staff.Practitioner", models.PROTECT, related_name="plans")
    name = models.CharField(max_length=80)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    currency = models.CharField(max_length=3, validators=[currency_code])
    proposed_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_by = models.CharField(max_length=120, blank=True, help_text="The name of whoever accepted it.")
    signature = models.TextField(blank=True, editable=False, validators=[refuse_other_than_strokes])
    declined_at = models.DateTimeField(null=True, blank=True, editable=False)
    declined_because = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["patient", "status"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "declined"]) | Q(proposed_at__isnull=False),
                name="plan_was_proposed_before_it_goes_on",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "done"]) | (Q(accepted_at__isnull=False) & ~Q(accepted_by="")),
                name="plan_is_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("treatments:plan", args=[self.pk])

    @classmethod
    def stays_when_merged(cls, rows: models.QuerySet, loser: Patient, survivor: Patient) -> models.QuerySet:
        """Return those that were proposed: of these only the status changes, also when two records become one."""
        return rows.sent()

    @property
    def items(self) -> list[PlanItem]:
        """The items of all phases in their order; prefetch `phases__items__procedure` for lists of plans."""
        return [item.within(self) for phase in self.phases.all() for item in phase.items.all()]

    @property
    def amounts(self) -> Amounts:
        """What the whole plan comes to, rounded as its branch does now."""
        return invoice_amounts((item.priced for item in self.items), self.currency, Rounding(self.branch.rounding))


class PlanPhase(Journalled):
    """A part of a plan that is done before the next one begins."""

    journal_parent = "plan"

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["plan", "position", "id"]

    def __str__(self) -> str:
        return self.name


class PlanItem(Journalled):
    """One procedure of a plan at the fee offered. Its taxes are copied; `treatment` once it is done."""

    journal_parent = "phase"

    phase = models.ForeignKey(PlanPhase, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(default=0)
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="+")
    tooth = models.CharField(max_length=2, blank=True, validators=[fdi_tooth])
    surfaces = models.CharField(max_length=5, blank=True, validators=[surface_letters])
    quantity = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    fee = models.DecimalField(max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    discount = percentage()
    taxes = models.JSONField(default=list, blank=True, editable=False)
    treatment = models.OneToOneField(Treatment, models.SET_NULL, null=True, blank=True, related_name="plan_item")

    class Meta:
        ordering = ["phase", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fee__gte=0, quantity__gte=1, discount__gte=0, discount__lte=100),
                name="plan_item_within_bounds",
            )
        ]

    def __str__(self) -> str:
        """Say it as the plan's branch writes teeth; select `phase__plan__branch` for lists."""
        return described(self, self.phase.plan.branch.notation)

    @property
    def category(self) -> str:
        return self.procedure.category

    def within(self, plan: TreatmentPlan) -> PlanItem:
        """Return the item, with its plan known, so that it is not fetched again."""
        self.phase.plan = plan
        return self

    @property
    def amounts(self) -> Amounts:
        """What this item comes to, in the plan's currency and rounded as its branch does."""
        plan = self.phase.plan
        return line_amounts(self.priced, plan.currency, Rounding(plan.branch.rounding))

    @property
    def priced(self) -> Priced:
        """What this item is computed from."""
        return Priced(Decimal(self.quantity), self.fee, self.discount, of_copies(self.taxes))


class ClinicalNote(models.Model):
    """What the one who treated found and did in a visit, in their words. It never leaves the clinic."""

    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="clinical_note")
    text = models.TextField(_("note"), blank=True, max_length=10_000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    written_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("clinical note")
        verbose_name_plural = _("clinical notes")

    def __str__(self) -> str:
        return f"note {self.pk} of visit {self.appointment_id}"
