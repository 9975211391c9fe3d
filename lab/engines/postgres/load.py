"""Arrow batches into PostgreSQL by binary COPY (manual, COPY, "Binary Format"), encoded by pgpq."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from pgpq import ArrowToPostgresBinaryEncoder
from pgpq.encoders import StringEncoderBuilder
from pgpq.schema import Jsonb

from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote, quote_all
from lab.engines.postgres.binary import binary_form, has_binary_form
from lab.engines.postgres.text import text_form
from lab.model.schema import Column, Table, Type

BUILT_IN = re.compile(r"[a-z][a-z0-9_ .]*")
"""Names of types that are written without quotes."""
_BINARY_ELEMENTS = frozenset("smallint integer bigint real numeric boolean text timestamp date".split())
_TEXT_ONLY = frozenset(
    "macaddr8 interval timetz xml bit varbit money point line lseg box path polygon circle tsvector "
    "tsquery int4range int8range numrange tsrange tstzrange daterange oid ltree hstore vector pg_lsn jsonpath "
    "int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange".split()
) | {"bit varying"}


def load_rows(connection: psycopg.Connection, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
    """Appends batches inside the transaction that is open; returns the rows written."""
    columns = {column.name: column for column in table.columns}
    iterator = iter(batches)
    first = next(iterator, None)
    if first is None:
        return 0
    # What the lab loads it can load again; the next statement that commits as usual makes these rows durable, too.
    connection.execute(b"SET LOCAL synchronous_commit = off")
    loaded = [columns[name] for name in first.schema.names]
    identity = _Largest([column.name for column in loaded if column.identity])
    everything = identity.seen_in(_in_binary(itertools.chain((first,), iterator), loaded))
    if all(_is_binary(column.type) for column in loaded):
        count = _copy(connection, qualified(table), loaded, everything)
    else:
        count = _copy_and_cast(connection, table, loaded, everything)
    for name, largest in identity.values.items():
        _advance_identity(connection, table, name, largest)
    return count


class _Largest:
    """The largest value of some columns among the batches that passed."""

    def __init__(self, names: Sequence[str]) -> None:
        self.values = dict.fromkeys(names, 0)

    def seen_in(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for name, before in self.values.items():
                self.values[name] = max(before, pc.max(batch.column(name)).as_py() or 0)
            yield batch


def _in_binary(batches: Iterable[pa.RecordBatch], columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """The batches with columns in binary whose form the lab itself makes."""
    made = {column.name: column.type for column in columns if has_binary_form(column.type)}
    for batch in batches:
        for name, kind in made.items():
            place = batch.schema.get_field_index(name)
            batch = batch.set_column(place, name, binary_form(batch.column(place), kind))
        yield batch


def _copy(
    connection: psycopg.Connection, target: str, columns: Sequence[Column], batches: Iterable[pa.RecordBatch]
) -> int:
    names = quote_all([column.name for column in columns])
    count, encoder = 0, None
    with connection.cursor().copy(f"COPY {target} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
        for batch in batches:
            if encoder is None:
                encoder = _encoder(batch.schema, columns)
                copy.write(encoder.write_header())
            copy.write(encoder.write_batch(batch))
            count += batch.num_rows
        if encoder is not None:
            copy.write(encoder.finish())
    return count


def _copy_and_cast(
    connection: psycopg.Connection, table: Table, columns: Sequence[Column], batches: Iterable[pa.RecordBatch]
) -> int:
    """For types whose binary form nobody here makes (ranges, shapes): text first, cast by the server."""
    cast = {column.name: column.type for column in columns if not _is_binary(column.type)}
    names = quote_all([column.name for column in columns])
    staging = f"CREATE TEMPORARY TABLE lab_staging ON COMMIT DROP AS SELECT {names} FROM {qualified(table)} LIMIT 0"
    connection.execute(staging.encode())
    for column in cast:
        connection.execute(f"ALTER TABLE lab_staging ALTER {quote(column)} TYPE text".encode())
    plain = [replace(column, type=Type("text")) if column.name in cast else column for column in columns]
    count = _copy(connection, "lab_staging", plain, (_as_text(batch, cast) for batch in batches))
    selected = ", ".join(
        f"{quote(column.name)}::{_cast_type(column.type)}" if column.name in cast else quote(column.name)
        for column in columns
    )
    insert = f"INSERT INTO {qualified(table)} ({names}) OVERRIDING SYSTEM VALUE SELECT {selected} FROM lab_staging"
    connection.execute(insert.encode())
    return count


def _advance_identity(connection: psycopg.Connection, table: Table, column: str, largest: int) -> None:
    """Lets the column go on above the largest value loaded, also where others load the same table."""
    if largest < 1:
        return
    place = f"{literal(qualified(table))}, {literal(column)}"
    connection.execute(f"SELECT pg_advisory_xact_lock(hashtext({literal(qualified(table))}))".encode())
    connection.execute(
        f"SELECT setval(found, greatest(coalesce(pg_sequence_last_value(found), 0), {largest})) "
        f"FROM (SELECT pg_get_serial_sequence({place})::regclass AS found) AS sequence".encode()
    )


def _is_binary(type_: Type) -> bool:
    if type_.dimensions:
        return type_.dimensions == 1 and type_.name in _BINARY_ELEMENTS
    return type_.name not in _TEXT_ONLY


def _as_text(batch: pa.RecordBatch, cast: Mapping[str, Type]) -> pa.RecordBatch:
    columns = {
        field.name: text_form(column, cast[field.name].name) if field.name in cast else column
        for field, column in zip(batch.schema, batch.columns, strict=True)
    }
    return pa.record_batch(columns)


def _cast_type(type_: Type) -> str:
    return str(type_) if BUILT_IN.fullmatch(type_.name) else quote(type_.name) + "[]" * type_.dimensions


def _encoder(schema: pa.Schema, columns: Sequence[Column]) -> ArrowToPostgresBinaryEncoder:
    encoders: dict[str, Any] = {}
    for field, column in zip(schema, columns, strict=True):
        if column.type.name == "jsonb" and not column.type.dimensions:
            encoders[field.name] = StringEncoderBuilder.new_with_output(field, Jsonb())
        else:
            encoders[field.name] = ArrowToPostgresBinaryEncoder.infer_encoder(field)
    return ArrowToPostgresBinaryEncoder.new_with_encoders(schema, encoders)
