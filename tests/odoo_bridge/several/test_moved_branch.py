"""A branch whose books move to another Odoo: what was sent stays where it is, what is new goes to the new place."""

from __future__ import annotations

import pytest

from odoo_bridge import connecting, doctor, sync
from odoo_bridge.audit import audit
from odoo_bridge.intake import take_in
from odoo_bridge.models import BranchBooks, Connection, Link
from tests.contract.peers import arm, disarm


@pytest.fixture
def far_has_west(chain, odoos):
    """The other Odoo gets a journal for the branch that is about to move."""

    def move():
        journals = {row["code"]: row for row in _journals(chain)}
        connecting.assign(chain.far, [chain.at_far, chain.at_west])
        place = BranchBooks.objects.get(branch=chain.at_west)
        journal = journals["INV"]
        place.journal_id, place.journal_name, place.company_id = journal["id"], "INV", journal["company_id"][0]
        place.save()

    return move


def _journals(chain):
    fields = ["code", "company_id"]
    return chain.clients[chain.far.pk].search_read("account.journal", [["type", "=", "sale"]], fields)


def test_what_was_sent_stays_and_its_payments_follow_it_and_new_things_go_to_the_new_place(chain, far_has_west):
    patient = chain.patient(chain.at_west)
    old, visit = chain.invoice(chain.at_west, patient), chain.appointment(chain.at_west, patient)
    chain.settle()

    far_has_west()
    payment = chain.payment(old)
    new = chain.invoice(chain.at_west, patient)
    visit.note = "Bring the X-ray."
    visit.save()
    chain.settle()

    assert chain.where(old) == chain.where(visit) == chain.where(payment) == {"Near"}
    assert chain.where(new) == {"Far"}
    assert chain.where(patient) == {"Near", "Far"}
    assert chain.of(old, chain.near, "amount_residual")["amount_residual"] == 73.5
    assert chain.names_in(chain.far, "account.move", "name", old.number) == []
    assert [drift for connection in chain.connections() for drift in audit(connection)] == []


def test_what_no_odoo_was_told_of_goes_to_the_new_place_only(chain, far_has_west):
    invoice = chain.invoice(chain.at_west, chain.patient(chain.at_west))
    take_in()
    assert Link.objects.get(mapping="move", uid=invoice.uid).connection == chain.near

    far_has_west()
    chain.settle()

    assert chain.where(invoice) == {"Far"}
    assert not Link.objects.filter(connection=chain.near, uid__in=[invoice.uid, invoice.payer.uid]).exists()


def test_what_may_have_arrived_is_not_sent_to_another_odoo(chain, far_has_west, odoos):
    near, _ = odoos
    invoice = chain.invoice(chain.at_west, chain.patient(chain.at_west))
    arm(near, "reset_after", "account.move", "load")
    sync.push(chain.near)
    disarm(near)
    assert Link.objects.get(mapping="move", uid=invoice.uid).sent is not None

    far_has_west()
    Connection.objects.update(failures=0, resume_at=None, trouble="", trouble_since=None)
    chain.settle()

    assert chain.where(invoice) == {"Near"}
    assert len(chain.names_in(chain.near, "account.move", "name", invoice.number)) == 1


def test_a_wish_that_was_taken_in_by_an_old_map_is_sent_home(chain, far_has_west):
    invoice = chain.invoice(chain.at_west, chain.patient(chain.at_west))
    take_in()
    far_has_west()
    # Somebody who read the places before the branch moved writes the wish down afterwards.
    Link.objects.filter(mapping="move", uid=invoice.uid).update(connection=chain.near)

    chain.settle()

    assert chain.where(invoice) == {"Far"}
    assert not Link.objects.filter(connection=chain.near, mapping="move", uid=invoice.uid).exists()


def test_of_two_that_took_it_up_while_the_branch_moved_one_waits_for_the_other(chain, far_has_west):
    invoice = chain.invoice(chain.at_west, chain.patient(chain.at_west))
    take_in()
    link = Link.objects.get(mapping="move", uid=invoice.uid)
    with held_by_another_worker(link):
        far_has_west()
        Link.objects.create(connection=chain.far, mapping="move", uid=invoice.uid, wanted=1)
        sync.push(chain.far)
        other = Link.objects.get(connection=chain.far, mapping="move", uid=invoice.uid)
        assert other.odoo_id is None and "another connection" in other.reason

    chain.settle()
    assert chain.where(invoice) == {"Far"}


def held_by_another_worker(link):
    from odoo_bridge.leases import claim, held

    lease, [_] = claim(Link.objects.filter(pk=link.pk).order_by("pk"), 1)
    return held(lease)


def test_an_archived_connection_keeps_what_it_has_from_being_sent_again(chain):
    patient = chain.patient(chain.at_far)
    old = chain.invoice(chain.at_far, patient)
    chain.settle()

    connecting.archive(chain.far)
    assert Connection.objects.get(pk=chain.far.pk).state == "archived"
    old.save()
    sync.push(chain.near)
    sync.push(chain.far)

    assert chain.where(old) == {"Far"}
    assert chain.where(patient) == {"Near", "Far"}, "its branch is in the default connection now"
    with pytest.raises(connecting.NotSo, match="archived"):
        connecting.go(Connection.objects.get(pk=chain.far.pk))


def test_a_payment_of_an_invoice_that_stayed_in_another_company_goes_into_that_companys_journal(chain):
    invoice = chain.invoice(chain.at_west, chain.patient(chain.at_west))
    chain.settle()
    # The branch's books move to the first company of the same Odoo.
    inv = chain.clients[chain.near.pk].search_read(
        "account.journal", [["code", "=", "INV"], ["company_id", "=", 1]], ["id"]
    )[0]
    BranchBooks.objects.filter(branch=chain.at_west).update(journal_id=inv["id"], company_id=1)
    doctor.examine(chain.near)

    payment = chain.payment(invoice)
    chain.settle()

    assert chain.of(payment, chain.near, "company_id")["company_id"][1] == "Clinic West"
    assert chain.of(invoice, chain.near, "amount_residual")["amount_residual"] == 73.5
