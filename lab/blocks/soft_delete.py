"""A deleted row is out of sight, and can be brought back.

The table takes the name `<table>_with_deleted` and a column `deleted_at`; a view in its place, under its old name,
shows the rows that are not deleted. So no query changes: DELETE from the view marks the row, and what the foreign
keys of other chosen tables would have deleted with it. `restore_<table>(key)` brings back the row, and what was
deleted with it in the same moment; `purge_<table>(moment)` deletes for good what was marked before.

Without --table: every table that others refer to and that has no such mark yet.

A deleted row keeps its unique values, so that it can come back. A query that groups by the key of a view has to group
by the other columns it shows, too. Going back deletes for good what was marked.

MySQL has no INSTEAD OF triggers: there the view hides, and `delete_<table>(key)` marks; a DELETE still deletes.
SQLite takes no ON CONFLICT on a view.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lab.audit.shapes import deletion_mark, is_join_table
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
    key_columns,
    matches,
    names,
)
from lab.engines.engine import quote
from lab.errors import LabError
from lab.model.design import Design
from lab.model.schema import Column, ForeignKey, Schema, Table
from lab.model.workload import Operation

_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"


def build(design: Design, wanted: Wanted) -> Block:
    schema = design.schema
    tables = _with_what_goes_along(chosen_tables(schema, wanted, *_entities(schema)), schema, bool(wanted.tables))
    for table in tables:
        key_columns(table, "soft_delete")
        free_name(schema, _kept(table))
        if mark := deletion_mark(table):
            raise LabError(f"{table.name} marks deleted rows already, by {mark.name}", "leave it out")
    chosen = {table.name for table in tables}
    upsert = next((o for o in design.workload.operations if _upserts(o, chosen)), None)
    on_sqlite = {} if upsert else {SQLITE: [step for table in tables for step in _sqlite(table, schema, chosen)]}
    return Block(
        "soft_delete",
        "Deleted rows are hidden and can be brought back: a view in the place of each table shows what is not\n"
        "deleted, a DELETE marks, restore_<table>(key) brings back, purge_<table>(moment) deletes for good. It costs\n"
        "a condition in every read, and the room of what was deleted.",
        {
            POSTGRES: [_postgres(table, schema, chosen) for table in tables],
            MYSQL: [step for table in tables for step in _mysql(table)],
            **on_sqlite,
        },
        {SQLITE: f"SQLite takes no ON CONFLICT on a view, and {upsert.name} has one"} if upsert else {},
        tables=tuple(table.name for table in tables),
    )


def _upserts(operation: Operation, tables: set[str]) -> bool:
    """Whether it inserts into one of the tables with ON CONFLICT."""
    text = operation.text(SQLITE)
    into = re.search(r'\bINSERT\s+INTO\s+"?(\w+)', text, re.IGNORECASE)
    return into is not None and into[1] in tables and re.search(r"\bON\s+CONFLICT\b", text, re.IGNORECASE) is not None


def _entities(schema: Schema) -> tuple[Callable[[Table], bool], str]:
    referred = {key.table for _, key in schema.foreign_keys()}

    def fits(table: Table) -> bool:
        return table.name in referred and not is_join_table(table) and _can_be_marked(table)

    return fits, "referred to and without a mark of deletion"


def _can_be_marked(table: Table) -> bool:
    return deletion_mark(table) is None and table.partitioning is None and table.primary_key is not None


def _with_what_goes_along(tables: tuple[Table, ...], schema: Schema, is_said: bool) -> tuple[Table, ...]:
    """The tables, and those whose rows a deleted row would have taken with it, unless the user said which."""
    found = {table.name: table for table in tables}
    for child, key in () if is_said else [*schema.foreign_keys()] * len(schema.tables):
        if key.table in found and key.on_delete == "cascade" and _can_be_marked(child):
            found[child.name] = child
    return tuple(found.values())


def _kept(table: Table) -> str:
    return f"{table.name}_with_deleted"


def _cascades(table: Table, schema: Schema, chosen: set[str]) -> Iterator[tuple[Table, ForeignKey]]:
    """The chosen tables whose rows go with a row of this one."""
    for child, key in schema.foreign_keys():
        if key.table == table.name and key.on_delete == "cascade" and child.name in chosen:
            yield child, key


def _bound(key: ForeignKey, quoted: Callable[[str], str], row: str) -> str:
    return " AND ".join(
        f"{quoted(ours)} = {row}{quoted(theirs)}" for ours, theirs in zip(key.columns, key.referenced, strict=True)
    )


def _full(table: Table, name: str) -> str:
    return f"{quote(table.namespace)}.{quote(name)}" if table.namespace else quote(name)


def _postgres(table: Table, schema: Schema, chosen: set[str]) -> Step:
    kept, view = _full(table, _kept(table)), _full(table, table.name)
    key = key_columns(table, "soft_delete")
    cascades = list(_cascades(table, schema, chosen))
    gone = "".join(f"  DELETE FROM {_full(c, c.name)} WHERE {_bound(fk, quote, 'OLD.')};\n" for c, fk in cascades)
    back = "".join(
        f"  PERFORM {quote(f'restore_{c.name}')}({names(key_columns(c, ''), quote, 'c.')})\n"
        f"  FROM {_full(c, _kept(c))} c\n"
        f"  WHERE {_bound(fk, quote, 'found.')} AND c.deleted_at = found.deleted_at;\n"
        for c, fk in cascades
        if c is not table
    )
    arguments = ", ".join(f"{quote('key_' + column.name)} {column.type}" for column in key)
    given = " AND ".join(f"{quote(column.name)} = {quote('key_' + column.name)}" for column in key)
    restore, purge = quote(f"restore_{table.name}"), quote(f"purge_{table.name}")
    trigger = quote(f"{table.name}_mark_deleted")
    types = ", ".join(str(column.type) for column in key)
    return Step(
        f"""
