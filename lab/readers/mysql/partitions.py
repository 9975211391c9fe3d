"""InnoDB's partitions as PostgreSQL's declarative ones, where they mean the same: RANGE and LIST of plain columns,
HASH and KEY as as many hash partitions. Others are reported."""

from __future__ import annotations

from typing import Literal

from lab.model.schema import Partitioning
from lab.readers.mysql.model import Notes
from lab.readers.mysql.script import Words

_Found = tuple[tuple[str, str], ...]


def read_partitions(words: Words, table: str, notes: Notes) -> Partitioning | None:
    """What follows PARTITION BY; None once it was reported as lost."""
    place = words.position()
    words.skip("LINEAR")
    kind = words.take().upper
    while words.skip_any("COLUMNS", "ALGORITHM", "=") or words.next.kind == "number":
        if words.next.kind == "number":
            words.take()
    keys = list(words.within(words.group()).parts())
    names = [key.words[0].value for key in keys]
    is_plain = bool(keys) and all(len(key.words) == 1 for key in keys)
    count = int(words.take().text) if words.skip("PARTITIONS") else 0
    found: Partitioning | None = None
    if is_plain and kind in ("HASH", "KEY"):
        found = _by_hash(table, names, count or len(_listed(words)) or 1)
    elif is_plain and kind in ("RANGE", "LIST"):
        strategy: Literal["range", "list"] = "range" if kind == "RANGE" else "list"
        bounds = _bounds(words, strategy, len(names))
        found = Partitioning(strategy, tuple(names), bounds) if bounds else None
    if found is None:
        notes.lose(f"partitions of {table}", "one table: PostgreSQL divides by columns alone", place)
    words.at = len(words.words)
    return found


def _by_hash(table: str, names: list[str], count: int) -> Partitioning:
    clause = "FOR VALUES WITH (modulus {}, remainder {})"
    return Partitioning("hash", tuple(names), tuple((f"{table}_p{n}", clause.format(count, n)) for n in range(count)))


def _listed(words: Words) -> list[Words]:
    """The definitions in parentheses, if there are any, past the subpartitions that may come before."""
    while words.at < len(words.words) and not words.is_at("(", "PARTITION"):
        words.take()
    return list(words.within(words.group()).parts()) if words.is_at("(") else []


def _bounds(words: Words, strategy: str, keys: int) -> _Found:
    found: list[tuple[str, str]] = []
    least = ", ".join(["MINVALUE"] * keys)
    low = least
    for definition in _listed(words):
        definition.expect("PARTITION")
        name = definition.name()
        if strategy == "range" and definition.skip("VALUES", "LESS", "THAN"):
            high = "MAXVALUE" if definition.skip("MAXVALUE") else definition.text_of(definition.group())
            high = ", ".join(["MAXVALUE"] * keys) if high.upper() == "MAXVALUE" else high
            found.append((name, f"FOR VALUES FROM ({low}) TO ({high})"))
            low = high
        elif strategy == "list" and definition.skip("VALUES", "IN"):
            found.append((name, f"FOR VALUES IN ({definition.text_of(definition.group())})"))
        else:
            return ()
    return tuple(found)
