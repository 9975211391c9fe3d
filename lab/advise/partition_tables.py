"""Partition a large table by what its queries always ask for.

A query that holds the partitions' column reads those partitions alone, and rows of a period are taken away by dropping
its partition, in an instant, where DELETE would read, write and leave holes (PostgreSQL manual, 5.12 "Table
Partitioning"). By ranges of time where queries range over a moment; by the values of an enum, or by hash, where they
hold a column equal. Keys must then contain the column, so nothing but its sequence keeps an id unique across
partitions; a table that others refer to could not keep those references, and is left alone. InnoDB has no foreign keys
on partitioned tables at all (MySQL manual, 26.6.2), which rules out most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lab.advise.accesses import Access
from lab.advise.index_blocks import table_bytes
from lab.advise.innodb_partitions import innodb_script
from lab.advise.propose import accesses
from lab.advise.scripts import create_sql, listed, named, quote
from lab.model.change import Script
from lab.model.run import Proposal, Run
from lab.model.schema import Column, ForeignKey, Key, Schema, Table

RULE = "partition_tables"
_LEAST_BYTES = 8_000_000
_MOMENTS = ("timestamptz", "timestamp", "date")
_HASHES = 8
_INNODB = ("mysql", "mariadb")
_KINDS = {"postgres": ("range", "list", "hash"), "mysql": ("range", "hash"), "mariadb": ("range", "hash")}
_RISK = (
    "a query that does not hold {column} asks every partition; a key is unique within a partition only; a partition "
    "must be made before its time, or the default one fills; the table is written anew, with writers kept out"
)


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine not in _KINDS:
        return
    sizes, found, schema = table_bytes(run), list(accesses(run, engine)), run.design.schema
    for table in schema.tables:
        asked = [access for access in found if access.table == table.name]
        if sizes.get(table.name, 0) < _LEAST_BYTES or table.partitioning:
            continue
        for column, kind in _columns(schema, table, asked, engine):
            obstacle = _obstacle(schema, table, column, engine)
            if kind == "range" or not obstacle:
                yield _proposal(schema, table, column, kind, asked, engine, obstacle)


def _obstacle(schema: Schema, table: Table, column: Column, engine: str) -> str:
    """Why the table cannot be partitioned by the column; empty when it can."""
    uniques = [key.columns for key in table.uniques]
    uniques += [index.columns for index in table.indexes if index.is_unique]
    referring = next((other.name for other, key in schema.foreign_keys() if key.table == table.name), None)
    if referring:
        return f"{referring} refers to {table.name}, whose key would be unique within a partition only"
    if engine in _INNODB and table.foreign_keys:
        return f"{table.name} refers to {table.foreign_keys[0].table}, and InnoDB partitions no table with foreign keys"
    if loose := next((columns for columns in uniques if column.name not in columns), None):
        return f"({', '.join(loose)}) of {table.name} would be unique within a partition only"
    if engine in _INNODB:
        return ""
    is_special = any(c.identity == "always" or "nextval" in (c.default or "") or c.generated for c in table.columns)
    if is_special or any(table.name in statement.sql for statement in schema.statements):
        return f"{table.name} has triggers, policies or columns that would not come along when it is written anew"
    return "" if table.namespace in (None, "public") else f"{table.name} is not in the schema public"


def _columns(schema: Schema, table: Table, asked: Sequence[Access], engine: str) -> Iterator[tuple[Column, str]]:
    """The column most asked for, of each kind of partitions."""
    ranges = Counter(name for access in asked for name in dict.fromkeys(access.ranges))
    equal = Counter(name for access in asked for name in {*access.equal, *dict(access.fixed)})
    for names, kind in ((ranges, "range"), (equal, "list"), (equal, "hash")):
        for name, _ in names.most_common():
            column = table.column(name)
            if kind in _KINDS[engine] and _is_fit(schema, column, kind):
                yield column, kind
                break


def _is_fit(schema: Schema, column: Column, kind: str) -> bool:
    if column.is_nullable or column.type.dimensions:
        return False
    if kind == "range":
        return column.type.name in _MOMENTS
    is_enum = schema.enum(column.type.name) is not None
    return is_enum if kind == "list" else not is_enum and column.type.name in ("bigint", "integer", "uuid")


def _proposal(
    schema: Schema, table: Table, column: Column, kind: str, asked: Sequence[Access], engine: str, obstacle: str
) -> Proposal:
    operations = tuple(
        dict.fromkeys(a.operation for a in asked if column.name in (*a.ranges, *a.equal, *dict(a.fixed)))
    )
    how = "ranged over" if kind == "range" else "held equal"
    reason = f"{column.name} of {table.name} is {how} by {', '.join(f'`{name}`' for name in operations)}"
    name = named(table.name, "by", column.name, "hash" if kind == "hash" else "")
    risk = _RISK.format(column=column.name)
    script = Script(name, {}, {})
    if not obstacle and engine in _INNODB:
        script = innodb_script(name, table, column, kind, engine)
    elif not obstacle:
        script = _postgres_script(name, schema, table, column, kind)
    return Proposal(RULE, script, reason, operations, risk=risk, obstacle=obstacle)


def _postgres_script(name: str, schema: Schema, table: Table, column: Column, kind: str) -> Script:
    by = f"PARTITION BY {kind.upper()} ({quote(column.name)})"
    up = _written_anew(table, by, _partitions(schema, table, column, kind))
    up += _keys(table, column.name)
    down = _written_anew(table, "", "") + _keys(table, "")
    if kind == "range":
        up += _retention(table, column)
        down = f"DROP FUNCTION {_dropper(table)}(timestamptz);\n{down}"
    return Script(name, {"postgres": up}, {"postgres": down})


def _written_anew(table: Table, partition_by: str, partitions: str) -> str:
    """A table of another make beside the old one, filled, then put in its place. Identity columns of partitioned tables
    are new in PostgreSQL 17, so that theirs is a plain default."""
    t, new = quote(table.name), named(table.name, "anew")
    identities = [column for column in table.columns if column.identity]
    like = f"LIKE {t} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS"
    comment = f"format('COMMENT ON TABLE {new} IS %L', obj_description('{t}'::regclass, 'pg_class'))"
    lines = [f"CREATE TABLE {new} ({like}) {partition_by};", f"DO $$ BEGIN\n  EXECUTE {comment};\nEND $$;"]
    lines += [partitions] if partitions else []
    for column in identities:
        name, sequence = quote(column.name), quote(f"{new}_{column.name}_seq")
        if partition_by:
            lines.append(f"CREATE SEQUENCE {sequence} AS {column.type};")
        else:
            lines.append(f"ALTER TABLE {new} ALTER COLUMN {name} DROP DEFAULT;")
            lines.append(f"ALTER TABLE {new} ALTER COLUMN {name} ADD GENERATED BY DEFAULT AS IDENTITY;")
        lines.append(f"SELECT setval('{sequence}', last_value, is_called) FROM {_sequence(table, column)};")
    lines += [f"INSERT INTO {new} SELECT * FROM {t};", f"DROP TABLE {t};", f"ALTER TABLE {new} RENAME TO {t};"]
    for column in identities:
        name, sequence = quote(column.name), _sequence(table, column)
        lines.append(f"ALTER SEQUENCE {quote(f'{new}_{column.name}_seq')} RENAME TO {sequence};")
        if partition_by:
            lines.append(f"ALTER SEQUENCE {sequence} OWNED BY {t}.{name};")
            lines.append(f"ALTER TABLE {t} ALTER COLUMN {name} SET DEFAULT nextval('{sequence}');")
    return "\n".join(lines) + "\n"


def _sequence(table: Table, column: Column) -> str:
    """As PostgreSQL calls the sequence of an identity column."""
    return quote(f"{table.name}_{column.name}_seq")


def _dropper(table: Table) -> str:
    return named(table.name, "drop_before")


def _partitions(schema: Schema, table: Table, column: Column, kind: str) -> str:
    new = named(table.name, "anew")
    if kind == "hash":
        return "\n".join(
            f"CREATE TABLE {named(table.name, f'h{number}')} PARTITION OF {new} "
            f"FOR VALUES WITH (MODULUS {_HASHES}, REMAINDER {number});"
            for number in range(_HASHES)
        )
    default = f"CREATE TABLE {named(table.name, 'other')} PARTITION OF {new} DEFAULT;"
    if kind == "list":
        enum = schema.enum(column.type.name)
        assert enum is not None
        listed = [
            f"CREATE TABLE {named(table.name, value)} PARTITION OF {new} FOR VALUES IN ({_literal(value)});"
            for value in enum.values
        ]
        return "\n".join([*listed, default])
    return f"{_periods(table, column, new)}\n{default}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _periods(table: Table, column: Column, new: str) -> str:
    """A partition a month where the rows span two years or less, else a year; and one beyond the last."""
    return f"""DO $$
