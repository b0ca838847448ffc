"""What the database keeps of the day-end: what was counted never changes and is never deleted."""

from clinic.guards import frozen

GUARDS = [
    frozen("dayend_closing", "closing_is_frozen"),
    frozen("dayend_counted", "counted_payment_is_frozen"),
    frozen("dayend_correction", "correction_is_frozen"),
]
