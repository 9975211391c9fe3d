"""The spellings PostgreSQL accepts for a type -> the one the model uses.

Source: PostgreSQL manual, table 8.1 "Data Types", and the catalog's internal names (pg_type.typname).
"""

from __future__ import annotations

import re

from lab.model.schema import Type

_CANONICAL = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "decimal": "numeric",
    "dec": "numeric",
    "float": "double precision",
    "float8": "double precision",
    "float4": "real",
    "bool": "boolean",
    "character varying": "varchar",
    "char varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "bit varying": "varbit",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}
_SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
_WRITTEN = re.compile(
    r"\s*(?P<name>[^(\[]+)(?:\((?P<arguments>[^)]*)\)(?P<rest>[^(\[]*))?(?P<dimensions>(?:\[\d*\])*)\s*"
)


def canonical(name: str) -> str:
    """The model's spelling of a type's name; a name PostgreSQL does not define is left as it is."""
    return _CANONICAL.get(name, name)


def serial(name: str) -> str | None:
    """The integer type under a serial type; None for other types."""
    return _SERIALS.get(name)


def parse_type(text: str) -> tuple[Type, bool]:
    """A type as a person writes it (`timestamp(3) with time zone`, `vector(1536)`, `int4[]`), and whether all of it
    was kept: arguments that are no whole numbers are not."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return Type(text.strip()), False
    name = " ".join(f"{match['name']} {match['rest'] or ''}".split())
    arguments = [argument.strip() for argument in (match["arguments"] or "").split(",") if argument.strip()]
    are_numbers = all(re.fullmatch(r"-?\d+", argument) for argument in arguments)
    numbers = tuple(int(argument) for argument in arguments) if are_numbers else ()
    spelled = name.lower() if name.lower() in _CANONICAL else name
    return Type(canonical(spelled), numbers, match["dimensions"].count("[")), are_numbers
