"""Each row says when it was made and when it last changed.

Adds `created_at` and `updated_at` where a table lacks them, and a trigger that sets `updated_at` whenever an UPDATE
did not itself. Rows there are already get the moment of the migration.

Without --table: every table that lacks one of the two, but for join tables and logs.

MySQL: ON UPDATE CURRENT_TIMESTAMP does it for a new column, a trigger for one that was there. SQLite cannot add a
column with a changing default: the columns may be NULL, and a second trigger fills them in after each INSERT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.audit.shapes import dates_change, dates_making, is_join_table, is_log
from lab.blocks.block import MYSQL, POSTGRES, QUOTES, SQLITE, Block, Step, Wanted, chosen_tables, key_columns, matches
from lab.engines.ddl import qualified
from lab.model.design import Design
from lab.model.schema import Table

_SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"


def build(design: Design, wanted: Wanted) -> Block:
    tables = chosen_tables(design.schema, wanted, _lacks_some, "without created_at or updated_at")
    return Block(
        "timestamps",
        "created_at and updated_at on every row, kept by the database: a trigger sets updated_at whenever an UPDATE\n"
        "does not. Rows there are already say when this migration ran. It costs a trigger call for each row changed.",
        {
            POSTGRES: [
                *map(_touch_function, sorted(set(map(_changed, tables)))),
                *(step for table in tables for step in _postgres(table)),
            ],
            MYSQL: [step for table in tables for step in _mysql(table)],
            SQLITE: [step for table in tables for step in _sqlite(table)],
        },
        tables=tuple(table.name for table in tables),
    )


def _lacks_some(table: Table) -> bool:
    return bool(list(_missing(table))) and not is_join_table(table) and not is_log(table)


def _missing(table: Table) -> Iterator[str]:
    if not any(map(dates_making, table.columns)):
        yield "created_at"
    if not any(map(dates_change, table.columns)):
        yield "updated_at"


def _changed(table: Table) -> str:
    return next((column.name for column in table.columns if dates_change(column)), "updated_at")


def _touch_function(column: str) -> Step:
    function = QUOTES[POSTGRES](f"touch_{column}")
    return Step(
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          NEW.{QUOTES[POSTGRES](column)} := now();
          RETURN NEW;
        END $$;
        """,
        f"DROP FUNCTION {function}();",
    )


def _columns(table: Table, name: str, quoted: Callable[[str], str], definition: Callable[[str], str]) -> Step | None:
    missing = list(_missing(table))
    if not missing:
        return None
    added = ", ".join(f"ADD COLUMN {quoted(column)} {definition(column)}" for column in missing)
    dropped = ", ".join(f"DROP COLUMN {quoted(column)}" for column in missing)
    return Step(f"ALTER TABLE {name} {added};", f"ALTER TABLE {name} {dropped};")


def _postgres(table: Table) -> Iterator[Step]:
    name, quoted = qualified(table), QUOTES[POSTGRES]
    if step := _columns(table, name, quoted, lambda column: "timestamptz NOT NULL DEFAULT now()"):
        yield step
    changed, trigger = _changed(table), quoted(f"{table.name}_touch")
    column, function = quoted(changed), quoted(f"touch_{changed}")
    yield Step(
        f"""
        CREATE TRIGGER {trigger} BEFORE UPDATE ON {name} FOR EACH ROW
        WHEN (NEW.{column} IS NOT DISTINCT FROM OLD.{column}) EXECUTE FUNCTION {function}();
        """,
        f"DROP TRIGGER {trigger} ON {name};",
    )


def _mysql(table: Table) -> Iterator[Step]:
    quoted = QUOTES[MYSQL]
    name, now = quoted(table.name), "CURRENT_TIMESTAMP(6)"

    def definition(column: str) -> str:
        keeps = f" ON UPDATE {now}" if column == "updated_at" else ""
        return f"datetime(6) NOT NULL DEFAULT {now}{keeps}"

    if step := _columns(table, name, quoted, definition):
        yield step
    if "updated_at" not in _missing(table):
        column, trigger = quoted(_changed(table)), quoted(f"{table.name}_touch")
        yield Step(
            f"""
            CREATE TRIGGER {trigger} BEFORE UPDATE ON {name} FOR EACH ROW
            SET NEW.{column} = IF(NEW.{column} <=> OLD.{column}, {now}, NEW.{column});
            """,
            f"DROP TRIGGER {trigger};",
        )


def _sqlite(table: Table) -> Iterator[Step]:
    name, quoted = QUOTES[SQLITE](table.name), QUOTES[SQLITE]
    missing = list(_missing(table))
    for column in missing:
        yield Step(
            f"ALTER TABLE {name} ADD COLUMN {quoted(column)} TEXT;\n"
            f"UPDATE {name} SET {quoted(column)} = {_SQLITE_NOW};",
            f"ALTER TABLE {name} DROP COLUMN {quoted(column)};",
        )
    same = matches(key_columns(table, "timestamps"), quoted, "", "NEW.")
    if missing:
        filled = ", ".join(f"{quoted(column)} = coalesce({quoted(column)}, {_SQLITE_NOW})" for column in missing)
        yield Step(
            f"CREATE TRIGGER {quoted(f'{table.name}_made')} AFTER INSERT ON {name} BEGIN\n"
            f"  UPDATE {name} SET {filled} WHERE {same};\nEND;",
            f"DROP TRIGGER {quoted(f'{table.name}_made')};",
        )
    column = quoted(_changed(table))
    yield Step(
        f"CREATE TRIGGER {quoted(f'{table.name}_touch')} AFTER UPDATE ON {name}\n"
        f"WHEN NEW.{column} IS OLD.{column} BEGIN\n"
        f"  UPDATE {name} SET {column} = {_SQLITE_NOW} WHERE {same};\nEND;",
        f"DROP TRIGGER {quoted(f'{table.name}_touch')};",
    )
