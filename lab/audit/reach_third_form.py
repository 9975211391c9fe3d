"""A fact stands in one place.

Problem: `orders (id, customer_id, customer_name, …)` where a customer has one name: `fd: customer_id -> customer_name`.

Why: the name is changed in some rows and not in others, a customer without orders has none, and it takes its room over
and over (second and third normal form; Codd 1971). The rule speaks only of what is declared: by a line
`fd: postal_code -> city` in a comment, or by `depends_on` in `data.toml`. `lab normalize` looks at rows as well.

Remedy: a table for what is known of the left side. `lab normalize` writes it as a variant, with the rows moved, and
`lab compare` measures what the joins cost. A value kept as it was on a day (the price of an order line) does not follow
from the product: leave it undeclared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lab.audit.naming import listed, rule_name
from lab.audit.places import of_table
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema
from lab.normalize.declared import Declared
from lab.normalize.judge import judge, key_dependencies

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


def check(schema: Schema, said: Mapping[str, Sequence[Declared]]) -> Iterator[Finding]:
    for table in schema.tables:
        own = [each.dependency for each in said.get(table.name, ())]
        columns = [column.name for column in table.columns]
        found = judge(columns, [*key_dependencies(table), *own])
        for each in found.offences:
            if each.breaks != "BCNF":
                left, right = (listed(sorted(side)) for side in (each.dependency.left, each.dependency.right))
                what = f"is not in {each.breaks}: {right} follows from {left}"
                why = "it is written again for each row, and may be changed in one and not in the next"
                fix = f"a table of its own for what {left} determines: lab normalize --write-variant makes it"
                yield of_table(RULE, SEVERITY, table, what, why, fix)
