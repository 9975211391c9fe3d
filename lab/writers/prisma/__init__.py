"""Prisma's schema: a model for each table, relations on both sides, names of the database in @map and @@map.

What Prisma has no word for and the lab reads all the same is written as `/// @check(…)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from lab.engines.beyond import of_column
from lab.model.schema import Column, Enum, Loss, Schema, Statement, Table
from lab.writers import Written
from lab.writers.foreign import words_of
from lab.writers.names import free, pascal
from lab.writers.prisma.defaults import default_of
from lab.writers.prisma.joins import is_implicit, lost_of
from lab.writers.prisma.keys import Keys, is_identifier
from lab.writers.prisma.provider import ENGINES, Provider, provider_of
from lab.writers.prisma.relations import opposite_line, owner_line, sayable
from lab.writers.prisma.types import Types
from lab.writers.relations import JoinRelation, class_names, column_fields, relate

__all__ = ["ENGINES", "write"]

_NOT_CLASSES = frozenset(
    """String Boolean Int BigInt Float Decimal DateTime Json Bytes Unsupported Prisma PrismaClient Record Object Array
    Date Promise Function Symbol Buffer Undefined Null Type Enum Model View Datasource Generator""".split()
)
_Line = tuple[str, str, str]
"""A field's name, its type, its attributes."""


def write(schema: Schema, engine: str) -> Written:
    """The whole schema, with a generator and a datasource."""
    return _Writing(schema, provider_of(engine)).written()


