"""Drizzle's schemas for PostgreSQL, MySQL and SQLite, read as text.

Source of the language: Drizzle's manual, "Schema declaration", "Indexes & Constraints"; of names in the database:
what `drizzle-kit export` makes of the same schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab.errors import LabError
from lab.model.schema import Key, Loss, Schema, Statement, Table
from lab.readers.drizzle.chains import TableCall, is_enum, made_by, symbol_name, table_call, unchained
from lab.readers.drizzle.columns import Read, read_column
from lab.readers.drizzle.extras import add_extras
from lab.readers.drizzle.policies import table_name
from lab.readers.drizzle.reading import Known, Reading
from lab.readers.drizzle.sequences import sequence_sql
from lab.readers.expressions import quoted
from lab.readers.typescript import (
    Call,
    Module,
    Place,
    Program,
    Value,
    constant_text,
    doc_of,
    entry,
    exported,
    lookup,
    namespace,
)

_PROVIDERS = {"pg-core": "postgres", "mysql-core": "mysql", "sqlite-core": "sqlite", "singlestore-core": "mysql"}
_VIEWS = ("pgView", "pgMaterializedView", "mysqlView", "sqliteView", "view")
_CONFIGS = tuple(f"drizzle.config.{suffix}" for suffix in ("ts", "mts", "js", "mjs", "cjs"))


def read(program: Program) -> Schema:
    """The schema the files' exports make up together. Raises LabError with file and line at the first mistake."""
    found = _exports(program)
    made = [table for value in found if (table := table_call(value)) is not None]
    reading = Reading(_provider(made, program), _casing(program))
    for value in found:
        _read_other(value, reading)
    tables = _read_tables(made, reading)
    _report_hidden(program, tables, reading)
    _secure(tables, reading)
    losses = sorted(dict.fromkeys(reading.losses), key=_place)
    enums = tuple(dict.fromkeys(reading.enums.values()))
    return Schema(tuple(tables), enums, tuple(reading.statements), tuple(losses), reading.provider)


def _exports(program: Program) -> list[Value]:
    """What the files given export, each thing once."""
    values: dict[Value, None] = {}
    for module in program.roots:
        values.update(dict.fromkeys(namespace(module, Place(module, module.root)).entries.values()))
    return sorted(values, key=lambda value: (str(value.place.module.path), value.place.node.start_byte))


def _place(loss: Loss) -> tuple[str, int, int]:
    place = loss.position
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _provider(made: Iterable[TableCall], program: Program) -> str:
    """The one database all tables are for. Raises LabError when there are two."""
    seen: dict[str, TableCall] = {}
    for table in made:
        if table.provider:
            seen.setdefault(table.provider, table)
    if len(seen) > 1:
        first, second = list(seen.items())[:2]
        raise LabError(
            f"{second[1].call.place.position}: this table is for {second[0]}, that at "
            f"{first[1].call.place.position} for {first[0]}",
            "give the file or folder of one of the two",
        )
    if seen:
        return next(iter(seen))
    for core, provider in _PROVIDERS.items():
        if any(f"drizzle-orm/{core}" in module.text for module in program.modules()):
            return provider
    return "postgres"


def _casing(program: Program) -> str | None:
    """The `casing` of the nearest drizzle.config.ts."""
    folder = program.roots[0].path.parent
    for above in (folder, *folder.parents):
        for name in _CONFIGS:
            config = program.module(above / name)
            if config is not None:
                return _casing_of(config)
        if (above / "package.json").is_file():
            return None
    return None


def _casing_of(config: Module) -> str | None:
    value = exported(config, "default", Place(config, config.root))
    if isinstance(value, Call):
        value = value.argument(0)
    return constant_text(entry(value, "casing"))


def _read_other(value: Value, reading: Reading) -> None:
    """Whatever is exported and no table."""
    if is_enum(value) and isinstance(value, Call):
        reading.enum(value)
        return
    name = made_by(value)
    if table_call(value) is not None or not isinstance(value, Call):
        return
    start, _ = unchained(value)
    said = (constant_text(start.argument(0)) if isinstance(start, Call) else None) or value.place.text
    match name:
        case "pgSchema" if symbol_name(value.function) == "pgSchema" and said != "public":
            statement = Statement(f"CREATE SCHEMA IF NOT EXISTS {quoted(said)}", f"schema {said}", value.place.position)
            reading.statements.append(statement)
        case "pgSequence":
            sql = f"CREATE SEQUENCE {quoted(said)} {sequence_sql(value.argument(1))}".rstrip()
            reading.statements.append(Statement(sql, f"sequence {said}", value.place.position))
        case "pgPolicy":
            reading.lose(f"policy {said}", "left out: the table it links to is not this schema's", value.place)
        case _ if name in _VIEWS:
            reading.lose(f"view {said}", "not created: its query is TypeScript", value.place)


def _read_tables(made: Iterable[TableCall], reading: Reading) -> list[Table]:
    """The tables, and those they refer to."""
    tables: dict[Call, Table] = {}
    waiting = list(made)
    while waiting:
        for table in waiting:
            if table.call not in tables:
                tables[table.call] = _read_table(reading.known(table), reading)
        waiting = [table for table in reading.wanted if table.call not in tables]
    return list(tables.values())


def _read_table(known: Known, reading: Reading) -> Table:
    for unknown in known.columns.unknown:
        what = f"columns of {known.name} from {unknown.place.text}"
        reading.lose(what, f"left out: {unknown.reason}", unknown.place)
    read = list(_read_columns(known, reading))
    position = known.made.call.place.position
    primary = tuple(item.column.name for item in read if item.is_primary)
    table = Table(
        known.name,
        tuple(item.column for item in read),
        Key(primary, f"{known.name}_pkey" if reading.provider == "postgres" else None, position) if primary else None,
        tuple(item.unique for item in read if item.unique),
        tuple(item.foreign_key for item in read if item.foreign_key),
        namespace=known.namespace,
        comment=doc_of(known.made.call.place.node),
        position=position,
    )
    return add_extras(table, known, reading)


def _read_columns(known: Known, reading: Reading) -> Iterator[Read]:
    for key, builder in known.columns.entries.items():
        read = read_column(key, builder, known, reading)
        if read is not None:
            yield read


def _report_hidden(program: Program, tables: list[Table], reading: Reading) -> None:
    """Tables that are not exported, which drizzle-kit makes none of."""
    positions = {table.position for table in tables}
    for module in program.roots:
        for name, binding in module.scope.bindings.items():
            if binding.kind != "value":
                continue
            table = table_call(lookup(name, module.scope, Place(module, binding.node)))
            if table and table.call.place.position not in positions:
                reading.lose(f"table {reading.known(table).name}", "not created: it is not exported", table.call.place)


def _secure(tables: list[Table], reading: Reading) -> None:
    """Row level security, before the policies."""
    for known in reading.tables.values():
        if known.made.has_row_security:
            reading.secured.setdefault(known.name, known.made.call.place.position)
    by_name = {table.name: table for table in tables}
    statements = [
        Statement(
            f"ALTER TABLE {table_name(by_name[name])} ENABLE ROW LEVEL SECURITY",
            f"row level security of {name}",
            position,
        )
        for name, position in reading.secured.items()
        if name in by_name
    ]
    # A role outlives the database that made it: made unless it is there.
    roles = [
        Statement(
            f"DO $lab$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $lab$", f"role {role}"
        )
        for role in reading.roles
    ]
    reading.statements[:0] = roles
    reading.statements += statements
