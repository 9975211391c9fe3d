"""Old rows go, month by month: into an archive, or for good.

The table is partitioned by month of a time column. A job calls two functions, once a day: `prepare_<table>(months)`
makes the partitions to come, `retain_<table>(keep, mode)` takes off those that are older than `keep`: `detach` leaves
each as a table of its own, `archive` moves it to the schema `archive`, where it can be read, dumped and later
dropped, `drop` deletes it. Taking off a month is a moment's work however many rows it has, where DELETE takes all of
them one by one and leaves their room to vacuum.

--table names the tables; without it, every log with a time column. Without --column: the first NOT NULL time column
that tells when a row was made. --keep says how many months. The time joins the primary key, as PostgreSQL wants it.

A table that others refer to, or with other unique keys, cannot be partitioned so. MySQL: a table `<table>_archive`
and a procedure `archive_<table>(before, most)` that moves rows in batches, as InnoDB's partitions know no foreign
keys. SQLite has neither partitions nor procedures.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.shapes import MOMENTS, dates_making, is_log, is_scalar
from lab.blocks.block import (
    MYSQL,
    POSTGRES,
    QUOTES,
    SQLITE,
    Block,
    Step,
    Wanted,
    chosen_column,
    chosen_tables,
    free_name,
    key_columns,
    names,
)
from lab.blocks.rebuild import rebuild_sql
from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote
from lab.errors import LabError
from lab.model.design import Design
from lab.model.schema import Column, Schema, Table


def build(design: Design, wanted: Wanted) -> Block:
    tables = chosen_tables(
        design.schema, wanted, lambda table: is_log(table) and _can_be(table, design.schema), "a log"
    )
    if wanted.keep_months < 1:
        raise LabError(f"--keep is {wanted.keep_months}", "keep at least one month")
    columns = {table.name: _time_column(table, wanted) for table in tables}
    for table in tables:
        _check(table, design.schema)
        free_name(design.schema, f"{table.name}_archive")
    return Block(
        "retention",
        f"Rows older than {wanted.keep_months} months are taken off by the month: {', '.join(columns)}, partitioned\n"
        "by time. retain_<table>() detaches, archives or drops old partitions, prepare_<table>() makes new ones; call\n"
        "both daily. A query that does not name the time looks into every month.",
        {
            POSTGRES: [step for table in tables for step in _postgres(table, columns[table.name], wanted.keep_months)],
            MYSQL: [step for table in tables for step in _mysql(table, columns[table.name])],
        },
        {SQLITE: "SQLite has neither partitions nor procedures: delete in batches from the application"},
        tables=tuple(columns),
    )


def _can_be(table: Table, schema: Schema) -> bool:
    has_time = any(_is_time(column) for column in table.columns)
    return has_time and table.primary_key is not None and not _obstacle(table, schema)


def _is_time(column: Column) -> bool:
    return is_scalar(column, MOMENTS) and not column.is_nullable and dates_making(column)


def _time_column(table: Table, wanted: Wanted) -> Column:
    column = chosen_column(table, wanted, _is_time, "NOT NULL time column that tells when a row was made")
    if not is_scalar(column, MOMENTS) or column.is_nullable:
        raise LabError(f"{table.name}.{column.name} is no NOT NULL timestamp", "name another: --column created_at")
    return column


def _obstacle(table: Table, schema: Schema) -> str:
    if table.partitioning:
        return "is partitioned already"
    if table.uniques or any(index.is_unique for index in table.indexes):
        return "has a unique key besides its primary key, which a partition cannot keep for all of them"
    child = next((child for child, key in schema.foreign_keys() if key.table == table.name), None)
    return f"is referred to by {child.name}, and its key would no longer be what it refers to" if child else ""


def _check(table: Table, schema: Schema) -> None:
    key_columns(table, "retention")
    if obstacle := _obstacle(table, schema):
        raise LabError(f"{table.name} {obstacle}", "name the others: --table")


def _postgres(table: Table, column: Column, months: int) -> Iterator[Step]:
    name, time = qualified(table), quote(column.name)
    key = [key.name for key in key_columns(table, "retention")]
    yield Step(
        rebuild_sql(
            table,
            f"PARTITION BY RANGE ({time})",
            [*key, *([column.name] if column.name not in key else [])],
            _first_partitions(table, column),
        ),
        f"-- What was archived comes back.\n{_return_archived(table)}" + rebuild_sql(table, "", key, ""),
    )
    yield Step(
        f"""
CREATE SCHEMA IF NOT EXISTS archive;
-- Makes the partitions of this month and the `months` after it; returns how many there were not.
CREATE FUNCTION {quote(f"prepare_{table.name}")}(months integer DEFAULT 3) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month date;
  made integer := 0;
