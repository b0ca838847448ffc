"""Invoices as files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from hashlib import sha1

import pytest
from django.utils import translation

from clinic.demo.factories import (
    BranchFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PatientFactory,
    TaxFactory,
    UserFactory,
)
from clinic.invoices import actions, paper, pdf, typeset
from clinic.invoices.models import Invoice, InvoiceDocument
from clinic.practice.taxes import copied
from clinic.staff.models import User

pytestmark = pytest.mark.django_db


def issued(language: str = "en", **line: object) -> Invoice:
    branch = BranchFactory(code="NORTH", name="Northside", currency="EUR")
    payer = PatientFactory(branch=branch, given_name="محمد", family_name="بن عبد الله", language=language)
    draft = InvoiceFactory(branch=branch, patient=PatientFactory(branch=branch, payer=payer))
    InvoiceLineFactory(invoice=draft, **line)
    return actions.issue(draft)


def content_of(invoice: Invoice) -> dict:
    with paper.in_the_language_of(invoice.payer):
        return pdf.invoice_says(invoice).content()


def said_by(invoice: Invoice) -> str:
    return json.dumps(content_of(invoice))


def pages_of(content: dict) -> list[bytes]:
    pages = typeset.compiler().compile(format="svg", sys_inputs={"content": json.dumps(content)})
    return pages if isinstance(pages, list) else [pages]


IN_ANOTHER_PROCESS = """
import hashlib, sys
from clinic.invoices import typeset
print(hashlib.sha1(typeset.compiled(sys.stdin.read())).hexdigest())
"""


def test_the_same_invoice_gives_the_same_bytes_in_every_process():
    text = said_by(issued())
    argv = [sys.executable, "-c", IN_ANOTHER_PROCESS]
    other = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == sha1(typeset.compiled(text)).hexdigest()


def test_an_invoice_says_what_was_done_for_whom_and_what_it_costs():
    invoice = issued(description="Crown on 36", unit_price="200.00", discount=Decimal(10))
    content = content_of(invoice)
    assert content["party"][0] == "محمد بن عبد الله"
    assert ["Number", invoice.number] in content["facts"]
    assert ["Patient", invoice.patient.full_name] in content["facts"]
    assert content["tables"][0]["rows"] == [["Crown on 36, 10 % off", "1", "€200.00", "–", "€180.00"]]
    assert content["sums"][-1] == ["Total", "€180.00"]
    assert pdf.of_invoice(invoice).startswith(b"%PDF-")


def test_what_looks_like_markup_is_text():
    hostile = '#panic("x") $ * _ ` \\ " </script> #let said = 1'
    assert pdf.of_invoice(issued(description=hostile)).startswith(b"%PDF-")


def test_many_lines_go_on_to_a_second_page():
    many = content_of(issued())
    many["tables"][0]["rows"] = [["Filling", "1", "€1.00", "–", "€1.00"]] * 40
    assert len(pages_of(many)) == 2


def test_each_page_repeats_the_header_of_its_table():
    """Measured in what the pages draw: the second page of a table with a header draws more than one without."""
    many = content_of(issued())
    many["tables"][0]["rows"] = [["1"] * 5] * 40
    headed = pages_of(many)[1].count(b"<use")
    many["tables"][0]["columns"] = [""] * 5
    assert headed - pages_of(many)[1].count(b"<use") == len("DescriptionQuantityPriceTaxAmount")


WORDS = {
    "en": ("Total", "€1,234.50", "1.5"),
    "es": ("Total", "1.234,50 €", "1,5"),
    "fr": ("Total", "1 234,50 €", "1,5"),
    "ar": ("الإجمالي", "1,234.50", "1.5"),
}


@pytest.mark.parametrize("language", WORDS)
def test_an_invoice_is_in_the_language_of_the_payer(language):
    word, amount, quantity = WORDS[language]
    content = content_of(issued(language, unit_price="823.00", quantity=Decimal("1.5")))
    label, total = content["sums"][-1]
    plain = total.translate({0xA0: " ", 0x202F: " ", 0x200F: None, 0x200E: None})
    assert (content["language"], content["right_to_left"]) == (language, language == "ar")
    assert (label, content["tables"][0]["rows"][0][1]) == (word, quantity)
    assert amount in plain
    assert "{page}" in content["page_of"]
    assert "{pages}" in content["page_of"]


def test_the_language_of_who_looks_makes_no_difference():
    invoice = issued("fr")
    with translation.override("ar"):
        assert pdf.of_invoice(invoice) == pdf.of_invoice(invoice)
        other = pdf.of_invoice(invoice)
    with translation.override("en"):
        assert pdf.of_invoice(invoice) == other


@pytest.mark.parametrize(("spoken", "written"), [("pl", "en"), ("es-mx", "es")])
def test_a_payer_whose_language_the_clinic_does_not_write_reads_english(spoken, written):
    assert content_of(issued(spoken))["language"] == written


def test_an_arabic_invoice_is_mirrored():
    """The same words with the other direction: the branch's name stands on the other side of the sheet."""
    content = content_of(issued("ar"))
    assert pages_of(content) != pages_of(content | {"right_to_left": False})
    assert starts_at(content) > starts_at(content | {"right_to_left": False}) + 100


