"""Drizzle's schema for PostgreSQL: what a `schema.ts` would say.

Names in the database are always given, so that no casing changes them; keys are camel case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from lab.errors import LabError
from lab.model.schema import Column, Enum, ForeignKey, Index, IndexPart, Key, Loss, Schema, Table, Type
from lab.writers import Written

_PLAIN = {
    "smallint": "smallint",
    "integer": "integer",
    "boolean": "boolean",
    "text": "text",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    "real": "real",
    "double precision": "doublePrecision",
    "date": "date",
    "inet": "inet",
    "cidr": "cidr",
    "macaddr": "macaddr",
    "macaddr8": "macaddr8",
}
_RESERVED = frozenset(
    "break case catch class const continue debugger default delete do else enum export extends false finally for "
    "function if import in instanceof new null return super switch this throw true try typeof var void while with "
    "yield let static await sql index unique check t".split()
)


def write(schema: Schema, engine: str) -> Written:
    """Raises LabError for another engine than PostgreSQL."""
    if engine != "postgres":
        raise LabError(f"Drizzle's schema is written for postgres, not {engine}", "leave --engine out")
    return _Writing(schema).written()


class _Writing:
    """One schema on its way to text; `used` collects what has to be imported."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.used: set[str] = set()
        self.losses: list[Loss] = list(schema.losses)
        taken: set[str] = set()
        self.enums = {enum.name: _identifier(enum.name, taken, "Enum") for enum in schema.enums}
        spaces = dict.fromkeys(table.namespace for table in schema.tables if table.namespace)
        self.spaces = {space: _identifier(space, taken, "Schema") for space in spaces}
        self.tables = {table.name: _identifier(table.name, taken, "Table") for table in schema.tables}
        self.keys = {table.name: _keys(table) for table in schema.tables}

    def written(self) -> Written:
        spaces = [f"export const {key} = {self.use('pgSchema')}({_text(space)});" for space, key in self.spaces.items()]
        enums = [self.enum(enum) for enum in self.schema.enums]
        tables = [self.table(table) for table in self.schema.tables]
        for statement in self.schema.statements:
            self.losses.append(Loss(statement.what, "not written: Drizzle has no word for it", statement.position))
        imports = [f'import {{ {", ".join(sorted(self.used - {"sql"}))} }} from "drizzle-orm/pg-core";']
        if "sql" in self.used:
            imports.insert(0, 'import { sql } from "drizzle-orm";')
        parts = ["\n".join(imports), *spaces, *enums, *tables]
        return Written("\n\n".join(parts) + "\n", tuple(self.losses))

    def use(self, name: str) -> str:
        self.used.add(name)
        return name

    def sql(self, text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
        return f"{self.use('sql')}`{escaped}`"

    def enum(self, enum: Enum) -> str:
        values = ", ".join(map(_text, enum.values))
        return f"export const {self.enums[enum.name]} = {self.use('pgEnum')}({_text(enum.name)}, [{values}]);"

    def table(self, table: Table) -> str:
        keys = self.keys[table.name]
        lines = [f"  {_doc(column.comment)}{keys[column.name]}: {self.column(column)}," for column in table.columns]
        extras = [f"    {extra}," for extra in self.extras(table)]
        maker = f"{self.spaces[table.namespace]}.table" if table.namespace else self.use("pgTable")
        if table.partitioning:
            self.losses.append(Loss(f"partitions of {table.name}", "one plain table", table.position))
        rest = ", (t) => [\n" + "\n".join(extras) + "\n  ]" if extras else ""
        name = self.tables[table.name]
        body = "\n".join(lines)
        return f"{_doc(table.comment)}export const {name} = {maker}({_text(table.name)}, {{\n{body}\n}}{rest});"

    def column(self, column: Column) -> str:
        made = self.builder(column.type, column.name) + ".array()" * column.type.dimensions
        if column.identity:
            made += f".generated{'Always' if column.identity == 'always' else 'ByDefault'}AsIdentity()"
        elif not column.is_nullable:
            made += ".notNull()"
        if column.default is not None:
            made += f".default({self.sql(column.default)})"
        if column.generated is not None:
            made += f".generatedAlwaysAs({self.sql(column.generated)})"
        return made

    def builder(self, type_: Type, name: str) -> str:
        arguments = type_.arguments
        if type_.name in self.enums:
            return f"{self.enums[type_.name]}({_text(name)})"
        if type_.name in _PLAIN and not arguments:
            return f"{self.use(_PLAIN[type_.name])}({_text(name)})"
        options = _options(type_)
        if options is None:
            said = json.dumps(str(Type(type_.name, arguments)))
            return f"{self.use('customType')}<{{ data: unknown }}>({{ dataType: () => {said} }})({_text(name)})"
        kind, text = options
        return f"{self.use(kind)}({_text(name)}{f', {text}' if text else ''})"

    def extras(self, table: Table) -> Iterator[str]:
        if table.primary_key:
            options = f"columns: {self.columns(table, table.primary_key.columns)}"
            name = table.primary_key.name
            yield f"{self.use('primaryKey')}({{ {f'name: {_text(name)}, ' if name else ''}{options} }})"
        for key in table.uniques:
            yield f"{self.use('unique')}({_text(_key_name(table, key))}).on({self.members(table, key.columns)})"
        for foreign_key in table.foreign_keys:
            yield self.foreign_key(table, foreign_key)
        for number, check in enumerate(table.checks, 1):
            name = check.name or f"{table.name}_check{number}"
            yield f"{self.use('check')}({_text(name)}, {self.sql(check.expression)})"
        for index in table.indexes:
            yield self.index(table, index)

    def members(self, table: Table, columns: Iterable[str], owner: str = "t") -> str:
        return ", ".join(f"{owner}.{self.keys[table.name][column]}" for column in columns)

    def columns(self, table: Table, columns: Iterable[str], owner: str = "t") -> str:
        return f"[{self.members(table, columns, owner)}]"

    def foreign_key(self, table: Table, key: ForeignKey) -> str:
        target = self.schema.table(key.table)
        owner = "t" if target is table else self.tables[target.name]
        name = f"name: {_text(key.name)}, " if key.name else ""
        made = (
            f"{self.use('foreignKey')}({{ {name}columns: {self.columns(table, key.columns)}, "
            f"foreignColumns: {self.columns(target, key.referenced, owner)} }})"
        )
        made += f'.onDelete("{key.on_delete}")' if key.on_delete != "no action" else ""
        made += f'.onUpdate("{key.on_update}")' if key.on_update != "no action" else ""
        if key.is_deferrable:
            what = f"DEFERRABLE of a foreign key of {table.name}"
            self.losses.append(Loss(what, "checked at once", key.position))
        return made

    def index(self, table: Table, index: Index) -> str:
        kind = self.use("uniqueIndex" if index.is_unique else "index")
        parts = ", ".join(self.part(table, part) for part in index.parts)
        made = f"{kind}({_text(index.name)}).using({_text(index.method)}, {parts})"
        if index.include:
            self.losses.append(Loss(f"INCLUDE of index {index.name}", "over its keys alone", index.position))
        return made + (f".where({self.sql(index.where)})" if index.where else "")

    def part(self, table: Table, part: IndexPart) -> str:
        if part.is_expression or (part.is_descending and part.nulls is None):
            # drizzle-kit would write NULLS LAST behind a column's .desc().
            words = f"({part.value})" if part.is_expression else '"' + part.value.replace('"', '""') + '"'
            words += f" {part.operator_class}" if part.operator_class else ""
            words += " DESC" if part.is_descending else ""
            return self.sql(words + (f" NULLS {part.nulls.upper()}" if part.nulls else ""))
        made = self.members(table, [part.value])
        made += ".desc()" if part.is_descending else ""
        made += f".nulls{part.nulls.title()}()" if part.nulls else ""
        return made + (f".op({_text(part.operator_class)})" if part.operator_class else "")


def _options(type_: Type) -> tuple[str, str] | None:
    """A builder and its options; None when Drizzle has no builder that says the type."""
    numbers = type_.arguments
    match type_.name, numbers:
        case "bigint", ():
            return "bigint", '{ mode: "number" }'
        case "varchar" | "char", (length,):
            return type_.name, f"{{ length: {length} }}"
        case "varchar", ():
            return "varchar", ""
        case "numeric", ():
            return "numeric", ""
        case "numeric", (precision,):
            return "numeric", f"{{ precision: {precision} }}"
        case "numeric", (precision, scale):
            return "numeric", f"{{ precision: {precision}, scale: {scale} }}"
        case "timestamp" | "timestamptz" | "time" | "timetz", (*digits,):
            said = ["withTimezone: true"] if type_.name.endswith("tz") else []
            said += [f"precision: {digits[0]}"] if digits else []
            return type_.name.removesuffix("tz"), f"{{ {', '.join(said)} }}" if said else ""
        case "vector", (size,):
            return "vector", f"{{ dimensions: {size} }}"
    return None


def _keys(table: Table) -> dict[str, str]:
    taken: set[str] = set()
    return {column.name: _identifier(column.name, taken, "_", is_key=True) for column in table.columns}


def _identifier(name: str, taken: set[str], suffix: str, is_key: bool = False) -> str:
    """A name of TypeScript's that is free: camel case."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word] or ["x"]
    made = words[0][:1].lower() + words[0][1:] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    made = f"_{made}" if made[0].isdigit() else made
    while made in taken or (not is_key and made in _RESERVED) or made in ("enableRLS", "constructor"):
        made += suffix
    taken.add(made)
    return made


def _key_name(table: Table, key: Key) -> str:
    return key.name or "_".join((table.name, *key.columns, "key"))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _doc(comment: str) -> str:
    text = " ".join(comment.split()).replace("*/", "* /")
    return f"/** {text} */\n" if text else ""
