"""Rows of files: CSV and Parquet, one a table, named for it; and the tables they make up where there is no schema.

Values of CSV are read as texts, so that `01` and `1` stay two values; what type they would be is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from lab.errors import LabError
from lab.model.schema import Column, Position, Schema, Table, Type
from lab.readers.live.texts import csv_texts

SUFFIXES = (".csv", ".tsv", ".parquet")
_TYPES = (
    (pa.types.is_integer, "bigint"),
    (pa.types.is_floating, "double precision"),
    (pa.types.is_decimal, "numeric"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_time, "time"),
    (pa.types.is_binary, "bytea"),
)


def row_files(source: Path) -> tuple[Path, ...]:
    """The files of rows a path stands for: itself, or those in the folder."""
    if source.is_dir():
        return tuple(sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES))
    return (source,) if source.suffix.lower() in SUFFIXES and source.is_file() else ()


def schema_of(files: Sequence[Path]) -> Schema:
    """A table for each file, without keys: the files tell of none. Raises LabError for one that cannot be read."""
    return Schema(tuple(map(_table, files)))


def file_rows(file: Path, most: int) -> pa.Table:
    """The first rows, `most` of them. Raises LabError."""
    try:
        if file.suffix.lower() == ".parquet":
            return pq.read_table(file).slice(0, most)
        if file.suffix.lower() == ".tsv":
            return _csv(file, "\t").slice(0, most)
        return csv_texts(file.read_bytes(), list(_header(file, ","))).slice(0, most)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(file, error) from error


def _csv(file: Path, delimiter: str) -> pa.Table:
    types = dict.fromkeys(_header(file, delimiter), pa.string())
    return pa_csv.read_csv(
        file,
        parse_options=pa_csv.ParseOptions(delimiter=delimiter),
        convert_options=pa_csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""]),
    )


def _header(file: Path, delimiter: str) -> Sequence[str]:
    names: list[str] = _arrow_schema(file, delimiter).names
    return names


def _arrow_schema(file: Path, delimiter: str) -> pa.Schema:
    with pa_csv.open_csv(file, parse_options=pa_csv.ParseOptions(delimiter=delimiter)) as reader:
        return reader.schema


def _table(file: Path) -> Table:
    try:
        if file.suffix.lower() == ".parquet":
            found = pq.read_schema(file)
        else:
            found = _arrow_schema(file, "\t" if file.suffix.lower() == ".tsv" else ",")
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(file, error) from error
    columns = tuple(Column(each.name, _type(each.type)) for each in found)
    return Table(file.stem, columns, position=Position(str(file), 1))


def _type(found: pa.DataType) -> Type:
    if pa.types.is_list(found):
        return Type(_type(found.value_type).name, dimensions=1)
    if pa.types.is_nested(found):
        return Type("jsonb")
    return Type(next((name for is_such, name in _TYPES if is_such(found)), "text"))


def _unreadable(file: Path, error: Exception) -> LabError:
    said = str(error).splitlines()[0]
    return LabError(f"cannot read {file}: {said}", "give CSV with a line of names, as UTF-8, or Parquet")
