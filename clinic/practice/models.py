"""The practice: where it is, when it is open, what it does and what that costs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_countries.fields import CountryField
from phonenumber_field.modelfields import PhoneNumberField

from clinic.journal.models import Journalled
from clinic.totals import Rounding


def validate_time_zone(name: str) -> None:
    """Refuse a name that the IANA time zone database does not know."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone, like Europe/Dublin."), params={"name": name})


currency_code = RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, like EUR (ISO 4217)."))


ROUNDINGS = [
    (Rounding.LINE_16.value, _("Each line, as Odoo 16 and 17 do")),
    (Rounding.TOTAL_16.value, _("Each tax once per invoice, as Odoo 16 and 17 do")),
    (Rounding.LINE_19.value, _("Each line, as Odoo 19 does")),
    (Rounding.TOTAL_19.value, _("Each tax once per invoice, as Odoo 19 does")),
]


class Notation(models.TextChoices):
    """How teeth are numbered; `clinic.treatments.teeth` says what each is."""

    FDI = "fdi", _("FDI, also ISO 3950 (11 to 48)")
    UNIVERSAL = "universal", _("Universal, of the ADA (1 to 32)")


class Branch(Journalled):
    """A place where patients are seen. Its `code` begins its invoice numbers, so it never changes."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    code = models.CharField(
        _("code"),
        max_length=5,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9]{1,4}$", _("Two to five capital letters or digits."))],
        help_text=_("Begins this branch’s invoice numbers, as in NORTH/2026/00001."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Dublin", validators=[validate_time_zone]
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = CountryField(_("country"), default="IE")
    rounding = models.CharField(
        _("rounding"),
        max_length=8,
        choices=ROUNDINGS,
        default=Rounding.LINE_16.value,
        help_text=_("As its books round. Checking the connection to Odoo sets it."),
    )
    notation = models.CharField(
        _("tooth notation"),
        max_length=9,
        choices=Notation.choices,
        default=Notation.FDI,
        help_text=_("How teeth are typed and shown here. What is on record stays the same tooth."),
    )

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self) -> date:
        """Return the date on this branch's wall."""
        return timezone.localdate(timezone=self.zone)

    def day(self, day: date) -> tuple[datetime, datetime]:
        """Return the aware start and end of `day` at this branch: 23, 24 or 25 hours apart."""
        start = datetime.combine(day, datetime.min.time(), self.zone)
        return start, datetime.combine(day + timedelta(days=1), datetime.min.time(), self.zone)


class Chair(models.Model):
    """A treatment chair, also called operatory or surgery."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="chairs", verbose_name=_("branch"))
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(pgettext_lazy("chair", "active"), default=True)

    class Meta:
        verbose_name = _("chair")
        verbose_name_plural = _("chairs")
        ordering = ["branch__name", "position", "name"]
        constraints = [models.UniqueConstraint("branch", "name", name="chair_name_once_per_branch")]

    def __str__(self) -> str:
        return f"{self.name}, {self.branch}"


class Closure(models.Model):
    """Whole days on which a branch is closed: a holiday, a training day."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="closures")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=80)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="closure_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}, {self.first_day} to {self.last_day}"


class AppointmentType(Journalled):
    """What an appointment is for, and how long it usually takes. `hue` is a colour angle in degrees."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(8 * 60)]
    )
    hue = models.PositiveSmallIntegerField(_("colour, as an angle"), default=180, validators=[MaxValueValidator(359)])
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(pgettext_lazy("appointment type", "active"), default=True)

    class Meta:
        verbose_name = _("appointment type")
        verbose_name_plural = _("appointment types")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def tint(self) -> int:
        """The hue to the nearest ten degrees, for which the style sheets have a class."""
        return round(self.hue / 10) * 10 % 360


class Tax(models.Model):
    """A sales tax. `rate` is a percentage: 13.5 means 13.5 %."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    rate = models.DecimalField(
        _("rate, in per cent"), max_digits=7, decimal_places=4, validators=[MinValueValidator(Decimal(0))]
    )
    included_in_price = models.BooleanField(_("included in the price"), default=False)

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        ordering = ["rate", "name"]

    def __str__(self) -> str:
        return self.name


class Procedure(models.Model):
    """An entry of the fee schedule, under the clinic's own code."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=120)
    category = models.CharField(_("category"), max_length=60, blank=True)
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))])
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[currency_code])
    taxes = models.ManyToManyField(Tax, blank=True, related_name="procedures", verbose_name=_("taxes"))
    is_active = models.BooleanField(pgettext_lazy("procedure", "active"), default=True)

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Stamp(models.Model):
    """Which state the tables are in that `practice.keeping` keeps: one row, which the database renews by lot."""

    value = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.value
