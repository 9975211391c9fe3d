"""PostgreSQL's declarative partitions as InnoDB's."""

from __future__ import annotations

import re
from itertools import pairwise

from lab.engines.mysql.dialect import quote, quote_all
from lab.model.schema import Partitioning

_RANGE = re.compile(r"(?is)FOR VALUES FROM\s*\((?P<low>.*)\)\s*TO\s*\((?P<high>.*)\)")
_LIST = re.compile(r"(?is)FOR VALUES IN\s*\((?P<values>.*)\)")
_HASH = re.compile(r"(?is)FOR VALUES WITH\s*\(\s*modulus\s+(?P<modulus>\d+)\s*,\s*remainder\s+(?P<remainder>\d+)\s*\)")
_ZONE = re.compile(r"(?<=\d)(?:\+00(?::?00)?|Z)(?=')")


def partition_clause(partitioning: Partitioning) -> str | None:
    """The engine's PARTITION BY; None when it has none of the same meaning: gaps between ranges, expressions as
    keys, a default for a list."""
    if not all(re.fullmatch(r"\w+", key) for key in partitioning.keys) or not partitioning.partitions:
        return None
    match partitioning.strategy:
        case "range":
            return _by_range(partitioning)
        case "list":
            return _by_list(partitioning)
    return _by_hash(partitioning)


def _by_range(partitioning: Partitioning) -> str | None:
    bounds: list[tuple[str, str, str]] = []
    rest = ""
    for name, clause in partitioning.partitions:
        if clause.strip().upper() == "DEFAULT":
            rest = name
        elif match := _RANGE.search(clause):
            bounds.append((name, _value(match["low"]), _value(match["high"])))
        else:
            return None
    if any(earlier[2] != later[1] for earlier, later in pairwise(bounds)) or not bounds:
        return None
    lines = [f"PARTITION {quote(name)} VALUES LESS THAN ({high})" for name, _, high in bounds]
    if rest:
        most = ", ".join(["MAXVALUE"] * len(partitioning.keys))
        lines.append(f"PARTITION {quote(rest)} VALUES LESS THAN ({most})")
    return _joined("RANGE COLUMNS", partitioning, lines)


def _by_list(partitioning: Partitioning) -> str | None:
    lines = []
    for name, clause in partitioning.partitions:
        if not (match := _LIST.search(clause)):
            return None
        lines.append(f"PARTITION {quote(name)} VALUES IN ({_value(match['values'])})")
    return _joined("LIST COLUMNS", partitioning, lines)


def _by_hash(partitioning: Partitioning) -> str | None:
    """KEY hashes any type; the rows fall into other partitions than PostgreSQL's, as many and of the same names."""
    found = [_HASH.search(clause) for _, clause in partitioning.partitions]
    moduli = {match["modulus"] for match in found if match}
    if None in found or len(moduli) != 1 or int(next(iter(moduli))) != len(found):
        return None
    return _joined("KEY", partitioning, [f"PARTITION {quote(name)}" for name, _ in partitioning.partitions])


def _value(text: str) -> str:
    """Bounds without the zone that the engine's times have not, and PostgreSQL's word for the end."""
    return re.sub(r"(?i)\bMAXVALUE\b", "MAXVALUE", _ZONE.sub("", text.strip()))


def _joined(kind: str, partitioning: Partitioning, lines: list[str]) -> str:
    return f"PARTITION BY {kind} ({quote_all(partitioning.keys)}) (\n  " + ",\n  ".join(lines) + "\n)"
