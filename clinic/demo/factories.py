"""One factory per model of the domain: the demo clinic and the tests are both made with them.

Made by a factory, a record is plausible and independent of any other; what matters to a test is said by the test.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from clinic.appointments.models import Appointment
from clinic.invoices.models import Allocation, Invoice, InvoiceLine, NumberSeries, Payment, Standing
from clinic.patients.models import Alert, Patient
from clinic.practice.clock import FIRST_DAY
from clinic.practice.models import AppointmentType, Branch, Chair, Closure, Procedure, Tax
from clinic.rota.models import Absence, Opening, Pattern, Stretch, Weekday
from clinic.rota.stretches import DAY
from clinic.rota.words import minute_of
from clinic.staff.models import Practitioner, User
from clinic.treatments.models import Treatment


def nobodys_mobile(number: int) -> str:
    """Return a mobile number that is valid and that nobody has.

    Ireland's 088 belonged to the analogue network, which was switched off; the prefix was not given out again.
    """
    return f"+35388{1_000_000 + number % 9_000_000:07d}"


def next_morning(number: int) -> datetime:
    """Return nine o'clock UTC of a day to come, another day for each number."""
    day = timezone.now().date() + timedelta(days=1 + number)
    return datetime.combine(day, time(9), timezone.get_default_timezone())


class BranchFactory(DjangoModelFactory):
    class Meta:
        model = Branch

    name = factory.Sequence(lambda n: f"Branch {n}")
    code = factory.Sequence(lambda n: f"B{n:03d}")
    street = "1 Main Street"
    city = "Dublin"
    postcode = "D01 F5P2"


class ChairFactory(DjangoModelFactory):
    class Meta:
        model = Chair

    branch = factory.SubFactory(BranchFactory)
    name = factory.Sequence(lambda n: f"Chair {n}")
    position = factory.Sequence(lambda n: n % 1000)


class OpeningHoursFactory(DjangoModelFactory):
    """A stretch in the week of a branch, or of its `practitioner` or `chair`, in force since `begins` or ever."""

    class Meta:
        model = Stretch
        exclude = ("branch", "practitioner", "chair", "begins", "opens", "closes")

    branch = factory.SubFactory(BranchFactory)
    practitioner = None
    chair = None
    begins = FIRST_DAY
    weekday = Weekday.MONDAY
    opens = time(8, 30)
    closes = time(17, 30)
    starts = factory.LazyAttribute(lambda one: minute_of(one.opens))
    ends = factory.LazyAttribute(lambda one: minute_of(one.closes) or DAY)
    pattern = factory.LazyAttribute(
        lambda one: Pattern.objects.get_or_create(
            branch=one.branch, practitioner=one.practitioner, chair=one.chair, begins=one.begins
        )[0]
    )


class ClosureFactory(DjangoModelFactory):
    class Meta:
        model = Closure

    branch = factory.SubFactory(BranchFactory)
    first_day = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    last_day = factory.SelfAttribute("first_day")
    reason = "Training day"


class OpeningFactory(DjangoModelFactory):
    """A branch opens once, unless a `practitioner` or a `chair` is given."""

    class Meta:
        model = Opening

    branch = factory.SubFactory(BranchFactory)
    day = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    starts = 9 * 60
    ends = 12 * 60


class AbsenceFactory(DjangoModelFactory):
    """Leave of a day; of a `practitioner`, or of a `chair` that is given in their place."""

    class Meta:
        model = Absence

    practitioner = factory.SubFactory("clinic.demo.factories.PractitionerFactory")
    first_day = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))
    last_day = factory.SelfAttribute("first_day")


class AppointmentTypeFactory(DjangoModelFactory):
    class Meta:
        model = AppointmentType

    name = factory.Sequence(lambda n: f"Check-up {n}")
    minutes = 30


class TaxFactory(DjangoModelFactory):
    class Meta:
        model = Tax
        django_get_or_create = ("name",)

    name = factory.LazyAttribute(lambda tax: f"VAT {tax.rate}%")
    rate = Decimal(0)


class ProcedureFactory(DjangoModelFactory):
    class Meta:
        model = Procedure
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"P{n:04d}")
    name = "Composite filling"
    category = "Restorative"
    fee = Decimal("120.00")

    @factory.post_generation
    def taxes(self, create, extracted, **kwargs):
        """The taxes given, or else one of nothing."""
        if create:
            self.taxes.set([TaxFactory()] if extracted is None else extracted)


