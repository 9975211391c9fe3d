"""Arrow values as PostgreSQL's text form of them: for types whose binary form Arrow cannot make.

Source: PostgreSQL manual, 8.15.2 "Array Value Input" and 8.4.1 "bytea Hex Format".
"""

from __future__ import annotations

import re
import uuid
from datetime import time
from typing import Any

import pyarrow as pa

_NEEDS_QUOTES = re.compile(r'[{}",\\\s]|^$|^null$', re.IGNORECASE)


def text_form(array: pa.Array, type_name: str = "") -> pa.Array:
    """The column as text, which PostgreSQL casts to its type."""
    if pa.types.is_string(array.type):
        return array
    texts = [None if value is None else _spelled(value, type_name) for value in array.to_pylist()]
    return pa.array(texts, pa.string())


def _spelled(value: Any, type_name: str) -> str:
    match value:
        case list():
            delimiter = ";" if type_name == "box" else ","
            return "{" + delimiter.join(_element(item, type_name) for item in value) + "}"
        case bytes():
            return str(uuid.UUID(bytes=value)) if type_name == "uuid" else f"\\x{value.hex()}"
        case bool():
            return str(value).lower()
        case time():
            return value.isoformat()
        case _:
            return str(value)


def _element(value: Any, type_name: str) -> str:
    if value is None:
        return "NULL"
    text = _spelled(value, type_name)
    if isinstance(value, list) or not _NEEDS_QUOTES.search(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
