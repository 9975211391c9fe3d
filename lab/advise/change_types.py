"""Smaller types for the same values.

A UUID kept as text takes 37 bytes where `uuid` takes 16, in the row and in every index of it and of what refers to it
(PostgreSQL manual, 8.12); a text that a CHECK holds to a short list takes its letters each time, an enum takes four
bytes (8.7); a `numeric` without decimals is worked out digit by digit where `bigint` is one word (8.1.2). Keys that are
drawn at random (version 4) land anywhere in their index, keys that begin with the time (version 7) at its end
(RFC 9562, 6.13), which the writes of the workload tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.advise.accesses import find_accesses
from lab.advise.queries import queries
from lab.advise.scripts import listed, named, quote
from lab.model.change import Script
from lab.model.run import Proposal, Run
from lab.model.schema import Column, ForeignKey, Schema, Table
from lab.model.workload import Operation

RULE = "change_types"
_Place = tuple[str, str]
"""A table and a column of it."""
_REWRITES = "the table is written anew under a lock that keeps readers out: on a large one, add a column and swap"
_RANDOM = ("gen_random_uuid()", "uuid_generate_v4()")


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    schema = run.design.schema
    yield from _uuids_of_text(run, engine)
    for table in schema.tables:
        operations = tuple(_asking(run, engine, table.name))
        for column in table.columns:
            if values := _listed(table, column):
                yield _enum(table, column, values, operations)
            if column.type.name == "numeric" and _is_whole(column) and not _is_referenced(schema, table, column):
                yield _whole(table, column, operations)
            if column.type.name == "uuid" and _is_random(column) and _is_key(table, column):
                yield _ordered_uuids(run, table, column)


def _asking(run: Run, engine: str, table: str) -> Iterator[str]:
    for operation in run.design.workload.for_variant("base"):
        if any(access.table == table for access in find_accesses(operation, engine, run.design.schema)):
            yield operation.name


def _uuids_of_text(run: Run, engine: str) -> Iterator[Proposal]:
    """A key of 36 letters, with all columns that refer to it."""
    schema = run.design.schema
    for table in schema.tables:
        for column in table.columns:
            if not _holds_uuids(column) or any(key.columns == (column.name,) for key in table.foreign_keys):
                continue
            places = [(table.name, column.name), *_referring(schema, table.name, column.name)]
            if all(_holds_uuids(schema.table(t).column(c)) for t, c in places):
                name = named(table.name, column.name, "as_uuid")
                script = _changed(name, schema, places, "uuid")
                named_places = ", ".join(f"{t}.{c}" for t, c in places)
                rewrites = tuple(_as_text(run, engine, places))
                asked = tuple(dict.fromkeys(o for t, _ in places for o in _asking(run, engine, t)))
                yield Proposal(
                    RULE, script, f"{named_places} keep 36 letters for 16 bytes", asked, rewrites, risk=_REWRITES
                )


def _as_text(run: Run, engine: str, places: list[_Place]) -> Iterator[Operation]:
    """Queries that give the key back, so that the caller still gets text."""
    for query in queries(run, engine):
        again = query.again()
        select = again.selects()[0]
        is_changed = False
        for item in list(select.node.expressions) if select.node is again.tree else []:
            owner = select.owner(item.unalias())
            if owner and (select.tables[owner[0]].name, owner[1].name) in places:
                item.replace(exp.alias_(exp.cast(item.unalias().copy(), "text"), item.alias_or_name))
                is_changed = True
        if is_changed:
            yield again.rewritten()


def _holds_uuids(column: Column) -> bool:
    is_wide_enough = column.type.name in ("char", "varchar") and column.type.arguments == (36,)
    return is_wide_enough and not column.type.dimensions


def _referring(schema: Schema, table: str, column: str) -> Iterator[_Place]:
    for owner, key in schema.foreign_keys():
        if (key.table, key.referenced) == (table, (column,)):
            yield owner.name, key.columns[0]
            yield from _referring(schema, owner.name, key.columns[0])


def _changed(name: str, schema: Schema, places: list[_Place], type_: str) -> Script:
    """References are taken off meanwhile: their two sides must be of one type at any moment."""
    keys = [(t, key) for t, key in schema.foreign_keys() if (t.name, key.columns[0]) in places[1:]]
    off = "\n".join(f"ALTER TABLE {quote(t.name)} DROP CONSTRAINT {_key_name(t, key)};" for t, key in keys)
    on = "\n".join(_reference(t, key) for t, key in keys)

    def altered(to: str, using: str) -> str:
        return "\n".join(
            f"{_column(t, c)} TYPE {to or schema.table(t).column(c).type} USING {quote(c)}::{using};" for t, c in places
        )

    texts = [[off, altered(type_, type_), on], [off, altered("", "text"), on]]
    up, down = ("\n".join(part for part in parts if part) for parts in texts)
    return Script(name, {"postgres": up}, {"postgres": down})


def _key_name(table: Table, key: ForeignKey) -> str:
    return quote(key.name or f"{table.name}_{'_'.join(key.columns)}_fkey")


def _column(table: str, column: str) -> str:
    return f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)}"


def _reference(table: Table, key: ForeignKey) -> str:
    clause = f"FOREIGN KEY ({listed(key.columns)}) REFERENCES {quote(key.table)} ({listed(key.referenced)})"
    actions = f"ON DELETE {key.on_delete.upper()} ON UPDATE {key.on_update.upper()}"
    deferrable = " DEFERRABLE" if key.is_deferrable else ""
    return f"ALTER TABLE {quote(table.name)} ADD CONSTRAINT {_key_name(table, key)} {clause} {actions}{deferrable};"


def _listed(table: Table, column: Column) -> list[str]:
    """The texts a CHECK holds a column to; none when there is no such check, or it says more."""
    if column.type.name not in ("text", "varchar", "char") or column.type.dimensions:
        return []
    for check in table.checks:
        try:
            tree = exp.condition(check.expression, dialect="postgres").unnest()
        except SqlglotError:
            continue
        is_list = isinstance(tree, exp.In) and isinstance(tree.this, exp.Column) and tree.this.name == column.name
        if is_list and all(isinstance(value, exp.Literal) and value.is_string for value in tree.expressions):
            return [value.name for value in tree.expressions]
    return []


def _enum(table: Table, column: Column, values: list[str], operations: tuple[str, ...]) -> Proposal:
    type_ = named(table.name, column.name, "kind")
    texts = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    check = next(c for c in table.checks if re.search(rf"\b{re.escape(column.name)}\b", c.expression))
    constraint = quote(check.name or f"{table.name}_{column.name}_check")
    alter, place = f"ALTER TABLE {quote(table.name)}", _column(table.name, column.name)
    loose = [] if column.default is None else [f"{place} DROP DEFAULT;"]
    fast = [] if column.default is None else [f"{place} SET DEFAULT {column.default};"]
    lines = [
        f"{alter} DROP CONSTRAINT {constraint};",
        f"CREATE TYPE {type_} AS ENUM ({texts});",
        *loose,
        f"{place} TYPE {type_} USING {quote(column.name)}::text::{type_};",
        *(line.replace("::text", "") for line in fast),
    ]
    back = [
        *loose,
        f"{place} TYPE {column.type} USING {quote(column.name)}::text;",
        *fast,
        f"DROP TYPE {type_};",
        f"{alter} ADD CONSTRAINT {constraint} CHECK ({check.expression});",
    ]
    script = Script(
        named(table.name, column.name, "as_enum"), {"postgres": "\n".join(lines)}, {"postgres": "\n".join(back)}
    )
    risk = f"values can be added to an enum, but none taken away; it sorts in the order of its list; {_REWRITES}"
    reason = f"{column.name} of {table.name} is one of {len(values)} texts, written out in every row"
    return Proposal(RULE, script, reason, operations, risk=risk)


def _is_whole(column: Column) -> bool:
    digits = column.type.arguments
    return bool(digits) and digits[0] <= 18 and not any(digits[1:]) and not column.type.dimensions


def _is_referenced(schema: Schema, table: Table, column: Column) -> bool:
    refers = any(column.name in key.columns for key in table.foreign_keys)
    return refers or any(key.table == table.name and column.name in key.referenced for _, key in schema.foreign_keys())


def _whole(table: Table, column: Column, operations: tuple[str, ...]) -> Proposal:
    name = named(table.name, column.name, "as_bigint")
    up = f"{_column(table.name, column.name)} TYPE bigint;"
    down = f"{_column(table.name, column.name)} TYPE {column.type};"
    reason = f"{column.name} of {table.name} is {column.type}, which has no decimals"
    return Proposal(RULE, Script(name, {"postgres": up}, {"postgres": down}), reason, operations, risk=_REWRITES)


def _is_random(column: Column) -> bool:
    return (column.default or "").lower() in _RANDOM


def _is_key(table: Table, column: Column) -> bool:
    return any(key.columns == (column.name,) for key in table.keys)


_VERSION_7 = """CREATE FUNCTION uuid_by_time() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  -- 48 bits of milliseconds, then the bits of a random one, with its version made 7 (RFC 9562, 5.7).
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
"""


def _ordered_uuids(run: Run, table: Table, column: Column) -> Proposal:
    version = run.engines[-1].server.version.split(".")[0] if run.engines else "0"
    is_built_in = version.isdigit() and int(version) >= 18
    default, maker = f"{_column(table.name, column.name)} SET DEFAULT", named(table.name, "uuid_by_time")
    up = ("" if is_built_in else _VERSION_7.replace("uuid_by_time", maker)) + (
        f"{default} {'uuidv7' if is_built_in else maker}();"
    )
    down = f"{default} {column.default};" + ("" if is_built_in else f"\nDROP FUNCTION {maker}();")
    writes = tuple(o.name for o in run.design.workload.for_variant("base") if o.is_write and table.name in o.text(""))
    reason = f"new keys of {table.name} are drawn at random and land anywhere in its index"
    risk = "the key tells when its row was made; rows there are keep their keys"
    script = Script(named(table.name, column.name, "by_time"), {"postgres": up}, {"postgres": down})
    return Proposal(RULE, script, reason, writes, risk=risk)
