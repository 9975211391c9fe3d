"""A column under both of its names while old and new applications run: a second one in the same row, kept equal by
triggers, since a trigger of MySQL may set what is about to be written and nothing else of its table.

The two change names in one statement, so that indexes, keys and the default go along with the first; from there on the
second is the one that goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lab.engines.mysql.ddl import TableWords, default_clause
from lab.engines.mysql.dialect import Dialect, Losses, literal, quote
from lab.migrate.diff.names import tagged
from lab.migrate.expressions import columns_of
from lab.migrate.mysql.rows import batched
from lab.migrate.postgres.words import is_volatile
from lab.migrate.step import Lock, Step, Way, in_phase, inverted, step
from lab.model.schema import Column, Schema, Table

_MARK = "a second name of another column"
"""The comment by which the column that is to go is known, whatever it is called at the moment."""
_NOTE = "both names are known until the old column goes"


def can_have_twin(tables: Sequence[Table], column: Column, schemas: Iterable[Schema]) -> bool:
    """Whether nothing writes a column past triggers (a key that counts by itself, actions of references), and no
    expression spells its name, which would then not be changed without copying. `tables` are its own before and after,
    `schemas` likewise, all by the new names."""
    names = {table.name for table in tables}
    spelled = [sql for table in tables for sql in _expressions(table)]
    tied = {
        (owner, name)
        for schema in schemas
        for mine, key in schema.foreign_keys()
        for owner, names in ((mine.name, key.columns), (key.table, key.referenced))
        for name in names
    }
    return not (
        column.identity
        or column.generated is not None
        or is_volatile(column.default)
        or any((name, column.name) in tied for name in names)
        or any(column.name in columns_of(sql) for sql in spelled)
    )


def _expressions(table: Table) -> Iterator[str]:
    yield from (each.generated for each in table.columns if each.generated is not None)
    yield from (check.expression for check in table.checks)
    yield from (part.value for index in table.indexes for part in index.parts if part.is_expression)
    yield from table.partitioning.keys if table.partitioning else ()


def steps(table: Table, old: Column, new: Column, schema: Schema, dialect: Dialect) -> list[Step]:
    """`table` as it was, its columns by their old names; `new` differs from `old` in the name."""
    table = _bare(table, table.columns)
    renamed = _bare(table, tuple(new if c.name == old.name else c for c in table.columns))
    forth, back = _exchange(table, old, new), _exchange(table, new, old)
    title = f"{table.name}.{new.name} takes over from {old.name}"
    again, gone = inverted([_start(renamed, new, old, schema, dialect), _copied(table, new, old)])
    return [
        *in_phase("expand", [_start(table, old, new, schema, dialect)]),
        *in_phase("migrate", [_copied(table, old, new), step(title, forth, back, note=_NOTE)]),
        *in_phase("contract", [again, replace(gone, title=f"drop column {table.name}.{old.name}")]),
    ]


def _exchange(table: Table, first: Column, second: Column) -> Way:
    """The names of the first column and of the second, which goes by the mark: done twice, it would undo itself, so a
    run that was killed has to find out whether it did it."""
    name = quote(tagged(f"lab_exchange_{table.name}_{first.name}", "sync"))
    names = ((first.name, second.name), (second.name, first.name))
    renames = ", ".join(f"RENAME COLUMN {quote(a)} TO {quote(b)}" for a, b in names)
    create = (
        f"CREATE PROCEDURE {name}()\nBEGIN\n  IF EXISTS (SELECT 1 FROM information_schema.columns\n"
        f"    WHERE table_schema = database() AND table_name = {literal(table.name)}\n"
        f"    AND column_name = {literal(second.name)} AND column_comment = {literal(_MARK)}) THEN\n"
        f"    ALTER TABLE {quote(table.name)} {renames};\n  END IF;\nEND"
    )
    drop = f"DROP PROCEDURE IF EXISTS {name}"
    return Way((drop, create, f"CALL {name}()", drop), _brief(table), is_atomic=False)


def _brief(table: Table) -> Lock:
    return Lock("metadata lock", (table.name,), "reads and writes")


def _start(table: Table, source: Column, target: Column, schema: Schema, dialect: Dialect) -> Step:
    """The second column, and the triggers."""
    twin = replace(target, is_nullable=True, default=None, comment=_MARK)
    said = _words(_bare(table, (*table.columns, twin)), schema, dialect).column(twin)
    how = "" if dialect.is_mariadb else ", ALGORITHM=INSTANT"
    name = quote(table.name)
    up = [f"ALTER TABLE {name} ADD COLUMN {said}{how}", *_triggers(table, source, target, schema, dialect)]
    drops = [f"DROP TRIGGER IF EXISTS {quote(_trigger(table, source, target, when))}" for when in ("insert", "update")]
    down = [*drops, f"ALTER TABLE {name} DROP COLUMN {quote(target.name)}{how}"]
    lock = _brief(table)
    title = f"add {table.name}.{source.name} as {target.name}, both kept equal"
    return step(title, Way(tuple(up), lock, is_atomic=False), Way(tuple(down), lock, is_atomic=False))


def _bare(table: Table, columns: tuple[Column, ...]) -> Table:
    """The columns alone: what stands on them spells the names they had."""
    return Table(table.name, columns, namespace=table.namespace)


def _words(table: Table, schema: Schema, dialect: Dialect) -> TableWords:
    return TableWords(dialect, replace(schema, tables=(table,)), table, Losses())


def _trigger(table: Table, source: Column, target: Column, when: str) -> str:
    return tagged(f"lab_{when}_{table.name}_{min(source.name, target.name)}", "sync")


def _triggers(table: Table, source: Column, target: Column, schema: Schema, dialect: Dialect) -> Iterator[str]:
    """They say the same of both names, so that they hold before and after the two are exchanged: a value that is given
    counts, and one that is NULL or the default is not taken for given."""
    old, new = (f"NEW.{quote(column.name)}" for column in (source, target))
    was_old, was_new = (f"OLD.{quote(column.name)}" for column in (source, target))
    words = _words(table, schema, dialect)
    default = default_clause(source, words.types[source.name], dialect) or "NULL"
    bodies = {
        "insert": f"IF {new} IS NULL THEN SET {new} = {old};\n"
        f"  ELSEIF {old} IS NULL OR {old} <=> {default} THEN SET {old} = {new};\n"
        f"  ELSEIF {new} <=> {default} THEN SET {new} = {old};\n"
        f"  ELSE SET {old} = {new};\n  END IF;",
        "update": f"IF NOT ({new} <=> {was_new}) THEN SET {old} = {new};\n"
        f"  ELSEIF NOT ({old} <=> {was_old}) THEN SET {new} = {old};\n  END IF;",
    }
    for when, body in bodies.items():
        name = quote(_trigger(table, source, target, when))
        yield (f"CREATE TRIGGER {name} BEFORE {when.upper()} ON {quote(table.name)} FOR EACH ROW\nBEGIN\n  {body}\nEND")


def _copied(table: Table, source: Column, target: Column) -> Step:
    old, new = quote(source.name), quote(target.name)
    update = f"UPDATE {quote(table.name)} lab_row SET {new} = {old} WHERE NOT ({new} <=> {old})"
    return batched(f"copy {table.name}.{source.name} as {target.name}", table, update)
