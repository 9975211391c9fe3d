"""The values of an enum differ by more than their spelling.

Problem: `'active'` and `'Active'`, `'on hold'` and `'on_hold'` in one enum; or values in capitals beside others in
small letters.

Why: two values that are one to people split every count; and who writes a query must look each of them up.

Remedy: ALTER TYPE … RENAME VALUE. Two that mean the same take an UPDATE to one of them first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lab.audit.naming import listed, rule_name
from lab.audit.sql import literal, qualified
from lab.model.finding import Finding, Severity
from lab.model.schema import Enum, Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
# Between two words, and not between two numbers: `1-2` is not 12, and `A-` is a blood group.
_SEPARATOR = re.compile(r"(?<=[^\W_])[\s_.-]+(?=[^\W\d_])|(?<=[^\W\d_])[\s_.-]+(?=[^\W_])")
_FIXES = 3


def check(schema: Schema) -> Iterator[Finding]:
    for enum in schema.enums:
        twins = _twins(enum)
        mixed = [] if twins else _mixed(enum)
        if twins or mixed:
            yield _finding(
                enum, twins or mixed, "differ in spelling alone" if twins else "are spelled unlike the others"
            )


def _twins(enum: Enum) -> list[str]:
    folded = Counter(map(_folded, enum.values))
    return [value for value in enum.values if folded[_folded(value)] > 1]


def _folded(value: str) -> str:
    return _SEPARATOR.sub("", value.strip()).lower()


def _mixed(enum: Enum) -> list[str]:
    """The smaller party, of values in capitals and values in small letters."""
    capitals = [value for value in enum.values if value != value.lower()]
    small = [value for value in enum.values if value == value.lower() and value != value.upper()]
    return min(capitals, small, key=len) if len(capitals) + len(small) > 2 else []


def _as_the_others(value: str, enum: Enum) -> str:
    """The value as the larger party is spelled."""
    if value != value.lower():
        return value.lower().replace(" ", "_")
    others = [other for other in enum.values if other != other.lower()]
    return value.upper() if all(other.isupper() for other in others) else value.capitalize()


def _finding(enum: Enum, values: Sequence[str], said: str) -> Finding:
    noun = f"{listed(values)} of enum {enum.name} {said if len(values) > 1 else 'is spelled unlike the others'}"
    why = "who writes a query must look each of them up"
    fix = "\n".join(
        f"ALTER TYPE {qualified(enum)} RENAME VALUE {literal(value)} TO {literal(_as_the_others(value, enum))};"
        for value in values[:_FIXES]
    )
    twin = "write all rows to one of them, and make the type anew without the others"
    is_twin = said.startswith("differ")
    return Finding(
        RULE, "warning" if is_twin else "note", enum.name, noun, why, twin if is_twin else fix, enum.position
    )