BEGIN
  FOR month IN
    SELECT generate_series(date_trunc('month', now()), now() + make_interval(months => months), '1 month')
  LOOP
    IF to_regclass({literal(_prefix(table))} || to_char(month, 'YYYY_MM')) IS NULL THEN
      EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                     {literal(_prefix(table))} || to_char(month, 'YYYY_MM'), {literal(name)},
                     month, month + interval '1 month');
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
-- Takes off every month that ended `keep` ago or earlier; returns their names.
CREATE FUNCTION {quote(f"retain_{table.name}")}(keep interval DEFAULT '{months} months', mode text DEFAULT 'archive',
                                               at timestamptz DEFAULT now())
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  found record;
BEGIN
  IF mode NOT IN ('detach', 'archive', 'drop') THEN
    RAISE EXCEPTION 'mode is %, not detach, archive or drop', mode;
  END IF;
  FOR found IN
    SELECT c.oid::regclass AS relation, c.relname AS name
    FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
    WHERE inhparent = {literal(name)}::regclass
      AND (regexp_match(pg_get_expr(relpartbound, c.oid), 'TO \\(''([^'']+)''\\)'))[1]::timestamptz <= at - keep
    ORDER BY c.relname
  LOOP
    EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', {literal(name)}, found.relation);
    IF mode = 'archive' THEN
      EXECUTE format('ALTER TABLE %s SET SCHEMA archive', found.relation);
    ELSIF mode = 'drop' THEN
      EXECUTE format('DROP TABLE %s', found.relation);
    END IF;
    RETURN NEXT found.name;
  END LOOP;
END $$;
""",
        f"""
DROP FUNCTION {quote(f"retain_{table.name}")};
DROP FUNCTION {quote(f"prepare_{table.name}")};
""",
    )


def _prefix(table: Table) -> str:
    """What the names of its partitions begin with, as text of SQL's that needs no quotes of its own."""
    plain = f"{table.name}_"
    return plain if plain == plain.lower() else quote(plain).rstrip('"')


def _first_partitions(table: Table, column: Column) -> str:
    """A month each from the oldest row to three months from now, and one for all other times."""
    name, time = qualified(table), quote(column.name)
    return f"""
CREATE TABLE {quote(f"{table.name}_others")} PARTITION OF {name} DEFAULT;
DO $$
DECLARE month date;
BEGIN
  FOR month IN
    SELECT generate_series(date_trunc('month', coalesce(min({time}), now())), now() + interval '3 months', '1 month')
    FROM rebuilt_from
  LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                   {literal(table.name + "_")} || to_char(month, 'YYYY_MM'), {literal(name)},
                   month, month + interval '1 month');
  END LOOP;
END $$;"""


def _return_archived(table: Table) -> str:
    columns = names([column for column in table.columns if column.generated is None], quote)
    return f"""DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND NOT c.relispartition AND n.nspname IN ('archive', 'public')
      AND c.relname ~ {literal("^" + table.name + "_[0-9]{4}_[0-9]{2}$")}
  LOOP
    EXECUTE format('INSERT INTO {qualified(table)} ({columns}) OVERRIDING SYSTEM VALUE '
                   'SELECT {columns} FROM %s', found.name);
    EXECUTE format('DROP TABLE %s', found.name);
  END LOOP;
  IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'archive'
             AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid)) THEN
    DROP SCHEMA archive;
  END IF;
END $$;
"""


def _mysql(table: Table, column: Column) -> Iterator[Step]:
    quoted = QUOTES[MYSQL]
    name, archive, time = quoted(table.name), quoted(f"{table.name}_archive"), quoted(column.name)
    columns = names([column for column in table.columns if column.generated is None], quoted)
    key = key_columns(table, "retention")
    yield Step(
        f"CREATE TABLE {archive} LIKE {name};",
        f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {archive};\nDROP TABLE {archive};",
    )
    procedure = quoted(f"archive_{table.name}")
    order = f"{time}, {names(key, quoted)}"
    yield Step(
        f"""
-- Moves rows from before `before_moment` to the archive, `most` at a time, each batch in a transaction of its own.
CREATE PROCEDURE {procedure}(IN before_moment datetime(6), IN most int)
BEGIN
  DECLARE moved bigint DEFAULT 1;
  WHILE moved > 0 DO
    START TRANSACTION;
    CREATE TEMPORARY TABLE batch AS
      SELECT {names(key, quoted)} FROM {name} WHERE {time} < before_moment ORDER BY {order} LIMIT most;
    INSERT INTO {archive} ({columns})
      SELECT {", ".join("t." + quoted(c.name) for c in table.columns if c.generated is None)}
      FROM {name} t JOIN batch USING ({names(key, quoted)});
    DELETE t FROM {name} t JOIN batch USING ({names(key, quoted)});
    SET moved = ROW_COUNT();
    DROP TEMPORARY TABLE batch;
    COMMIT;
  END WHILE;
END;""",
        f"DROP PROCEDURE {procedure};",
    )
