"""Options of sequences, as SQL says them -> as Drizzle does."""

from __future__ import annotations

import re

from lab.writers.typescript import record

_OPTIONS = {
    "startWith": r"\bSTART(?:\s+WITH)?\s+(-?\d+)",
    "increment": r"\bINCREMENT(?:\s+BY)?\s+(-?\d+)",
    "minValue": r"\bMINVALUE\s+(-?\d+)",
    "maxValue": r"\bMAXVALUE\s+(-?\d+)",
    "cache": r"\bCACHE\s+(\d+)",
}


def sequence_options(sql: str) -> str:
    """`{ startWith: 100, increment: 5 }`; empty where all is as usual."""
    found: dict[str, str | None] = {}
    for name, pattern in _OPTIONS.items():
        match = re.search(pattern, sql, re.IGNORECASE)
        number = match[1] if match else None
        is_large = number is not None and abs(int(number)) > 2**53
        found[name] = f'"{number}"' if is_large else number
    found["cycle"] = "true" if re.search(r"(?<!NO )\bCYCLE\b", sql, re.IGNORECASE) else None
    return record(found)
