"""InnoDB's partitions as PostgreSQL's declarative ones, where they mean the same: RANGE and LIST of plain columns,
RANGE of a year, day or second as one of the moments themselves, HASH and KEY as as many hash partitions. What is
otherwise is reported."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from lab.model.schema import Partitioning
from lab.readers.mysql.model import Notes
from lab.readers.mysql.script import Word, Words

_Found = tuple[tuple[str, str], ...]
_MONOTONE = ("YEAR", "TO_DAYS", "TO_SECONDS", "UNIX_TIMESTAMP")
"""Functions of a moment that grow with it: a range of theirs is one of the moments."""
_DAY_OF_1970 = 719528
_SECONDS_A_DAY = 86_400


def read_partitions(words: Words, table: str, notes: Notes) -> Partitioning | None:
    """What follows PARTITION BY; None once it was reported as lost."""
    place = words.position()
    words.skip("LINEAR")
    kind = words.take().upper
    while words.skip_any("COLUMNS", "ALGORITHM", "=") or words.next.kind == "number":
        if words.next.kind == "number":
            words.take()
    keys = list(words.within(words.group()).parts())
    count = int(words.take().text) if words.skip("PARTITIONS") else 0
    found: Partitioning | None = None
    columns = tuple(word.value for key in keys for word in _columns(key.words))
    is_plain = bool(keys) and all(len(key.words) == 1 for key in keys)
    if any(word.upper == "SUBPARTITION" for word in words.words):
        notes.lose(f"subpartitions of {table}", "its partitions are not divided further", place)
    if kind in ("HASH", "KEY") and columns:
        found = _by_hash(words, table, columns, count)
        if not is_plain:
            notes.lose(f"partitions of {table}", f"divided by a hash of {', '.join(columns)} itself", place)
    elif kind in ("RANGE", "LIST") and (is_plain or (kind == "RANGE" and _function(keys))):
        strategy: Literal["range", "list"] = "range" if kind == "RANGE" else "list"
        bounds = _bounds(words, strategy, len(keys), "" if is_plain else _function(keys))
        found = Partitioning(strategy, columns, bounds) if bounds else None
    if found is None:
        notes.lose(f"partitions of {table}", "one table: PostgreSQL has no keys that take in such an expression", place)
    words.at = len(words.words)
    return found


def _function(keys: list[Words]) -> str:
    """The growing function that a single key calls on a column; empty when it is something else."""
    words = keys[0].words if len(keys) == 1 else []
    is_call = len(words) == 4 and words[1].upper == "(" and words[0].upper in _MONOTONE
    return words[0].upper if is_call else ""


def _columns(words: list[Word]) -> list[Word]:
    """The columns an expression names, each once."""
    named = [
        word
        for word, after in zip(words, [*words[1:], None], strict=True)
        if word.kind == "name" or (word.kind == "word" and not (after and after.upper == "("))
    ]
    return list({word.value: word for word in named}.values())


def _by_hash(words: Words, table: str, columns: tuple[str, ...], count: int) -> Partitioning:
    named = []
    for definition in _listed(words):
        definition.expect("PARTITION")
        named.append(definition.name())
    named = named or [f"{table}_p{number}" for number in range(count or 1)]
    clause = "FOR VALUES WITH (MODULUS {}, REMAINDER {})"
    parts = tuple((name, clause.format(len(named), number)) for number, name in enumerate(named))
    return Partitioning("hash", columns, parts)


def _listed(words: Words) -> list[Words]:
    """The definitions in parentheses, if there are any, past the subpartitions that may come before."""
    while words.at < len(words.words) and not words.is_at("(", "PARTITION"):
        words.take()
    return list(words.within(words.group()).parts()) if words.is_at("(") else []


def _bounds(words: Words, strategy: str, keys: int, function: str) -> _Found:
    found: list[tuple[str, str]] = []
    low = ", ".join(["minvalue"] * keys)
    for definition in _listed(words):
        definition.expect("PARTITION")
        name = definition.name()
        if strategy == "range" and definition.skip("VALUES", "LESS", "THAN"):
            high = _high(definition, keys, function)
            if not high:
                return ()
            found.append((name, f"FOR VALUES FROM ({low}) TO ({high})"))
            low = high
        elif strategy == "list" and definition.skip("VALUES", "IN"):
            found.append((name, f"FOR VALUES IN ({definition.text_of(definition.group())})"))
        else:
            return ()
    return tuple(found)


def _high(definition: Words, keys: int, function: str) -> str:
    """The upper bound; empty when it cannot be told."""
    if definition.skip("MAXVALUE"):
        return ", ".join(["maxvalue"] * keys)
    said = definition.group()
    if [word.upper for word in said] == ["MAXVALUE"]:
        return ", ".join(["maxvalue"] * keys)
    if not function:
        return re.sub(r"\bMAXVALUE\b", "maxvalue", definition.text_of(said), flags=re.IGNORECASE)
    return _moment(said, function)


def _moment(said: list[Word], function: str) -> str:
    """The moment a function of it reaches a bound: 2025 of YEAR, TO_DAYS('2025-01-01'), 739617."""
    texts = [word.value for word in said if word.kind == "text"]
    if said[0].upper == function and len(texts) == 1:
        return f"'{texts[0]}'"
    if len(said) != 1 or not said[0].text.isdigit():
        return ""
    number = int(said[0].text)
    if function == "YEAR":
        return f"'{number:04}-01-01'"
    seconds = number - _DAY_OF_1970 * _SECONDS_A_DAY
    if function != "TO_SECONDS":
        seconds = number if function == "UNIX_TIMESTAMP" else (number - _DAY_OF_1970) * _SECONDS_A_DAY
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"'{moment:%Y-%m-%d}'" if seconds % _SECONDS_A_DAY == 0 else f"'{moment:%Y-%m-%d %H:%M:%S}'"