class _Writing:
    def __init__(self, schema: Schema, provider: Provider) -> None:
        self.provider = provider
        self.losses: list[Loss] = list(schema.losses)
        self.classes = class_names(schema, _NOT_CLASSES)
        taken = set(self.classes.values())
        self.enums: dict[str, str] = {}
        for enum in schema.enums:
            self.enums[enum.name] = free(pascal(enum.name), taken, _NOT_CLASSES)
            taken.add(self.enums[enum.name])
        self.values = {enum.name: _values(enum) for enum in schema.enums}
        self.fields = column_fields(schema)
        makes = Types(schema, provider, self.enums)
        self.types = {t.name: {c.name: makes.of(t, c) for c in t.columns} for t in schema.tables}
        self.words = words_of(provider.name, schema)
        self.joins = [
            table for table in schema.tables if provider.has_references and is_implicit(table, schema, self.classes)
        ]
        self.schema = sayable(schema, self.types, provider, self.losses)
        self.relations, self.many = relate(self.schema, self.fields, self.joins)
        self.has_namespaces = any(table.namespace for table in schema.tables) and provider.has_namespaces
        self.keys = {
            table.name: Keys(table, self.fields[table.name], self.types[table.name], provider, self.losses).attributes()
            for table in schema.tables
            if table not in self.joins
        }
        if not provider.has_compound_keys:
            self._identify()
        self.ignored = {name for name, made in self.keys.items() if not made.has_identifier}

    def _identify(self) -> None:
        """MongoDB wants one field as _id: the only column of the key, or one of its own."""
        for made in self.keys.values():
            made.has_identifier = True

    def written(self) -> Written:
        blocks = [*self.header()]
        blocks += [self.model(table) for table in self.schema.tables if table.name in self.keys]
        if self.provider.has_enums:
            blocks += [self.enum(enum) for enum in self.schema.enums]
        for table in self.joins:
            self.losses += lost_of(table)
            for column in table.columns:
                if loss := self.types[table.name][column.name].loss:
                    self.losses.append(Loss(f"{column.type} of {table.name}.{column.name}", loss, column.position))
        for statement in self.schema.statements:
            if not self._is_said(statement):
                self.losses.append(Loss(statement.what, "not written: Prisma has no word for it", statement.position))
        return Written("\n\n".join(blocks) + "\n", tuple(self.losses))

    def _is_said(self, statement: Statement) -> bool:
        kind = statement.what.partition(" ")[0]
        return (kind == "extension" and self.provider.name == "postgresql") or (
            kind == "schema" and self.has_namespaces
        )

    def header(self) -> Iterator[str]:
        extensions = [s for s in self.schema.statements if s.what.startswith("extension ") and self._is_said(s)]
        has_where = any(", where: raw(" in said for made in self.keys.values() for said in made.on_model)
        previews = [
            name for name, used in (("partialIndexes", has_where), ("postgresqlExtensions", extensions)) if used
        ]
        lines = ['  provider = "prisma-client"', '  output   = "./generated"']
        if previews:
            lines = [line.replace(" = ", f"{' ' * 7}= ") for line in lines]
            lines = [re.sub(r"^(\s+\w+)\s*=", lambda m: f"{m[1]:<17} =", line) for line in lines]
            lines.append(f"  previewFeatures = [{', '.join(map(_text, previews))}]")
        yield "generator client {\n" + "\n".join(lines) + "\n}"
        source = [f'  provider = "{self.provider.name}"']
        if extensions:
            source.append(f"  extensions = [{', '.join(map(_extension, extensions))}]")
        if self.has_namespaces:
            spaces = dict.fromkeys(self.space(table) for table in self.schema.tables)
            if self.schema.enums:
                spaces.setdefault(self.space(None))
            source.append(f"  schemas = [{', '.join(map(_text, spaces))}]")
        yield "datasource db {\n" + "\n".join(source) + "\n}"

    def space(self, table: Table | None) -> str:
        usual = "dbo" if self.provider.name == "sqlserver" else "public"
        return (table.namespace if table else None) or usual

    def model(self, table: Table) -> str:
        made = self.keys[table.name]
        lines = [*self._identifier(table)]
        lines += [self.column(table, column, made.on_fields.get(column.name, [])) for column in table.columns]
        docs = [column.comment for column in table.columns]
        docs = [""] * (len(lines) - len(table.columns)) + docs
        related = [*self.related(table)]
        attributes = [*made.on_model]
        relation = table.relation if self.has_namespaces else table.name
        if self.classes[table.name] != relation:
            attributes.append(f"@@map({_text(relation)})")
        if self.has_namespaces:
            attributes.append(f"@@schema({_text(self.space(table))})")
        elif table.namespace:
            what = f"namespace of {table.name}"
            self.losses.append(Loss(what, f"{table.namespace} is not kept", table.position))
        if table.name in self.ignored:
            attributes.append("@@ignore")
            self.losses.append(
                Loss(f"table {table.name}", "ignored by Prisma's client: no key identifies a row", table.position)
            )
        if table.partitioning:
            self.losses.append(Loss(f"partitions of {table.name}", "one plain table", table.position))
        body = "\n".join(_aligned(lines, docs))
        if related:
            body += "\n\n" + "\n".join(_aligned(related, [""] * len(related)))
        if attributes:
            body += "\n\n" + "\n".join(f"  {attribute}" for attribute in attributes)
        head = [*_doc(table.comment, ""), *self.checks(table)]
        return "\n".join((*head, f"model {self.classes[table.name]} {{", body, "}"))

    def _identifier(self, table: Table) -> Iterator[_Line]:
        key = table.primary_key
        if self.provider.has_compound_keys or (key is not None and len(key.columns) == 1):
            return
        name = free("documentId", self.fields[table.name].values())
        what = f"primary key of {table.name}" if key else f"key of {table.name}"
        self.losses.append(Loss(what, "an _id of MongoDB's own, and a unique index over the key", table.position))
        yield name, "String", '@id @default(auto()) @map("_id") @db.ObjectId'

    def checks(self, table: Table) -> Iterator[str]:
        for check in table.checks:
            what = f"check {check.name or f'({check.expression})'} of {table.name}"
            if not self.provider.has_references:
                self.losses.append(Loss(what, "not enforced", check.position))
                continue
            self.losses.append(Loss(what, "a comment the lab reads: Prisma Migrate does not make it", check.position))
            name = f"map: {_text(check.name)}, " if check.name else ""
            yield from _doc(f"@check({name}{check.expression})", "")

    def column(self, table: Table, column: Column, keys: Iterable[str]) -> _Line:
        where = f"{table.name}.{column.name}"
        type_, is_list = self.types[table.name][column.name], bool(column.type.dimensions) and self.provider.has_lists
        if type_.loss:
            self.losses.append(Loss(f"{column.type} of {where}", type_.loss, column.position))
        self.losses += of_column(column, where, self.provider.name != "postgresql")
        if is_list and not column.is_nullable:
            self.losses.append(Loss(f"NOT NULL of {where}", "NULL is let in: a list has no such mark", column.position))
        if is_list and column.type.dimensions > 1:
            self.losses.append(Loss(f"{column.type} of {where}", "a list of one dimension", column.position))
        attributes = [*keys]
        values = self.values.get(column.type.name) if self.provider.has_enums else None
        attributes.append(default_of(table, column, type_, values, self.provider, self.words, self.losses))
        if column.is_updated_by_client and type_.name == "DateTime":
            attributes.append("@updatedAt")
        field, mapped = self.fields[table.name][column.name], column.name
        if not self.provider.has_compound_keys and any(word.startswith("@id") for word in attributes):
            mapped = "_id"
        if field != mapped:
            attributes.append(f"@map({_text(mapped)})")
        if type_.native:
            attributes.append(f"@db.{type_.native}")
        mark = "[]" if is_list else "?" if column.is_nullable else ""
        return field, type_.name + mark, " ".join(filter(None, attributes))

    def related(self, table: Table) -> Iterator[_Line]:
        for relation in self.relations:
            if relation.owner.name == table.name:
                line = owner_line(relation, self.fields, self.classes, self.provider)
                yield self._ignoring(line, table, relation.target)
        for relation in self.relations:
            if relation.target.name == table.name:
                yield self._ignoring(opposite_line(relation, self.classes), table, relation.owner)
        for many in self.many:
            yield from self.listed(many, table)

    def _ignoring(self, line: _Line, table: Table, other: Table) -> _Line:
        if other.name not in self.ignored or table.name in self.ignored:
            return line
        return line[0], line[1], f"{line[2]} @ignore".strip()

    def listed(self, many: JoinRelation, table: Table) -> Iterator[_Line]:
        said = many.table.name[1:]
        usual = f"{self.classes[many.first.name]}To{self.classes[many.second.name]}"
        named = f"@relation({_text(said)})" if many.name or said != usual else ""
        if many.first.name == table.name:
            yield many.first_field, f"{self.classes[many.second.name]}[]", named
        if many.second.name == table.name:
            yield many.second_field, f"{self.classes[many.first.name]}[]", named

    def enum(self, enum: Enum) -> str:
        lines = [
            f"  {name}" + (f" @map({_text(value)})" if name != value else "")
            for value, name in self.values[enum.name].items()
        ]
        attributes = [f"  @@map({_text(enum.name)})"] if self.enums[enum.name] != enum.name else []
        attributes += [f"  @@schema({_text(self.space(None))})"] if self.has_namespaces else []
        body = "\n".join(lines) + ("\n\n" + "\n".join(attributes) if attributes else "")
        return "\n".join((*_doc(enum.comment, ""), f"enum {self.enums[enum.name]} {{", body, "}"))


