"""A split as a migration, up and down, with its rows moved.

Up and down are the same work: the rows are set aside whole, the tables are made anew as the engine makes any table,
the rows go in, then keys, indexes and references are built over them. Columns so stand in their old places after the
way back, and nothing is left of dropped ones on the disk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lab.engines.engine import Engine
from lab.model.schema import Column, Schema, Table
from lab.normalize.doors import doors
from lab.normalize.split import Split, reshaped
from lab.normalize.whole import Quote, key_of, quoting, said, whole_rows

_REFERENCE = re.compile(r'ADD (?:CONSTRAINT (?P<name>["`](?:[^"`])+["`]) )?FOREIGN KEY \((?P<columns>[^)]*)\)')
_ALTERED = re.compile(r"ALTER TABLE (?P<table>\S+)\s")


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements of one engine."""

    up: tuple[str, ...]
    down: tuple[str, ...]


def migration(schema: Schema, splits: Sequence[Split], engine: Engine) -> Migration:
    """Both ways, in the engine's own SQL."""
    new = reshaped(schema, splits)
    say = _Saying(engine, quoting(engine.name))
    old_tables = {split.table.name for split in splits}
    new_tables = old_tables | {other.name for split in splits for other in split.others}
    old_ddl, new_ddl = say.ddl(schema, old_tables), say.ddl(new, new_tables)
    made = [doors(split, engine.name, say.creation(split, new_ddl)) for split in splits]
    up = [
        *(say.set_aside(split, f"SELECT * FROM {say.name(split.table)}") for split in splits),
        *say.drop(schema, old_ddl, old_tables),
        *new_ddl.before,
        *(sql for split in splits for sql in say.fill_parts(split)),
        *say.finish(splits, new_ddl.after, [split.slim for split in splits]),
        *(sql for door in made for sql in door.make),
    ]
    down = [
        *(sql for door in reversed(made) for sql in door.drop),
        *(say.set_aside(split, whole_rows(split, say.quote)) for split in splits),
        *say.drop(new, new_ddl, new_tables),
        *old_ddl.before,
        *(say.fill(split.table, split.table.columns, say.aside(split)) for split in splits),
        *say.finish(splits, old_ddl.after, [split.table for split in splits]),
    ]
    return Migration(tuple(up), tuple(down))


@dataclass(frozen=True, slots=True)
class _Ddl:
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Saying:
    engine: Engine
    quote: Quote

    def name(self, table: Table) -> str:
        return said(table, self.quote)

    def ddl(self, schema: Schema, names: set[str]) -> _Ddl:
        """What makes these tables, and references to them: all statements but those of the rest alone. Where
        references are part of CREATE TABLE the rest may keep its own, which hold by name."""
        whole = self.engine.create_sql(schema)
        others = [table for table in schema.tables if table.name not in names]
        stripped = [
            replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.table not in names))
            for table in others
        ]
        rest = self.engine.create_sql(replace(schema, tables=tuple(stripped)))
        if not set(rest.before) <= set(whole.before):
            rest = self.engine.create_sql(replace(schema, tables=tuple(others)))
        return _Ddl(_without(whole.before, rest.before), _without(whole.after, rest.after))

    def creation(self, split: Split, ddl: _Ddl) -> str:
        """The statements that create the parts, the slim table's last: what it says of a column goes."""
        heads = [f"CREATE TABLE {self.name(table)} " for table in (*split.others, split.slim)]
        return "\n".join(sql for head in heads for sql in ddl.before if sql.startswith(head))

    def aside(self, split: Split) -> str:
        return self.quote(f"{split.table.name}__moved")

    def set_aside(self, split: Split, query: str) -> str:
        return f"CREATE TABLE {self.aside(split)} AS\n{query}"

    def drop(self, schema: Schema, ddl: _Ddl, names: set[str]) -> Iterator[str]:
        """References to and from the tables, then the tables."""
        for sql in ddl.after:
            altered = _ALTERED.match(sql)
            for match in _REFERENCE.finditer(sql) if altered else ():
                table = altered["table"] if altered else ""
                yield f"ALTER TABLE {table} {self._drop_clause()} {match['name'] or self._default_name(table, match)}"
        for table in schema.tables:
            if table.name in names:
                yield f"DROP TABLE {self.name(table)}"

    def _drop_clause(self) -> str:
        return "DROP CONSTRAINT" if self.engine.name == "postgres" else "DROP FOREIGN KEY"

    def _default_name(self, table: str, match: re.Match[str]) -> str:
        """The name PostgreSQL gives a reference."""
        columns = re.findall(r'"([^"]+)"', match["columns"])
        return self.quote("_".join((table.rsplit(".", 1)[-1].strip('"'), *columns, "fkey")))

    def fill_parts(self, split: Split) -> Iterator[str]:
        for other in reversed(split.others):
            filled = " AND ".join(f"{self.quote(name)} IS NOT NULL" for name in key_of(other))
            yield f"{self.fill(other, other.columns, self.aside(split), 'DISTINCT ')}\nWHERE {filled}"
        yield self.fill(split.slim, split.slim.columns, self.aside(split))

    def fill(self, table: Table, columns: Sequence[Column], source: str, distinct: str = "") -> str:
        stored = [column for column in columns if column.generated is None]
        names = ", ".join(self.quote(column.name) for column in stored)
        is_given = self.engine.name == "postgres" and any(column.identity == "always" for column in stored)
        overriding = " OVERRIDING SYSTEM VALUE" if is_given else ""
        return f"INSERT INTO {self.name(table)} ({names}){overriding}\nSELECT {distinct}{names} FROM {source}"

    def finish(self, splits: Sequence[Split], after: Sequence[str], tables: Sequence[Table]) -> Iterator[str]:
        """What was set aside goes; keys, indexes and references come; counters go on where they were."""
        for split in splits:
            yield f"DROP TABLE {self.aside(split)}"
        yield from after
        for table in tables if self.engine.name == "postgres" else ():
            for column in table.columns:
                if column.identity:
                    name, quoted = self.name(table), self.quote(column.name)
                    sequence = f"pg_get_serial_sequence('{name}', '{column.name}')"
                    yield f"SELECT setval({sequence}, coalesce(max({quoted}), 0) + 1, false) FROM {name}"


def _without(whole: Sequence[str], rest: Sequence[str]) -> tuple[str, ...]:
    """The statements that are in the one and not in the other, as often as they are more."""
    spare = Counter(rest)
    kept = []
    for sql in whole:
        if spare[sql]:
            spare[sql] -= 1
        else:
            kept.append(sql)
    return tuple(kept)
