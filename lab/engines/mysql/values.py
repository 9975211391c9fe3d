"""Values in the binary protocol (MySQL Internals, "Binary Protocol Value")."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

Bytes = bytes | bytearray

_BINARY_CHARSET = 63
_UNSIGNED = 0x20
_NUMBERS = {0x01: "b", 0x02: "h", 0x0D: "h", 0x03: "i", 0x09: "i", 0x08: "q", 0x04: "f", 0x05: "d"}
_TINY, _FLOAT, _DOUBLE = 0x01, 0x04, 0x05
_DATE, _DATETIME, _TIMESTAMP, _TIME = 0x0A, 0x0C, 0x07, 0x0B
_DECIMALS = (0x00, 0xF6)
_JSON = 0xF5
_BIT = 0x10


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """What the protocol says of a column of an answer."""

    kind: int
    charset: int
    length: int
    is_unsigned: bool


def lenenc(number: int) -> bytes:
    """A length-encoded integer."""
    if number < 0xFB:
        return bytes((number,))
    if number < 1 << 16:
        return b"\xfc" + struct.pack("<H", number)
    if number < 1 << 24:
        return b"\xfd" + struct.pack("<I", number)[:3]
    return b"\xfe" + struct.pack("<Q", number)


def read_lenenc(data: Bytes, at: int) -> tuple[int, int]:
    """A length-encoded integer, and where it ends."""
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def column_definition(data: Bytes, at: int) -> ColumnDefinition:
    for _ in range(6):  # catalog, schema, table, its own name, column, its own name
        size, at = read_lenenc(data, at)
        at += size
    charset, length, kind, flags = struct.unpack_from("<HIBH", data, at + 1)
    return ColumnDefinition(kind, charset, length, bool(flags & _UNSIGNED))


def decode_row(row: Bytes, columns: Sequence[ColumnDefinition]) -> tuple[Any, ...]:
    """Numbers as numbers, TINYINT(1) as a truth value, times without a zone, documents as their text."""
    at = 1 + (len(columns) + 9) // 8
    values: list[Any] = []
    for place, column in enumerate(columns):
        bit = place + 2
        if row[1 + bit // 8] >> bit % 8 & 1:
            values.append(None)
            continue
        value, at = _decode(row, at, column)
        values.append(value)
    return tuple(values)


def _decode(row: Bytes, at: int, column: ColumnDefinition) -> tuple[Any, int]:
    if letter := _NUMBERS.get(column.kind):
        return _number(row, at, column, letter)
    size, at = read_lenenc(row, at)
    content = bytes(row[at : at + size])
    reader = _READERS.get(column.kind)
    return (reader(content) if reader else _text(content, column)), at + size


def _number(row: Bytes, at: int, column: ColumnDefinition, letter: str) -> tuple[Any, int]:
    if column.is_unsigned and column.kind not in (_FLOAT, _DOUBLE):
        letter = letter.upper()
    value = struct.unpack_from(f"<{letter}", row, at)[0]
    is_truth = column.kind == _TINY and column.length == 1
    return (bool(value) if is_truth else value), at + struct.calcsize(letter)


def _text(content: bytes, column: ColumnDefinition) -> Any:
    return content if column.charset == _BINARY_CHARSET else content.decode()


def _date(content: bytes) -> date | None:
    return date(*struct.unpack_from("<HBB", content)) if any(content) else None


def _moment(content: bytes) -> datetime | None:
    if not any(content):
        return None
    padded = content.ljust(11, b"\0")
    return datetime(*struct.unpack("<HBBBBBI", padded))


def _duration(content: bytes) -> timedelta:
    is_negative, days, hours, minutes, seconds, micros = struct.unpack("<?IBBBI", content.ljust(12, b"\0"))
    found = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
    return -found if is_negative else found


_READERS: dict[int, Callable[[bytes], Any]] = {
    **dict.fromkeys(_DECIMALS, lambda content: Decimal(content.decode())),
    _DATE: _date,
    _DATETIME: _moment,
    _TIMESTAMP: _moment,
    _TIME: _duration,
    _JSON: bytes.decode,
    _BIT: lambda content: int.from_bytes(content),
}
