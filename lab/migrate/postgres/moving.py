"""Which tables of a change move into another of their name, and the steps that move them, all at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lab.engines.engine import quote
from lab.engines.postgres.definitions import enum_sql
from lab.migrate.changes import (
    AddColumn,
    AddStatement,
    AlterColumn,
    AlterEnum,
    Change,
    Diff,
    DropColumn,
    RenameColumn,
    Repartition,
    ReplaceStatement,
)
from lab.migrate.expressions import columns_of
from lab.migrate.postgres import keyless, objects, shadow
from lab.migrate.postgres.columns import fill_trigger
from lab.migrate.postgres.shadow import Reference
from lab.migrate.postgres.sides import Side
from lab.migrate.postgres.types import is_in_place, loss
from lab.migrate.postgres.words import way
from lab.migrate.step import NO_LOCK, Step, Way, in_phase, inverted, step
from lab.model.schema import Enum, Schema, Statement, Table


@dataclass(frozen=True, slots=True)
class Moving:
    """The two sides of each table that moves, in the order in which rows can be copied."""

    diff: Diff
    enums: tuple[AlterEnum, ...]
    old: tuple[Side, ...]
    new: tuple[Side, ...]

    def asides(self, tag: str) -> dict[str, str]:
        """What each enum that changes is called while it stands aside."""
        return {change.new.name: f"{change.new.name}__{tag}" for change in self.enums}

    @property
    def old_asides(self) -> dict[str, Table]:
        """The tables that are exchanged as they stand aside afterwards, by their own names."""
        return {side.table.name: side.aside for side in self.old}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(side.table.name for side in self.new)


def moving(diff: Diff) -> Moving:
    """Raises LabError for rows that nothing tells apart, nor can."""
    without_key = {side.table.name for side, other in _pairs(diff) if not shadow.has_shared_key(side, other)}
    diff = keyless.keyed(diff, without_key)
    pairs = _pairs(diff)
    return Moving(diff, _shrunk(diff), tuple(old for old, _ in pairs), tuple(new for _, new in pairs))


def _shrunk(diff: Diff) -> tuple[AlterEnum, ...]:
    return tuple(c for c in diff.changes if isinstance(c, AlterEnum) and not c.is_growth)


def _pairs(diff: Diff) -> list[tuple[Side, Side]]:
    changed = {change.new.name for change in _shrunk(diff)}
    wanted = {name for change in diff.changes for name in _reasons(change, diff)}
    wanted |= {t.name for s in (diff.old, diff.new) for t in s.tables for c in t.columns if c.type.name in changed}
    before = diff.before
    return [
        _sides(before[table.name], table, diff, changed)
        for table in _parents_first(diff.new.tables)
        if table.name in wanted & before.keys()
    ]


def _reasons(change: Change, diff: Diff) -> Iterable[str]:
    """The tables a change cannot be made to in place without reading or writing every row under a lock."""
    match change:
        case Repartition():
            yield change.new.name
        case AddColumn(table, column) if column.generated is not None or column.identity:
            if any(each.name == table.name for each in diff.old.tables):
                yield table.name
        case AlterColumn(table, old, new) | RenameColumn(table, old, new):
            is_other_kind = (old.collation, old.is_virtual) != (new.collation, new.is_virtual)
            is_made_anew = is_other_kind or (new.generated is not None and new.generated != old.generated)
            was_used = old.type != new.type and is_used(diff.old.table(table.name), new.name)
            if not is_in_place(old.type, new.type) or is_made_anew or was_used:
                yield table.name
        case AddStatement(made) | ReplaceStatement(_, made) if objects.is_exclusion(made):
            yield objects.owner_of(made) or ""


def is_used(table: Table, column: str) -> bool:
    """Whether a generated column or a partition key is made of it."""
    made = [each.generated for each in table.columns if each.generated is not None]
    made += table.partitioning.keys if table.partitioning else ()
    return any(column in columns_of(sql) for sql in made)


def _sides(was: Table, table: Table, diff: Diff, changed: set[str]) -> tuple[Side, Side]:
    original = diff.original[was.name]
    names = {mine.name: theirs.name for mine, theirs in zip(was.columns, original.columns, strict=True)}
    known = {column.name for column in was.columns}
    shared = {column.name: names[column.name] for column in table.columns if column.name in known}
    back = {source: name for name, source in shared.items()}
    fills = {column: sql for owner, column, sql in diff.fills if owner == table.name}
    enums = [{name: f"{name}__{tag}" for name in changed} for tag in ("old", "new")]
    apart = [objects.exclusions_of(schema.statements, table.name) for schema in (diff.old, diff.new)]
    old = Side(diff.source, replace(original, name=was.name), "old", back, {}, enums[0], apart[0])
    return old, Side(diff.new, table, "new", shared, fills, enums[1], apart[1])


def _parents_first(tables: tuple[Table, ...]) -> list[Table]:
    """Tables in the order of their references, as far as there is one."""
    done: dict[str, Table] = {}
    left = {table.name: table for table in tables}
    while left:
        free = [t for t in left.values() if not any(k.table in left and k.table != t.name for k in t.foreign_keys)]
        for table in free or [next(iter(left.values()))]:
            done[table.name] = left.pop(table.name)
    return list(done.values())


def steps(moved: Moving) -> list[Step]:
    """All of it: made and filled in the first two phases, exchanged, and the old ones gone in the last."""
    if not moved.new and not moved.enums:
        return []
    found = in_phase("expand", keyless.steps(moved.old))
    for live, aside in zip(moved.old, moved.new, strict=True):
        made, filled = shadow.copy_steps(live, aside)
        found += [replace(made, phase="expand"), replace(filled, phase="migrate")]
    staying = _staying(moved)
    found += in_phase("migrate", shadow.reference_steps(moved.new, staying[1]))
    found += in_phase("migrate", [_swap(moved, staying)])
    triggers = [trigger for side in moved.new for trigger in _fill_triggers(side)]
    found += in_phase("contract", inverted(triggers, "no longer "))
    back: list[Step] = []
    for live, aside in zip(moved.new, moved.old, strict=True):
        made, filled = shadow.copy_steps(live, aside)
        back += [replace(made, loses=_lost(moved.diff, aside.table.name)), filled]
    back += shadow.reference_steps(moved.old, staying[0])
    found += in_phase("contract", _named(inverted(back, "former ")))
    return found + in_phase("contract", inverted(keyless.steps(moved.new), "no longer "))


def _named(found: list[Step]) -> list[Step]:
    """What these undo is said as what they do."""
    return [replace(each, title=_title(each)) for each in found]


def new_types(moved: Moving) -> list[Step]:
    """The enums as they become, beside those there are."""
    return in_phase("expand", [_type_step(change.new, f"{change.new.name}__new") for change in moved.enums])


def former_types(moved: Moving) -> list[Step]:
    """The enums as they were, when nothing uses them any more."""
    made = [_type_step(change.old, f"{change.old.name}__old") for change in moved.enums]
    return in_phase("contract", _named(inverted(made, "former ")))


def _fill_triggers(side: Side) -> list[Step]:
    """What the old application does not know of is filled for it until it is gone."""
    return [fill_trigger(side.table, side.table.column(name), sql) for name, sql in side.fills.items()]


def _title(undone: Step) -> str:
    title = undone.title.removeprefix("former ")
    if not undone.up.sql:
        return f"on the way back: {title}"
    verb, _, rest = title.partition(" ")
    return f"drop {rest.partition(', ')[0]}" if verb in ("create", "add") else title


def _type_step(enum: Enum, name: str) -> Step:
    made = enum_sql(replace(enum, name=name))
    return step(f"create enum {name}", way(NO_LOCK, made), way(NO_LOCK, f"DROP TYPE {quote(name)}"))


def _lost(diff: Diff, table: str) -> str:
    """What of a table's values the other cannot hold."""
    found = []
    for change in diff.changes:
        match change:
            case DropColumn(owner, column) if owner.name == table and column.generated is None:
                found.append(f"the values of {table}.{column.name}")
            case AlterColumn(owner, old, new) | RenameColumn(owner, old, new) if owner.name == table:
                if (what := loss(old.type, new.type)) and old.generated is None:
                    found.append(f"{what} of {table}.{new.name}")
    return "; ".join(found)


