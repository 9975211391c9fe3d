"""Types whose values are sent as text: how a whole number is spelled in each, different numbers differently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from lab.datagen.options import Joined
from lab.datagen.seed import Rows
from lab.model.schema import Type

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MONTH_HOURS = 30 * 24
_MOST_HOURS = 8_000 * 365 * 24
_ADDRESSES = ("inet", "cidr")
_BITS = 48
"""Numbers are taken as whole numbers of so many bits."""


@cache
def _octets() -> Joined:
    """Not made when this is imported: for its first array pyarrow imports pandas, which every command would pay for."""
    return Joined([pa.array(form.format(octet) for octet in range(256)) for form in ("10.{}.", "{}.", "{}")])


def is_spelled(type_: Type) -> bool:
    return (type_.name in _SPELLED or type_.name in _ADDRESSES) and not type_.dimensions


def is_range(type_: Type) -> bool:
    """Whether the values are ranges: those of different numbers never overlap."""
    return type_.name.endswith("range") and is_spelled(type_)


def reach(type_: Type) -> int:
    """How many different values are drawn; more are there to be counted."""
    return _MONTH_HOURS if type_.name == "interval" else 2**_BITS


def spell(type_: Type, numbers: Rows) -> pa.Array:
    """Texts the server reads as values of the type."""
    if type_.name in _ADDRESSES:
        return _addresses(numbers)
    write = _SPELLED[type_.name]
    return pa.array([write(int(number) % 2**_BITS, type_) for number in numbers], pa.string())


def _addresses(numbers: Rows) -> pa.Array:
    """All at once: tables of sessions and events are long, and each row has one."""
    octets = numbers.astype("<i8", copy=False).view(np.uint8).reshape(-1, 8)
    return _octets().take([octets[:, place] for place in (2, 1, 0)])


def _bits(number: int, type_: Type) -> str:
    length = type_.arguments[0] if type_.arguments else 1
    return f"{number % 2 ** min(length, _BITS):0{length}b}"


def _loose_bits(number: int, type_: Type) -> str:
    length = type_.arguments[0] if type_.arguments else _BITS
    return f"{number % 2 ** min(length, _BITS):b}"


def _hardware_address(number: int, _: Type) -> str:
    return ":".join(f"{number >> shift & 255:02x}" for shift in range(40, -8, -8))


def _long_hardware_address(number: int, _: Type) -> str:
    return "02:00:" + _hardware_address(number, Type("macaddr"))


def _clock(number: int, _: Type) -> str:
    seconds, microseconds = divmod(number % 86_400_000_000, 1_000_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{microseconds:06}+00"


def _interval(number: int, _: Type) -> str:
    return f"{number % 10_000_000} hours"


def _place(number: int) -> str:
    return f"({number % 1000},{number // 1000})"


def _whole_range(number: int, _: Type) -> str:
    start = number % 200_000_000 * 10
    return f"[{start},{start + 10})"


def _hours(number: int) -> tuple[datetime, datetime]:
    start = _EPOCH + timedelta(hours=number % _MOST_HOURS)
    return start, start + timedelta(hours=1)


def _time_range(number: int, _: Type) -> str:
    start, end = _hours(number)
    return f'["{start:%Y-%m-%d %H:%M:%S}","{end:%Y-%m-%d %H:%M:%S}")'


def _zoned_range(number: int, _: Type) -> str:
    start, end = _hours(number)
    return f'["{start:%Y-%m-%d %H:%M:%S}+00","{end:%Y-%m-%d %H:%M:%S}+00")'


def _date_range(number: int, _: Type) -> str:
    start = date(2000, 1, 1) + timedelta(days=number % 2_000_000)
    return f"[{start},{start + timedelta(days=1)})"


def _several(write: Callable[[int, Type], str]) -> Callable[[int, Type], str]:
    return lambda number, type_: "{" + write(number, type_) + "}"


def _vector(number: int, type_: Type) -> str:
    length = type_.arguments[0] if type_.arguments else 3
    return "[" + ",".join(str((number // (place + 1)) % 997 / 997) for place in range(length)) + "]"


_SPELLED: dict[str, Callable[[int, Type], str]] = {
    "macaddr": _hardware_address,
    "macaddr8": _long_hardware_address,
    "bit": _bits,
    "varbit": _loose_bits,
    "interval": _interval,
    "timetz": _clock,
    "point": lambda number, _: _place(number),
    "line": lambda number, _: f"{{1,{number % 1000 + 1},{number}}}",
    "lseg": lambda number, _: f"[(0,0),{_place(number)}]",
    "box": lambda number, _: f"{_place(number)},(-1,-1)",
    "path": lambda number, _: f"[(0,0),(1,1),{_place(number)}]",
    "polygon": lambda number, _: f"((0,0),(0,1),{_place(number)})",
    "circle": lambda number, _: f"<{_place(number)},1>",
    "int4range": _whole_range,
    "int8range": _whole_range,
    "numrange": _whole_range,
    "tsrange": _time_range,
    "tstzrange": _zoned_range,
    "daterange": _date_range,
    "int4multirange": _several(_whole_range),
    "int8multirange": _several(_whole_range),
    "nummultirange": _several(_whole_range),
    "tsmultirange": _several(_time_range),
    "tstzmultirange": _several(_zoned_range),
    "datemultirange": _several(_date_range),
    "xml": lambda number, _: f"<value>{number}</value>",
    "jsonpath": lambda number, _: f"$.value{number}",
    "tsquery": lambda number, _: f"'word{number}'",
    "pg_lsn": lambda number, _: f"{number >> 32:X}/{number & 0xFFFFFFFF:X}",
    "hstore": lambda number, _: f'"number"=>"{number}"',
    "ltree": lambda number, _: f"top.{number % 10}.{number}",
    "vector": _vector,
}
