"""A diff as a migration of MySQL 8.0 and newer, and MariaDB: one ALTER TABLE for each way of keeping others waiting.

What runs while others read and write says so (ALGORITHM=INSTANT, or INPLACE with LOCK=NONE), so that the server
refuses rather than locks; what has to copy the table under a lock says that. Source: MySQL manual, "Online DDL
Operations". Both schemas are put in the engine's words first and compared there: what MySQL cannot tell apart is no
change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.engines.mysql import DIALECT as MYSQL
from lab.engines.mysql.ddl import TableWords, create_sql
from lab.engines.mysql.dialect import Dialect, Losses, literal, quote, quote_all
from lab.engines.mysql.translate import expression
from lab.errors import LabError
from lab.migrate.changes import Diff, MoveColumn
from lab.migrate.mysql.rows import batched, copy_sql, stand_in
from lab.migrate.mysql.twins import can_have_twin
from lab.migrate.mysql.twins import steps as twins_of
from lab.migrate.mysql.words import Words, loose_references, words_of
from lab.migrate.needs import check_values
from lab.migrate.postgres.types import loss
from lab.migrate.postgres.words import is_volatile
from lab.migrate.step import Lock, Plan, Step, Way, in_phase, inverted, step
from lab.model.schema import Column, Schema, Table


def plan(diff: Diff, dialect: Dialect = MYSQL) -> Plan:
    """Raises LabError for a column that needs values nobody declared."""
    check_values(diff)
    steps = _Planning(diff, dialect).steps()
    ordered = [each for phase in ("expand", "migrate", "contract") for each in steps if each.phase == phase]
    return Plan(dialect.name, tuple(ordered), (*diff.new.losses, *create_sql(dialect, diff.new).losses))


class _Planning:
    def __init__(self, diff: Diff, dialect: Dialect) -> None:
        self.diff, self.dialect, self.old, self.new = diff, dialect, diff.old, diff.new
        self.before, self.after, self.original = diff.before, diff.after, diff.original
        self.moves = [change for change in diff.changes if isinstance(change, MoveColumn)]
        self.both = [name for name in self.after if name in self.before]
        self.was = {name: words_of(self.before[name], self.old, dialect) for name in self.both}
        self.now = {name: words_of(self.after[name], self.new, dialect) for name in self.both}
        self.loose = loose_references(self.was, self.now, self.old, self.new)

    def steps(self) -> list[Step]:
        made = [table for name, table in self.after.items() if name not in self.before]
        gone = [table for name, table in self.before.items() if name not in self.after]
        found = [*self._renamed(), *in_phase("expand", [self._created(table, self.new) for table in made])]
        found += in_phase("expand", [s for table in made for s in self._referring(table, self.new)])
        found += in_phase("expand", [s for name in self.both for s in self._added(name)])
        found += in_phase("migrate", [s for name in self.both for s in self._filled(name)])
        found += in_phase("migrate", self._moved())
        found += in_phase("migrate", [s for name in self.both for s in self._loosened(name)])
        found += in_phase("migrate", [s for name in self.both for s in self._altered(name)])
        found += in_phase("migrate", [s for name in self.both for s in self._tied(name)])
        found += in_phase("contract", [s for name in self.both for s in self._dropped(name)])
        back = [self._created(table, self.old, self._lost_rows(table)) for table in gone]
        back += [s for table in gone for s in self._refilled(table)]
        back += [s for table in gone for s in self._referring(table, self.old)]
        return found + in_phase("contract", inverted(back, "drop: "))

    def _renamed(self) -> Iterator[Step]:
        for name in self.both:
            old = self.original[name].name
            if old != name:
                names = quote_all([column.name for column in self.original[name].columns])
                rename, back = (f"RENAME TABLE {quote(a)} TO {quote(b)}" for a, b in ((old, name), (name, old)))
                view = f"CREATE VIEW {quote(old)} AS SELECT {names} FROM {quote(name)}"
                drop = f"DROP VIEW {quote(old)}"
                yield step(
                    f"rename table {old} to {name}",
                    self._way(_exclusive(old), rename),
                    self._way(_exclusive(name), back),
                    note="until the view of the old name is there, the old application fails for a moment",
                )
                yield step(
                    f"keep {old} as a view", self._way(_exclusive(name), view), self._way(_exclusive(name), drop)
                )
        for name in self.both:
            pairs = list(zip(self.original[name].columns, self.before[name].columns, strict=True))
            old = self.original[name].name
            tables, schemas = (self.before[name], self.after[name]), (self.old, self.new)
            renamed = [(a, b) for a, b in pairs if a.name != b.name]
            twins = [(a, b) for a, b in renamed if old == name and can_have_twin(tables, b, schemas)]
            clauses = [(a.name, b.name) for a, b in renamed if (a, b) not in twins]
            for mine, theirs in twins:
                yield from twins_of(self.original[name], mine, theirs, self.diff.source, self.dialect)
            if old != name:
                drop = f"DROP VIEW {quote(old)}"
                names = quote_all([column.name for column in self.original[name].columns])
                view = f"CREATE VIEW {quote(old)} AS SELECT {names} FROM {quote(name)}"
                yield from [
                    step(f"drop the view {old}", self._way(_exclusive(name), drop), self._way(_exclusive(name), view))
                ]
            if clauses:
                yield self._renamed_columns(name, clauses)

    def _renamed_columns(self, name: str, pairs: list[tuple[str, str]]) -> Step:
        """With the checks and the indexes over expressions that spell the old names."""
        was, now = words_of(self.original[name], self.diff.source, self.dialect), self.was[name]

        def clauses(out: Words, into: Words, names: list[tuple[str, str]]) -> list[str]:
            checks = [key for key in out.checks if out.checks[key] != into.checks.get(key)]
            indexes = [
                key for key in out.indexes if "((" in out.indexes[key] and out.indexes[key] != into.indexes.get(key)
            ]
            drop = "CONSTRAINT" if self.dialect.is_mariadb else "CHECK"
            return [
                *(f"DROP {drop} {quote(key)}" for key in checks),
                *(f"DROP INDEX {quote(key)}" for key in indexes),
                *(f"RENAME COLUMN {quote(one)} TO {quote(other)}" for one, other in names),
                *(into.indexes[key] for key in indexes),
                *(f"ADD {into.checks[key]}" for key in checks),
            ]

        forth, back = clauses(was, now, pairs), clauses(now, was, [(new, old) for old, new in pairs])
        is_plain = len(forth) == len(pairs)
        news = {new for _, new in pairs}
        is_referenced = any(news & {*key.columns, *key.referenced} for _, key in self.old.foreign_keys())
        how = ("INPLACE" if is_referenced else "INSTANT") if is_plain else ""
        note = "from here on the old names are unknown"
        up, down = (self._alter(name, ", ".join(found), how) for found in (forth, back))
        return step(f"rename columns of {name}", up, down, note=note)

    def _way(self, lock: Lock, *sql: str) -> Way:
        return Way(tuple(sql), lock, is_atomic=False)

    def _alter(self, table: str, clauses: str, how: str = "") -> Way:
        """`how` is INSTANT, INPLACE, or empty where the server has to copy the table."""
        for words in ("PARTITION BY", "REMOVE PARTITIONING"):
            clauses = clauses.replace(f", {words}", f" {words}")  # the manual's grammar has no comma there
        said = {"INSTANT": ", ALGORITHM=INSTANT", "INPLACE": ", ALGORITHM=INPLACE, LOCK=NONE"}.get(how, "")
        if how == "INSTANT" and self.dialect.is_mariadb:
            said = ""
        lock = _exclusive(table) if how else Lock("SHARED", (table,), "writes", is_brief=False)
        return self._way(lock, f"ALTER TABLE {quote(table)} {clauses}{said}")

    def _created(self, table: Table, schema: Schema, loses: str = "") -> Step:
        alone = replace(
            schema, tables=tuple(replace(t, foreign_keys=()) if t.name == table.name else t for t in schema.tables)
        )
        made = TableWords(self.dialect, alone, alone.table(table.name), Losses())
        sql = [made.create()]
        own = words_of(table, schema, self.dialect)
        extra = [
            clause
            for name, clause in own.indexes.items()
            if not name.endswith("_identity") and name not in {k.name for k in table.foreign_keys}
        ]
        sql += [f"ALTER TABLE {quote(table.name)} {clause}" for clause in extra]
        drop = f"DROP TABLE {quote(table.name)}"
        return step(
            f"create table {table.name}", self._way(Lock(), *sql), self._way(_exclusive(table.name), drop), loses=loses
        )

    def _referring(self, table: Table, schema: Schema) -> Iterator[Step]:
        for name, clause in words_of(table, schema, self.dialect).references.items():
            yield step(
                f"add foreign key {name}",
                self._alter(table.name, clause),
                self._alter(table.name, f"DROP FOREIGN KEY {quote(name)}", "INPLACE"),
            )

    def _lost_rows(self, table: Table) -> str:
        moved = {m.column.name for m in self.moves if m.source.name == table.name}
        moved |= {ours for m in self.moves if m.source.name == table.name for ours, _ in m.link}
        rest = [column.name for column in table.columns if column.name not in moved]
        return "; ".join(f"the values of {table.name}.{n}" for n in rest) if moved else f"the rows of {table.name}"

    def _added(self, name: str) -> Iterator[Step]:
        """New columns, without what would need rows written: that comes with the rest."""
        was, now, table = self.was[name], self.now[name], self.after[name]
        for column in table.columns:
            if column.name in was.columns:
                continue
            drop = f"DROP COLUMN {quote(column.name)}"
            if column.generated is not None or column.identity:
                key = (
                    f", ADD KEY {quote(f'{name}_{column.name}_identity')} ({quote(column.name)})"
                    if column.identity
                    else ""
                )
                has_key = f"{name}_{column.name}_identity" in now.indexes
                clause = f"ADD COLUMN {now.columns[column.name]}{key if has_key else ''}"
                if column.identity and now.primary and column.name in table.primary_key.columns:  # type: ignore[union-attr]
                    continue
                yield step(f"add column {name}.{column.name}", self._alter(name, clause), self._alter(name, drop))
                continue
            first = self._first(table, column)
            yield step(
                f"add column {name}.{column.name}",
                self._alter(name, f"ADD COLUMN {first}", "INSTANT"),
                self._alter(name, drop, "INSTANT"),
            )

    def _first(self, table: Table, column: Column) -> str:
        """A column as it is added: nullable while its values are on their way."""
        if (
            self.diff.fill(table.name, column.name) is None
            and not self._is_moved_to(table.name, column.name)
            and not is_volatile(column.default)
        ):
            return self.now[table.name].columns[column.name]
        nullable = replace(column, is_nullable=True, default=None)
        alone = replace(table, columns=tuple(nullable if c.name == column.name else c for c in table.columns))
        return TableWords(self.dialect, self.new, alone, Losses()).column(nullable)

    def _is_moved_to(self, table: str, column: str) -> bool:
        return any((m.target.name, m.new.name) == (table, column) for m in self.moves)

    def _filled(self, name: str) -> Iterator[Step]:
        table = self.after[name]
        for column in table.columns:
            fill = self.diff.fill(name, column.name)
            if fill is None and column.name not in self.was[name].columns and is_volatile(column.default):
                fill = column.default
            if fill is None:
                continue
            value = expression(fill, self.dialect)
            if value is None:
                raise LabError(
                    f"{self.dialect.title} has no expression {fill}",
                    f"say --fill '{name}.{column.name}=…' with one it knows",
                )
            yield batched(
                f"fill {name}.{column.name}",
                self.before[name],
                f"UPDATE {quote(name)} lab_row SET {quote(column.name)} = {value} WHERE {quote(column.name)} IS NULL",
            )

    def _moved(self) -> Iterator[Step]:
        done = set()
        for move in self.moves:
            pair = (move.source.name, move.target.name)
            if pair not in done:
                done.add(pair)
                group = [m for m in self.moves if (m.source.name, m.target.name) == pair]
                yield self._copied(group, move.target.name not in self.before, move.source.name not in self.after)

    def _copied(self, group: list[MoveColumn], makes_rows: bool, back_makes_rows: bool) -> Step:
        first = group[0]
        forth = copy_sql(
            first.source.name, first.target.name, first.link, [(m.column.name, m.new.name) for m in group], makes_rows
        )
        link = tuple((b, a) for a, b in first.link)
        back = copy_sql(first.target.name, first.source.name, link, [(m.new.name, m.column.name) for m in group], False)
        lock = Lock("row locks", (first.source.name, first.target.name), "writes of the same rows", is_brief=False)
        note = "rows written meanwhile are not brought over: stop the writes of these columns first"
        title = f"copy {', '.join(m.column.name for m in group)} of {first.source.name} to {first.target.name}"
        return step(title, self._way(lock, forth), self._way(lock, *([] if back_makes_rows else [back])), note=note)

    def _refilled(self, table: Table) -> Iterator[Step]:
        """A dropped table's rows out of the one that took them over."""
        group = [m for m in self.moves if m.source.name == table.name]
        if group:
            link = tuple((b, a) for a, b in group[0].link)
            pairs = [(m.new.name, m.column.name) for m in group]
            sql = copy_sql(group[0].target.name, table.name, link, pairs, True, only_filled=True)
            yield step(f"rows of {table.name}", self._way(Lock("row locks", (table.name,), "nothing"), sql))

    def _loosened(self, name: str) -> Iterator[Step]:
        keys = [key for key in self.was[name].references if (name, key) in self.loose]
        if keys:
            drop = ", ".join(f"DROP FOREIGN KEY {quote(key)}" for key in keys)
            back = ", ".join(self.was[name].references[key] for key in keys)
            note = "references are not checked until they are added again"
            yield step(
                f"drop references of {name}", self._alter(name, drop, "INPLACE"), self._alter(name, back), note=note
            )

    def _tied(self, name: str) -> Iterator[Step]:
        keys = [key for key in self.now[name].references if (name, key) in self.loose]
        if keys:
            add = ", ".join(self.now[name].references[key] for key in keys)
            drop = ", ".join(f"DROP FOREIGN KEY {quote(key)}" for key in keys)
            yield step(f"add references of {name}", self._alter(name, add), self._alter(name, drop, "INPLACE"))

    def _altered(self, name: str) -> Iterator[Step]:
        """Everything that changes a table there is but new and dropped columns, in one statement each way."""
        was, now = self.was[name], self.now[name]
        forth, back = list(self._clauses(name, was, now, is_up=True)), list(self._clauses(name, now, was, is_up=False))
        if was.partitions != now.partitions:
            yield from self._repartitioned(name)
        if not (forth or back):
            return
        is_light = all(
            clause.startswith(("ADD INDEX", "ADD UNIQUE", "DROP INDEX", "COMMENT", "ALTER COLUMN"))
            and "((" not in clause
            for clause in (*forth, *back)
        )
        lost = self._converted(name)
        title = f"change {'the indexes' if is_light else 'columns and keys'} of {name}"
        up, down = ", ".join(forth), ", ".join(back)
        how = "INPLACE" if is_light else ""
        made = step(
            title,
            self._alter(name, up, how) if up else Way(),
            self._alter(name, down, how) if down else Way(),
            loses=lost,
        )
        fixed = self._stand_ins(name)
        yield replace(made, down=replace(made.down, sql=(*fixed, *made.down.sql)))

    def _repartitioned(self, name: str) -> Iterator[Step]:
        def said(words: Words) -> str:
            return f"PARTITION BY{words.partitions}" if words.partitions else "REMOVE PARTITIONING"

        was, now = self.was[name], self.now[name]
        if was.primary == now.primary:
            yield step(f"partition {name}", self._alter(name, said(now)), self._alter(name, said(was)))

    def _clauses(self, name: str, was: Words, now: Words, is_up: bool) -> Iterator[str]:
        for key in was.checks:
            if now.checks.get(key) != was.checks[key]:
                yield f"DROP {'CONSTRAINT' if self.dialect.is_mariadb else 'CHECK'} {quote(key)}"
        for key in was.indexes:
            if now.indexes.get(key) != was.indexes[key]:
                yield f"DROP INDEX {quote(key)}"
        if was.primary and was.primary != now.primary:
            yield "DROP PRIMARY KEY"
        there = self.was[name].columns if is_up else self.now[name].columns
        for column, said in now.columns.items():
            if column in there and was.columns.get(column) != said:
                yield from self._modified(name, column, said, was.columns[column])
            elif (
                is_up
                and column not in there
                and self._first(self.after[name], self.after[name].column(column)) != said
                and self.after[name].column(column).generated is None
                and not self.after[name].column(column).identity
            ):
                yield f"MODIFY COLUMN {said}"
        if now.primary and was.primary != now.primary:
            yield f"ADD {now.primary}"
        for key, clause in now.indexes.items():
            if was.indexes.get(key) != clause:
                yield clause
        for key, clause in now.checks.items():
            if was.checks.get(key) != clause:
                yield f"ADD {clause}"
        if was.comment != now.comment:
            yield f"COMMENT = {literal(now.comment)}"
        if was.partitions != now.partitions and was.primary != now.primary:
            yield f"PARTITION BY{now.partitions}" if now.partitions else "REMOVE PARTITIONING"

    def _modified(self, name: str, column: str, said: str, was: str) -> Iterator[str]:
        if ("GENERATED ALWAYS" in said) != ("GENERATED ALWAYS" in was) and "GENERATED ALWAYS" in said:
            yield f"DROP COLUMN {quote(column)}"
            yield f"ADD COLUMN {said}"
        else:
            yield f"MODIFY COLUMN {said}"

    def _converted(self, name: str) -> str:
        after = {column.name: column for column in self.after[name].columns}
        pairs = [(c, after[c.name]) for c in self.before[name].columns if c.name in after]
        return "; ".join(f"{what} of {name}.{a.name}" for a, b in pairs if (what := loss(a.type, b.type)))

    def _stand_ins(self, name: str) -> list[str]:
        """On the way back, for dropped columns that must not be NULL."""
        found = []
        for column in self.before[name].columns:
            if (
                column.name not in self.now[name].columns
                and not column.is_nullable
                and not column.identity
                and column.generated is None
            ):
                value = stand_in(column, self.old)
                found.append(
                    f"UPDATE {quote(name)} SET {quote(column.name)} = {value} WHERE {quote(column.name)} IS NULL"
                )
        return found

    def _dropped(self, name: str) -> Iterator[Step]:
        moved = {m.column.name for m in self.moves if m.source.name == name}
        table = self.before[name]
        for column in table.columns:
            if column.name in self.now[name].columns:
                continue
            loses = (
                "" if column.name in moved or column.generated is not None else f"the values of {name}.{column.name}"
            )
            said = self.was[name].columns[column.name]
            drop = f"DROP COLUMN {quote(column.name)}"
            yield step(
                f"drop column {name}.{column.name}",
                self._alter(name, drop),
                self._alter(name, f"ADD COLUMN {said}"),
                loses=loses,
            )


def _exclusive(table: str) -> Lock:
    return Lock("metadata lock", (table,), "reads and writes")
