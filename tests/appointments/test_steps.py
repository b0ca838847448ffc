"""How a visit goes from booked to completed, and back."""

import pytest

from clinic.appointments import actions
from clinic.appointments.actions import StepRefused
from clinic.appointments.models import Appointment, Status
from clinic.demo.factories import AppointmentFactory, next_morning
from clinic.journal.models import Change

pytestmark = pytest.mark.django_db
WAY = [Status.CONFIRMED, Status.ARRIVED, Status.IN_CHAIR, Status.COMPLETED]


def test_every_step_is_stamped():
    visit = AppointmentFactory()
    for status in WAY:
        visit = actions.advance(visit, status)
        assert getattr(visit, f"{status}_at") is not None


def test_a_step_back_wipes_the_stamps_of_the_steps_undone():
    visit = AppointmentFactory()
    for status in WAY:
        actions.advance(visit, status)
    back = actions.advance(visit, Status.IN_CHAIR)
    assert back.completed_at is None
    assert back.in_chair_at is not None
    assert back.arrived_at is not None


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (Status.BOOKED, Status.COMPLETED),
        (Status.BOOKED, Status.IN_CHAIR),
        (Status.COMPLETED, Status.CANCELLED),
        (Status.CANCELLED, Status.ARRIVED),
        (Status.NO_SHOW, Status.COMPLETED),
        (Status.IN_CHAIR, Status.CANCELLED),
    ],
)
def test_a_step_that_the_flow_does_not_have_is_refused(now, wanted):
    visit = AppointmentFactory(status=now)
    with pytest.raises(StepRefused, match="cannot become"):
        actions.advance(visit, wanted, reason="Ill")


def test_a_cancellation_needs_a_reason():
    visit = AppointmentFactory()
    with pytest.raises(StepRefused, match="why"):
        actions.advance(visit, Status.CANCELLED)
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_taking_a_step_twice_changes_nothing():
    visit = actions.advance(AppointmentFactory(), Status.ARRIVED)
    Change.objects.all().delete()
    again = actions.advance(visit, Status.ARRIVED)
    assert again.arrived_at == visit.arrived_at
    assert not Change.objects.exists()


@pytest.mark.parametrize("status", [*WAY[1:], Status.CANCELLED, Status.NO_SHOW])
def test_a_visit_that_has_begun_or_is_over_cannot_be_moved(status):
    visit = AppointmentFactory(status=status)
    with pytest.raises(StepRefused, match="cannot be moved"):
        actions.reschedule(visit, starts_at=next_morning(500))


def test_a_visit_is_found_on_the_days_that_it_touches_at_its_branch():
    visit = AppointmentFactory()
    day = visit.local_start.date()
    assert visit in Appointment.objects.on(day, visit.branch)
    assert visit not in Appointment.objects.on(day, AppointmentFactory().branch)
