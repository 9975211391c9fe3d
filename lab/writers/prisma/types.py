"""PostgreSQL's types -> Prisma's, with the native type that says the same to each database.

Source: Prisma's reference, "Native types mapping"; the inverse of the reader's tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.model.schema import Column, Enum, Schema, Table, Type
from lab.writers.mysql import MysqlWords
from lab.writers.prisma.provider import Provider


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field's type and the attribute that refines it, without `@db.`; what is lost of the column's, if anything."""

    name: str
    native: str = ""
    loss: str = ""

    @property
    def is_unsupported(self) -> bool:
        return self.name.startswith("Unsupported(")


_POSTGRES: dict[str, tuple[str, str]] = {
    "text": ("String", ""),
    "varchar": ("String", "VarChar"),
    "char": ("String", "Char"),
    "bit": ("String", "Bit"),
    "varbit": ("String", "VarBit"),
    "uuid": ("String", "Uuid"),
    "xml": ("String", "Xml"),
    "inet": ("String", "Inet"),
    "citext": ("String", "Citext"),
    "boolean": ("Boolean", ""),
    "integer": ("Int", ""),
    "smallint": ("Int", "SmallInt"),
    "oid": ("Int", "Oid"),
    "bigint": ("BigInt", ""),
    "double precision": ("Float", ""),
    "real": ("Float", "Real"),
    "numeric": ("Decimal", "Decimal"),
    "money": ("Decimal", "Money"),
    "timestamp": ("DateTime", "Timestamp"),
    "timestamptz": ("DateTime", "Timestamptz"),
    "date": ("DateTime", "Date"),
    "time": ("DateTime", "Time"),
    "timetz": ("DateTime", "Timetz"),
    "json": ("Json", "Json"),
    "jsonb": ("Json", ""),
    "bytea": ("Bytes", ""),
}
_COCKROACH = {
    "varchar": ("String", "String"),
    "smallint": ("Int", "Int2"),
    "real": ("Float", "Float4"),
    "json": ("Json", ""),
    "jsonb": ("Json", ""),
}
_NOT_IN_COCKROACH = ("money", "xml", "citext")
_USUAL = {"numeric": (65, 30), "timestamp": (3,)}
"""What Prisma's scalar makes without a native type."""
_SQLSERVER: dict[str, tuple[str, str]] = {
    "boolean": ("Boolean", ""),
    "smallint": ("Int", "SmallInt"),
    "integer": ("Int", ""),
    "oid": ("BigInt", ""),
    "bigint": ("BigInt", ""),
    "double precision": ("Float", ""),
    "real": ("Float", "Real"),
    "numeric": ("Decimal", "Decimal"),
    "uuid": ("String", "UniqueIdentifier"),
    "timestamp": ("DateTime", "DateTime2"),
    "timestamptz": ("DateTime", "DateTimeOffset"),
    "date": ("DateTime", "Date"),
    "time": ("DateTime", "Time"),
    "bytea": ("Bytes", ""),
    "xml": ("String", "Xml"),
}
_PLAIN: dict[str, str] = {
    "boolean": "Boolean",
    "smallint": "Int",
    "integer": "Int",
    "oid": "BigInt",
    "bigint": "BigInt",
    "double precision": "Float",
    "real": "Float",
    "numeric": "Decimal",
    "money": "Decimal",
    "timestamp": "DateTime",
    "timestamptz": "DateTime",
    "date": "DateTime",
    "json": "Json",
    "jsonb": "Json",
    "bytea": "Bytes",
}
_LOSSLESS = ("boolean", "integer", "bigint", "double precision", "text", "jsonb", "bytea", "timestamp")
_MYSQL: dict[str, tuple[str, str]] = {
    "SMALLINT": ("Int", "SmallInt"),
    "INT": ("Int", ""),
    "BIGINT": ("BigInt", ""),
    "BOOLEAN": ("Boolean", ""),
    "FLOAT": ("Float", "Float"),
    "DOUBLE": ("Float", ""),
    "DECIMAL": ("Decimal", "Decimal"),
    "DATE": ("DateTime", "Date"),
    "DATETIME": ("DateTime", "DateTime"),
    "TIME": ("DateTime", "Time"),
    "JSON": ("Json", ""),
    "CHAR": ("String", "Char"),
    "VARCHAR": ("String", "VarChar"),
    "TEXT": ("String", "LongText"),
    "MEDIUMTEXT": ("String", "MediumText"),
    "VARBINARY": ("Bytes", "VarBinary"),
    "LONGBLOB": ("Bytes", ""),
}
_LONGEST_SQLSERVER_KEY = 450


