"""Arrow columns as SQLite keeps them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def python_values(column: pa.Array) -> list[Any]:
    """A column as SQLite stores it: decimals as numbers, times as ISO 8601 text in UTC, uuids and arrays as text."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64()).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp(kind.unit)).cast(pa.string())  # strftime takes thirty times as long
        return (pc.binary_join_element_wise(text, "+00:00", "") if kind.tz else text).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    values: list[Any] = column.to_pylist()
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width == 16:
        return [None if value is None else str(uuid.UUID(bytes=value)) for value in values]
    if pa.types.is_list(kind):
        return [None if value is None else json.dumps(value, default=str) for value in values]
    return values
