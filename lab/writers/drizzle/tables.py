"""A table: its columns, keys, references, checks, indexes and policies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lab.engines.beyond import of_column, of_key, of_reference
from lab.model.schema import Column, ForeignKey, Index, IndexPart, Key, Loss, Schema, Table
from lab.writers.drizzle import builders
from lab.writers.drizzle.security import Security, policy_call
from lab.writers.drizzle.sequences import sequence_options
from lab.writers.foreign import check_sql, words_of
from lab.writers.mysql import MysqlWords
from lab.writers.typescript import doc, text


@dataclass(frozen=True, slots=True)
class Engine:
    """What Drizzle can say of a database, by name."""

    name: str
    core: str
    maker: str
    extra: str
    """The type of what stands in a table's third argument."""
    has_namespaces: bool = False
    has_enums: bool = False
    """As types of their own."""
    has_policies: bool = False
    has_methods: bool = False
    has_partial_indexes: bool = True


CORES = {
    "postgres": Engine("postgres", "pg-core", "pgTable", "PgTableExtraConfigValue", True, True, True, True),
    "mysql": Engine("mysql", "mysql-core", "mysqlTable", "MySqlTableExtraConfigValue", has_partial_indexes=False),
    "sqlite": Engine("sqlite", "sqlite-core", "sqliteTable", "SQLiteTableExtraConfigValue"),
}
_TREES = ("btree", "hash", "brin")


