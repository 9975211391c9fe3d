"""Every change in its place: what old and new applications both live with first, rows next, what is no longer needed
last. To drop is to add backwards, so that each drop's way back is as careful as an addition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.engines.ddl import qualified
from lab.engines.engine import literal, quote
from lab.engines.postgres.definitions import enum_sql
from lab.migrate.changes import (
    AddColumn,
    AddConstraint,
    AddEnum,
    AddPartition,
    AddStatement,
    AddTable,
    AlterColumn,
    AlterEnum,
    Change,
    CommentTable,
    Diff,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropPartition,
    DropStatement,
    DropTable,
    MoveColumn,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    Repartition,
    ReplaceStatement,
)
from lab.migrate.diff.tables import is_same_part
from lab.migrate.needs import check_values
from lab.migrate.postgres import backfill, columns, constraints, moves, moving, objects, parts
from lab.migrate.postgres.renamed import Renaming, carried, references_to
from lab.migrate.postgres.tables import (
    create_partition,
    create_table,
    is_in_key,
    plain_again,
    rename_at_once,
    rename_table,
)
from lab.migrate.postgres.types import convert
from lab.migrate.postgres.words import unhurt, way
from lab.migrate.step import NO_LOCK, Phase, Plan, Step, in_phase, inverted, step
from lab.model.change import AddIndex, DropIndex
from lab.model.schema import Column, ForeignKey, Key, Statement, Table


def plan(diff: Diff) -> Plan:
    """Raises LabError for a change that needs the user's word: values for a column that must not be NULL."""
    check_values(diff)
    moved = moving.moving(diff)
    found = _Planning(moved.diff, moved).steps()
    ordered = [each for phase in ("expand", "migrate", "contract") for each in found if each.phase == phase]
    return Plan("postgres", tuple(ordered), diff.new.losses)


