"""Parameters by number, as text."""

from __future__ import annotations

from lab.model.placeholder import rewrite_placeholders
from lab.model.workload import Value


def number_placeholders(sql: str) -> tuple[str, list[str]]:
    """`:name` parameters as `$1`, `$2`, …, and the names in that order."""
    names: list[str] = []

    def number(key: str) -> str:
        if key not in names:
            names.append(key)
        return f"${names.index(key) + 1}"

    return rewrite_placeholders(sql, number), names


def encode(value: Value) -> str | None:
    """Parameters travel as text of unknown type, so that the server infers each from its context."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def encode_bytes(value: Value) -> bytes | None:
    text = encode(value)
    return None if text is None else text.encode()
