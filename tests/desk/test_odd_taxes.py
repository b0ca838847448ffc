"""A tax's number that is too large is refused on the form of a fee."""

from clinic.staff.models import User


def test_a_tax_that_cannot_be_is_refused(practice):
    answer = practice.somebody(User.Role.MANAGER).post("/fees/new/", {"taxes": "9" * 30, "name": "Crown"})
    assert answer.status_code == 422
    assert "Crown" in answer.content.decode()