class _Planning:
    """A plan in the making. `changes` are those the exchange of whole tables does not see to."""

    def __init__(self, diff: Diff, moved: moving.Moving) -> None:
        self.diff, self.moved = diff, moved
        self.old, self.new = diff.old, diff.new
        self.added = {c.table.name for c in diff.changes if isinstance(c, AddTable)}
        self.dropped = {c.table.name for c in diff.changes if isinstance(c, DropTable)}
        self.changes = [change for change in diff.changes if not self._is_absorbed(change)]
        self.carrying = [c for c in self.changes if isinstance(c, RenameColumn) and not self._is_renamed_at_once(c)]
        self.changes += self._references_to_lost_keys()

    def _is_renamed_at_once(self, change: RenameColumn) -> bool:
        """Whether other things rely on the column itself, so that a second one cannot stand in for it."""
        is_made = change.new.generated is not None or change.old.identity != change.new.identity
        return is_made or moving.is_used(change.table, change.new.name) or not self._has_steady_references(change)

    def _has_steady_references(self, change: RenameColumn) -> bool:
        """Whether the references to a column are the same before and after, in tables that stay."""
        renamed = {(c.table.name, c.new.name) for c in self.changes if isinstance(c, RenameColumn)}
        before, after = (references_to(schema, change) for schema in (self.old, self.new))
        names = [{(table.name, key.name) for table, key in found} for found in (before, after)]
        return names[0] == names[1] and not any(
            table.name in self.moved.names
            or {(table.name, own) for own in key.columns} & renamed
            or len({(key.table, theirs) for theirs in key.referenced} & renamed) > 1
            or not any(is_same_part(key, former) for _, former in before)
            for table, key in after
        )

    def _is_absorbed(self, change: Change) -> bool:
        names = self.moved.names
        match change:
            case AddConstraint(table, constraint) | DropConstraint(table, constraint):
                return table.name in names or (
                    isinstance(constraint, ForeignKey)
                    and constraint.table in names
                    and table.name not in self.added | self.dropped
                )
            case RenameConstraint(table, _, constraint):
                return table.name in names or (isinstance(constraint, ForeignKey) and constraint.table in names)
            case AddColumn(table, _) | DropColumn(table, _) | AlterColumn(table, _, _) | RenameColumn(table, _, _):
                return table.name in names
            case AddIndex(index) | DropIndex(index):
                return index.table in names
            case RenameIndex(table, _, _) | AddPartition(table, _, _) | DropPartition(table, _, _):
                return table.name in names
            case CommentTable(_, new) | Repartition(_, new):
                return new.name in names
            case AlterEnum():
                return not change.is_growth
            case AddStatement(made) | DropStatement(made) if objects.is_exclusion(made) and (
                objects.owner_of(made) in self.added | self.dropped
            ):
                return True
            case AddStatement(statement):
                return moving.is_absorbed(statement, self.moved, self.new.statements)
            case DropStatement(statement):
                return moving.is_absorbed(statement, self.moved, self.old.statements)
            case ReplaceStatement(old, new):
                return moving.is_absorbed(old, self.moved, self.old.statements) or moving.is_absorbed(
                    new, self.moved, self.new.statements
                )
        return False

    def _references_to_lost_keys(self) -> list[Change]:
        """References that stay while the key they rely on is dropped or exchanged: dropped and made anew."""
        gone = {
            (c.table.name, frozenset(c.constraint.columns))
            for c in self.changes
            if isinstance(c, DropConstraint) and isinstance(c.constraint, Key)
        }
        known = {c.constraint for c in self.changes if isinstance(c, DropConstraint | AddConstraint)}
        found: list[Change] = []
        for table in self.new.tables:
            was = next((each for each in self.old.tables if each.name == table.name), None)
            for key in table.foreign_keys if was else ():
                if (
                    (key.table, frozenset(key.referenced)) in gone
                    and key not in known
                    and key.table not in self.moved.names
                ):
                    assert was
                    found += [DropConstraint(was, key), AddConstraint(table, key)]
        return found

    def steps(self) -> list[Step]:
        return [
            *moving.new_types(self.moved),
            *self._early(),
            *self._renamed_tables(),
            *self._new_tables(),
            *self._columns(),
            *self._moves(),
            *self._dropped_references(),
            *moving.steps(self.moved),
            *self._new_references(is_moved=True),
            *self._partitions(),
            *parts.steps(self.changes, self.carrying, self.old, self.new),
            *self._late(),
            *self._dropped_columns(),
            *self._dropped_tables(),
            *moving.former_types(self.moved),
            *self._dropped_early(),
        ]

    def _each(self, kind: type[Change]) -> Iterator[Change]:
        return (change for change in self.changes if isinstance(change, kind))

    def _early(self) -> Iterator[Step]:
        made = [c.statement for c in self.changes if isinstance(c, AddStatement) and objects.is_early(c.statement)]
        needs_tables = [s for s in made if s.what.startswith(("function", "procedure"))]
        yield from in_phase("expand", [objects.add(each) for each in made if each not in needs_tables])
        for change in self.changes:
            match change:
                case AddEnum(enum):
                    up, down = way(NO_LOCK, enum_sql(enum)), way(NO_LOCK, f"DROP TYPE {quote(enum.name)}")
                    yield step(f"create enum {enum.name}", up, down)
                case AlterEnum(old, new) if old.values != new.values:
                    yield from in_phase("expand", objects.grow_enum(change, self.new, self.old))
        yield from in_phase("expand", [objects.add(each) for each in needs_tables])

    def _renamed_tables(self) -> Iterator[Step]:
        for change in self.changes:
            if isinstance(change, RenameTable):
                yield from rename_table(change)

    def _new_tables(self) -> Iterator[Step]:
        tables = [c.table for c in self.changes if isinstance(c, AddTable)]
        yield from in_phase("expand", [create_table(table, self.new, self.moved.asides("new")) for table in tables])
        yield from self._new_references(is_moved=False)

    def _new_references(self, is_moved: bool) -> Iterator[Step]:
        """Of new tables; those to tables that are exchanged wait until they are."""
        for table in [c.table for c in self.changes if isinstance(c, AddTable)]:
            for key in table.foreign_keys:
                if (key.table in self.moved.names) == is_moved:
                    yield from in_phase("migrate" if is_moved else "expand", constraints.add(table, key, self.new))

    def _columns(self) -> Iterator[Step]:
        moved_to = {(c.target.name, c.new.name) for c in self.changes if isinstance(c, MoveColumn)}
        for change in self.changes:
            match change:
                case AddColumn(table, column):
                    yield from self._added(table, column, (table.name, column.name) in moved_to)
                case RenameColumn(table, old, new) if change in self.carrying:
                    yield from self._carried(table, old, new)
                case RenameColumn(table, old, new):
                    yield rename_at_once(table, old, new)
                    yield from self._altered(table, replace(old, name=new.name), new)
                case AlterColumn(table, old, new):
                    yield from self._altered(table, old, new)
                case CommentTable(old, new):
                    texts = [
                        f"COMMENT ON TABLE {qualified(new)} IS " + (literal(t.comment) if t.comment else "NULL")
                        for t in (new, old)
                    ]
                    yield step(f"comment on {new.name}", way(unhurt(new), texts[0]), way(unhurt(new), texts[1]))

    def _added(self, table: Table, column: Column, is_moved: bool) -> list[Step]:
        fill = self.diff.fill(table.name, column.name)
        if is_moved:
            return in_phase("expand", columns.add(table, replace(column, is_nullable=True), self.new))
        steps = columns.add(table, column, self.new, fill)
        found = [
            *in_phase(
                "expand",
                [s for s in steps if not s.up.is_backfill and "NOT NULL" not in s.title and "NULL" not in s.title],
            )
        ]
        found += in_phase("migrate", [s for s in steps if s not in [replace(f, phase="expand") for f in found]])
        if fill is not None:
            found += in_phase("contract", inverted([columns.fill_trigger(table, column, fill)], "no longer "))
        return found

    def _carried(self, table: Table, old: Column, new: Column) -> list[Step]:
        was = replace(self.diff.original[table.name], name=table.name)
        forth = convert("{}", old.type, new.type, self.new, {}) if old.type != new.type else "{}"
        back = convert("{}", new.type, old.type, self.new, {}) if old.type != new.type else "{}"
        change = RenameColumn(table, old, new)
        names = {new.name: old.name}
        references = tuple(
            (owner, key, replace(key, referenced=tuple(names.get(each, each) for each in key.referenced)))
            for owner, key in references_to(self.new, change)
        )
        return carried(Renaming(table, was, old, new, self.new, self.diff.source, forth, back, references))

    def _altered(self, table: Table, old: Column, new: Column) -> Iterator[Step]:
        was = next(t for t in self.old.tables if t.name == table.name)
        if old.identity and not new.identity:
            yield from in_phase("expand", inverted(columns.identity_steps(table, old), "no longer "))
        if old.generated is not None and new.generated is None:
            yield plain_again(table, was, old, self.old)
            old = replace(old, generated=None)
        steps = columns.alter_in_place(table, old, new, self.new)
        if old.type != new.type and steps:
            steps = [*self._around(steps[0], table), *steps[1:]]
        yield from in_phase("expand", steps)
        if new.identity and not old.identity:
            yield from in_phase("migrate", columns.identity_steps(table, new))
        if old.is_nullable and not new.is_nullable:
            fill = self.diff.fill(table.name, new.name)
            if fill is not None:
                trigger = columns.fill_trigger(table, new, fill)
                done = backfill.update(
                    f"fill {table.name}.{new.name}", table, self.new, new.name, fill, f"{quote(new.name)} IS NULL"
                )
                yield from in_phase("expand", [trigger])
                yield from in_phase("migrate", [step(f"fill {table.name}.{new.name}", done)])
                yield from in_phase("contract", inverted([trigger], "no longer "))
            if not is_in_key(was, new.name) or not is_in_key(table, new.name):
                yield from in_phase("migrate", columns.not_null(table, new.name))
        elif new.is_nullable and not old.is_nullable and not (old.identity or is_in_key(table, new.name)):
            yield from in_phase("expand", inverted(columns.not_null(table, new.name), "no longer "))

    def _around(self, inner: Step, table: Table) -> list[Step]:
        """A change of type, with the views that read the table out of the way."""
        views = objects.dependents(self.old.statements, [table.name])
        return [objects.views_step(inner.title, views, views, inner.up, inner.down)] if views else [inner]

    def _moves(self) -> Iterator[Step]:
        for move in moves.grouped([c for c in self.changes if isinstance(c, MoveColumn)]):
            yield from in_phase("expand", moves.sync_steps(move))
            yield from in_phase("migrate", moves.copy_steps(move, self.new))
            if not move.is_child:
                for _, name in move.pairs:
                    if not move.taker.column(name).is_nullable:
                        yield from in_phase("migrate", columns.not_null(move.taker, name))
            back = [*moves.sync_steps(move), *moves.copy_steps(move.back, self.new)]
            yield from in_phase("contract", inverted(back, "no longer "))

    def _partitions(self) -> Iterator[Step]:
        for change in self.changes:
            match change:
                case AddPartition(table, name, bounds):
                    yield from in_phase("expand", [create_partition(table, name, bounds)])
                case DropPartition(table, name, bounds):
                    made = replace(create_partition(table, name, bounds), loses=f"the rows of partition {name}")
                    yield from in_phase("contract", inverted([made], "drop what makes "))

    def _late(self) -> Iterator[Step]:
        """Statements that need the tables as they are in the end; those of no use any more go first."""
        views_old, views_new = self._changed_views()
        for gone in reversed([c for c in self.changes if isinstance(c, DropStatement)]):
            if gone.statement not in views_old and not objects.is_early(gone.statement):
                yield from in_phase("migrate", inverted([objects.add(gone.statement)], "no longer "))
        if views_old or views_new:
            names = ", ".join(dict.fromkeys(view.what for view in (*views_old, *views_new)))
            nothing = way(NO_LOCK)
            yield from in_phase(
                "migrate", [objects.views_step(f"make anew: {names}", views_old, views_new, nothing, nothing)]
            )
        for change in self.changes:
            match change:
                case AddStatement(statement) if statement not in views_new and not objects.is_early(statement):
                    yield from in_phase("migrate", [objects.add(statement)])
                case ReplaceStatement(old, new) if new not in views_new and old not in views_old:
                    yield from in_phase("migrate", [objects.replaced(old, new)])

    def _changed_views(self) -> tuple[list[Statement], list[Statement]]:
        """Views that change, with those that read them, before and after."""
        names = set()
        for change in self.changes:
            match change:
                case ReplaceStatement(old, _) if objects.is_view(old):
                    names.add(old.what.split()[-1])
                case AddStatement(statement) | DropStatement(statement) if objects.is_view(statement):
                    names.add(statement.what.split()[-1])
        if not names:
            return [], []
        found = []
        for schema in (self.old, self.new):
            own = [s for s in schema.statements if objects.is_view(s) and s.what.split()[-1] in names]
            more = objects.dependents(schema.statements, names)
            kept = [s for s in schema.statements if s in own or s in more]
            found.append([s for s in kept if not moving.is_absorbed(s, self.moved, schema.statements)])
        return found[0], found[1]

    def _dropped_columns(self) -> Iterator[Step]:
        moved = {(c.source.name, c.column.name) for c in self.changes if isinstance(c, MoveColumn)}
        for change in self.changes:
            if isinstance(change, DropColumn):
                is_moved = (change.table.name, change.column.name) in moved
                steps = columns.for_dropping(change.table, change.column, self.old, is_moved)
                undone = inverted(steps, "no longer ")
                *loosened, last = undone
                phase: Phase = "contract" if is_in_key(change.table, change.column.name) else "expand"
                yield from in_phase(phase, loosened)
                title = f"drop column {change.table.name}.{change.column.name}"
                last = objects.under_stars(replace(last, title=title), change.table, self.new)
                yield from in_phase("contract", [last])

    def _dropped_references(self) -> Iterator[Step]:
        """Of tables that are dropped: before anything they refer to is."""
        asides = self.moved.old_asides
        schema = replace(self.old, tables=(*self.old.tables, *asides.values()))
        made: list[Step] = []
        for table in [c.table for c in self.changes if isinstance(c, DropTable)]:
            for key in table.foreign_keys:
                parent = asides[key.table].name if key.table in asides else key.table
                made += constraints.add(table, replace(key, table=parent), schema)
        yield from in_phase("contract", inverted(made, "drop: "))

    def _dropped_tables(self) -> Iterator[Step]:
        tables = [c.table for c in self.changes if isinstance(c, DropTable)]
        moved = {c.source.name: c for c in self.changes if isinstance(c, MoveColumn)}
        enums = self.moved.asides("old")
        made = [replace(create_table(table, self.old, enums), loses=self._lost_rows(table, moved)) for table in tables]
        undone = [replace(s, title=s.title.replace("drop: create", "drop")) for s in inverted(made, "drop: ")]
        yield from in_phase("contract", undone)

    def _lost_rows(self, table: Table, moved: dict[str, MoveColumn]) -> str:
        if table.name not in moved:
            return f"the rows of {table.name}"
        gone = {c.column.name for c in self.changes if isinstance(c, MoveColumn) and c.source.name == table.name}
        gone |= {ours for ours, _ in moved[table.name].link}
        rest = [column.name for column in table.columns if column.name not in gone]
        return f"the values of {', '.join(f'{table.name}.{name}' for name in rest)}" if rest else ""

    def _dropped_early(self) -> Iterator[Step]:
        for change in self.changes:
            if isinstance(change, DropEnum):
                enum = change.enum
                made = step(
                    f"enum {enum.name}", way(NO_LOCK, enum_sql(enum)), way(NO_LOCK, f"DROP TYPE {quote(enum.name)}")
                )
                yield from in_phase("contract", inverted([made], "drop "))
        for change in reversed([c for c in self.changes if isinstance(c, DropStatement)]):
            if objects.is_early(change.statement):
                yield from in_phase("contract", inverted([objects.add(change.statement)], "no longer "))
