"""What the database keeps of the rules of invoicing.

An issued invoice or credit note and its lines never change and are never deleted. A payment's amount, currency and
payer never change. What goes to an invoice, from payments and from credit notes, is never more than its total; what is
used of a payment or a credit note, what is paid back included, never more than there is of it; an invoice is never
credited for more than its total. Money goes to issued documents only, in the same currency: what comes in to
invoices, what is paid back to credit notes.
"""

from clinic.guards import Guard

INVOICE, LINE = "invoices_invoice", "invoices_invoiceline"
PAYMENT, ALLOCATION, USE = "invoices_payment", "invoices_allocation", "invoices_credituse"

_FROZEN_INVOICE = [
    "uid",
    "kind",
    "credits_id",
    "reason",
    "branch_id",
    "patient_id",
    "payer_id",
    "appointment_id",
    "status",
    "number",
    "issued_on",
    "due_on",
    "issued_at",
    "currency",
    "rounding",
    "untaxed",
    "tax",
    "total",
]
_FROZEN_PAYMENT = [
    "uid",
    "direction",
    "returns_id",
    "branch_id",
    "payer_id",
    "amount",
    "currency",
    "origin",
    "received_on",
]


def _changed(columns: list[str], operator: str) -> str:
    return " OR ".join(f"OLD.{column} {operator} NEW.{column}" for column in columns)


def _sqlite(name: str, event: str, table: str, condition: str) -> str:
    return f"""
        CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition}
        BEGIN SELECT RAISE(ABORT, '{name.rsplit("_on_", 1)[0]}'); END
    """


