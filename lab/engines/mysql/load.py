"""Arrow batches as the text LOAD DATA reads: fields parted by tabs, NULL as \\N, backslash before what is special.

All of it in Arrow and numpy, a column at a time, and sent from memory; no file is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.engines.mysql.dialect import quote

_TAB, _NOTHING, _LINE_END = (pa.scalar(text, pa.large_string()) for text in ("\t", "", "\n"))
_ROWS_AT_A_TIME = 16384
_SPECIAL = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}
_HEX = np.frombuffer(b"".join(f"{octet:02x}".encode() for octet in range(256)), dtype="S2")
_DASHES = (8, 12, 16, 20)


def load_sql(table: str, schema: pa.Schema) -> str:
    """LOAD DATA for batches of that schema. Octets travel in hexadecimal.

    Beside a column that is made so, MariaDB takes a key of 0 for none unless it is made, too.
    """
    has_octets = any(_is_octets(field.type) for field in schema)
    targets, made = [], []
    for number, field in enumerate(schema):
        variable = f"@lab_{number}"
        if _is_octets(field.type):
            made.append(f"{quote(field.name)} = UNHEX({variable})")
        elif has_octets and pa.types.is_integer(field.type):
            made.append(f"{quote(field.name)} = {variable}")
        targets.append(variable if made and variable in made[-1] else quote(field.name))
    sql = (
        f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE {quote(table)} CHARACTER SET utf8mb4 "
        f"FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ({', '.join(targets)})"
    )
    return sql + (f" SET {', '.join(made)}" if made else "")


def insert_sql(table: str, schema: pa.Schema) -> str:
    """INSERT of one row, for servers that allow no LOAD DATA LOCAL."""
    names = ", ".join(quote(field.name) for field in schema)
    marks = ", ".join("UNHEX(%s)" if _is_octets(field.type) else "%s" for field in schema)
    return f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})"


def encode(batch: pa.RecordBatch) -> Iterator[bytes]:
    """The batch's lines, some at a time: the server reads them while the next are made."""
    for start in range(0, batch.num_rows, _ROWS_AT_A_TIME):
        part = batch.slice(start, _ROWS_AT_A_TIME)
        fields = [_escaped(texts(column), column.type) for column in part.columns]
        lines = pc.binary_join_element_wise(*fields, _TAB, null_handling="replace", null_replacement="\\N")
        yield _content(pc.binary_join_element_wise(lines, _NOTHING, _LINE_END))


def rows(batch: pa.RecordBatch) -> Iterator[Sequence[str | None]]:
    """The batch's rows as texts."""
    yield from zip(*(texts(column).to_pylist() for column in batch.columns), strict=True)


def texts(column: pa.Array) -> pa.Array:
    """A column as the server reads it: times in UTC, uuids in their text form, octets in hexadecimal, lists as JSON."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "1", "0").cast(pa.large_string())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us")).cast(pa.large_string())
    if pa.types.is_list(kind):
        return pa.array(
            (None if v is None else json.dumps(v, default=str) for v in column.to_pylist()), pa.large_string()
        )
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width == 16:
        return _uuids(column)
    if _is_octets(kind):
        return pa.array((None if v is None else v.hex() for v in column.to_pylist()), pa.large_string())
    return column.cast(pa.large_string())


def _is_octets(kind: pa.DataType) -> bool:
    """Bytes that are no uuid."""
    is_uuid = pa.types.is_fixed_size_binary(kind) and kind.byte_width == 16
    return (pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)) and (
        not is_uuid
    )


def _uuids(column: pa.Array) -> pa.Array:
    octets = np.frombuffer(pc.fill_null(column, bytes(16)).buffers()[1], np.uint8)
    octets = (
        octets[column.offset * 16 : (column.offset + len(column)) * 16]
        if not column.null_count
        else octets[: len(column) * 16]
    )
    digits = _HEX[octets].view("S1").reshape(len(column), 32)
    dashed = np.insert(digits, _DASHES, b"-", axis=1)
    values = np.ascontiguousarray(dashed).view("S36").ravel()
    text = pa.array(values, pa.binary(36)).cast(pa.binary()).cast(pa.string()).cast(pa.large_string())
    return pc.if_else(pc.is_valid(column), text, pa.scalar(None, pa.large_string()))


def _escaped(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Only text can hold what has to be escaped, and seldom does."""
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_list(kind)):
        return column
    for character, escape in _SPECIAL.items():
        if pc.any(pc.match_substring(column, character)).as_py():
            column = pc.replace_substring(column, character, escape)
    return column


def _content(lines: pa.Array) -> bytes:
    """The lines end to end, as they already lie in memory."""
    offsets = np.frombuffer(lines.buffers()[1], np.int64)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(lines.buffers()[2])[offsets[0] : offsets[-1]].tobytes()