class Tables:
    """The tables of one schema."""

    def __init__(
        self,
        schema: Schema,
        engine: Engine,
        names: Mapping[str, str],
        keys: Mapping[str, Mapping[str, str]],
        enums: Mapping[str, str],
        spaces: Mapping[str, str],
        security: Security,
        losses: list[Loss],
        used: set[str],
    ) -> None:
        self._schema = schema
        self._engine = engine
        self._names = names
        self._keys = keys
        self._enums = enums
        self._spaces = spaces
        self._security = security
        self._losses = losses
        self._used = used
        self._words = words_of(engine.name, schema)
        self._mysql = MysqlWords(schema) if engine.name == "mysql" else None

    def table(self, table: Table) -> str:
        keys = self._keys[table.name]
        lines = [
            f"{doc(column.comment, '  ')}  {keys[column.name]}: {self._column(table, column)},"
            for column in table.columns
        ]
        extras = [f"    {extra}," for extra in self._extras(table)]
        space = self._spaces.get(table.namespace or "")
        maker = f"{space}.table" if space else self._use(self._engine.maker)
        self._lose_details(table)
        typed = f": {self._engine.extra}[]" if self._is_ahead(table) else ""
        if typed and extras:
            self._use(f"type {self._engine.extra}")
        rest = f", (t){typed} => [\n" + "\n".join(extras) + "\n  ]" if extras else ""
        secured = ".enableRLS()" if table.name in self._security.secured else ""
        body = "\n".join(lines)
        named = text(table.relation if space else table.name)
        made = f"{maker}({named}, {{\n{body}\n}}{rest}){secured};"
        return f"{doc(table.comment)}export const {self._names[table.name]} = {made}"

    def _is_ahead(self, table: Table) -> bool:
        """Whether the table refers to one that comes after it: TypeScript infers no types in a circle."""
        order = list(self._names)
        return any(order.index(key.table) > order.index(table.name) for key in table.foreign_keys if key.table in order)

    def _lose_details(self, table: Table) -> None:
        if table.namespace and table.namespace not in self._spaces:
            self._lose(f"namespace of {table.name}", f"{table.namespace} is not kept", table)
        if table.partitioning:
            self._lose(f"partitions of {table.name}", "one plain table", table)
        if table.comment or any(column.comment for column in table.columns):
            self._lose(f"comments of {table.name}", "in the program alone: Drizzle tells the database none", table)

    def _lose(self, what: str, consequence: str, owner: Table | Column | Key | ForeignKey | Index) -> None:
        self._losses.append(Loss(what, consequence, owner.position))

    def _use(self, name: str) -> str:
        self._used.add(name)
        return name

    def _sql(self, sql: str) -> str:
        escaped = sql.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
        return f"{self._use('sql')}`{escaped}`"

    def _column(self, table: Table, column: Column) -> str:
        where = f"{table.name}.{column.name}"
        made = self._builder(table, column, where)
        if self._engine.name == "postgres":
            made += ".array()" * column.type.dimensions
        for loss in of_column(column, where, self._engine.name != "postgres"):
            is_said = self._engine.name == "postgres" and not loss.what.startswith("collation")
            self._losses += [] if is_said else [loss]
        made += self._identity(table, column, where) if column.identity else ""
        if not column.identity and not column.is_nullable:
            made += ".notNull()"
        if column.default is not None and (sql := self._words.default(table, column)) is not None:
            made += f".default({self._sql(sql)})"
        elif column.default is not None:
            self._lose(f"default of {where}", "must be given by the application", column)
        if column.generated is not None:
            made += self._generated(table, column, where)
        if column.is_updated_by_client:
            self._lose(f"time of the last change {where}", "the application must set it: $onUpdate", column)
        return made

    def _builder(self, table: Table, column: Column, where: str) -> str:
        enum = self._schema.enum(column.type.name)
        if enum and self._engine.has_enums:
            return f"{self._enums[enum.name]}({text(column.name)})"
        values = enum.values if enum and not column.type.dimensions else ()
        if self._mysql:
            found = self._mysql.type(table, column)
            builder = builders.mysql(found.sql, found.loss, values)
        elif self._engine.name == "sqlite":
            builder = builders.sqlite(column.type, values)
        else:
            builder = builders.postgres(column.type)
        if builder.loss:
            self._lose(f"{column.type} of {where}", builder.loss, column)
        self._use(builder.name or "customType")
        return builders.named(builder, column.name)

    def _identity(self, table: Table, column: Column, where: str) -> str:
        key = table.primary_key.columns if table.primary_key else ()
        if self._engine.name == "postgres":
            word = "Always" if column.identity == "always" else "ByDefault"
            return f".generated{word}AsIdentity({sequence_options(column.sequence)})"
        first = next(other for other in table.columns if other.identity)
        if self._engine.name == "mysql" and first is column:
            return ".autoincrement().notNull()"
        if self._engine.name == "sqlite" and key == (column.name,):
            return ".primaryKey({ autoIncrement: true })"
        self._lose(f"identity of {where}", "must be given by the application", column)
        return ".notNull()"

    def _generated(self, table: Table, column: Column, where: str) -> str:
        sql = self._words.expression(table, column.generated or "")
        if sql is None:
            self._lose(f"generated column {where}", "a plain column: its expression cannot be said", column)
            return ""
        if self._engine.name == "postgres":
            if column.is_virtual:
                self._lose(f"VIRTUAL of generated column {where}", "stored", column)
            return f".generatedAlwaysAs({self._sql(sql)})"
        return f'.generatedAlwaysAs({self._sql(sql)}, {{ mode: "stored" }})'

    def _extras(self, table: Table) -> Iterator[str]:
        key = table.primary_key
        if key and not self._is_on_column(table, key):
            self._losses += of_key(key, f"key {key.name} of {table.name}")
            named = f"name: {text(key.name)}, " if key.name else ""
            yield f"{self._use('primaryKey')}({{ {named}columns: {self._columns(table, key.columns)} }})"
        for unique in table.uniques:
            yield self._unique(table, unique)
        for foreign_key in table.foreign_keys:
            if foreign_key.table in self._names:
                yield self._foreign_key(table, foreign_key)
            else:
                self._lose(f"foreign key {foreign_key.name} of {table.name}", "left out", foreign_key)
        yield from self._checks(table)
        for index in table.indexes:
            yield from self._index(table, index)
        for name, options in self._security.policies.get(table.name, ()):
            self._use("pgPolicy")
            said = {key: self._sql(v) if key in ("using", "withCheck") else v for key, v in options.items()}
            yield policy_call(name, said)

    def _is_on_column(self, table: Table, key: Key) -> bool:
        is_single = len(key.columns) == 1 and table.column(key.columns[0]).identity is not None
        return self._engine.name == "sqlite" and is_single

    def _unique(self, table: Table, key: Key) -> str:
        losses = of_key(key, f"key {key.name} of {table.name}")
        is_said = self._engine.name == "postgres"
        self._losses += (loss for loss in losses if not (is_said and loss.what.startswith("NULLS NOT DISTINCT")))
        made = f"{self._use('unique')}({text(key.name or '')}).on({self._members(table, key.columns)})"
        return made + (".nullsNotDistinct()" if is_said and not key.has_distinct_nulls else "")

    def _checks(self, table: Table) -> Iterator[str]:
        for check in table.checks:
            sql, reason = check_sql(self._words, table, check)
            if sql is None:
                what = f"check {check.name} of {table.name}"
                self._losses.append(Loss(what, f"not enforced: {reason}", check.position))
            else:
                yield f"{self._use('check')}({text(check.name or '')}, {self._sql(sql)})"
        for column in table.columns if self._engine.name == "sqlite" else ():
            enum = self._schema.enum(column.type.name)
            if enum and not column.type.dimensions:
                values = ", ".join("'" + value.replace("'", "''") + "'" for value in enum.values)
                condition = f'"{column.name}" IN ({values})'
                name = f"{table.name}_{column.name}_values"
                yield f"{self._use('check')}({text(name)}, {self._sql(condition)})"

    def _members(self, table: Table, columns: Iterable[str], owner: str = "t") -> str:
        return ", ".join(f"{owner}.{self._keys[table.name][column]}" for column in columns)

    def _columns(self, table: Table, columns: Iterable[str], owner: str = "t") -> str:
        return f"[{self._members(table, columns, owner)}]"

    def _foreign_key(self, table: Table, key: ForeignKey) -> str:
        target = self._schema.table(key.table)
        owner = "t" if target is table else self._names[target.name]
        name = f"name: {text(key.name)}, " if key.name else ""
        made = (
            f"{self._use('foreignKey')}({{ {name}columns: {self._columns(table, key.columns)}, "
            f"foreignColumns: {self._columns(target, key.referenced, owner)} }})"
        )
        made += f'.onDelete("{key.on_delete}")' if key.on_delete != "no action" else ""
        made += f'.onUpdate("{key.on_update}")' if key.on_update != "no action" else ""
        what = f"foreign key {key.name} of {table.name}"
        self._losses += of_reference(key, what)
        if key.is_deferrable:
            self._lose(f"DEFERRABLE of {what}", "checked at once", key)
        return made

    def _index(self, table: Table, index: Index) -> Iterator[str]:
        what = f"index {index.name}"
        if not self._engine.has_methods and index.method not in _TREES:
            self._lose(what, f"not written: there is no {index.method} here", index)
            return
        parts = [self._part(table, index, part) for part in index.parts]
        if None in parts:
            self._lose(what, "not written: its expression cannot be said", index)
            return
        self._lose_of_index(index, what)
        is_partial = index.where is not None
        where = self._words.expression(table, index.where) if index.where else None
        where = where if self._engine.has_partial_indexes else None
        if is_partial and where is None:
            said = f"holds all rows, not only WHERE {index.where}"
            self._lose(what, f"not unique: it {said}" if index.is_unique else said, index)
        kind = self._use("uniqueIndex" if index.is_unique and (where or not is_partial) else "index")
        listed = ", ".join(part for part in parts if part)
        method = f".using({text(index.method)}, {listed})" if self._engine.has_methods else f".on({listed})"
        yield f"{kind}({text(index.name)}){method}" + (f".where({self._sql(where)})" if where else "")

    def _lose_of_index(self, index: Index, what: str) -> None:
        if index.include:
            self._lose(f"INCLUDE of {what}", "over its keys alone", index)
        if not index.has_distinct_nulls:
            self._lose(f"NULLS NOT DISTINCT of {what}", "two NULLs do not collide", index)
        if index.options:
            self._lose(f"WITH ({index.options}) of {what}", "the server's defaults are used", index)
        if self._engine.has_methods:
            return
        if index.method != "btree":
            self._lose(what, f"a B-tree in place of {index.method}", index)
        for part in index.parts:
            if part.operator_class or part.collation:
                self._lose(f"{part.operator_class or part.collation} of {what}", "the type's own order", index)
            if part.nulls and (part.nulls == "first") != part.is_descending:
                self._lose(f"NULLS {part.nulls.upper()} of {what}", "NULLs sort where the database puts them", index)

    def _part(self, table: Table, index: Index, part: IndexPart) -> str | None:
        if self._engine.has_methods:
            return self._postgres_part(table, part)
        if not part.is_expression:
            member = self._members(table, [part.value])
            return f"{self._use('sql')}`${{{member}}} desc`" if part.is_descending else member
        sql = self._words.expression(table, part.value)
        if sql is None:
            return None
        named = self._sql(f"({sql})")
        keys = self._keys[table.name]
        return re.sub(r"\\`([^`\\]+)\\`", lambda m: f"${{t.{keys[m[1]]}}}" if m[1] in keys else m[0], named)

    def _postgres_part(self, table: Table, part: IndexPart) -> str:
        if part.is_expression or part.collation or (part.is_descending and part.nulls is None):
            # drizzle-kit would write NULLS LAST behind a column's .desc().
            words = f"({part.value})" if part.is_expression else '"' + part.value.replace('"', '""') + '"'
            words += f" COLLATE {part.collation}" if part.collation else ""
            words += f" {part.operator_class}" if part.operator_class else ""
            words += " DESC" if part.is_descending else ""
            return self._sql(words + (f" NULLS {part.nulls.upper()}" if part.nulls else ""))
        made = self._members(table, [part.value])
        made += ".desc()" if part.is_descending else ""
        made += f".nulls{part.nulls.title()}()" if part.nulls else ""
        return made + (f".op({text(part.operator_class)})" if part.operator_class else "")
