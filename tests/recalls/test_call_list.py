"""The call list, and the panel in which calls are written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.demo.factories import PatientFactory
from clinic.recalls.models import Attempt, Recall
from tests.desk.practice import HTMX


@pytest.fixture
def recall(practice):
    return Recall.objects.create(
        patient=practice.ana,
        kind=practice.exam,
        branch=practice.branch,
        practitioner=practice.okafor,
        due_on=practice.branch.today() - timedelta(days=10),
    )


def test_the_list_says_whom_to_call_for_what_and_what_to_watch_for(practice, desk, recall):
    page = desk.get("/recalls/").content.decode()
    for words in ("Ana Silva", "tel:+353881234567", "Takes warfarin", "Exam", "Overdue", "None yet"):
        assert words in page
    assert f"/appointments/book/?branch={practice.branch.pk}&amp;patient={practice.ana.pk}" in page


def test_the_booking_form_knows_patient_and_type(practice, desk, recall):
    asked = {"patient": practice.ana.pk, "appointment_type": practice.exam.pk, "practitioner": practice.okafor.pk}
    page = desk.get("/appointments/book/", asked).content.decode()
    assert "Ana Silva" in page
    assert f'<option value="{practice.exam.pk}" data-minutes="30" selected>' in page


def test_the_list_is_for_one_practitioner_if_asked(practice, desk, recall):
    assert "Ana Silva" in desk.get("/recalls/", {"practitioner": practice.okafor.pk}).content.decode()
    assert "Ana Silva" not in desk.get("/recalls/", {"practitioner": practice.lindqvist.pk}).content.decode()


def test_a_call_is_written_down_with_who_and_when(practice, desk, recall):
    day = practice.branch.today() + timedelta(days=3)
    form = {"outcome": "call_back", "on": day.isoformat(), "note": "After work"}
    answer = desk.post(f"/recalls/{recall.pk}/attempt/", form, headers=HTMX, follow=True)
    page = answer.content.decode()
    assert "After work" in page
    assert "Maria" in page
    attempt = Attempt.objects.get()
    assert timezone.now() - attempt.at < timedelta(minutes=1)
    assert "Ana Silva" not in desk.get("/recalls/").content.decode()
    assert "Ana Silva" in desk.get("/recalls/", {"show": "later"}).content.decode()


@pytest.mark.parametrize(
    "form", [{"outcome": "call_back"}, {"outcome": "declined", "on": "2020-01-01"}, {"outcome": "booked"}]
)
def test_a_call_that_says_too_little_is_not_written_down(desk, recall, form):
    assert desk.post(f"/recalls/{recall.pk}/attempt/", form, headers=HTMX).status_code == 422
    assert not Attempt.objects.exists()


def test_the_patient_s_page_says_what_is_due(practice, desk, recall):
    page = desk.get(f"/patients/{practice.ana.pk}/").content.decode()
    assert f"/recalls/{recall.pk}/" in page
    assert f"due {recall.due_on:%-d %b %Y}" in page


def test_the_number_of_queries_of_the_list_is_fixed(practice, desk, recall, django_assert_max_num_queries):
    for _ in range(12):
        Recall.objects.create(
            patient=PatientFactory(branch=practice.branch), kind=practice.exam, branch=practice.branch,
            practitioner=practice.okafor, due_on=recall.due_on,
        )  # fmt: skip
    desk.get("/recalls/")
    with django_assert_max_num_queries(14):
        desk.get("/recalls/")