def starts_at(content: dict) -> float:
    """Return how far from the left the first text of the first page begins, in points."""
    first = re.search(rb'transform="matrix\(1 0 0 -1 ([0-9.]+) ', pages_of(content)[0])
    assert first
    return float(first.group(1))


@pytest.mark.parametrize(("country", "sheet"), [("IE", "a4"), ("US", "us-letter"), ("MX", "us-letter")])
def test_the_sheet_is_the_one_of_the_branch_s_country(country, sheet):
    invoice = issued()
    invoice.branch.country = country
    assert content_of(invoice)["paper"] == sheet


@pytest.mark.parametrize(("currency", "total"), [("KWD", "KWD 12.350"), ("JPY", "¥12")])
def test_amounts_have_the_decimals_of_their_currency(currency, total):
    branch = BranchFactory(currency=currency)
    draft = InvoiceFactory(branch=branch, patient=PatientFactory(branch=branch), currency=currency)
    InvoiceLineFactory(invoice=draft, unit_price=Decimal("12.35"))
    shown = content_of(actions.issue(draft))["sums"][-1][1]
    assert shown.replace("\N{NO-BREAK SPACE}", " ") == total


def test_several_taxes_are_summed_by_rate():
    branch = BranchFactory(currency="EUR")
    draft = InvoiceFactory(branch=branch, patient=PatientFactory(branch=branch))
    for rate, price in [("13.5", 100), ("23", 200), ("13.5", 100)]:
        InvoiceLineFactory(invoice=draft, unit_price=price, taxes=copied([TaxFactory(rate=rate)]))
    sums = [
        [label.replace("\N{NO-BREAK SPACE}", " "), amount] for label, amount in content_of(actions.issue(draft))["sums"]
    ]
    assert sums[1:-1] == [["Tax 13.5 %", "€27.00"], ["Tax 23 %", "€46.00"]]


def test_arabic_is_set_with_the_fonts_that_come_along():
    _, warnings = typeset.compiler().compile_with_warnings(format="pdf", sys_inputs={"content": said_by(issued())})
    assert warnings == []
    families = typeset.typst.Fonts(False, False, [str(typeset.HERE / "fonts")]).families()
    assert set(families) == {"Inter", "Noto Sans Arabic"}


def test_the_desk_opens_the_file_and_somebody_of_another_branch_does_not(client):
    invoice = issued()
    client.force_login(UserFactory(branches=[invoice.branch]))
    answer = client.get(f"/invoices/{invoice.pk}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{invoice.number.replace("/", "-")}.pdf"'
    assert answer.content == pdf.of_invoice(invoice)
    client.force_login(UserFactory(branches=[BranchFactory()], role=User.Role.MANAGER))
    assert client.get(f"/invoices/{invoice.pk}/pdf/").status_code == 404


def test_a_document_is_the_invoice_under_another_name():
    invoice = issued()
    document = InvoiceDocument.objects.get(pk=invoice.pk)
    assert (document.uid, document.journal_subject()) == (invoice.uid, invoice.journal_subject())
