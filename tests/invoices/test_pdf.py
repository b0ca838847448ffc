"""Invoices as files."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from hashlib import sha1

import pytest

from clinic.demo.factories import BranchFactory, InvoiceFactory, InvoiceLineFactory, PatientFactory, UserFactory
from clinic.invoices import actions, pdf, typeset
from clinic.invoices.models import Invoice, InvoiceDocument
from clinic.staff.models import User

pytestmark = pytest.mark.django_db


def issued(**line: object) -> Invoice:
    branch = BranchFactory(code="NORTH", name="Northside", currency="EUR")
    payer = PatientFactory(branch=branch, given_name="محمد", family_name="بن عبد الله")
    draft = InvoiceFactory(branch=branch, patient=PatientFactory(branch=branch, payer=payer))
    InvoiceLineFactory(invoice=draft, **line)
    return actions.issue(draft)


def said_by(invoice: Invoice) -> str:
    return json.dumps(pdf._content(invoice))


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
    content = pdf._content(invoice)
    assert content["payer"][0] == "محمد بن عبد الله"
    assert ["Number", invoice.number] in content["facts"]
    assert ["Patient", invoice.patient.full_name] in content["facts"]
    assert content["lines"] == [["Crown on 36, 10 % off", "1", "€200.00", "–", "€180.00"]]
    assert content["sums"][-1] == ["Total", "€180.00"]
    assert pdf.of_invoice(invoice).startswith(b"%PDF-")


def test_what_looks_like_markup_is_text():
    hostile = '#panic("x") $ * _ ` \\ " </script> #let said = 1'
    assert pdf.of_invoice(issued(description=hostile)).startswith(b"%PDF-")


def test_many_lines_go_on_to_a_second_page():
    many = json.loads(said_by(issued())) | {"lines": [["Filling", "1", "€1.00", "–", "€1.00"]] * 40}
    pages = typeset.compiler().compile(format="svg", sys_inputs={"content": json.dumps(many)})
    assert len(pages) == 2


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
