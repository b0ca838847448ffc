"""Who is in Odoo already, and a person's yes or no."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from odoo_bridge import adoption
from odoo_bridge.commands.action import Exit, Failed, OnConnection, Teller
from odoo_bridge.models import Connection
from odoo_bridge.proposed import AdoptionProposal


class Adopt(OnConnection):
    name, help = "adopt", "Look which patients are in Odoo already, and say whether they are the same people."

    def arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="show what the last search proposed, without a new one")
        what.add_argument("--confirm-certain", action="store_true", help="link all that is certain")
        what.add_argument("--confirm", metavar="UID=ID", help="this patient is that contact")
        what.add_argument("--reject", metavar="UID=ID", help="they are not the same")
        sides = ("ours", "theirs")
        parser.add_argument("--prefer", choices=sides, default="", help="whose values are right where both differ")

    def do(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> Exit:
        self._decide(teller, connection, options)
        counts = adoption.counts(connection)
        proposals = adoption.open_proposals(connection).order_by("state", "-score", "uid")
        if teller.as_json:
            teller.give({"counts": counts, "proposals": [_document(proposal) for proposal in proposals]})
        for proposal in proposals:
            teller.say(
                f"{proposal.uid}={proposal.odoo_id}  {proposal.get_state_display()}, {proposal.score}. "
                + " ".join(proposal.reasons)
            )
        teller.say(
            "{certain} certain, {unsure} to be decided, {confirmed} linked, {rejected} rejected.".format(**counts)
        )
        return Exit.NEEDS_SOMEBODY if counts["certain"] or counts["unsure"] else Exit.FINE

    def _decide(self, teller: Teller, connection: Connection, options: dict[str, Any]) -> None:
        try:
            if options["confirm"]:
                adoption.confirm(_named(connection, options["confirm"]), prefer=options["prefer"])
            elif options["reject"]:
                adoption.reject(_named(connection, options["reject"]))
            elif options["confirm_certain"]:
                adoption.confirm_certain(connection)
            elif not options["list"]:
                with teller.progress("Comparing") as tell:
                    adoption.search(connection, tell)
        except adoption.Undecidable as error:
            raise Failed(str(error)) from None


def _named(connection: Connection, text: str) -> AdoptionProposal:
    uid, _, odoo_id = text.partition("=")
    found: AdoptionProposal | None
    try:
        found = adoption.open_proposals(connection).filter(uid=UUID(uid), odoo_id=int(odoo_id)).first()
    except ValueError:
        raise Failed(f"{text} is not UID=ID: a patient's uid and the id of a contact in Odoo.") from None
    if found is None:
        raise Failed(f"There is no open proposal {text}.")
    return found


def _document(proposal: AdoptionProposal) -> dict[str, Any]:
    both = adoption.both_sides(proposal)
    return {
        "uid": proposal.uid,
        "odoo_id": proposal.odoo_id,
        "state": proposal.state,
        "score": proposal.score,
        "archived": proposal.archived,
        "reasons": proposal.reasons,
        "fields": {name: {"ours": mine, "theirs": other} for name, (_, _, mine, other) in both.items()},
    }