class UserFactory(DjangoModelFactory):
    """A user of a role; `password` is the plain text, `branches` a list."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    first_name = "Maria"
    last_name = factory.Sequence(lambda n: f"Keane {n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@clinic.example")
    role = User.Role.RECEPTIONIST
    password = factory.django.Password("a long demo password")

    @factory.post_generation
    def branches(self, create: bool, extracted: Any, **_: Any) -> None:
        if create and extracted:
            self.branches.set(extracted)


class PractitionerFactory(DjangoModelFactory):
    """A dentist unless said otherwise, at the branches given."""

    class Meta:
        model = Practitioner
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Dr Okafor {n}")

    @factory.post_generation
    def branches(self, create: bool, extracted: Any, **_: Any) -> None:
        if create and extracted:
            self.branches.set(extracted)


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    given_name = "Aoife"
    family_name = factory.Sequence(lambda n: f"Ní Bhriain {n}")
    date_of_birth = date(1984, 2, 29)
    mobile = factory.Sequence(nobodys_mobile)
    email = factory.Sequence(lambda n: f"patient{n}@post.example")
    street = "12 Capel Street"
    city = "Dublin"
    postcode = "D01 X2P3"
    country = "IE"
    branch = factory.SubFactory(BranchFactory)


class AlertFactory(DjangoModelFactory):
    class Meta:
        model = Alert

    patient = factory.SubFactory(PatientFactory)
    text = "Allergic to penicillin"


class AppointmentFactory(DjangoModelFactory):
    """A visit on a day of its own, at the branch of its chair."""

    class Meta:
        model = Appointment

    chair = factory.SubFactory(ChairFactory)
    patient = factory.SubFactory(PatientFactory, branch=factory.SelfAttribute("..chair.branch"))
    practitioner = factory.SubFactory(PractitionerFactory)
    appointment_type = factory.SubFactory(AppointmentTypeFactory)
    starts_at = factory.Sequence(next_morning)
    ends_at = factory.LazyAttribute(lambda visit: visit.starts_at + visit.appointment_type.duration)


class TreatmentFactory(DjangoModelFactory):
    class Meta:
        model = Treatment

    appointment = factory.SubFactory(AppointmentFactory)
    patient = factory.SelfAttribute("appointment.patient")
    practitioner = factory.SelfAttribute("appointment.practitioner")
    procedure = factory.SubFactory(ProcedureFactory)
    fee = factory.SelfAttribute("procedure.fee")


class InvoiceFactory(DjangoModelFactory):
    """A draft without lines. Give it lines with `InvoiceLineFactory`, then issue it with `actions.issue`."""

    class Meta:
        model = Invoice

    branch = factory.SubFactory(BranchFactory)
    patient = factory.SubFactory(PatientFactory, branch=factory.SelfAttribute("..branch"))
    payer = factory.SelfAttribute("patient.invoiced_to")
    currency = factory.SelfAttribute("branch.currency")


class InvoiceLineFactory(DjangoModelFactory):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    description = "Composite filling on 36"
    category = "Restorative"
    unit_price = Decimal("120.00")


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    branch = factory.SubFactory(BranchFactory)
    payer = factory.SubFactory(PatientFactory, branch=factory.SelfAttribute("..branch"))
    amount = Decimal("50.00")
    currency = factory.SelfAttribute("branch.currency")
    method = Payment.Method.CARD
    received_on = factory.LazyFunction(timezone.localdate)


class AllocationFactory(DjangoModelFactory):
    """The whole of a payment to an invoice, which has to be an issued one."""

    class Meta:
        model = Allocation

    invoice = factory.SubFactory(InvoiceFactory)
    payment = factory.SubFactory(
        PaymentFactory, branch=factory.SelfAttribute("..invoice.branch"), payer=factory.SelfAttribute("..invoice.payer")
    )
    amount = factory.SelfAttribute("payment.amount")


class NumberSeriesFactory(DjangoModelFactory):
    class Meta:
        model = NumberSeries

    branch = factory.SubFactory(BranchFactory)
    year = 2026


class StandingFactory(DjangoModelFactory):
    class Meta:
        model = Standing

    invoice = factory.SubFactory(InvoiceFactory)
    state = Standing.State.OPEN
    residual = factory.SelfAttribute("invoice.total")