class Types:
    """The fields' types of one schema for one provider; `enums` are the names of its enums' blocks."""

    def __init__(self, schema: Schema, provider: Provider, enums: dict[str, str]) -> None:
        self._schema = schema
        self._provider = provider
        self._enums = enums
        self._mysql = MysqlWords(schema) if provider.name == "mysql" else None

    def of(self, table: Table, column: Column) -> FieldType:
        """The type of a field, without the marks for lists and optional fields."""
        type_ = column.type
        enum = self._schema.enum(type_.name)
        if type_.dimensions and not self._provider.has_lists:
            return self._document()
        if enum:
            return self._enum(enum)
        match self._provider.name:
            case "postgresql":
                return _postgres(type_)
            case "cockroachdb":
                return _cockroach(type_)
            case "mysql" if self._mysql:
                found = self._mysql.type(table, column)
                return _mysql(found.sql, found.loss)
            case "sqlserver":
                return _sqlserver(table, column)
        return _plain(type_, self._provider)

    def is_list(self, column: Column) -> bool:
        return bool(column.type.dimensions) and self._provider.has_lists

    def _document(self) -> FieldType:
        if self._provider.has_json:
            return FieldType("Json", loss="kept as a JSON document: no element is typed")
        return FieldType("String", "NVarChar(Max)", "kept as text: no element is typed")

    def _enum(self, enum: Enum) -> FieldType:
        if self._provider.has_enums:
            return FieldType(self._enums[enum.name])
        longest = max((len(value) for value in enum.values), default=1)
        return FieldType("String", f"NVarChar({longest})", "any text is accepted, not only its values")


def _postgres(type_: Type) -> FieldType:
    if type_.name not in _POSTGRES:
        shown = (
            f'"{type_.name}"'
            if re.search(r"[^a-z0-9_.]", type_.name) and type_.name != type_.name.lower()
            else type_.name
        )
        bare = Type(shown, type_.arguments)
        return FieldType(f'Unsupported("{str(bare).replace(chr(34), chr(92) + chr(34))}")')
    name, native = _POSTGRES[type_.name]
    arguments = _scaled(type_)
    if type_.name in _USUAL and arguments == _USUAL[type_.name]:
        return FieldType(name)
    return FieldType(name, native + (f"({', '.join(map(str, arguments))})" if native and arguments else ""))


def _scaled(type_: Type) -> tuple[int, ...]:
    """A type's arguments, `numeric(10)` with the scale Prisma wants to be told."""
    is_unscaled = type_.name == "numeric" and len(type_.arguments) == 1
    return (*type_.arguments, 0) if is_unscaled else type_.arguments


def _cockroach(type_: Type) -> FieldType:
    if type_.name in _NOT_IN_COCKROACH:
        name = "Decimal" if type_.name == "money" else "String"
        return FieldType(name, loss=f"kept as {name}: CockroachDB has no {type_.name}")
    if type_.name in _COCKROACH:
        name, native = _COCKROACH[type_.name]
        arguments = f"({type_.arguments[0]})" if type_.arguments and native == "String" else ""
        return FieldType(name, "" if native == "String" and not arguments else native + arguments)
    return _postgres(type_)


def _mysql(sql: str, loss: str) -> FieldType:
    found = re.match(r"(\w+)(?:\(([\d, ]+)\))?", sql)
    kind, arguments = (found[1], found[2] or "") if found else ("TEXT", "")
    name, native = _MYSQL.get(kind, ("String", "LongText"))
    if (native, arguments) in (("VarChar", "191"), ("DateTime", "3")):
        return FieldType(name, loss=loss)
    return FieldType(name, native + (f"({arguments})" if native and arguments else ""), loss)


def _sqlserver(table: Table, column: Column) -> FieldType:
    type_, loss = column.type, ""
    if type_.name in _SQLSERVER:
        name, native = _SQLSERVER[type_.name]
        arguments = _scaled(type_) if type_.name == "numeric" else ()
        if type_.name == "numeric" and (not arguments or arguments[0] > 38):
            arguments, loss = (38, 10), "holds 28 digits before the point and 10 after it"
        if type_.name in ("timestamp", "timestamptz", "time") and type_.arguments:
            loss = "kept to 7 digits of a second"
        return FieldType(name, native + (f"({', '.join(map(str, arguments))})" if arguments else ""), loss)
    if type_.name == "money":
        return FieldType("Decimal", "Decimal(19, 4)")
    length = type_.arguments[0] if type_.name in ("varchar", "char") and type_.arguments else None
    if type_.name not in ("text", "varchar", "char"):
        loss = "kept as text"
    if _is_indexed(table, column.name) and (length or _LONGEST_SQLSERVER_KEY + 1) > _LONGEST_SQLSERVER_KEY:
        return FieldType(
            "String",
            f"NVarChar({_LONGEST_SQLSERVER_KEY})",
            f"holds at most {_LONGEST_SQLSERVER_KEY} characters, since it is part of a key",
        )
    if type_.name == "char" and length:
        return FieldType("String", f"NChar({length})")
    return FieldType("String", f"NVarChar({length if length and length <= 4000 else 'Max'})", loss)


def _is_indexed(table: Table, name: str) -> bool:
    parts = [key.columns for key in table.keys] + [key.columns for key in table.foreign_keys]
    parts += [index.columns for index in table.indexes]
    return any(name in columns for columns in parts)


def _plain(type_: Type, provider: Provider) -> FieldType:
    """For SQLite and MongoDB, which have Prisma's scalars and nothing finer."""
    name = _PLAIN.get(type_.name, "String")
    if name == "Decimal" and not provider.has_decimal:
        return FieldType("Float", loss="kept as binary floating point")
    if type_.name in _LOSSLESS and (type_.name != "timestamp" or type_.arguments == (3,)):
        return FieldType(name)
    return FieldType(name, loss=f"kept as {name}: {provider.title} has no {type_}")
