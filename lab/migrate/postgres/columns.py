"""Columns in place: added, filled, made NOT NULL, renamed with both names kept equal, dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote
from lab.engines.postgres.definitions import type_sql
from lab.migrate.diff.names import tagged
from lab.migrate.expressions import qualified_columns
from lab.migrate.postgres import backfill
from lab.migrate.postgres.types import convert, is_in_place, stand_in
from lab.migrate.postgres.words import (
    add_column,
    alter,
    drop_column,
    drop_constraint,
    exclusive,
    in_space,
    is_volatile,
    unhurt,
    way,
    writes_wait,
)
from lab.migrate.step import Step, Way, step
from lab.model.schema import Column, Schema, Table
from lab.readers.constraint_names import made_name


def add(
    table: Table, column: Column, schema: Schema, fill: str | None = None, is_fill_kept_up: bool = True
) -> list[Step]:
    """Steps that add a column and give it its values; writers go on. `fill` is an expression over the row."""
    where = f"{table.name}.{column.name}"
    first = column
    has_late_default = is_volatile(column.default)
    is_filled = fill is not None or has_late_default
    if is_filled:
        first = replace(first, is_nullable=True)
    if has_late_default or fill is not None:
        first = replace(first, default=None)
    up = [add_column(table, first, schema), *comment(table, column)]
    if is_filled and column.default is not None:
        up.append(alter(table, f"ALTER COLUMN {quote(column.name)} SET DEFAULT {column.default}"))
    undo = way(exclusive(table), drop_column(table, column.name))
    steps = [step(f"add column {where}", way(exclusive(table), *up), undo)]
    if not is_filled:
        return steps
    value = fill if fill is not None else column.default or "NULL"
    if fill is not None and is_fill_kept_up:
        steps.append(fill_trigger(table, column, fill))
    done = backfill.update(f"fill {where}", table, schema, column.name, value, f"{quote(column.name)} IS NULL")
    steps.append(step(f"fill {where}", done))
    return steps + ([] if column.is_nullable else not_null(table, column.name))


def fill_trigger(table: Table, column: Column, fill: str) -> Step:
    """Rows written while the old application runs get the value too."""
    name = sync_name("fill", table, column.name)
    body = f"IF NEW.{quote(column.name)} IS NULL THEN NEW.{quote(column.name)} := ({_of_new(fill, table)}); END IF;"
    return sync_step(f"keep {table.name}.{column.name} filled", table, name, body)


def _of_new(sql: str, table: Table) -> str:
    return qualified_columns(sql, "new")


def sync_name(kind: str, table: Table, column: str = "") -> str:
    return tagged(f"lab_{kind}_{table.name}" + (f"_{column}" if column else ""), "sync")


def sync_function(table: Table, name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {in_space(table, name)}() RETURNS trigger LANGUAGE plpgsql AS $lab$\n"
        f"BEGIN\n  {body}\n  RETURN NEW;\nEND $lab$"
    )


def drop_sync(table: Table, name: str) -> tuple[str, str]:
    return (
        f"DROP TRIGGER IF EXISTS {quote(name)} ON {qualified(table)}",
        f"DROP FUNCTION IF EXISTS {in_space(table, name)}()",
    )


def sync_step(title: str, table: Table, name: str, body: str) -> Step:
    """A trigger that runs before each row is written."""
    made = (
        f"CREATE TRIGGER {quote(name)} BEFORE INSERT OR UPDATE ON {qualified(table)} "
        f"FOR EACH ROW EXECUTE FUNCTION {in_space(table, name)}()"
    )
    up = way(writes_wait(table), sync_function(table, name, body), made)
    return step(title, up, way(exclusive(table), *drop_sync(table, name)))


def not_null(table: Table, column: str) -> list[Step]:
    """Through a CHECK, whose validation lets writers go on and spares SET NOT NULL its own scan (since 12)."""
    name = tagged(f"{table.name}_{column}", "not_null")
    check = f"ADD CONSTRAINT {quote(name)} CHECK ({quote(column)} IS NOT NULL) NOT VALID"
    drop = drop_constraint(table, name, if_exists=True)
    where = f"{table.name}.{column}"
    refuse = step(
        f"refuse new NULLs in {where}", way(exclusive(table), alter(table, check)), way(exclusive(table), drop)
    )
    return [
        replace(refuse, serves="next"),
        replace(step(f"check that {where} has no NULL", validate(table, name)), serves="next"),
        step(
            f"make {where} NOT NULL",
            way(exclusive(table), alter(table, f"ALTER COLUMN {quote(column)} SET NOT NULL"), drop),
            way(exclusive(table), alter(table, f"ALTER COLUMN {quote(column)} DROP NOT NULL")),
        ),
    ]


def validate(table: Table, constraint: str) -> Way:
    return way(unhurt(table), alter(table, f"VALIDATE CONSTRAINT {quote(constraint)}"))


def comment(table: Table, column: Column) -> list[str]:
    if not column.comment:
        return []
    return [f"COMMENT ON COLUMN {qualified(table)}.{quote(column.name)} IS {literal(column.comment)}"]


def for_dropping(table: Table, column: Column, schema: Schema, is_moved: bool = False) -> list[Step]:
    """The steps that would add a column that is to be dropped: undone, they drop it. Its values are lost, so that on
    the way back rows get stand-ins where NULL is forbidden."""
    nullable = replace(column, is_nullable=True)
    bare = column if column.identity else nullable
    where = f"{table.name}.{column.name}"
    loses = "" if is_moved or column.generated is not None else f"the values of {where}"
    note = "rewritten whole on the way back" if column.generated is not None or column.identity else ""
    up = way(exclusive(table), add_column(table, bare, schema), *comment(table, column))
    added = step(f"column {where}", up, way(exclusive(table), drop_column(table, column.name)), loses=loses, note=note)
    if column.is_nullable or column.generated is not None or column.identity:
        return [added]
    is_unique = any(column.name in key.columns for key in table.keys)
    value = stand_in(column, schema, is_unique)
    filled = backfill.update(
        f"stand-ins in {where}", table, schema, column.name, value, f"{quote(column.name)} IS NULL"
    )
    fill = step(f"stand-ins in {where}", filled, note=f"the way back puts {value} where NULL is forbidden")
    has_fill = column.default is None or is_volatile(column.default)
    return [added, *([fill] if has_fill or is_moved else []), *not_null(table, column.name)]


def carry(
    table: Table, walked: Table, source: Column, target: Column, schema: Schema, to_target: str, to_source: str
) -> list[Step]:
    """Steps that give a table `target`, a column equal to `source` by another name, and keep both equal whichever is
    written. `to_target` and `to_source` convert a value in braces; `walked` is the table as it is meanwhile, whose key
    the rows are copied by."""
    old, new = quote(source.name), quote(target.name)
    name, body = _equal(table, source, target, to_target, to_source)
    bare = replace(target, is_nullable=True, default=None, identity=None)
    title = f"{table.name}.{source.name} as {target.name}"
    add_sync = sync_step("", table, name, body)
    start = step(
        f"add {title}, both kept equal",
        way(exclusive(table), add_column(table, bare, schema), *comment(table, target), *add_sync.up.sql),
        way(exclusive(table), *add_sync.down.sql, drop_column(table, target.name)),
    )
    value = to_target.format(old)
    fill = backfill.update(f"copy {title}", walked, schema, target.name, value, f"{new} IS DISTINCT FROM {value}")
    steps = [start, step(f"copy {title}", fill)]
    return steps + ([] if target.is_nullable else not_null(table, target.name))


def _equal(table: Table, source: Column, target: Column, to_target: str, to_source: str) -> tuple[str, str]:
    """The name and the body of the trigger that keeps two columns equal. A row whose target is NULL was made by
    somebody who does not know of it: so the source alone may have a default."""
    old, new = quote(source.name), quote(target.name)
    forth, back = to_target.format(f"NEW.{old}"), to_source.format(f"NEW.{new}")
    body = (
        f"IF TG_OP = 'INSERT' THEN\n"
        f"    IF NEW.{new} IS NULL THEN NEW.{new} := {forth}; ELSE NEW.{old} := {back}; END IF;\n"
        f"  ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN NEW.{old} := {back};\n"
        f"  ELSIF NEW.{old} IS DISTINCT FROM OLD.{old} OR NEW.{new} IS NULL THEN NEW.{new} := {forth};\n"
        f"  END IF;"
    )
    return sync_name("rename", table, min(source.name, target.name)), body


def pass_default(table: Table, source: Column, target: Column, to_target: str, to_source: str) -> list[str]:
    """Statements by which what a row is given by itself, a default or an identity, passes over to another column that
    is kept equal; to be run while nobody writes."""
    old, new = quote(source.name), quote(target.name)
    name, body = _equal(table, target, source, to_source, to_target)
    found = [sync_function(table, name, body)]
    if source.identity and target.identity:
        sequence = f"pg_get_serial_sequence({literal(qualified(table))}, {literal(target.name)})"
        former = in_space(table, made_name(table.name, source.name, "seq"))
        found += [
            alter(table, f"ALTER COLUMN {new} ADD GENERATED {target.identity.upper()} AS IDENTITY"),
            f"SELECT setval({sequence}, last_value, is_called) FROM {former}",
            alter(table, f"ALTER COLUMN {old} DROP IDENTITY"),
        ]
    if target.default is not None:
        found.append(alter(table, f"ALTER COLUMN {new} SET DEFAULT {target.default}"))
    if source.default is not None:
        found.append(alter(table, f"ALTER COLUMN {old} DROP DEFAULT"))
    return found


def alter_in_place(table: Table, old: Column, new: Column, schema: Schema) -> list[Step]:
    """What changes catalogs alone, both ways; and NOT NULL."""
    where = f"{table.name}.{new.name}"
    clauses = list(_clauses(old, new, schema))
    back = list(_clauses(new, old, schema))
    steps = []
    if clauses or back:
        up = [alter(table, *clauses)] if clauses else []
        down = [alter(table, *back)] if back else []
        is_brief = is_in_place(old.type, new.type)
        note = "" if is_brief else "writes every row anew under its lock: the table has no key to copy it by"
        locks = (exclusive(table, is_brief=is_brief), exclusive(table, is_brief=is_in_place(new.type, old.type)))
        steps.append(step(f"alter column {where}", way(locks[0], *up), way(locks[1], *down), note=note))
    if old.comment != new.comment:
        texts = [f"COMMENT ON COLUMN {qualified(table)}.{quote(new.name)} IS " + _said(each) for each in (new, old)]
        steps.append(step(f"comment on {where}", way(unhurt(table), texts[0]), way(unhurt(table), texts[1])))
    return steps


def _said(column: Column) -> str:
    return literal(column.comment) if column.comment else "NULL"


def _clauses(old: Column, new: Column, schema: Schema) -> Iterable[str]:
    head = f"ALTER COLUMN {quote(new.name)}"
    if old.default is not None and (new.default is None or old.type != new.type) and old.generated is None:
        yield f"{head} DROP DEFAULT"
    if old.type != new.type:
        names = {new.type.name: new.type.name} if schema.enum(new.type.name) else {}
        using = "" if is_in_place(old.type, new.type) else convert(quote(new.name), old.type, new.type, schema, names)
        yield f"{head} TYPE {type_sql(new.type, schema)}{f' USING {using}' if using else ''}"
    if new.default is not None and (old.default != new.default or old.type != new.type):
        yield f"{head} SET DEFAULT {new.default}"
    if new.identity and old.identity and new.identity != old.identity:
        yield f"{head} SET GENERATED {new.identity.upper()}"


def identity_steps(table: Table, column: Column) -> list[Step]:
    """A column that holds numbers becomes an identity that goes on from the highest."""
    name, owner = quote(column.name), qualified(table)
    sequence = f"pg_get_serial_sequence({literal(owner)}, {literal(column.name)})"
    highest = f"SELECT setval({sequence}, greatest(max({name}), 1), max({name}) IS NOT NULL) FROM {owner}"
    identity = (column.identity or "by default").upper()
    up = (
        alter(table, f"ALTER COLUMN {name} DROP DEFAULT"),
        alter(table, f"ALTER COLUMN {name} ADD GENERATED {identity} AS IDENTITY"),
        highest,
    )
    down = alter(table, f"ALTER COLUMN {name} DROP IDENTITY")
    return [
        step(f"make {table.name}.{column.name} an identity", way(exclusive(table), *up), way(exclusive(table), down))
    ]
