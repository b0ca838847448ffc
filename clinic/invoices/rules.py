"""What the database keeps of the rules of invoicing.

An issued invoice and its lines never change and are never deleted. A payment's amount, currency and payer never
change. What is allocated to an invoice is never more than its total, nor what is allocated of a payment more than
the payment; allocations go to issued invoices only, in the same currency.
"""

from clinic.guards import Guard

INVOICE, LINE = "invoices_invoice", "invoices_invoiceline"
PAYMENT, ALLOCATION = "invoices_payment", "invoices_allocation"

_FROZEN_INVOICE = [
    "uid",
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
_FROZEN_PAYMENT = ["uid", "branch_id", "payer_id", "amount", "currency", "origin", "received_on"]


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


_ALLOCATION_RULES = {
    "allocation_to_an_issued_invoice": f"""
        NOT EXISTS (
            SELECT 1 FROM {INVOICE} i JOIN {PAYMENT} p ON p.id = NEW.payment_id
            WHERE i.id = NEW.invoice_id AND i.status = 'issued' AND i.currency = p.currency
        )""",
    "allocation_within_invoice": f"""
        (SELECT coalesce(sum(amount), 0) FROM {ALLOCATION} WHERE invoice_id = NEW.invoice_id AND {{others}})
        + NEW.amount > (SELECT total FROM {INVOICE} WHERE id = NEW.invoice_id){{slack}}""",
    "allocation_within_payment": f"""
        (SELECT coalesce(sum(amount), 0) FROM {ALLOCATION} WHERE payment_id = NEW.payment_id AND {{others}})
        + NEW.amount > (SELECT amount FROM {PAYMENT} WHERE id = NEW.payment_id){{slack}}""",
}


def _allocations() -> Guard:
    sqlite, postgresql = {}, []
    for event in ("INSERT", "UPDATE"):
        others = "TRUE" if event == "INSERT" else "id <> OLD.id"
        checks = ""
        for rule, condition in _ALLOCATION_RULES.items():
            name = f"{rule}_on_{event.lower()}"
            # SQLite keeps decimals as binary floating point: sums of exact amounts may be off in the last bits.
            sqlite[name] = _sqlite(name, event, ALLOCATION, condition.format(others=others, slack=" + 0.0001"))
            checks += _refuse(rule, condition.format(others=others, slack=""))
        lock = f"""
            PERFORM 1 FROM {INVOICE} WHERE id = NEW.invoice_id FOR UPDATE;
            PERFORM 1 FROM {PAYMENT} WHERE id = NEW.payment_id FOR UPDATE;
        """
        postgresql += _postgresql(f"allocation_is_covered_on_{event.lower()}", event, ALLOCATION, lock + checks)
    names = ["allocation_is_covered_on_insert", "allocation_is_covered_on_update"]
    return Guard(ALLOCATION, sqlite, postgresql, names)


GUARDS = [_frozen_rows(), _frozen_lines(), _frozen_payment(), _allocations()]