def _values(enum: Enum) -> dict[str, str]:
    """An enum's values, with their names in Prisma."""
    found: dict[str, str] = {}
    for value in enum.values:
        wanted = (
            value if is_identifier(value) else re.sub(r"^(?=[\d_])", "V", re.sub(r"[^A-Za-z0-9]+", "_", value)) or "V"
        )
        found[value] = free(wanted, found.values())
    return found


def _aligned(lines: list[_Line], docs: list[str]) -> Iterator[str]:
    names = max((len(name) for name, _, _ in lines), default=0)
    types = max((len(kind) for _, kind, _ in lines), default=0)
    for (name, kind, attributes), doc in zip(lines, docs, strict=True):
        yield from _doc(doc, "  ")
        yield f"  {name:<{names}} {kind:<{types}} {attributes}".rstrip()


def _doc(text: str, indent: str) -> Iterator[str]:
    for line in text.splitlines():
        yield f"{indent}/// {line}".rstrip()


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _extension(statement: Statement) -> str:
    name = statement.what.removeprefix("extension ")
    bare = name if is_identifier(name) else re.sub(r"\W+", "_", name)
    options: Mapping[str, str | None] = {
        "map": name if bare != name else None,
        "schema": _found(r'\bSCHEMA\s+"?(\w+)"?', statement.sql),
        "version": _found(r"\bVERSION\s+'?\"?([\w.]+)", statement.sql),
    }
    said = ", ".join(f"{key}: {_text(value)}" for key, value in options.items() if value)
    return f"{bare}({said})" if said else bare


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text, re.IGNORECASE)
    return match[1] if match else None