DECLARE
  first timestamptz; last timestamptz; step interval; start timestamptz;
BEGIN
  SELECT min({quote(column.name)}), max({quote(column.name)}) INTO first, last FROM {quote(table.name)};
  step := CASE WHEN last - first > interval '2 years' THEN interval '1 year' ELSE interval '1 month' END;
  start := date_trunc(CASE WHEN step = interval '1 year' THEN 'year' ELSE 'month' END, first);
  WHILE start <= last + step LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF {new} FOR VALUES FROM (%L) TO (%L)',
                   '{named(table.name)}_' || to_char(start, 'YYYY_MM'), start, start + step);
    start := start + step;
  END LOOP;
END $$;"""


def _retention(table: Table, column: Column) -> str:
    return f"""-- Retention: SELECT {_dropper(table)}(now() - interval '2 years');
CREATE FUNCTION {_dropper(table)}(moment timestamptz) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  partition regclass;
  ends timestamptz;
BEGIN
  FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '{quote(table.name)}'::regclass LOOP
    ends := substring((SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = partition)
                      FROM 'TO \\(''([^'']+)''\\)');
    IF ends <= moment THEN
      EXECUTE format('DROP TABLE %s', partition);
      RETURN NEXT partition::text;
    END IF;
  END LOOP;
END $$;
"""


def _keys(table: Table, column: str) -> str:
    """The keys, references and indexes the table had, its primary key widened by the partitions' column."""
    lines, add = [], f"ALTER TABLE {quote(table.name)} ADD "
    if key := table.primary_key:
        columns = [*key.columns, *([column] if column and column not in key.columns else [])]
        lines.append(f"{add}{_constraint(key)}PRIMARY KEY ({listed(columns)});")
    lines += [f"{add}{_constraint(key)}UNIQUE ({listed(key.columns)});" for key in table.uniques]
    lines += [
        f"{add}{_constraint(key)}FOREIGN KEY ({listed(key.columns)}) REFERENCES {quote(key.table)} "
        f"({listed(key.referenced)}) ON DELETE {key.on_delete.upper()} ON UPDATE {key.on_update.upper()};"
        for key in table.foreign_keys
    ]
    return "\n".join([*lines, *map(create_sql, table.indexes)]) + "\n"


def _constraint(key: Key | ForeignKey) -> str:
    return f"CONSTRAINT {quote(key.name)} " if key.name else ""
