"""A table moved into another of the same name: the second is filled beside the first, a trigger keeps it equal, then
both change names at once, and from there on the trigger works the other way, so that the way back loses no row.

After Facebook's Online Schema Change (2010) and its successors. The rows keep telling apart by a key both tables
have; while a batch is copied its rows are locked against change, so that none comes back which was deleted meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lab.engines.ddl import foreign_key_clause, qualified
from lab.engines.engine import literal, quote, quote_all
from lab.engines.postgres.definitions import create_sql
from lab.migrate.diff.names import tagged
from lab.migrate.postgres import backfill, constraints
from lab.migrate.postgres.objects import exclusion_on
from lab.migrate.postgres.sides import Side, aside_name, live_name
from lab.migrate.postgres.words import (
    DEFINER,
    copy_privileges,
    exclusive,
    in_space,
    rename_constraint,
    way,
    writes_wait,
)
from lab.migrate.step import Step, Way, step
from lab.model.schema import Column, ForeignKey, Statement, Table
from lab.readers.constraint_names import made_name


def copy_steps(live: Side, aside: Side) -> list[Step]:
    """Steps that fill a side kept aside from the live one, and keep it equal."""
    title = f"{live.table.name} into {aside.name(aside.table.name)}"
    ddl = create_sql(aside.aside_schema)
    made = [sql for sql in (*ddl.before, *ddl.after) if not sql.startswith(("CREATE TYPE", "CREATE SCHEMA"))]
    made += [
        exclusion_on(each, aside.name(aside.table.name), name)
        for each, (_, name) in zip(aside.exclusions, aside.excluded(), strict=True)
    ]
    dropped = f"DROP TABLE {aside_name(aside)}"
    create = step(
        f"create {aside.name(aside.table.name)}, kept equal to {live.table.name}",
        way(writes_wait(live.table), *made, copy_privileges(live_name(live), aside_name(aside)), *sync(live, aside)),
        way(exclusive(live.table), *unsync(live, aside), dropped),
    )
    columns = quote_all([column.name for column in aside.written()])
    values = ", ".join(aside.value(column, live, "lab_row") for column in aside.written())

    def insert(span: str) -> str:
        rows = f"SELECT * FROM {live_name(live)} WHERE {span} FOR SHARE"
        return (
            f"INSERT INTO {aside_name(aside)} ({columns}) OVERRIDING SYSTEM VALUE\n"
            f"    SELECT {values} FROM ({rows}) lab_row ON CONFLICT ({quote_all(aside.key())}) DO NOTHING"
        )

    filled = backfill.by_key(f"copy {title}", live.table, live.key(), live.schema, insert)
    return [create, step(f"copy {title}", filled)]


def sync_trigger(live: Side, aside: Side) -> str:
    return tagged(f"lab_copy_{live.table.name}_to_{aside.tag}", "sync")


def sync(live: Side, aside: Side) -> tuple[str, str]:
    """The function and the trigger that bring each write of the live side to the other."""
    name, target = sync_trigger(live, aside), aside_name(aside)
    written = aside.written()
    columns = quote_all([column.name for column in written])
    values = ", ".join(aside.value(column, live, "new") for column in written)
    theirs = _shared_key(live, aside)
    match = {
        row: " AND ".join(f"{quote(column.name)} = {aside.value(column, live, row)}" for column in theirs)
        for row in ("old", "new")
    }
    settable = [column for column in written if aside.follows(column)]
    sets = ", ".join(f"{quote(column.name)} = {aside.value(column, live, 'new')}" for column in settable)
    change = f"UPDATE {target} SET {sets}" if sets else f"PERFORM FROM {target}"
    excluded = ", ".join(f"{quote(column.name)} = EXCLUDED.{quote(column.name)}" for column in settable)
    conflict = f"DO UPDATE SET {excluded}" if excluded else "DO NOTHING"
    key = quote_all(aside.key())
    function = (
        f"CREATE FUNCTION {in_space(live.table, name)}() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $lab$\n"
        f"BEGIN\n"
        f"  IF TG_OP = 'DELETE' THEN\n"
        f"    DELETE FROM {target} WHERE {match['old']};\n"
        f"    RETURN NULL;\n"
        f"  END IF;\n"
        f"  IF TG_OP = 'UPDATE' THEN\n"
        f"    {change} WHERE {match['old']};\n"
        f"    IF FOUND THEN RETURN NULL; END IF;\n"
        f"  END IF;\n"
        f"  INSERT INTO {target} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values})\n"
        f"  ON CONFLICT ({key}) {conflict};\n"
        f"  RETURN NULL;\n"
        f"END $lab$"
    )
    trigger = (
        f"CREATE TRIGGER {quote(name)} AFTER INSERT OR UPDATE OR DELETE ON {live_name(live)} "
        f"FOR EACH ROW EXECUTE FUNCTION {in_space(live.table, name)}()"
    )
    return function, trigger


def _shared_key(live: Side, aside: Side) -> list[Column]:
    """The other side's columns that hold the live one's key."""
    by_source = {source: name for name, source in aside.sources.items()}
    return [aside.table.column(by_source[column]) for column in live.key() if column in by_source]


def has_shared_key(live: Side, aside: Side) -> bool:
    """Whether each side's rows can be found by the other's key."""
    for one, other in ((live, aside), (aside, live)):
        key = backfill.row_key(one.table)
        if key is None or not set(key) <= set(other.sources.values()):
            return False
    return True


def unsync(live: Side, aside: Side) -> tuple[str, str]:
    name = sync_trigger(live, aside)
    return (
        f"DROP TRIGGER IF EXISTS {quote(name)} ON {live_name(live)}",
        f"DROP FUNCTION IF EXISTS {in_space(live.table, name)}()",
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of a table that stays, to one that moves."""

    table: Table
    key: ForeignKey


