"""The names of tables are all plural, or all singular.

Problem: `users` and `orders`, but `product`.

Why: whoever writes a query must look each name up.

Remedy: rename those of the smaller party. Which form it is does not matter. Join tables, which are named after two
others, and words that are the same in both (`history`, `stock`, `audit_log`) do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import is_plural, last_word, listed, plural, rule_name
from lab.audit.shapes import is_join_table
from lab.audit.sql import rename_table
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    counted = [table for table in schema.tables if not is_join_table(table)]
    plurals = [table for table in counted if is_plural(last_word(table.name))]
    singulars = [table for table in counted if is_plural(last_word(table.name)) is False]
    if plurals and singulars:
        yield _finding(plurals, singulars)


def _finding(plurals: Sequence[Table], singulars: Sequence[Table]) -> Finding:
    fewer, form = (singulars, "singular") if len(singulars) <= len(plurals) else (plurals, "plural")
    names = [table.name for table in fewer]
    verb = "is" if len(names) == 1 else "are"
    count = len(plurals) + len(singulars) - len(names)
    others = f"{count} other{'s' * (count > 1)} in the {'plural' if form == 'singular' else 'singular'}"
    return Finding(
        RULE,
        SEVERITY,
        names[0] if len(names) == 1 else "schema",
        f"{listed(names)} {verb} named in the {form}, {others}",
        "whoever writes a query must look each name up",
        _fix(fewer, form),
        fewer[0].position,
    )


def _fix(tables: Sequence[Table], form: str) -> str:
    if form == "plural":
        return "rename them to the singular"
    return "\n".join(rename_table(table, _pluralised(table.name)) for table in tables)


def _pluralised(name: str) -> str:
    last = last_word(name)
    start = name[: len(name) - len(last)]
    return start + (plural(last) if name.endswith(last) else plural(last).capitalize())
