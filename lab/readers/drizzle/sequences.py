"""Options of sequences and identities as Drizzle names them -> as SQL does."""

from __future__ import annotations

from lab.readers.typescript import Constant, Value, entry, truth_of

_OPTIONS = {
    "startWith": "START WITH",
    "increment": "INCREMENT BY",
    "minValue": "MINVALUE",
    "maxValue": "MAXVALUE",
    "cache": "CACHE",
}


def sequence_sql(options: Value | None) -> str:
    """`START WITH 100 INCREMENT BY 5`; empty where all is as usual."""
    found = []
    for name, words in _OPTIONS.items():
        value = entry(options, name)
        said = (value.digits or str(value.value)) if isinstance(value, Constant) else ""
        if said and said != "1":
            found.append(f"{words} {said}")
    return " ".join([*found, *(["CYCLE"] if truth_of(entry(options, "cycle")) else [])])
