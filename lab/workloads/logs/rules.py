"""How values for a logged statement's parameter are drawn: as they were seen, where generated rows can have them.

Values seen are kept where the schema or the statement bounds them: states, switches, numbers, limits. A key, a name or
an address of the log's database stands in no generated row, so such a parameter is drawn from the column it is compared
with; a time becomes its distance from the statement's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from lab.model.schema import Column, Schema, Table
from lab.model.workload import Ago, Between, Choice, FromColumn, Rule, Value, Word
from lab.workloads.derived import MOMENTS, fill_rule, is_key_part, mentions
from lab.workloads.logs.shapes import Observation
from lab.workloads.uses import Unusable, Use

MOST_CHOICES = 20
_WHOLE = ("smallint", "integer", "bigint")
_NUMBERS = (*_WHOLE, "numeric", "real", "double precision")
_ROWS = 20
_FEWEST_IDS = 100
"""Keys that any table of a size worth measuring has."""
_DAY_SECONDS = 86_400.0


def rule_for(use: Use, seen: Sequence[Observation], schema: Schema) -> Rule:
    """Raises Unusable where neither the log nor the schema says what the value may be."""
    known = [observation for observation in seen if observation.value is not None]
    if use.kind == "limit":
        return _counted(known) or Choice((_ROWS,))
    if use.table is None or use.column is None or use.kind == "other":
        return _any_seen(known, use)
    if use.kind == "added":
        return _numbers(known) or Choice((1,))
    if use.kind == "like":
        return Word(use.table.name, use.column.name)
    if use.kind == "any":
        return _arrays(known, use.column)
    if use.kind == "put":
        return _put(use.table, use.column, known, schema)
    if use.kind == "listed" and _is_identity(use.table, use.column) and use.column.type.name in _WHOLE:
        return Between(1, _FEWEST_IDS)
    return _compared(use.table, use.column, known, schema)


def _compared(table: Table, column: Column, seen: Sequence[Observation], schema: Schema) -> Rule:
    drawn = FromColumn(table.name, column.name)
    if _is_identity(table, column):
        return drawn
    return _bounded(table, column, seen, schema) or drawn


def _put(table: Table, column: Column, seen: Sequence[Observation], schema: Schema) -> Rule:
    if not _is_identity(table, column) and (rule := _bounded(table, column, seen, schema)):
        return rule
    rule = fill_rule(table, column, schema)
    if rule is None:
        raise Unusable(f"puts values into {table.name}.{column.name}, which the lab cannot draw")
    return rule


def _bounded(table: Table, column: Column, seen: Sequence[Observation], schema: Schema) -> Rule | None:
    """What was seen, of a column whose values are bounded."""
    if column.type.dimensions:
        return None
    if column.type.name in MOMENTS:
        return _ago(seen)
    if column.type.name in _NUMBERS:
        return _numbers(seen)
    if column.type.name == "boolean":
        return _choice(_switch(observation.value) for observation in seen)
    if _is_enumerated(table, column, schema):
        return _choice(str(observation.value) for observation in seen)
    return None


def is_closed(use: Use, schema: Schema) -> bool:
    """Whether the schema itself lists the values there can be."""
    if use.table is None or use.column is None or use.column.type.dimensions:
        return False
    return use.column.type.name == "boolean" or _is_enumerated(use.table, use.column, schema)


def _is_enumerated(table: Table, column: Column, schema: Schema) -> bool:
    return schema.enum(column.type.name) is not None or _is_listed(table, column)


def _is_identity(table: Table, column: Column) -> bool:
    return is_key_part(table, column) or any(column.name in key.columns for key in table.foreign_keys)


def _is_listed(table: Table, column: Column) -> bool:
    return any(
        mentions(check.expression, column) and re.search(r"\bIN\s*\(|\bANY\s*\(|=\s*'", check.expression, re.I)
        for check in table.checks
    )


def _choice(values: Iterable[Value]) -> Choice | None:
    """The most frequent ones."""
    counted: dict[Value, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    often = sorted(counted, key=lambda value: -counted[value])[:MOST_CHOICES]
    return Choice(tuple(often)) if often else None


def _counted(seen: Sequence[Observation]) -> Choice | None:
    return _choice(int(number) for number in _as_numbers(seen))


def _numbers(seen: Sequence[Observation]) -> Rule | None:
    numbers = _as_numbers(seen)
    if len(set(numbers)) > MOST_CHOICES:
        return Between(min(numbers), max(numbers))
    return _choice(numbers)


def _as_numbers(seen: Sequence[Observation]) -> list[float]:
    found: list[float] = []
    for observation in seen:
        text = str(observation.value)
        if re.fullmatch(r"-?\d+", text):
            found.append(int(text))
        elif re.fullmatch(r"-?\d*\.\d+", text):
            found.append(float(text))
    return found


def _switch(value: Value) -> bool:
    return str(value).lower() in ("t", "true", "1", "on", "yes")


def _ago(seen: Sequence[Observation]) -> Ago | None:
    """How long before the statement the times lay in it."""
    days = []
    for observation in seen:
        moment = _moment(observation.value)
        if moment is None or observation.at is None:
            return None
        days.append(round((observation.at - moment).total_seconds() / _DAY_SECONDS, 2))
    return Ago(min(days), max(days)) if days else None


def _moment(value: Value) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _arrays(seen: Sequence[Observation], column: Column) -> Choice:
    """Arrays of as many keys as were seen, of those any table has."""
    if column.type.name not in _WHOLE:
        raise Unusable(f"compares {column.name} with an array, and the log's values are not in generated rows")
    lengths = [str(observation.value).count(",") + 1 for observation in seen] or [3]
    found = _choice("{" + ",".join(map(str, range(1, length + 1))) + "}" for length in lengths)
    assert found is not None
    return found


def _any_seen(seen: Sequence[Observation], use: Use) -> Choice:
    found = _choice(observation.value for observation in seen)
    if found is None:
        where = f" beside {use.column.name}" if use.column else ""
        raise Unusable(f"has a constant{where} whose value the log does not tell")
    return found
