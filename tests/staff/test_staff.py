"""Who works here."""

import pytest

from clinic.demo.factories import BranchFactory, PractitionerFactory, UserFactory
from clinic.staff.models import Practitioner, User


@pytest.mark.parametrize(
    ("role", "manages"),
    [
        (User.Role.RECEPTIONIST, False),
        (User.Role.PRACTITIONER, False),
        (User.Role.HYGIENIST, False),
        (User.Role.ACCOUNTANT, False),
        (User.Role.MANAGER, True),
        (User.Role.ADMINISTRATOR, True),
    ],
)
def test_the_role_says_who_manages(role, manages):
    assert User(role=role).manages is manages


def test_a_superuser_manages_whatever_the_role():
    assert User(is_superuser=True).manages


@pytest.mark.django_db
def test_a_practitioner_outlives_their_sign_in():
    practitioner = PractitionerFactory(user=UserFactory(), branches=[BranchFactory()])
    practitioner.user.delete()
    assert Practitioner.objects.get().user is None


@pytest.mark.django_db
def test_a_user_is_called_by_name_or_by_username():
    assert str(UserFactory(first_name="Maria", last_name="Keane")) == "Maria Keane"
    assert str(User(username="maria")) == "maria"