def swap(
    leaving: Sequence[Side],
    coming: Sequence[Side],
    references: tuple[Sequence[Reference], Sequence[Reference]],
    made: Sequence[Statement],
    drops: Sequence[str],
) -> Way:
    """Everything changes its name at once. `references` are those of tables that stay, to the leaving side and to the
    coming one, which wait under their tags; views, triggers and policies are dropped by `drops` and `made` anew."""
    sql: list[str] = [f"LOCK TABLE {', '.join(live_name(side) for side in leaving)} IN ACCESS EXCLUSIVE MODE"]
    sql += drops
    for out, into in zip(leaving, coming, strict=True):
        sql += unsync(out, into)
    before, after = references
    sql += [
        rename_constraint(ref.table, ref.key.name or "", tagged(ref.key.name or "", leaving[0].tag)) for ref in before
    ]
    for out, into in zip(leaving, coming, strict=True):
        sql += _rename(out, is_leaving=True)
        sql += _rename(into, is_leaving=False)
        sql += _carry_on(out, into)
    sql += [
        rename_constraint(ref.table, tagged(ref.key.name or "", coming[0].tag), ref.key.name or "") for ref in after
    ]
    sql += _rename_enums(leaving, coming)
    for out, into in zip(leaving, coming, strict=True):
        sql += sync(into, out)
    sql += [statement.sql for statement in made]
    return way(exclusive(*(side.table for side in leaving)), *sql)


def _rename(side: Side, is_leaving: bool) -> Iterator[str]:
    """Of the table and all that is called after it."""
    own, aside = side.table.name, side.name(side.table.name)
    one, other = (own, aside) if is_leaving else (aside, own)
    yield f"ALTER TABLE {in_space(side.table, one)} RENAME TO {quote(other)}"
    kinds = [("INDEX", side.owned() + side.partition_parts()), ("TABLE", side.partitions())]
    for kind, names in kinds:
        for mine, tagged_name in names:
            first, second = (mine, tagged_name) if is_leaving else (tagged_name, mine)
            said = "SEQUENCE" if mine.endswith("_seq") and kind == "INDEX" and not _is_index(side, mine) else kind
            yield f"ALTER {said} {in_space(side.table, first)} RENAME TO {quote(second)}"
    for mine, tagged_name in side.excluded():
        first, second = (mine, tagged_name) if is_leaving else (tagged_name, mine)
        yield rename_constraint(replace(side.table, name=other), first, second)


def _is_index(side: Side, name: str) -> bool:
    return name in {key.name for key in side.table.keys} | {index.name for index in side.table.indexes}


def _carry_on(out: Side, into: Side) -> Iterator[str]:
    """Identities go on where the others stood."""
    leaving = {column.name for column in out.table.columns if column.identity}
    for column in into.table.columns:
        if not column.identity:
            continue
        owner = literal(live_name(into))
        sequence = f"pg_get_serial_sequence({owner}, {literal(column.name)})"
        if into.sources.get(column.name) in leaving:
            source = in_space(out.table, made_name(out.name(out.table.name), into.sources[column.name], "seq"))
            yield f"SELECT setval({sequence}, last_value, is_called) FROM {source}"
        else:
            name = quote(column.name)
            yield f"SELECT setval({sequence}, greatest(max({name}), 1), max({name}) IS NOT NULL) FROM {live_name(into)}"


def _rename_enums(leaving: Sequence[Side], coming: Sequence[Side]) -> Iterator[str]:
    out = {name: aside for side in leaving for name, aside in side.enums.items()}
    into = {name: aside for side in coming for name, aside in side.enums.items()}
    for name, aside in out.items():
        yield f"ALTER TYPE {quote(name)} RENAME TO {quote(aside)}"
        yield f"ALTER TYPE {quote(into[name])} RENAME TO {quote(name)}"


def reference_steps(sides: Sequence[Side], staying: Sequence[Reference]) -> list[Step]:
    """Foreign keys of and to the tables aside, added once the rows are there."""
    asides = {side.table.name: side for side in sides}
    found = []
    for side in sides:
        for key in side.table.foreign_keys:
            target = asides.get(key.table)
            parent = aside_name(target) if target else qualified(side.schema.table(key.table))
            found.append((side.aside, key, parent))
    for ref in staying:
        side = asides[ref.key.table]
        found.append((ref.table, replace(ref.key, name=side.name(ref.key.name or "")), aside_name(side)))
    return [
        each
        for table, key, parent in found
        for each in constraints.add_reference(table, key.name or "", foreign_key_clause(key, parent), key.table)
    ]
