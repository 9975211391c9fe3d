"""Drizzle's schema for PostgreSQL, MySQL and SQLite: what a `schema.ts` would say.

Names in the database are always given, so that no casing changes them; keys are camel case.
"""

from __future__ import annotations

from dataclasses import replace

from lab.model.schema import Enum, Loss, Schema, Table
from lab.writers import Written
from lab.writers.constraints import with_usual_names
from lab.writers.drizzle.relations import relation_blocks
from lab.writers.drizzle.security import Security, security_of
from lab.writers.drizzle.sequences import sequence_options
from lab.writers.drizzle.tables import CORES, Tables
from lab.writers.names import camel, free
from lab.writers.relations import column_fields, relate
from lab.writers.typescript import RESERVED, listed, text

_SAME = {"mariadb": "mysql"}
ENGINES = (*CORES, *_SAME)
_IMPORTED = frozenset(
    """sql relations index uniqueIndex unique check foreignKey primaryKey customType pgTable pgEnum pgSchema pgSequence
    pgPolicy mysqlTable mysqlEnum sqliteTable smallint integer bigint int boolean text uuid json jsonb real
    doublePrecision date inet cidr macaddr macaddr8 varchar char numeric interval timestamp time vector float double
    decimal datetime mediumtext longtext varbinary blob t""".split()
)


def write(schema: Schema, engine: str) -> Written:
    """One file: enums, tables and relations."""
    return _Writing(with_usual_names(schema), _SAME.get(engine, engine)).written()


class _Writing:
    """One schema on its way to text; `used` collects what has to be imported."""

    def __init__(self, schema: Schema, engine: str) -> None:
        self.engine = CORES[engine]
        self.schema = schema
        self.used: set[str] = set()
        self.losses: list[Loss] = list(schema.losses)
        taken: set[str] = set()
        self.enums = {enum.name: self._name(enum.name, taken, "Enum") for enum in schema.enums}
        spaces = dict.fromkeys(table.namespace for table in schema.tables if table.namespace)
        self.spaces = {s: self._name(s, taken, "Schema") for s in spaces} if self.engine.has_namespaces else {}
        self.names = {table.name: self._name(table.name, taken, "Table") for table in schema.tables}
        self.taken = taken
        self.keys = column_fields(schema, ("enableRLS", "constructor", "_"))
        self.security = security_of(schema) if self.engine.has_policies else Security()

    def _name(self, name: str, taken: set[str], suffix: str) -> str:
        made = camel(name)
        while made in taken or made in RESERVED or made in _IMPORTED:
            made += suffix
        taken.add(made)
        return made

    def written(self) -> Written:
        spaces = [f"export const {key} = {self.use('pgSchema')}({text(space)});" for space, key in self.spaces.items()]
        enums = [self.enum(enum) for enum in self.schema.enums] if self.engine.has_enums else []
        names = self.names, self.keys, self.enums, self.spaces
        made = Tables(self.schema, self.engine, *names, self.security, self.losses, self.used)
        tables = [made.table(table) for table in self.schema.tables]
        sequences = self.sequences()
        related, _ = relate(self._known(), self.keys, reserved=RESERVED)
        relations = list(relation_blocks(self.schema, related, self.names, self.keys))
        self.lose_statements()
        parts = [self.imports(bool(relations)), *spaces, *enums, *sequences, *tables, *relations]
        return Written("\n\n".join(parts) + "\n", tuple(self.losses))

    def _known(self) -> Schema:
        """Without the foreign keys of an engine that has their tables elsewhere."""
        known = {table.name for table in self.schema.tables}
        return replace(self.schema, tables=tuple(_with_known(table, known) for table in self.schema.tables))

    def use(self, name: str) -> str:
        self.used.add(name)
        return name

    def imports(self, has_relations: bool) -> str:
        core = sorted(self.used - {"sql"})
        general = [name for name, used in (("relations", has_relations), ("sql", "sql" in self.used)) if used]
        lines = [f'import {{ {", ".join(general)} }} from "drizzle-orm";'] if general else []
        return "\n".join([*lines, f'import {{ {", ".join(core)} }} from "drizzle-orm/{self.engine.core}";'])

    def enum(self, enum: Enum) -> str:
        if enum.comment:
            self.losses.append(Loss(f"comment of enum {enum.name}", "not written", enum.position))
        return f"export const {self.enums[enum.name]} = {self.use('pgEnum')}({text(enum.name)}, {listed(enum.values)});"

    def sequences(self) -> list[str]:
        made = []
        for statement in self.schema.statements:
            kind, _, name = statement.what.partition(" ")
            if kind == "sequence" and self.engine.has_enums:
                self.security.said.add(id(statement))
                options = sequence_options(statement.sql)
                given = f", {options}" if options else ""
                key = free(self._name(name, self.taken, "Sequence"), ())
                made.append(f"export const {key} = {self.use('pgSequence')}({text(name)}{given});")
        return made

    def lose_statements(self) -> None:
        for statement in self.schema.statements:
            kind, _, name = statement.what.partition(" ")
            if id(statement) not in self.security.said and not (kind == "schema" and name in self.spaces):
                reason = "not written: Drizzle has no word for it"
                self.losses.append(Loss(statement.what, reason, statement.position))


def _with_known(table: Table, known: set[str]) -> Table:
    return replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.table in known))
