"""How values for a parameter are drawn, as `-- param: name = …` says it."""

from __future__ import annotations

import re
from decimal import Decimal

from lab.model.workload import Ago, Between, Choice, Fresh, FromColumn, Rule, Value, Word


def print_rule(rule: Rule) -> str:
    """The rule as it is read from a workload's file."""
    match rule:
        case FromColumn(table, column):
            return f"{_quoted(table)}.{_quoted(column)}"
        case Word(table, column):
            return f"word {_quoted(table)}.{_quoted(column)}"
        case Fresh(table, column):
            return f"fresh {_quoted(table)}.{_quoted(column)}"
        case Between(low, high):
            return f"{_decimal(low)}..{_decimal(high)}"
        case Ago(low, high, _):
            return f"{_decimal(low)}d..{_decimal(high)}d ago"
        case Choice(values):
            listed = ", ".join(map(_literal, values))
            return f"one of {listed}" if len(values) > 1 else listed


def _literal(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return _decimal(value)


def _decimal(number: float) -> str:
    """Without an exponent, and all digits of it."""
    return str(number) if isinstance(number, int) else f"{Decimal(repr(number)):f}"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d]\w*", name) else f'"{name}"'
