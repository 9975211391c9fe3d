"""Drizzle's column builders -> the model's types.

Source: Drizzle's manual, "PostgreSQL / MySQL / SQLite column types". Types of other databases become the nearest of
PostgreSQL that holds all their values, as in the Prisma reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.model.schema import Type
from lab.readers.typescript import Value, constant_text, entry, number_of, truth_of

Options = Value | None


@dataclass(frozen=True, slots=True)
class Built:
    """A builder's type; whether its values are counted up; what the model does not keep of it, and what that
    changes."""

    type: Type
    is_serial: bool = False
    loss: tuple[str, str] | None = None


_Build = Callable[[Options], Built]


def _plain(name: str, *arguments: int) -> _Build:
    return lambda options: Built(Type(name, arguments))


def _serial(name: str) -> _Build:
    return lambda options: Built(Type(name), is_serial=True)


def _sized(name: str, option: str, default: tuple[int, ...] = ()) -> _Build:
    def build(options: Options) -> Built:
        number = number_of(entry(options, option))
        return Built(Type(name, default if number is None else (number,)))

    return build


def _decimal(default: tuple[int, ...] = ()) -> _Build:
    def build(options: Options) -> Built:
        precision, scale = number_of(entry(options, "precision")), number_of(entry(options, "scale"))
        if precision is None:
            return Built(Type("numeric", default))
        return Built(Type("numeric", (precision,) if scale is None else (precision, scale)))

    return build


def _moment(name: str) -> _Build:
    def build(options: Options) -> Built:
        has_zone = truth_of(entry(options, "withTimezone"))
        precision = number_of(entry(options, "precision"))
        zoned = {"timestamp": "timestamptz", "time": "timetz"}[name] if has_zone else name
        return Built(Type(zoned, () if precision is None else (precision,)))

    return build


def _interval(options: Options) -> Built:
    precision = number_of(entry(options, "precision"))
    fields = constant_text(entry(options, "fields"))
    loss = (f"fields {fields}", "any interval is held") if fields else None
    return Built(Type("interval", () if precision is None else (precision,)), loss=loss)


def _geometry(options: Options) -> Built:
    kind, srid = constant_text(entry(options, "type")), number_of(entry(options, "srid"))
    said = ", ".join(str(part) for part in (kind, srid) if part is not None)
    return Built(Type("geometry"), loss=(f"modifiers ({said})", "kept as geometry") if said else None)


def _unsigned(signed: str, larger: str) -> _Build:
    """MySQL's integers: unsigned ones need the next larger type, and the largest has none."""

    def build(options: Options) -> Built:
        if not truth_of(entry(options, "unsigned")):
            return Built(Type(signed))
        loss = ("unsigned", "numbers above 2^63 do not fit") if signed == larger else None
        return Built(Type(larger), loss=loss)

    return build


def _mysql_moment(name: str) -> _Build:
    return lambda options: Built(Type(name, (number_of(entry(options, "fsp")) or 0,)))


def _sqlite_integer(options: Options) -> Built:
    match constant_text(entry(options, "mode")):
        case "boolean":
            return Built(Type("boolean"))
        case "timestamp" | "timestamp_ms" as mode:
            unit = "milliseconds" if mode.endswith("ms") else "seconds"
            return Built(Type("bigint"), loss=(f"mode {mode}", f"kept as the number of {unit} the database holds"))
    return Built(Type("integer"))


def _sqlite_text(options: Options) -> Built:
    if constant_text(entry(options, "mode")) == "json":
        return Built(Type("jsonb"))
    length = number_of(entry(options, "length"))
    return Built(Type("text") if length is None else Type("varchar", (length,)))


def _sqlite_blob(options: Options) -> Built:
    mode = constant_text(entry(options, "mode"))
    return Built(Type("bytea"), loss=(f"mode {mode}", "kept as bytes") if mode in ("json", "bigint") else None)


_POSTGRES: Mapping[str, _Build] = {
    "bigint": _plain("bigint"),
    "bigserial": _serial("bigint"),
    "bit": _sized("bit", "dimensions"),
    "boolean": _plain("boolean"),
    "bytea": _plain("bytea"),
    "char": _sized("char", "length", (1,)),
    "cidr": _plain("cidr"),
    "date": _plain("date"),
    "decimal": _decimal(),
    "doublePrecision": _plain("double precision"),
    "geometry": _geometry,
    "halfvec": _sized("halfvec", "dimensions"),
    "inet": _plain("inet"),
    "integer": _plain("integer"),
    "interval": _interval,
    "json": _plain("json"),
    "jsonb": _plain("jsonb"),
    "line": _plain("line"),
    "macaddr": _plain("macaddr"),
    "macaddr8": _plain("macaddr8"),
    "numeric": _decimal(),
    "point": _plain("point"),
    "real": _plain("real"),
    "serial": _serial("integer"),
    "smallint": _plain("smallint"),
    "smallserial": _serial("smallint"),
    "sparsevec": _sized("sparsevec", "dimensions"),
    "text": _plain("text"),
    "time": _moment("time"),
    "timestamp": _moment("timestamp"),
    "uuid": _plain("uuid"),
    "varchar": _sized("varchar", "length"),
    "vector": _sized("vector", "dimensions"),
}
_MYSQL: Mapping[str, _Build] = {
    "bigint": _unsigned("bigint", "bigint"),
    "binary": _plain("bytea"),
    "blob": _plain("bytea"),
    "boolean": _plain("boolean"),
    "char": _sized("char", "length", (1,)),
    "customBinary": _plain("bytea"),
    "date": _plain("date"),
    "datetime": _mysql_moment("timestamp"),
    "decimal": _decimal((10, 0)),
    "double": _plain("double precision"),
    "float": _plain("real"),
    "int": _unsigned("integer", "bigint"),
    "json": _plain("jsonb"),
    "longtext": _plain("text"),
    "mediumint": _unsigned("integer", "integer"),
    "mediumtext": _plain("text"),
    "real": _plain("double precision"),
    "serial": _serial("bigint"),
    "smallint": _unsigned("smallint", "integer"),
    "text": _plain("text"),
    "time": _mysql_moment("time"),
    "timestamp": _mysql_moment("timestamptz"),
    "tinyint": _plain("smallint"),
    "tinytext": _plain("text"),
    "varbinary": _plain("bytea"),
    "varchar": _sized("varchar", "length"),
    "vector": _sized("vector", "dimensions"),
    "year": _plain("smallint"),
}
_SQLITE: Mapping[str, _Build] = {
    "blob": _sqlite_blob,
    "int": _sqlite_integer,
    "integer": _sqlite_integer,
    "numeric": _decimal(),
    "real": _plain("double precision"),
    "text": _sqlite_text,
}
BUILDERS: Mapping[str, Mapping[str, _Build]] = {"postgres": _POSTGRES, "mysql": _MYSQL, "sqlite": _SQLITE}
