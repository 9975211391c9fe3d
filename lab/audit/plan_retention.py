"""What is only ever appended has an end.

Problem: a log, an audit trail or a table of readings is neither partitioned by time nor says how long its rows stay.

Why: it becomes the largest table of the database, and to delete its old rows takes hours, leaves as many dead ones
behind, and goes on for ever; a partition is dropped at once (PostgreSQL manual, 5.12 "Table Partitioning").

Remedy: PARTITION BY RANGE over its time, or a job that moves old rows away: then say so in the table's comment (kept,
retention, archived, purged, partitioned), and this rule is silent. So it is where rows are changed or marked as
deleted, and of events people go to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import of_table
from lab.audit.shapes import dates_making, is_log
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_SAID = r"kept|keep|retention|retain|archiv|purge|expire|partition|for ever|forever|deleted after"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        moment = next((column for column in table.columns if dates_making(column)), None)
        is_said = re.search(_SAID, table.comment, re.IGNORECASE) or any(_expires(column) for column in table.columns)
        if is_log(table) and moment and table.partitioning is None and not is_said:
            why = "it becomes the largest table, and deleting its old rows is never done"
            fix = f"PARTITION BY RANGE ({quote(moment.name)}), or a comment that says how long rows are kept"
            yield of_table(RULE, SEVERITY, table, "grows for ever", why, fix)


def _expires(column: Column) -> bool:
    return bool(set(words(column.name)) & {"expires", "expiry", "archived", "purge", "retention"})
