"""`lab normalize`: a source and its rows -> the normal form of each table; and the variant that mends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from lab import readers
from lab.datagen import Generator, read_spec
from lab.design import read_design
from lab.errors import LabError, did_you_mean
from lab.model.data import DataSpec
from lab.model.schema import Schema, Table
from lab.model.workload import Workload
from lab.normalize import examine
from lab.normalize.declared import declared
from lab.normalize.decompose import Target
from lab.normalize.examine import TableVerdict, without
from lab.normalize.rejoin import rejoins
from lab.normalize.split import Judged, Split, split
from lab.normalize.variant import ENGINES, rewriting, variant_text
from lab.readers.rows import file_rows, row_files, schema_of
from lab.workloads import write_script

GENERATED = "generated"
Rows = Callable[[Table], pa.Table | None]


@dataclass(frozen=True, slots=True)
class Judgements:
    schema: Schema
    tables: tuple[Judged, ...]
    origin: str
    """Of the rows; empty where there were none."""


def normal_forms(
    source: str, data: str = "", tables: Sequence[str] = (), target: Target = "3nf", most_rows: int = 500_000
) -> Judgements:
    """Judges each table of a source. `data` is where its rows are: a folder of files or one file, a server's address,
    or `generated`; of a running server, and of files of rows, they are its own.

    Raises LabError for what cannot be read, and a table there is not.
    """
    schema, spec = _schema(source)
    rows, origin = _rows(source, data, schema, spec, most_rows)
    said = declared(schema, spec, readers.source_texts(schema))
    names = [table.name for table in schema.tables]
    for name in tables:
        if name not in names:
            raise LabError(f"there is no table called {name}", did_you_mean(name, names))
    chosen = [table for table in schema.tables if not tables or table.name in tables]
    server = next((place for place in (data or source,) if readers.live.is_live(place)), "")

    def judged(table: Table) -> Judged:
        looked_at = rows(table)
        verdict = examine(table, said[table.name], looked_at)
        if looked_at is not None and looked_at.num_rows >= most_rows:
            verdict = _asked_of_all(replace(verdict, is_cut=True), server)
        return _judged(verdict, schema, looked_at, target)

    return Judgements(schema, tuple(map(judged, chosen)), origin)


def _asked_of_all(verdict: TableVerdict, server: str) -> TableVerdict:
    """What the first rows say, held against all of them: a question to the server for each dependency."""
    found = [each.dependency for each in verdict.known if not each.declared_at]
    refuted, unasked = [], []
    for dependency in found:
        (right,) = dependency.right
        answer = readers.live.is_refuted(server, verdict.table, sorted(dependency.left), right) if server else None
        if answer is None:
            unasked.append(dependency)
        elif answer:
            refuted.append(dependency)
    return replace(without(verdict, refuted), unasked=tuple(unasked))


def _judged(verdict: TableVerdict, schema: Schema, rows: pa.Table | None, target: Target) -> Judged:
    table = verdict.table
    found = split(verdict, schema, target)
    if isinstance(found, str) or rows is None:
        return Judged(verdict, found)
    if not rejoins(rows, found):
        return Judged(verdict, f"{table.name} is left alone: its rows do not come together again")
    return Judged(verdict, found, is_checked=True)


def _schema(source: str) -> tuple[Schema, DataSpec | None]:
    """The schema, and what its `data.toml` says where one lies beside it."""
    path = Path(source)
    if readers.live.is_live(source):
        return readers.read(source), None
    if files := row_files(path):
        has_schema = path.is_dir() and any(path.glob("schema.*"))
        if not has_schema:
            return schema_of(files), None
    schema = readers.read(_schema_in(path))
    beside = (path if path.is_dir() else path.parent) / "data.toml"
    return schema, read_spec(beside, schema) if beside.exists() else None


def _schema_in(path: Path) -> Path:
    """A design's schema, where the path is a design's folder."""
    names = ("schema.prisma", "schema.sql", "schema.ts")
    return next((path / name for name in names if (path / name).exists()), path)


def _rows(source: str, data: str, schema: Schema, spec: DataSpec | None, most: int) -> tuple[Rows, str]:
    if not data and (readers.live.is_live(source) or _is_of_files(schema)):
        data = source
    if not data:
        return lambda _: None, ""
    if data == GENERATED:
        generator = Generator(schema, spec or DataSpec(), 1.0, 1)
        return lambda table: _generated(generator, table, most), "rows the lab makes"
    if readers.live.is_live(data):
        return lambda table: readers.live.rows(data, table, most), "rows of the server"
    files = {file.stem: file for file in row_files(Path(data))}
    if not files:
        hint = f"name a folder with {schema.tables[0].name}.csv or .parquet, a server's address, or generated"
        raise LabError(f"there are no rows at {data}", hint)
    if not any(table.name in files for table in schema.tables):
        raise LabError(f"no file in {data} bears a table's name", f"name them as {schema.tables[0].name}.csv")
    return lambda table: file_rows(files[table.name], most) if table.name in files else None, f"rows in {data}"


def _is_of_files(schema: Schema) -> bool:
    return any(t.position and Path(t.position.file).suffix not in readers.READERS for t in schema.tables)


def _generated(generator: Generator, table: Table, most: int) -> pa.Table:
    batches = []
    for batch in generator.batches(table.name):
        batches.append(batch)
        if sum(each.num_rows for each in batches) >= most:
            break
    return pa.Table.from_batches(batches).slice(0, most)


def write_variant(folder: Path, judged: Judgements, name: str) -> list[Path]:
    """Writes the migration for each engine, and the queries that change, into a design; returns the paths.

    Raises LabError when the design has such a variant already, or there is nothing to split.
    """
    if not folder.is_dir() or not any(folder.glob("schema.*")):
        raise LabError(
            f"{folder} is no design's folder, and a variant lies in one",
            "make one with `lab init`, and give its rows by --data",
        )
    splits = [each.split for each in judged.tables if isinstance(each.split, Split)]
    if not splits:
        reasons = "; ".join(str(each.split) for each in judged.tables[:3])
        raise LabError("there is no table to split", reasons)
    design = read_design(folder)
    variants, queries = folder / "variants", Path(design.workload.origin)
    if any(variant.name == name for variant in design.variants):
        raise LabError(f"{folder} has a variant {name} already", "choose another name with --variant, or remove it")
    made = variant_text(design.schema, splits, design.workload, ENGINES)
    if not queries.is_file():
        queries = folder.resolve().parent.parent / "workloads" / folder.resolve().name / "queries.sql"
    files = {variants / f"{name}.{engine}.sql": text for engine, text in made.migrations.items()}
    if made.rewrites:
        files |= _queries(queries, design.workload) | {
            queries.with_name(f"{name}.sql"): write_script(rewriting(made.rewrites, name))
        }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(files)


def unsaid(folder: Path, judged: Judgements) -> list[str]:
    """What `data.toml` lacks, as lines to put there: rows the lab makes hold only to what is said in it, and the
    migration of a split refuses rows that contradict its keys."""
    tables = read_design(folder).data.tables
    lines = []
    for each in judged.tables:
        name = each.verdict.table.name
        columns = tables[name].columns if name in tables else {}
        for known in each.verdict.known if isinstance(each.split, Split) else ():
            left = ", ".join(f'"{column}"' for column in sorted(known.dependency.left))
            missing = known.dependency.right - {column for column, said in columns.items() if said.depends_on}
            if known.declared_at:
                lines += [f"[{name}.{right}] depends_on = [{left}]" for right in sorted(missing)]
    return lines


def _queries(path: Path, workload: Workload) -> dict[Path, str]:
    """A design without queries of its own needs them written down before a variant can rewrite any."""
    return {} if path.exists() else {path: write_script(workload)}
