"""The form of a patient, as it is shown."""

from tests.desk.practice import open_practice


def test_what_is_not_chosen_is_said_in_words(db):
    page = open_practice().somebody().get("/patients/new/").content.decode()
    assert "-----" not in page
    assert ">Not known<" in page
    assert ">Anybody<" in page