def _postgresql(name: str, event: str, table: str, body: str) -> list[str]:
    gone = "OLD" if event == "DELETE" else "NEW"
    return [
        f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$
        BEGIN
            {body}
            RETURN {gone};
        END $$ LANGUAGE plpgsql
        """,
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _refuse(name: str, condition: str) -> str:
    return f"""
            IF {condition} THEN
                RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';
            END IF;
    """


def _frozen_rows() -> Guard:
    changed = f"OLD.status = 'issued' AND ({_changed(_FROZEN_INVOICE, '{op}')})"
    return Guard(
        table=INVOICE,
        sqlite={
            "invoice_is_frozen_on_update": _sqlite(
                "invoice_is_frozen_on_update", "UPDATE", INVOICE, changed.replace("{op}", "IS NOT")
            ),
            "invoice_is_frozen_on_delete": _sqlite(
                "invoice_is_frozen_on_delete", "DELETE", INVOICE, "OLD.status = 'issued'"
            ),
        },
        postgresql=[
            *_postgresql(
                "invoice_is_frozen_on_update",
                "UPDATE",
                INVOICE,
                _refuse("invoice_is_frozen", changed.replace("{op}", "IS DISTINCT FROM")),
            ),
            *_postgresql(
                "invoice_is_frozen_on_delete",
                "DELETE",
                INVOICE,
                _refuse("invoice_is_frozen", "OLD.status = 'issued'"),
            ),
        ],
        postgresql_names=["invoice_is_frozen_on_update", "invoice_is_frozen_on_delete"],
    )


def _frozen_lines() -> Guard:
    sqlite, postgresql = {}, []
    for event, rows in {"INSERT": ("NEW",), "UPDATE": ("NEW", "OLD"), "DELETE": ("OLD",)}.items():
        name = f"invoice_lines_are_frozen_on_{event.lower()}"
        of = ", ".join(f"{row}.invoice_id" for row in rows)
        condition = f"EXISTS (SELECT 1 FROM {INVOICE} WHERE id IN ({of}) AND status = 'issued')"
        sqlite[name] = _sqlite(name, event, LINE, condition)
        # FOR UPDATE: a line may not slip in while another transaction is issuing the invoice.
        lock = f"PERFORM 1 FROM {INVOICE} WHERE id IN ({of}) FOR UPDATE;"
        postgresql += _postgresql(name, event, LINE, lock + _refuse("invoice_lines_are_frozen", condition))
    return Guard(LINE, sqlite, postgresql, list(sqlite))


def _frozen_payment() -> Guard:
    name = "payment_is_frozen_on_update"
    return Guard(
        PAYMENT,
        {name: _sqlite(name, "UPDATE", PAYMENT, _changed(_FROZEN_PAYMENT, "IS NOT"))},
        _postgresql(
            name,
            "UPDATE",
            PAYMENT,
            _refuse("payment_is_frozen", _changed(_FROZEN_PAYMENT, "IS DISTINCT FROM")),
        ),
        [name],
    )


def _used(table: str, column: str, of: str, others: str = "TRUE") -> str:
    """Return what is used of a payment, or of what an invoice or credit note comes to, by the rows of a table."""
    return f"(SELECT coalesce(sum(amount), 0) FROM {table} WHERE {column} = {of} AND {others})"


def _not_one(document: str, kind: str, currency: str) -> str:
    """Return the condition that a document is not issued, of another kind or in another currency."""
    return f"""
        NOT EXISTS (
            SELECT 1 FROM {INVOICE} i
            WHERE i.id = {document} AND i.status = 'issued' AND i.kind = {kind} AND i.currency = {currency}
        )"""


def _of_payment(column: str, payment: str) -> str:
    return f"(SELECT {column} FROM {PAYMENT} WHERE id = {payment})"


def _total(document: str) -> str:
    return f"(SELECT total FROM {INVOICE} WHERE id = {document})"


_KIND = "CASE " + _of_payment("direction", "NEW.payment_id") + " WHEN 'in' THEN 'invoice' ELSE 'credit' END"
_ON_DOCUMENT = f"""
    {_used(ALLOCATION, "invoice_id", "{document}", "{not_this_allocation}")}
    + {_used(USE, "invoice_id", "{document}", "{not_this_use}")}
    + {_used(USE, "credit_note_id", "{document}", "{not_this_use}")}
    + NEW.amount > {_total("{document}")}{{slack}}"""
_OF_PAYMENT = f"""
    {_used(ALLOCATION, "payment_id", "{payment}", "{not_this_allocation}")}
    + {_used(PAYMENT, "returns_id", "{payment}", "{not_this_payment}")}
    + NEW.amount > {_of_payment("amount", "{payment}")}{{slack}}"""


def _filled(template: str, **names: str) -> str:
    """Fill in which document or payment is meant; the row that is written does not count with what is there."""
    for this in ("not_this_allocation", "not_this_use", "not_this_payment"):
        template = template.replace(f"{{{this}}}", names.get(this, "TRUE"))
    for name in ("document", "payment"):
        template = template.replace(f"{{{name}}}", names.get(name, ""))
    return template


_ALLOCATION_RULES = {
    "allocation_to_an_issued_invoice": _not_one("NEW.invoice_id", _KIND, _of_payment("currency", "NEW.payment_id")),
    "allocation_within_invoice": _filled(_ON_DOCUMENT, document="NEW.invoice_id", not_this_allocation="{others}"),
    "allocation_within_payment": _filled(_OF_PAYMENT, payment="NEW.payment_id", not_this_allocation="{others}"),
}
_USE_RULES = {
    "credit_of_an_issued_credit_note": _not_one("NEW.credit_note_id", "'credit'", "i.currency"),
    "credit_to_an_issued_invoice": _not_one(
        "NEW.invoice_id", "'invoice'", f"(SELECT currency FROM {INVOICE} WHERE id = NEW.credit_note_id)"
    ),
    "credit_within_invoice": _filled(_ON_DOCUMENT, document="NEW.invoice_id", not_this_use="{others}"),
    "credit_within_credit_note": _filled(_ON_DOCUMENT, document="NEW.credit_note_id", not_this_use="{others}"),
}
_RETURN_RULES = {
    "return_of_money_received": f"""
        NEW.returns_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM {PAYMENT} p
            WHERE p.id = NEW.returns_id AND p.direction = 'in' AND p.currency = NEW.currency
        )""",
    "return_within_payment": "NEW.returns_id IS NOT NULL AND "
    + _filled(_OF_PAYMENT, payment="NEW.returns_id", not_this_payment="{others}"),
}
_CREDIT_RULES = {
    "credit_note_for_an_issued_invoice": "NEW.kind = 'credit' AND "
    + _not_one("NEW.credits_id", "'invoice'", "NEW.currency"),
    "credited_within_invoice": f"""
        NEW.kind = 'credit' AND NEW.status = 'issued' AND (
            SELECT coalesce(sum(total), 0) FROM {INVOICE}
            WHERE credits_id = NEW.credits_id AND status = 'issued' AND {{others}}
        ) + NEW.total > {_total("NEW.credits_id")}{{slack}}""",
}


def _kept(guard: str, table: str, rules: dict[str, str], locked: dict[str, str]) -> Guard:
    """Return the guard that keeps rules on what is inserted into or updated in a table.

    `locked`: the rows, by the value that identifies them, whose sums the rules are about, and the table they are in:
    of two transactions that use the same money, the second waits for the first.
    """
    sqlite, postgresql = {}, []
    for event in ("INSERT", "UPDATE"):
        others = "TRUE" if event == "INSERT" else "id <> OLD.id"
        checks = ""
        for rule, condition in rules.items():
            name = f"{rule}_on_{event.lower()}"
            # SQLite keeps decimals as binary floating point: sums of exact amounts may be off in the last bits.
            sqlite[name] = _sqlite(name, event, table, _with(condition, others, " + 0.0001"))
            checks += _refuse(rule, _with(condition, others, ""))
        lock = "".join(f"PERFORM 1 FROM {of} WHERE id = {key} FOR UPDATE;\n" for key, of in locked.items())
        postgresql += _postgresql(f"{guard}_on_{event.lower()}", event, table, lock + checks)
    return Guard(table, sqlite, postgresql, [f"{guard}_on_insert", f"{guard}_on_update"])


def _with(condition: str, others: str, slack: str) -> str:
    return condition.replace("{others}", others).replace("{slack}", slack)


GUARDS = [
    _frozen_rows(),
    _frozen_lines(),
    _frozen_payment(),
    _kept(
        "allocation_is_covered",
        ALLOCATION,
        _ALLOCATION_RULES,
        {"NEW.invoice_id": INVOICE, "NEW.payment_id": PAYMENT},
    ),
    _kept("credit_is_covered", USE, _USE_RULES, {"NEW.credit_note_id": INVOICE, "NEW.invoice_id": INVOICE}),
    _kept("return_is_covered", PAYMENT, _RETURN_RULES, {"NEW.returns_id": PAYMENT}),
    _kept("credit_note_is_covered", INVOICE, _CREDIT_RULES, {"NEW.credits_id": INVOICE}),
]
