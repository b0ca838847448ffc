"""The language of the pages: a person's own, else this browser's; and the direction that goes with it."""

import pytest
from django.test import Client
from django.utils import translation

from clinic.demo.factories import UserFactory
from clinic.staff.models import User

pytestmark = pytest.mark.django_db


def _frame(answer):
    return answer.content.decode().split("<head>")[0]


@pytest.mark.parametrize(("asked", "frame"), [("fr-CA,fr;q=0.9", 'lang="fr" dir="ltr"'), ("ar", 'lang="ar" dir="rtl"')])
def test_the_sign_in_page_speaks_as_the_browser_asks(asked, frame):
    answer = Client().get("/sign-in/", headers={"accept-language": asked})
    assert frame in _frame(answer)
    assert answer["Content-Language"] == frame[6:8]
    assert "Accept-Language" in answer["Vary"]


def test_a_language_that_is_not_there_is_english():
    answer = Client().get("/sign-in/", headers={"accept-language": "nl"})
    assert 'lang="en" dir="ltr"' in _frame(answer)


def test_a_choice_before_signing_in_stays_in_the_browser():
    browser = Client()
    answer = browser.post("/language/", {"language": "es", "next": "/sign-in/?next=/today/"})
    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/today/")
    assert 'lang="es"' in _frame(browser.get("/sign-in/", headers={"accept-language": "fr"}))


def test_a_choice_of_somebody_goes_with_them_to_another_browser(desk):
    desk.post("/language/", {"language": "ar", "next": "/patients/"})
    user = User.objects.get(pk=desk.session["_auth_user_id"])
    assert user.language == "ar"
    elsewhere = Client(headers={"accept-language": "fr"})
    elsewhere.force_login(user)
    answer = elsewhere.get("/patients/")
    assert 'lang="ar" dir="rtl"' in _frame(answer)
    assert elsewhere.get("/nowhere/").headers["Content-Language"] == "ar"


@pytest.mark.parametrize("language", ["de", "", "xx", "é\x00"])
def test_no_other_language_can_be_chosen(desk, language):
    assert desk.post("/language/", {"language": language, "next": "/"}).status_code == 302
    assert User.objects.get(pk=desk.session["_auth_user_id"]).language == ""


def test_a_choice_leads_to_no_other_site():
    assert Client().post("/language/", {"language": "es", "next": "https://example.com/"}).url == "/"


def test_a_language_lasts_for_its_request_only(client):
    client.force_login(UserFactory(language="fr"))
    client.get("/")
    assert translation.get_language() == "en"
