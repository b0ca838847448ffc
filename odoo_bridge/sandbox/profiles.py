"""Version profiles: what differs between the Odoo versions, as data (``data/profiles/<version>.json``)."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
VERSIONS = (16, 17, 18, 19)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one Odoo version behaves where the versions differ.

    Every value was observed on that version, except 18, which is assumed to lie between 17 and 19.
    """

    version: int
    server_version: str
    jsonrpc_error_code: int
    texts: dict[str, str]
    # The first draft of a journal's period is numbered at once (16, 17); other drafts have no number.
    names_first_draft: bool
    # What an entry without number is called: "/" (16, 17), nothing (19).
    unnamed: str | None
    # Repeating action_post of a payment or assigning a line again: a UserError, or nothing.
    repeats_are_ignored: bool
    # 16 applies the company's sale tax to a line without product when tax_ids is not sent.
    default_tax_on_lines: bool
    protects_posted: bool
    draft_keeps_reconciliation: bool
    drafts_can_be_drafted: bool
    refund_method: str
    refund_reconciles: bool
    payment_note: str
    payment_states: dict[str, str]
    payment_needs_method_account: bool
    wizard_refuses_paid: bool
    # Datetimes in domains are compared in whole seconds (19) or with the stored microseconds.
    compares_seconds: bool
    # Fields without a search method match every record (16, 17) or are a ValueError (19).
    unsearchable_is_error: bool
    # What domains may say beyond 16: 17 brought conditions on related records, 19 the opposites of `=like`.
    further_operators: list[str]
    load_blames_batch: bool
    unknown_language_is_error: bool
    exists_is_callable: bool
    copy_returns_list: bool
    attachment_needs_record: bool
    organizer_in_description: bool
    # What ``stop`` becomes when it is not sent: an hour after midnight (16), or after the next half hour.
    default_stop: str
    # The payment wizard takes an explicit "no journal" for a value (19) or for nothing said.
    empty_journal_is_error: bool
    # The password that is asked for again comes in the context (19), or is written on the wizard (16, 17).
    check_takes_context: bool
    payments_widget_extra: dict[str, Any]
    # Cancelling an order that is no draft answers a wizard and changes nothing (16, 17), or cancels (19).
    cancel_needs_confirmation: bool
    sale_line_needs_product: bool
    # 16 confirms an order that is confirmed already; later versions refuse.
    confirms_confirmed_orders: bool
    # ``create_invoices`` answers an action that closes the wizard (16), or that shows the invoice.
    invoicing_closes_window: bool
    # Included taxes are counted and the price without them is what is left (19), or the other way round; and global
    # rounding keeps all digits of every line until the end.
    counts_included_taxes: bool
    only_managers_apply_inventory: bool
    sale_needs_pricelist: bool
    # ``has_access`` came and ``name_get`` went with 18.
    has_access_is_callable: bool
    name_get_is_callable: bool
    # The keyword of ``name_search`` for further conditions: ``args``, on 19 ``domain``.
    name_search_domain: str


@cache
def profile(version: int) -> Profile:
    """The profile of an Odoo major version.

    Raises ``ValueError`` for a version that has none.
    """
    if version not in VERSIONS:
        raise ValueError(f"There is no sandbox profile for Odoo {version}; there are {VERSIONS}.")
    data: dict[str, Any] = json.loads((DATA / "profiles" / f"{version}.json").read_text())
    return Profile(version=version, **{f.name: data[f.name] for f in fields(Profile) if f.name != "version"})
