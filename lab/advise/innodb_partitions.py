"""Partitions of a table of InnoDB, made where it stands, and the way back (MySQL manual, 26.2 "Partitioning Types")."""

from __future__ import annotations

from lab.advise.queries import identifier
from lab.advise.scripts import named
from lab.model.change import Script
from lab.model.schema import Column, Table

_HASHES = 8
_YEARS_FROM = 24
"""Months: rows that span more are parted by the year."""


def innodb_script(name: str, table: Table, column: Column, kind: str, engine: str) -> Script:
    up = _by_range(table, column) if kind == "range" else _by_hash(table, column)
    t, widened = _q(table.name), _widened(table, column)
    down = [f"DROP PROCEDURE {named(table.name, 'drop_before')};"] if kind == "range" else []
    down.append(f"ALTER TABLE {t} REMOVE PARTITIONING;")
    if widened and table.primary_key:
        down.append(f"ALTER TABLE {t} {_primary_key(table.primary_key.columns)};")
    return Script(name, {engine: up}, {engine: "\n".join(down)})


def _by_hash(table: Table, column: Column) -> str:
    change = f"ALTER TABLE {_q(table.name)} {_widened(table, column)}"
    return f"{change} PARTITION BY KEY ({_q(column.name)}) PARTITIONS {_HASHES};"


def _by_range(table: Table, column: Column) -> str:
    """A partition a month, or a year, from the first row to the last, and one for the rest: what they are is for the
    rows to say, so that the statement is put together there."""
    t, c, dropper = _q(table.name), _q(column.name), named(table.name, "drop_before")
    return f"""SET SESSION group_concat_max_len = 1000000;
SET @partitions = (
  WITH RECURSIVE span AS (
    SELECT coalesce(min({c}), now()) AS first, coalesce(max({c}), now()) AS last,
      if(timestampdiff(MONTH, min({c}), max({c})) > {_YEARS_FROM}, 12, 1) AS months
    FROM {t}
  ), bounds AS (
    SELECT date_add(if(months = 12, makedate(year(first), 1), date_sub(date(first), INTERVAL day(first) - 1 DAY)),
      INTERVAL months MONTH) AS bound FROM span
    UNION ALL SELECT date_add(bound, INTERVAL months MONTH) FROM bounds, span WHERE bound <= last
  )
  SELECT group_concat(concat('PARTITION before_', replace(date(bound), '-', '_'), ' VALUES LESS THAN (''', date(bound),
    ''')') ORDER BY bound SEPARATOR ', ') FROM bounds);
SET @partitioned = concat('ALTER TABLE {t} {_widened(table, column)} PARTITION BY RANGE COLUMNS ({c}) (', @partitions,
  ', PARTITION later VALUES LESS THAN (MAXVALUE))');
PREPARE partitioned FROM @partitioned;
EXECUTE partitioned;
DEALLOCATE PREPARE partitioned;
-- Retention: CALL {dropper}(now() - INTERVAL 2 YEAR);
CREATE PROCEDURE {dropper}(moment datetime) BEGIN
  SET @ended = (SELECT group_concat(partition_name) FROM information_schema.partitions
    WHERE table_schema = database() AND table_name = '{table.name}' AND partition_description <> 'MAXVALUE'
    AND cast(replace(partition_description, '''', '') AS datetime) <= moment);
  IF @ended IS NOT NULL THEN
    SET @ended = concat('ALTER TABLE {t} DROP PARTITION ', @ended);
    PREPARE ended FROM @ended;
    EXECUTE ended;
    DEALLOCATE PREPARE ended;
  END IF;
END;"""


def _widened(table: Table, column: Column) -> str:
    """A key must hold the partitions' column."""
    key = table.primary_key
    return _primary_key((*key.columns, column.name)) if key and column.name not in key.columns else ""


def _primary_key(columns: tuple[str, ...]) -> str:
    return f"DROP PRIMARY KEY, ADD PRIMARY KEY ({', '.join(map(_q, columns))})"


def _q(name: str) -> str:
    return identifier(name).sql(dialect="mysql")
