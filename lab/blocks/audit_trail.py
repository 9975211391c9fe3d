"""Every change of a row is written down: which columns, from what, to what, when and by whom.

Adds the table `audit_trail` and triggers that write one row for each row inserted, changed or deleted; of a change,
only the columns that differ, as `{"status": ["open", "done"]}`. Values of columns named like secrets (password,
token, hash) are left out, but not that they changed. An UPDATE that changes nothing writes nothing.

Without --table: every table with a primary key, but for logs.

Who did it is PostgreSQL's setting `app.actor`, as a session sets it, or else the database's user; MySQL's `@actor`;
SQLite knows nobody. MySQL runs no triggers for what a foreign key's cascade deletes, so that is not written down
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lab.audit.shapes import is_log
from lab.blocks.block import (
    MYSQL,
    POSTGRES,
    QUOTES,
    SQLITE,
    Block,
    Step,
    Wanted,
    chosen_tables,
    free_name,
    is_secret,
    key_columns,
)
from lab.engines.ddl import qualified
from lab.engines.engine import literal
from lab.model.design import Design
from lab.model.schema import Column, Table

TRAIL = "audit_trail"
_EVENTS = ("insert", "update", "delete")


def build(design: Design, wanted: Wanted) -> Block:
    free_name(design.schema, TRAIL)
    tables = chosen_tables(design.schema, wanted, _is_worth_a_trail, "worth a trail: none has a primary key")
    return Block(
        TRAIL,
        "Every change of a row is written to audit_trail: the columns that differ, before and after, when and by\n"
        "whom. Values of columns named like secrets are left out. Each row changed costs another row written.",
        {
            POSTGRES: [_postgres_trail(), *(_postgres(table) for table in tables)],
            MYSQL: [_mysql_trail(), *(step for table in tables for step in _mysql(table))],
            SQLITE: [_sqlite_trail(), *(step for table in tables for step in _sqlite(table))],
        },
        tables=tuple(table.name for table in tables),
    )


def _is_worth_a_trail(table: Table) -> bool:
    return table.primary_key is not None and not is_log(table)


def _postgres_trail() -> Step:
    return Step(
        """
        CREATE TABLE audit_trail (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          table_name text NOT NULL,
          row_key jsonb NOT NULL,
          action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
          changes jsonb NOT NULL,
          actor text NOT NULL,
          transaction_id bigint NOT NULL DEFAULT txid_current(),
          changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX audit_trail_row_idx ON audit_trail (table_name, row_key, id);
        -- Its arguments: the key's columns, then the secret ones. It writes with its owner's rights, so that whoever
        -- changes a row needs none on the trail.
        CREATE FUNCTION write_audit_trail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
          before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
          after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
          changes jsonb;
        BEGIN
          SELECT jsonb_object_agg(key, CASE WHEN key = ANY (TG_ARGV[1]::text[]) THEN '["…", "…"]'
                                            ELSE jsonb_build_array(o.value, n.value) END)
          INTO changes
          FROM jsonb_each(before) o FULL JOIN jsonb_each(after) n USING (key)
          WHERE o.value IS DISTINCT FROM n.value;
          IF changes IS NOT NULL THEN
            INSERT INTO audit_trail (table_name, row_key, action, changes, actor)
            VALUES (TG_TABLE_NAME,
                    (SELECT jsonb_object_agg(key, CASE TG_OP WHEN 'DELETE' THEN before ELSE after END -> key)
                     FROM unnest(TG_ARGV[0]::text[]) key),
                    lower(TG_OP), changes,
                    coalesce(nullif(current_setting('app.actor', true), ''), session_user));
          END IF;
          RETURN NULL;
        END $$;
        """,
        """
        DROP FUNCTION write_audit_trail();
        DROP TABLE audit_trail;
        """,
    )


def _postgres(table: Table) -> Step:
    key = _array(key_columns(table, TRAIL))
    secret = _array([column for column in table.columns if is_secret(column)])
    name, trigger = qualified(table), QUOTES[POSTGRES](f"{table.name}_audit_trail")
    return Step(
        f"CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {name}\n"
        f"FOR EACH ROW EXECUTE FUNCTION write_audit_trail({literal(key)}, {literal(secret)});",
        f"DROP TRIGGER {trigger} ON {name};",
    )


def _array(columns: Sequence[Column]) -> str:
    """Their names as the text of an array."""
    escaped = (column.name.replace("\\", "\\\\").replace('"', '\\"') for column in columns)
    return "{" + ",".join(f'"{name}"' for name in escaped) + "}"


def _mysql_trail() -> Step:
    return Step(
        """
        CREATE TABLE audit_trail (
          id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
          table_name varchar(64) NOT NULL,
          row_key json NOT NULL,
          action varchar(6) NOT NULL,
          changes json NOT NULL,
          actor varchar(288) NOT NULL,
          changed_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
          KEY audit_trail_table_idx (table_name, id)
        );
        """,
        "DROP TABLE audit_trail;",
    )


def _mysql(table: Table) -> Iterator[Step]:
    quoted = QUOTES[MYSQL]
    for event in _EVENTS:
        row = "OLD" if event == "delete" else "NEW"
        trigger = quoted(f"{table.name}_trail_{event}")
        columns = ",\n      ".join(_mysql_change(column, event, quoted) for column in table.columns)
        insert = (
            "INSERT INTO audit_trail (table_name, row_key, action, changes, actor)\n"
            f"    VALUES ({literal(table.name)}, {_json_key(table, row, quoted, 'JSON_OBJECT')}, '{event}', changes, "
            "coalesce(@actor, USER()));"
        )
        yield Step(
            f"CREATE TRIGGER {trigger} AFTER {event.upper()} ON {quoted(table.name)} FOR EACH ROW\nBEGIN\n"
            f"  DECLARE changes json DEFAULT JSON_MERGE_PATCH(JSON_OBJECT(),\n      {columns});\n"
            f"  IF JSON_LENGTH(changes) > 0 THEN\n    {insert}\n  END IF;\nEND;",
            f"DROP TRIGGER {trigger};",
        )


def _mysql_change(column: Column, event: str, quoted: Callable[[str], str]) -> str:
    name = quoted(column.name)
    before, after = _sides(column, event, name)
    pair = f"JSON_OBJECT({literal(column.name)}, JSON_ARRAY({before}, {after}))"
    return f"IF(OLD.{name} <=> NEW.{name}, JSON_OBJECT(), {pair})" if event == "update" else pair


def _sides(column: Column, event: str, name: str) -> tuple[str, str]:
    hidden = "'…'" if is_secret(column) else None
    before = "NULL" if event == "insert" else hidden or f"OLD.{name}"
    after = "NULL" if event == "delete" else hidden or f"NEW.{name}"
    return before, after


def _json_key(table: Table, row: str, quoted: Callable[[str], str], function: str) -> str:
    pairs = (f"{literal(column.name)}, {row}.{quoted(column.name)}" for column in key_columns(table, TRAIL))
    return f"{function}({', '.join(pairs)})"


def _sqlite_trail() -> Step:
    return Step(
        """
        CREATE TABLE audit_trail (
          id INTEGER PRIMARY KEY,
          table_name TEXT NOT NULL,
          row_key TEXT NOT NULL,
          action TEXT NOT NULL,
          changes TEXT NOT NULL,
          changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
        );
        CREATE INDEX audit_trail_row_idx ON audit_trail (table_name, row_key, id);
        """,
        "DROP TABLE audit_trail;",
    )


def _sqlite(table: Table) -> Iterator[Step]:
    quoted = QUOTES[SQLITE]
    for event in _EVENTS:
        row = "OLD" if event == "delete" else "NEW"
        trigger = quoted(f"{table.name}_trail_{event}")
        pairs = "\n    UNION ALL ".join(_sqlite_change(column, event, quoted) for column in table.columns)
        yield Step(
            f"CREATE TRIGGER {trigger} AFTER {event.upper()} ON {quoted(table.name)} BEGIN\n"
            "  INSERT INTO audit_trail (table_name, row_key, action, changes)\n"
            f"  SELECT {literal(table.name)}, {_json_key(table, row, quoted, 'json_object')}, '{event}', "
            f"json_group_object(name, json(pair))\n  FROM (\n    {pairs}\n  )\n  HAVING count(*) > 0;\nEND;",
            f"DROP TRIGGER {trigger};",
        )


def _sqlite_change(column: Column, event: str, quoted: Callable[[str], str]) -> str:
    name = quoted(column.name)
    before, after = _sides(column, event, name)
    differs = f" WHERE OLD.{name} IS NOT NEW.{name}" if event == "update" else ""
    return f"SELECT {literal(column.name)} AS name, json_array({before}, {after}) AS pair{differs}"
