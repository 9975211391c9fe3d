"""The books outlive the customer.

Problem: invoices, payments or orders have ON DELETE CASCADE to users, customers or accounts.

Why: one DELETE of an account takes with it what the law says must be kept, and every report of the past changes.

Remedy: RESTRICT, and let the customer be marked as deleted or made anonymous. Parts of the books (lines of an invoice,
refunds of a payment) may go with their whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import column_subject, last_word, rule_name
from lab.audit.sql import with_actions
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_BOOKS = frozenset(
    "order orders invoice invoices payment payments refund refunds payout payouts charge charges ledger "
    "transaction transactions receipt receipts payslip payslips".split()
)
_WHOLES = _BOOKS | frozenset("journal entries".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, key in schema.foreign_keys():
        is_of_books = last_word(table.name) in _BOOKS and last_word(key.table) not in _WHOLES
        if key.on_delete == "cascade" and is_of_books and key.table != table.name:
            subject = column_subject(table.name, key.columns)
            yield Finding(
                RULE,
                SEVERITY,
                subject,
                f"deleting a row of {key.table} deletes its {table.name}",
                "what must be kept for the books goes with an account",
                with_actions(table, key, schema, on_delete="restrict"),
                key.position or table.position,
            )