ALTER TABLE {view} ADD COLUMN deleted_at timestamptz;
ALTER TABLE {view} RENAME TO {quote(_kept(table))};
CREATE INDEX {quote(f"{table.name}_deleted_idx")} ON {kept} (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE VIEW {view} AS
SELECT {names(table.columns, quote)} FROM {kept} WHERE deleted_at IS NULL;
CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE {kept} SET deleted_at = now() WHERE {matches(key, quote, "", "OLD.")} AND deleted_at IS NULL;
{gone}  RETURN OLD;
END $$;
CREATE TRIGGER {trigger} INSTEAD OF DELETE ON {view} FOR EACH ROW EXECUTE FUNCTION {trigger}();
-- Whether there was such a row to bring back.
CREATE FUNCTION {restore}({arguments}) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found {kept}%ROWTYPE;
BEGIN
  SELECT * INTO found FROM {kept} WHERE {given} AND deleted_at IS NOT NULL;
  IF found.deleted_at IS NULL THEN
    RETURN false;
  END IF;
  UPDATE {kept} SET deleted_at = NULL WHERE {given};
{back}  RETURN true;
END $$;
-- How many rows were deleted for good.
CREATE FUNCTION {purge}(before timestamptz) RETURNS bigint LANGUAGE sql AS $$
  WITH gone AS (DELETE FROM {kept} WHERE deleted_at < before RETURNING 1) SELECT count(*) FROM gone
$$;
""",
        f"""
DROP FUNCTION {purge}(timestamptz);
DROP FUNCTION {restore}({types});
DROP VIEW {view};
DROP FUNCTION {trigger}();
DELETE FROM {kept} WHERE deleted_at IS NOT NULL;
DROP INDEX {_full(table, f"{table.name}_deleted_idx")};
ALTER TABLE {kept} RENAME TO {quote(table.name)};
ALTER TABLE {view} DROP COLUMN deleted_at;
""",
    )


def _mysql(table: Table) -> Iterator[Step]:
    quoted = QUOTES[MYSQL]
    kept, view, key = quoted(_kept(table)), quoted(table.name), key_columns(table, "soft_delete")
    arguments = ", ".join(f"IN key_{number} {_mysql_type(column)}" for number, column in enumerate(key))
    given = " AND ".join(f"{quoted(column.name)} = key_{number}" for number, column in enumerate(key))
    yield Step(
        f"ALTER TABLE {view} ADD COLUMN deleted_at datetime(6);\n"
        f"RENAME TABLE {view} TO {kept};\n"
        f"CREATE VIEW {view} AS SELECT {names(table.columns, quoted)} FROM {kept} WHERE deleted_at IS NULL;",
        f"DROP VIEW {view};\nDELETE FROM {kept} WHERE deleted_at IS NOT NULL;\nRENAME TABLE {kept} TO {view};\n"
        f"ALTER TABLE {view} DROP COLUMN deleted_at;",
    )
    for verb, value, parameters, condition in (
        ("delete", "CURRENT_TIMESTAMP(6)", arguments, f"{given} AND deleted_at IS NULL"),
        ("restore", "NULL", arguments, given),
    ):
        procedure = quoted(f"{verb}_{table.name}")
        yield Step(
            f"CREATE PROCEDURE {procedure}({parameters}) UPDATE {kept} SET deleted_at = {value} WHERE {condition};",
            f"DROP PROCEDURE {procedure};",
        )
    purge = quoted(f"purge_{table.name}")
    yield Step(
        f"CREATE PROCEDURE {purge}(IN before_moment datetime(6)) DELETE FROM {kept} WHERE deleted_at < before_moment;",
        f"DROP PROCEDURE {purge};",
    )


def _mysql_type(column: Column) -> str:
    known = {"uuid": "char(36)", "integer": "int", "text": "varchar(255)", "timestamptz": "datetime(6)"}
    return known.get(column.type.name, str(column.type))


def _sqlite(table: Table, schema: Schema, chosen: set[str]) -> Iterator[Step]:
    quoted = QUOTES[SQLITE]
    kept, view, key = quoted(_kept(table)), quoted(table.name), key_columns(table, "soft_delete")
    gone = "".join(
        f"  DELETE FROM {quoted(child.name)} WHERE {_bound(reference, quoted, 'OLD.')};\n"
        for child, reference in _cascades(table, schema, chosen)
    )
    same = matches(key, quoted, "", "OLD.")
    written = [column for column in table.columns if column.generated is None]
    yield Step(
        f"ALTER TABLE {view} ADD COLUMN deleted_at TEXT;\n"
        f"ALTER TABLE {view} RENAME TO {kept};\n"
        f"CREATE VIEW {view} AS SELECT {names(table.columns, quoted)} FROM {kept} WHERE deleted_at IS NULL;",
        f"DROP VIEW {view};\nDELETE FROM {kept} WHERE deleted_at IS NOT NULL;\n"
        f"ALTER TABLE {kept} RENAME TO {view};\nALTER TABLE {view} DROP COLUMN deleted_at;",
    )
    bodies = {
        "insert": f"  INSERT INTO {kept} ({names(written, quoted)})\n  VALUES ({_sqlite_values(written, quoted)});\n",
        "update": f"  UPDATE {kept} SET {', '.join(f'{quoted(c.name)} = NEW.{quoted(c.name)}' for c in written)}\n"
        f"  WHERE {same};\n",
        "delete": f"  UPDATE {kept} SET deleted_at = {_SQLITE_NOW} WHERE {same} AND deleted_at IS NULL;\n{gone}",
    }
    for event, body in bodies.items():
        trigger = quoted(f"{table.name}_instead_of_{event}")
        yield Step(f"CREATE TRIGGER {trigger} INSTEAD OF {event.upper()} ON {view} BEGIN\n{body}END;", "")


def _sqlite_values(columns: Sequence[Column], quoted: Callable[[str], str]) -> str:
    """What was given for a column that may not be NULL, or its default: a view has none of its own."""
    return ", ".join(
        f"coalesce(NEW.{quoted(column.name)}, {_sqlite_default(column)})"
        if column.default is not None and not column.is_nullable
        else f"NEW.{quoted(column.name)}"
        for column in columns
    )


def _sqlite_default(column: Column) -> str:
    default = str(column.default)
    if default.lower() in ("now()", "current_timestamp"):
        return _SQLITE_NOW
    return default.partition("::")[0]
