"""TypeORM's entities: a decorated class for each table, relations on both sides, and the DataSource they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.model.schema import Enum, Key, Loss, Schema, Table
from lab.writers import Written
from lab.writers.constraints import with_usual_names
from lab.writers.foreign import words_of
from lab.writers.names import camel, free, pascal
from lab.writers.relations import class_names, column_fields, relate
from lab.writers.typeorm.columns import Columns
from lab.writers.typeorm.keys import Keys
from lab.writers.typeorm.relations import Relations, is_join_table
from lab.writers.typeorm.types import Types
from lab.writers.typescript import RESERVED, record, template, text
from lab.writers.views import View, exclusion_of, view_of

ENGINES = ("postgres", "mysql", "mariadb", "sqlite")
_SAME = {"mariadb": "mysql"}
_DRIVERS = {"postgres": "postgres", "mysql": "mysql", "sqlite": "better-sqlite3"}
_IMPORTED = frozenset(
    """Entity Column PrimaryColumn PrimaryGeneratedColumn Generated ManyToOne OneToMany OneToOne ManyToMany JoinColumn
    JoinTable UpdateDateColumn Index Unique Check Exclusion ViewEntity ViewColumn DataSource Relation Date Buffer Object
    Function String Number Boolean Symbol Promise Array""".split()
)


def write(schema: Schema, engine: str) -> Written:
    """One file: enums, entities, views and the DataSource."""
    return _Writing(with_usual_names(schema), _SAME.get(engine, engine)).written()


class _Writing:
    def __init__(self, schema: Schema, engine: str) -> None:
        self.engine = engine
        self.losses: list[Loss] = list(schema.losses)
        self.used: set[str] = {"DataSource", "Entity"}
        self.schema = self._with_keys(schema)
        self.classes = class_names(self.schema, _IMPORTED)
        taken = {*self.classes.values(), *_IMPORTED}
        self.enums: dict[str, str] = {}
        for enum in schema.enums:
            self.enums[enum.name] = free(pascal(enum.name), taken)
            taken.add(self.enums[enum.name])
        self.taken = taken
        self.fields = column_fields(self.schema, RESERVED)
        joins = [table for table in self.schema.tables if is_join_table(table, self.schema)]
        self.joined = {table.name for table in joins}
        self.relations, self.many = relate(self.schema, self.fields, joins, RESERVED)
        self.words = words_of(engine, self.schema)
        self.columns = Columns(
            self.schema, engine, Types(self.schema, engine), self.words, self.enums, self.losses, self.used
        )
        self.made = Relations(self.fields, self.classes, engine, self.losses, self.used)

    def _with_keys(self, schema: Schema) -> Schema:
        """TypeORM takes no entity without a primary key."""
        tables = []
        for table in schema.tables:
            keyed = _keyed(table)
            if keyed is None:
                consequence = "not written: TypeORM takes no entity without a key"
                self.losses.append(Loss(f"table {table.name}", consequence, table.position))
                continue
            if keyed is not table:
                consequence = f"its unique key ({', '.join(keyed.primary_key.columns if keyed.primary_key else ())})"
                self.losses.append(Loss(f"primary key of {table.name}", consequence, table.position))
            self._note_order(keyed)
            tables.append(keyed)
        names = {table.name for table in tables}
        for table in tables:
            for key in table.foreign_keys:
                if key.table not in names:
                    self.losses.append(Loss(f"foreign key {key.name} of {table.name}", "left out", key.position))
        return replace(schema, tables=tuple(tables))

    def _note_order(self, table: Table) -> None:
        """TypeORM's primary keys have the order of the columns."""
        key = table.primary_key.columns if table.primary_key else ()
        order = tuple(column.name for column in table.columns if column.name in key)
        if order != key:
            what = f"primary key ({', '.join(key)}) of {table.name}"
            consequence = f"in the order of the columns: ({', '.join(order)})"
            self.losses.append(Loss(what, consequence, table.position))

    def written(self) -> Written:
        entities = [self.entity(table) for table in self.schema.tables if table.name not in self.joined]
        names = [self.classes[table.name] for table in self.schema.tables if table.name not in self.joined]
        enums = [self.enum(enum) for enum in self.schema.enums if self._is_used(enum)]
        views = list(self.views(names))
        source = self.data_source(names)
        used = "".join(f"  {name},\n" for name in sorted(self.used))
        imports = f'import {{\n{used}}} from "typeorm";'
        return Written("\n\n".join((imports, *enums, *entities, *views, source)) + "\n", tuple(self.losses))

    def _is_used(self, enum: Enum) -> bool:
        if enum.comment:
            self.losses.append(Loss(f"comment of enum {enum.name}", "not written", enum.position))
        columns = [column for table in self.schema.tables for column in table.columns if column.type.name == enum.name]
        used = any(not column.type.dimensions or self.engine == "postgres" for column in columns)
        if not used:
            self.losses.append(Loss(f"enum {enum.name}", "not written: no column is of it", enum.position))
        return used

    def enum(self, enum: Enum) -> str:
        taken: list[str] = []
        lines = []
        for value in enum.values:
            taken.append(free(pascal(value), taken))
            lines.append(f"  {taken[-1]} = {text(value)},")
        return f"export enum {self.enums[enum.name]} {{\n" + "\n".join(lines) + "\n}"

    def entity(self, table: Table) -> str:
        fields = self.fields[table.name]
        key = table.primary_key.columns if table.primary_key else ()
        members = [self.columns.property(table, column, fields[column.name], key) for column in table.columns]
        own = [relation for relation in self.relations if relation.owner.name == table.name]
        members += map(self.made.owner, own)
        members += (self.made.opposite(relation) for relation in self.relations if relation.target.name == table.name)
        for many in self.many:
            members += self.made.many(many, table)
        one_to_one = [frozenset(r.key.columns) for r in own if r.is_one_to_one and not set(r.key.columns) <= set(key)]
        exclusions = [found for s in self.schema.statements if (found := exclusion_of(s)) and found.table == table.name]
        keys = Keys(table, fields, self.engine, self.words, self.losses, self.used)
        said = exclusions if self.engine == "postgres" else []
        decorators = [*keys.decorators(said, one_to_one)]
        has_namespace = table.namespace and self.engine == "postgres"
        options = record(
            {
                "schema": text(table.namespace) if table.namespace and has_namespace else None,
                "comment": text(table.comment) if table.comment and self.engine != "sqlite" else None,
            }
        )
        if table.namespace and not has_namespace:
            self.losses.append(Loss(f"namespace of {table.name}", f"{table.namespace} is not kept", table.position))
        if table.partitioning:
            self.losses.append(Loss(f"partitions of {table.name}", "one plain table", table.position))
        head = [
            f"@Entity({', '.join(filter(None, (text(table.relation if has_namespace else table.name), options)))})",
            *decorators,
        ]
        body = "\n\n".join(members)
        return "\n".join(head) + f"\nexport class {self.classes[table.name]} {{\n{body}\n}}"

    def views(self, names: list[str]) -> Iterator[str]:
        """Views as entities; what else the model keeps verbatim is lost."""
        namespaces = {table.namespace for table in self.schema.tables}
        for statement in self.schema.statements:
            view = view_of(statement) if self.engine == "postgres" else None
            kind, _, rest = statement.what.partition(" ")
            is_said = (kind == "schema" and rest in namespaces) or (
                exclusion_of(statement) is not None and self.engine == "postgres"
            )
            if view is not None:
                yield self.view(view, names)
            elif not is_said:
                reason = "not written: TypeORM has no word for it"
                self.losses.append(Loss(statement.what, reason, statement.position))

    def view(self, view: View, names: list[str]) -> str:
        name = free(pascal(view.name), self.taken)
        self.taken.add(name)
        names.append(name)
        self.used.add("ViewEntity")
        options = record(
            {
                "name": text(view.name),
                "schema": text(view.namespace) if view.namespace else None,
                "materialized": "true" if view.is_materialized else None,
                "expression": template(view.query),
            }
        )
        members, taken = [], list[str]()
        for column in view.columns:
            taken.append(free(camel(column), taken, RESERVED))
            said = record({"name": text(column)}) if taken[-1] != column else ""
            members.append(f"  @ViewColumn({said})\n  {taken[-1]}!: unknown;")
        self.used.update(("ViewColumn",) if members else ())
        return f"@ViewEntity({options})\nexport class {name} {{\n" + "\n\n".join(members) + "\n}"

    def data_source(self, names: list[str]) -> str:
        place = '  database: "database.sqlite",' if self.engine == "sqlite" else "  url: process.env.DATABASE_URL,"
        lines = [
            f"  type: {text(_DRIVERS[self.engine])},",
            place,
            f"  entities: [{', '.join(names)}],",
            "  synchronize: false,",
        ]
        name = free("dataSource", self.taken)
        return f"export const {name} = new DataSource({{\n" + "\n".join(lines) + "\n});"


def _keyed(table: Table) -> Table | None:
    """The table with a primary key: its own, or a unique key without NULLs; None when it has neither."""
    if table.primary_key:
        return table
    for key in table.uniques:
        if all(not table.column(name).is_nullable for name in key.columns):
            return replace(table, primary_key=Key(key.columns, None, key.position))
    return None
