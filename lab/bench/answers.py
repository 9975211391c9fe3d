"""Whether one side answers as another does: a variant as its base, or an engine as another.

What counts as the same value is declared in `RULES`, tried from the top; a value no rule is for counts as itself.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

Row = tuple[Any, ...]

_DIGITS = 9
_MOST_SHOWN = 120
"""Characters of a row that is shown whole."""
_MOST_OF_VALUE = 40
_MOST_COLUMNS = 3
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """Values of a kind, and the form they are compared in."""

    values: str
    compared_as: str
    because: str
    is_for: Callable[[Any], bool]
    normal: Callable[[Any], Any]
    is_between_engines: bool = False
    """Whether it holds between engines alone: two variants on one engine have no such excuse."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one engine's base answered to an operation: rows for each set of parameters."""

    by: str
    rows: tuple[tuple[Row, ...], ...]


def difference(
    expected: Sequence[Row],
    actual: Sequence[Row],
    is_ordered: bool,
    names: tuple[str, str] = ("base", "variant"),
    are_engines: bool = False,
) -> str:
    """The first differing row of each side, cut to what can be read, or an empty string. Unordered rows are compared
    as a multiset, and the row that is missing is shown beside the one most like it.

    `names` says what the sides are called; `are_engines`, that they are two engines."""
    rules = tuple(rule for rule in RULES if are_engines or not rule.is_between_engines)
    ours, theirs = ([tuple(_normal(value, rules) for value in row) for row in side] for side in (expected, actual))
    if is_ordered:
        return _ordered_difference(ours, theirs, names)
    missing, surplus = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
    if not missing and not surplus:
        return ""
    first = next(iter(missing), None)
    alike = max(surplus, key=lambda row: _equal_values(first, row), default=None)
    return _describe(first, alike, names)


def _equal_values(first: Row | None, second: Row) -> int:
    return sum(ours == theirs for ours, theirs in zip(first or (), second, strict=False))


def _ordered_difference(ours: list[Row], theirs: list[Row], names: tuple[str, str]) -> str:
    for number in range(max(len(ours), len(theirs))):
        first = ours[number] if number < len(ours) else None
        second = theirs[number] if number < len(theirs) else None
        if first != second:
            return f"row {number + 1}: {_describe(first, second, names)}"
    return ""


def _describe(first: Row | None, second: Row | None, names: tuple[str, str]) -> str:
    """Short rows whole; of longer ones the columns that differ, the first few."""
    whole = _printed(first), _printed(second)
    if max(map(len, whole)) <= _MOST_SHOWN:
        return f"{names[0]} has {whole[0]}, {names[1]} has {whole[1]}"
    if first is None or second is None or len(first) != len(second):
        ours, theirs = (cut(text, _MOST_SHOWN) for text in whole)
        return f"{names[0]} has {ours}, {names[1]} has {theirs}"
    places = [place for place, (ours, theirs) in enumerate(zip(first, second, strict=True)) if ours != theirs]
    told = [_column(place, first, second, names) for place in places[:_MOST_COLUMNS]]
    more = len(places) - len(told)
    return "; ".join(told) + (f"; and {more} of {len(first)} columns more" if more else "")


def _column(place: int, first: Row, second: Row, names: tuple[str, str]) -> str:
    ours, theirs = str(first[place]), str(second[place])
    start = next((n for n, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), 0)
    shown = [cut(text, _MOST_OF_VALUE, start) for text in (ours, theirs)]
    return f"column {place + 1} of {len(first)}: {names[0]} has {shown[0]}, {names[1]} has {shown[1]}"


def cut(text: str, width: int, around: int = 0) -> str:
    """At most `width` characters of a text and the dots for the rest, with what stands at `around` among them."""
    if len(text) <= width:
        return text
    start = max(0, min(around - width // 2, len(text) - width))
    end = start + width
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _printed(row: Row | None) -> str:
    return "no such row" if row is None else f"({', '.join(map(str, row))})"


def _normal(value: Any, rules: Sequence[Rule]) -> Any:
    for rule in rules:
        if rule.is_for(value):
            return rule.normal(value)
    return value


def _number(value: int | float | Decimal) -> Any:
    if isinstance(value, int):
        return int(value)
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return int(value)
    return float(f"{value:.{_DIGITS}g}")


def _moment(value: date) -> str:
    whole = value if isinstance(value, datetime) else datetime.combine(value, time())
    zoned = whole if whole.tzinfo else whole.replace(tzinfo=UTC)
    cut = zoned.astimezone(UTC)
    return cut.replace(microsecond=cut.microsecond // 1000 * 1000).isoformat(" ", "milliseconds")


def _document(value: Any) -> str:
    return json.dumps(_inner(value), sort_keys=True, default=str)


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _inner(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inner(item) for item in value]
    return _number(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def spells_moment(value: Any) -> bool:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _spells_document(value: Any) -> bool:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return False
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


RULES: tuple[Rule, ...] = (
    Rule(
        "true and false",
        "1 and 0",
        "SQLite has no others",
        lambda value: isinstance(value, bool),
        int,
    ),
    Rule(
        "numbers",
        "their first nine digits",
        "sums of floats depend on the order of addition, and decimals are floats in SQLite",
        lambda value: isinstance(value, int | float | Decimal),
        _number,
    ),
    Rule(
        "documents and arrays",
        "JSON with its keys in order",
        "what a key's place says nothing of is kept in any order",
        lambda value: isinstance(value, dict | list),
        _document,
    ),
    Rule(
        "uuids",
        "their text",
        "SQLite keeps text",
        lambda value: isinstance(value, UUID),
        str,
        is_between_engines=True,
    ),
    Rule(
        "times and dates",
        "milliseconds of UTC, a date as its midnight",
        "MongoDB keeps no finer time and no date without one; a time without a zone is of UTC",
        lambda value: isinstance(value, date),
        _moment,
        is_between_engines=True,
    ),
    Rule(
        "text that spells a time",
        "that time",
        "SQLite and Redis keep text",
        spells_moment,
        lambda value: _moment(datetime.fromisoformat(value)),
        is_between_engines=True,
    ),
    Rule(
        "text that spells a JSON document or array",
        "that document",
        "SQLite and Redis keep text",
        _spells_document,
        lambda value: _document(json.loads(value)),
        is_between_engines=True,
    ),
    Rule(
        "text that spells a number",
        "that number",
        "Redis keeps text, and so do SQL engines of numbers inside JSON",
        lambda value: isinstance(value, str) and _NUMBER.fullmatch(value) is not None,
        lambda value: _number(Decimal(value)),
        is_between_engines=True,
    ),
)
