"""Signing in, and what anybody sees who has not."""

import pytest
from django.test import Client

from clinic.demo.factories import InvoiceLineFactory, UserFactory
from clinic.invoices import actions
from tests.desk.practice import HTMX


def test_a_wrong_password_is_said_plainly(practice):
    UserFactory(username="maria")
    answer = Client().post("/sign-in/", {"username": "maria", "password": "wrong"})
    assert "do not go together" in answer.content.decode()


def test_signing_in_leads_to_the_page_that_was_asked_for(practice):
    UserFactory(username="maria", branches=[practice.branch])
    browser = Client()
    asked = browser.get("/today/")
    answer = browser.post(asked.url, {"username": "maria", "password": "a long demo password", "next": "/today/"})
    assert answer.url == "/today/"


@pytest.mark.parametrize(
    "path", ["/", "/today/", "/search/?q=silva", "/patients/", "/invoices/", "/appointments/book/"]
)
def test_nobody_sees_a_page_without_signing_in(practice, path):
    assert Client().get(path).url.startswith("/sign-in/")


def test_a_fragment_whose_session_has_ended_sends_the_whole_page_to_sign_in(practice):
    browser = Client(headers=HTMX)
    asked = browser.get("/day/visits/")
    assert browser.get(asked.url)["HX-Redirect"] == "/sign-in/"


def test_signing_out_leads_back_to_the_sign_in_page(desk):
    assert desk.post("/sign-out/").url == "/sign-in/"


def test_somebody_without_a_branch_is_told_whom_to_ask(practice):
    answer = practice.somebody(branches=[]).get("/")
    assert answer.status_code == 403
    assert "You have no branch yet" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/today/", "/patients/", "/invoices/", "/sign-in/"])
def test_no_page_carries_an_inline_script_or_style(practice, path):
    browser = Client() if path == "/sign-in/" else practice.somebody()
    page = browser.get(path).content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert "http://" not in page.replace("http://testserver", "")
    assert "https://" not in page


def test_a_fragment_whose_session_has_ended_leads_back_to_its_page_after_signing_in(practice):
    browser = Client(headers=HTMX | {"HX-Current-URL": "http://testserver/today/?branch=1"})
    asked = browser.get("/today/")
    assert browser.get(asked.url)["HX-Redirect"] == "/sign-in/?next=/today/%3Fbranch%3D1"


def test_what_was_sent_after_the_session_ended_is_said_to_be_lost_and_its_form_is_shown_again(practice):
    user = UserFactory(username="maria", branches=[practice.branch])
    invoice = actions.issue(InvoiceLineFactory(invoice__branch=practice.branch, invoice__patient=practice.ana).invoice)
    browser = Client()
    asked = browser.post(f"/invoices/{invoice.pk}/pay/", {"amount": "1"})
    browser.force_login(user)
    answer = browser.post(
        asked.url,
        {"username": "maria", "password": "a long demo password", "next": f"/invoices/{invoice.pk}/pay/"},
        follow=True,
    )
    assert answer.request["PATH_INFO"] == f"/invoices/{invoice.pk}/"
    assert "the last step was not carried out" in answer.content.decode()


def test_pages_with_patients_are_kept_in_no_cache(desk):
    assert "no-store" in desk.get("/patients/")["Cache-Control"]