def _staying(moved: Moving) -> tuple[list[Reference], list[Reference]]:
    """The references to tables that move, of tables that stay: those there are, and those there will be."""
    lasting = {table.name for table in moved.diff.old.tables} & {table.name for table in moved.diff.new.tables}

    def found(schema: Schema) -> list[Reference]:
        tables = [table for table in schema.tables if table.name in lasting - moved.names]
        return [Reference(table, key) for table in tables for key in table.foreign_keys if key.table in moved.names]

    return found(moved.diff.old), found(moved.diff.new)


def _swap(moved: Moving, staying: tuple[list[Reference], list[Reference]]) -> Step:
    old, new = (_standing(schema.statements, moved.names) for schema in (moved.diff.old, moved.diff.new))
    drops = [[sql for each in reversed(found) for sql in objects.drop_sql(each)] for found in (old, new)]
    up = shadow.swap(moved.old, moved.new, staying, new, drops[0]) if moved.new else _enums_only(moved, True)
    way_back = (staying[1], staying[0])
    down = shadow.swap(moved.new, moved.old, way_back, old, drops[1]) if moved.new else _enums_only(moved, False)
    what = ", ".join(side.table.name for side in moved.new) or ", ".join(change.new.name for change in moved.enums)
    filled = [trigger for side in moved.new for trigger in _fill_triggers(side)]
    up = replace(up, sql=(*up.sql, *(sql for trigger in filled for sql in trigger.up.sql)))
    down = replace(down, sql=(*(sql for trigger in filled for sql in trigger.down.sql), *down.sql))
    gone = [
        f"{c.table.name}.{c.old.name}"
        for c in moved.diff.changes
        if isinstance(c, RenameColumn) and c.table.name in moved.names
    ]
    note = f"from here on {', '.join(gone)} is known by its new name alone" if gone else ""
    return step(f"exchange {what}", up, down, note=note)


def _enums_only(moved: Moving, is_up: bool) -> Way:
    out, into = ("old", "new") if is_up else ("new", "old")
    sql = []
    for change in moved.enums:
        name = change.new.name
        sql += [f"ALTER TYPE {quote(name)} RENAME TO {quote(f'{name}__{out}')}"]
        sql += [f"ALTER TYPE {quote(f'{name}__{into}')} RENAME TO {quote(name)}"]
    return way(NO_LOCK, *sql)


def _standing(statements: tuple[Statement, ...], names: frozenset[str]) -> list[Statement]:
    """Views of the tables that move, and triggers, policies and the like on them."""
    views = objects.dependents(statements, names)
    return [
        each
        for each in statements
        if each in views or (objects.owner_of(each) in names and not objects.is_exclusion(each))
    ]


def is_absorbed(statement: Statement, moved: Moving, statements: tuple[Statement, ...]) -> bool:
    """Whether the exchange itself sees to a statement."""
    if objects.is_exclusion(statement):
        return objects.owner_of(statement) in moved.names
    return bool(moved.names) and statement in _standing(statements, moved.names)
