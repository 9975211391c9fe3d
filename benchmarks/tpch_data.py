"""TPC-H's rows and queries, made at run time by the packages of the extra `bench`, loaded into the lab's PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lab.errors import LabError
from lab.model.schema import Column, Schema, Table, Type

CACHE = Path(os.environ.get("LAB_STATE", "/var/tmp/schema-performance-lab")) / "tpch"
_REMEDY = "pip install 'schema-performance-lab[bench]'"


def generate(scale: float) -> Path:
    """A folder with one Parquet file a table, made once."""
    folder = CACHE / f"{scale:g}"
    if not (folder / "lineitem.parquet").exists():
        program = shutil.which("tpchgen-cli", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
        if program is None:
            raise LabError("tpchgen-cli is not installed", _REMEDY)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([program, "parquet", "-s", f"{scale:g}", "--output-dir", folder], check=True)
    return folder


def queries() -> dict[str, str]:
    """The 22 queries by name (`q01` …), as DuckDB's TPC-H extension spells them."""
    try:
        import duckdb
    except ImportError as error:
        raise LabError("duckdb is not installed", _REMEDY) from error
    package = find_spec("duckdb_extension_tpch")
    if package is None or package.submodule_search_locations is None:
        raise LabError("duckdb-extension-tpch is not installed", _REMEDY)
    (file,) = Path(package.submodule_search_locations[0]).rglob("*.duckdb_extension")
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{file}'")
        rows = connection.execute("SELECT query_nr, query FROM tpch_queries()").fetchall()
    return {f"q{number:02}": text.strip().rstrip(";") for number, text in rows}


def read_schema(folder: Path) -> Schema:
    """Tables and types as the files have them: no key, no index."""
    return Schema(tuple(_table(file) for file in sorted(folder.glob("*.parquet"))))


def _table(file: Path) -> Table:
    columns = tuple(Column(field.name, _type(field.type), is_nullable=False) for field in pq.read_schema(file))
    return Table(file.stem, columns)


def _type(type_: pa.DataType) -> Type:
    if pa.types.is_decimal(type_):
        return Type("numeric", (type_.precision, type_.scale))
    return Type({"int64": "bigint", "int32": "integer", "date32[day]": "date"}.get(str(type_), "text"))


def batches(file: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a table, its texts in the form the lab loads."""
    for batch in pq.ParquetFile(file).iter_batches(50_000):
        yield pa.record_batch([_plain(column) for column in batch.columns], names=batch.schema.names)


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column
