"""Rows changed in batches that commit one by one, from where the last run stopped, with a pause after each.

Plain PL/pgSQL, so that any tool can run it: not in a transaction. How far it is stands in the table `lab_backfill`,
which goes when no backfill is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote
from lab.engines.postgres.definitions import type_sql
from lab.migrate.postgres.words import batches
from lab.migrate.step import Way
from lab.model.schema import Schema, Table

BATCH_ROWS = 1000
PAUSE_SECONDS = 0.01
BATCH_BLOCKS = 16
PROGRESS = "lab_backfill"
ROW = "lab_row"
"""The column that is the key, for the time being, of a table that has none."""


def row_key(table: Table) -> tuple[str, ...] | None:
    """Columns that tell the rows apart and are never NULL; None when a table has none."""
    for key in sorted(table.keys, key=lambda key: ROW not in key.columns):
        if not any(table.column(name).is_nullable for name in key.columns):
            return key.columns
    return None


def by_key(name: str, table: Table, key: Sequence[str], schema: Schema, change: Callable[[str], str]) -> Way:
    """`change(condition)` is the statement that changes the rows of `table` a condition picks."""
    columns = ", ".join(map(quote, key))
    low, top = ([f"lab_{edge}{number}" for number in range(len(key))] for edge in ("low", "top"))
    types = [type_sql(table.column(column).type, schema) for column in key]
    declared = "".join(
        f"  {lower} {kind};\n  {upper} {kind};\n" for lower, upper, kind in zip(low, top, types, strict=True)
    )
    step, owner = literal(name), qualified(table)
    stored = ", ".join(f"after[{place}]::{kind}" for place, kind in enumerate(types, 1))
    at, until = ", ".join(low), ", ".join(top)
    ascending, descending = (", ".join(f"{quote(column)}{way}" for column in key) for way in ("", " DESC"))
    span = f"({columns}) >= ({at}) AND ({columns}) <= ({until})"
    as_text = ", ".join(f"{lower}::text" for lower in low)
    return _block(
        f"""\
DO $lab$
DECLARE
{declared}BEGIN
  CREATE TABLE IF NOT EXISTS {PROGRESS} (step text PRIMARY KEY, after text[] NOT NULL);
  SELECT {stored} INTO {at} FROM {PROGRESS} p WHERE p.step = {step};
  IF NOT FOUND THEN
    SELECT {columns} INTO {at} FROM {owner} ORDER BY {ascending} LIMIT 1;
  END IF;
  COMMIT;
  WHILE {low[0]} IS NOT NULL LOOP
    SELECT {columns} INTO {until}
    FROM (SELECT {columns} FROM {owner} WHERE ({columns}) >= ({at}) ORDER BY {ascending} LIMIT {BATCH_ROWS}) batch
    ORDER BY {descending} LIMIT 1;
    EXIT WHEN NOT FOUND;
    {change(span)};
    SELECT {columns} INTO {at} FROM {owner} WHERE ({columns}) > ({until}) ORDER BY {ascending} LIMIT 1;
    EXIT WHEN NOT FOUND;
    INSERT INTO {PROGRESS} VALUES ({step}, ARRAY[{as_text}])
    ON CONFLICT ON CONSTRAINT {PROGRESS}_pkey DO UPDATE SET after = EXCLUDED.after;
    COMMIT;
    PERFORM pg_sleep({PAUSE_SECONDS});
  END LOOP;
  DELETE FROM {PROGRESS} p WHERE p.step = {step};
  IF NOT EXISTS (SELECT FROM {PROGRESS}) THEN
    DROP TABLE {PROGRESS};
  END IF;
END $lab$""",
        table,
    )


def while_any(table: Table, condition: str, assignments: str) -> Way:
    """For a table without a key: block by block, then so many rows at a time as long as there are any for which the
    condition holds, since rows that are changed meanwhile move."""
    owner = qualified(table)
    return _block(
        f"""\
DO $lab$
DECLARE
  changed bigint;
  block bigint := 0;
BEGIN
  WHILE block < pg_relation_size({literal(owner)}) / current_setting('block_size')::bigint LOOP
    UPDATE {owner} SET {assignments}
    WHERE ctid >= format('(%s,0)', block)::tid AND ctid < format('(%s,0)', block + {BATCH_BLOCKS})::tid
      AND {condition};
    COMMIT;
    block := block + {BATCH_BLOCKS};
    PERFORM pg_sleep({PAUSE_SECONDS});
  END LOOP;
  LOOP
    UPDATE {owner} SET {assignments}
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM {owner} WHERE {condition} LIMIT {BATCH_ROWS})) AND {condition};
    GET DIAGNOSTICS changed = ROW_COUNT;
    EXIT WHEN changed = 0;
    COMMIT;
    PERFORM pg_sleep({PAUSE_SECONDS});
  END LOOP;
END $lab$""",
        table,
    )


def _block(sql: str, table: Table) -> Way:
    return Way((sql,), batches(table), is_atomic=False, is_backfill=True)


def update(name: str, table: Table, schema: Schema, column: str, expression: str, condition: str) -> Way:
    """Gives a column its values where a condition asks for it."""
    assignments = f"{quote(column)} = {expression}"
    key = row_key(table)
    if key is None:
        return while_any(table, condition, assignments)
    return by_key(
        name,
        table,
        key,
        schema,
        lambda span: f"UPDATE {qualified(table)} SET {assignments} WHERE {span} AND ({condition})",
    )
