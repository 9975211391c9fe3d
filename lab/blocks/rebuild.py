"""A table of PostgreSQL made anew, partitioned or not, with all that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote, quote_all
from lab.model.schema import Table


def rebuild_sql(table: Table, clause: str, key: Sequence[str], partitions: str) -> str:
    """Statements that move the rows of a table to a new one of its name, with `clause` (PARTITION BY …, or nothing) and
    `key` for its primary key; `partitions` are the statements that make its partitions. Identity goes on counting;
    checks, indexes and references to other tables are made again as they are."""
    name, old = qualified(table), quote("rebuilt_from")
    moved = f"{quote(table.namespace)}.{old}" if table.namespace else old
    identity, kind = next(((column.name, column.identity) for column in table.columns if column.identity), ("", ""))
    written = [column.name for column in table.columns if column.generated is None]
    counted = (
        f"ALTER TABLE {name} ALTER COLUMN {quote(identity)} ADD GENERATED {kind.upper()} AS IDENTITY;\n"
        f"SELECT setval(pg_get_serial_sequence({literal(name)}, {literal(identity)}), "
        f"coalesce((SELECT max({quote(identity)}) FROM {name}), 0) + 1, false);\n"
        if identity
        else ""
    )
    return f"""
CREATE TEMP TABLE hanging AS
SELECT 1 AS step, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS made
FROM pg_index i WHERE indrelid = {literal(name)}::regclass
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u'))
UNION ALL
SELECT 2, format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = {literal(name)}::regclass AND conparentid = 0
UNION ALL
SELECT 3, pg_get_triggerdef(oid)
FROM pg_trigger WHERE tgrelid = {literal(name)}::regclass AND NOT tgisinternal AND tgparentid = 0;
ALTER TABLE {name} RENAME TO {old};
CREATE TABLE {name} (LIKE {moved} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING COMMENTS)
{clause};
{partitions}
INSERT INTO {name} ({quote_all(written)}) SELECT {quote_all(written)} FROM {moved};
COMMENT ON TABLE {name} IS {literal(table.comment) if table.comment else "NULL"};
DROP TABLE {moved};
ALTER TABLE {name} ADD CONSTRAINT {quote(key_name(table))} PRIMARY KEY ({quote_all(key)});
{counted}DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT made FROM hanging ORDER BY step, made LOOP
    EXECUTE found.made;
  END LOOP;
END $$;
DROP TABLE hanging;
"""


def key_name(table: Table) -> str:
    """The primary key's, as PostgreSQL calls it where nobody did."""
    named = table.primary_key.name if table.primary_key else None
    return named or f"{table.name}_pkey"
