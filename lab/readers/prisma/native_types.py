"""Prisma's types -> PostgreSQL's.

Source: Prisma's reference, "Native types mapping" of each connector. Types of other databases become the nearest
type of PostgreSQL that holds all their values.
"""

from __future__ import annotations

from lab.errors import LabError, did_you_mean
from lab.model.schema import Position, Type
from lab.readers.prisma.syntax import Attribute, Field, Name, Number

SCALARS = {
    "String": Type("text"),
    "Boolean": Type("boolean"),
    "Int": Type("integer"),
    "BigInt": Type("bigint"),
    "Float": Type("double precision"),
    "Decimal": Type("numeric", (65, 30)),
    "DateTime": Type("timestamp", (3,)),
    "Json": Type("jsonb"),
    "Bytes": Type("bytea"),
}
_STRING_TYPES = {"mysql": Type("varchar", (191,)), "sqlserver": Type("varchar", (1000,))}

# native name -> (Prisma's scalar types it may stand on, PostgreSQL's name, number of arguments it may take)
_Natives = dict[str, tuple[str, str, int]]

_POSTGRES: _Natives = {
    "Text": ("String", "text", 0),
    "VarChar": ("String", "varchar", 1),
    "Char": ("String", "char", 1),
    "Bit": ("String", "bit", 1),
    "VarBit": ("String", "varbit", 1),
    "Uuid": ("String", "uuid", 0),
    "Xml": ("String", "xml", 0),
    "Inet": ("String", "inet", 0),
    "Citext": ("String", "citext", 0),
    "Boolean": ("Boolean", "boolean", 0),
    "Integer": ("Int", "integer", 0),
    "SmallInt": ("Int", "smallint", 0),
    "Oid": ("Int", "oid", 0),
    "BigInt": ("BigInt", "bigint", 0),
    "DoublePrecision": ("Float", "double precision", 0),
    "Real": ("Float", "real", 0),
    "Decimal": ("Decimal", "numeric", 2),
    "Money": ("Decimal", "money", 0),
    "Timestamp": ("DateTime", "timestamp", 1),
    "Timestamptz": ("DateTime", "timestamptz", 1),
    "Date": ("DateTime", "date", 0),
    "Time": ("DateTime", "time", 1),
    "Timetz": ("DateTime", "timetz", 1),
    "Json": ("Json", "json", 0),
    "JsonB": ("Json", "jsonb", 0),
    "ByteA": ("Bytes", "bytea", 0),
}
_COCKROACH: _Natives = {
    "String": ("String", "varchar", 1),
    "Char": ("String", "char", 1),
    "CatalogSingleChar": ("String", "char", 0),
    "Bit": ("String", "bit", 1),
    "VarBit": ("String", "varbit", 1),
    "Uuid": ("String", "uuid", 0),
    "Inet": ("String", "inet", 0),
    "Bool": ("Boolean", "boolean", 0),
    "Int2": ("Int", "smallint", 0),
    "Int4": ("Int", "integer", 0),
    "Oid": ("Int", "oid", 0),
    "Int8": ("BigInt", "bigint", 0),
    "Float4": ("Float", "real", 0),
    "Float8": ("Float", "double precision", 0),
    "Decimal": ("Decimal", "numeric", 2),
    "Timestamp": ("DateTime", "timestamp", 1),
    "Timestamptz": ("DateTime", "timestamptz", 1),
    "Date": ("DateTime", "date", 0),
    "Time": ("DateTime", "time", 1),
    "Timetz": ("DateTime", "timetz", 1),
    "JsonB": ("Json", "jsonb", 0),
    "Bytes": ("Bytes", "bytea", 0),
}
_MYSQL: _Natives = {
    "VarChar": ("String", "varchar", 1),
    "Char": ("String", "char", 1),
    "Text": ("String", "text", 0),
    "TinyText": ("String", "text", 0),
    "MediumText": ("String", "text", 0),
    "LongText": ("String", "text", 0),
    "Bit": ("Boolean Bytes", "boolean", 1),
    "TinyInt": ("Int Boolean", "smallint", 1),
    "UnsignedTinyInt": ("Int", "smallint", 0),
    "SmallInt": ("Int", "smallint", 0),
    "UnsignedSmallInt": ("Int", "integer", 0),
    "MediumInt": ("Int", "integer", 0),
    "UnsignedMediumInt": ("Int", "integer", 0),
    "Int": ("Int", "integer", 0),
    "UnsignedInt": ("Int BigInt", "bigint", 0),
    "Year": ("Int", "smallint", 0),
    "BigInt": ("BigInt", "bigint", 0),
    "UnsignedBigInt": ("BigInt", "numeric", 0),
    "Float": ("Float", "real", 0),
    "Double": ("Float", "double precision", 0),
    "Decimal": ("Decimal", "numeric", 2),
    "DateTime": ("DateTime", "timestamp", 1),
    "Timestamp": ("DateTime", "timestamptz", 1),
    "Date": ("DateTime", "date", 0),
    "Time": ("DateTime", "time", 1),
    "Json": ("Json", "jsonb", 0),
    "Binary": ("Bytes", "bytea", 1),
    "VarBinary": ("Bytes", "bytea", 1),
    "TinyBlob": ("Bytes", "bytea", 0),
    "Blob": ("Bytes", "bytea", 0),
    "MediumBlob": ("Bytes", "bytea", 0),
    "LongBlob": ("Bytes", "bytea", 0),
}
_SQLSERVER: _Natives = {
    "Char": ("String", "char", 1),
    "NChar": ("String", "char", 1),
    "VarChar": ("String", "varchar", 1),
    "NVarChar": ("String", "varchar", 1),
    "Text": ("String", "text", 0),
    "NText": ("String", "text", 0),
    "Xml": ("String", "xml", 0),
    "UniqueIdentifier": ("String", "uuid", 0),
    "Bit": ("Boolean", "boolean", 0),
    "TinyInt": ("Int", "smallint", 0),
    "SmallInt": ("Int", "smallint", 0),
    "Int": ("Int", "integer", 0),
    "BigInt": ("BigInt", "bigint", 0),
    "Float": ("Float", "double precision", 1),
    "Real": ("Float", "real", 0),
    "Money": ("Float Decimal", "numeric", 0),
    "SmallMoney": ("Float Decimal", "numeric", 0),
    "Decimal": ("Decimal", "numeric", 2),
    "DateTime": ("DateTime", "timestamp", 0),
    "DateTime2": ("DateTime", "timestamp", 1),
    "SmallDateTime": ("DateTime", "timestamp", 0),
    "DateTimeOffset": ("DateTime", "timestamptz", 1),
    "Date": ("DateTime", "date", 0),
    "Time": ("DateTime", "time", 1),
    "Binary": ("Bytes", "bytea", 1),
    "VarBinary": ("Bytes", "bytea", 1),
    "Image": ("Bytes", "bytea", 0),
}
_MONGODB: _Natives = {
    "String": ("String", "text", 0),
    "ObjectId": ("String Bytes", "char", 0),
    "Bool": ("Boolean", "boolean", 0),
    "Int": ("Int", "integer", 0),
    "Long": ("Int BigInt", "bigint", 0),
    "Double": ("Float", "double precision", 0),
    "Decimal": ("Decimal", "numeric", 0),
    "Date": ("DateTime", "timestamptz", 1),
    "Timestamp": ("DateTime", "timestamptz", 0),
    "BinData": ("Bytes", "bytea", 0),
    "Json": ("Json", "jsonb", 0),
}
_NATIVES: dict[str, _Natives] = {
    "postgres": _POSTGRES,
    "cockroachdb": _COCKROACH,
    "mysql": _MYSQL,
    "sqlserver": _SQLSERVER,
    "mongodb": _MONGODB,
    "sqlite": {},
}
# What the arguments of these say differs from what PostgreSQL's would.
_FIXED = {
    ("mysql", "UnsignedBigInt"): (20, 0),
    ("mongodb", "ObjectId"): (24,),
    ("mongodb", "Date"): (3,),
    ("mongodb", "Timestamp"): (0,),
    ("sqlserver", "Money"): (19, 4),
    ("sqlserver", "SmallMoney"): (10, 4),
    ("sqlserver", "DateTime"): (3,),
    ("sqlserver", "SmallDateTime"): (0,),
}


def scalar_type(name: str, provider: str) -> Type:
    """The column type of a scalar without a native type."""
    return _STRING_TYPES.get(provider, SCALARS[name]) if name == "String" else SCALARS[name]


def native_type(field: Field, attribute: Attribute, provider: str) -> Type:
    """The column type `@db.…` gives a field. Raises LabError when the database has no such type, or not for
    this field."""
    natives = _NATIVES.get(provider, _POSTGRES)
    written = attribute.name.partition(".")[2]
    where = f"{attribute.position}: @{attribute.name} of {field.name}"
    if written not in natives:
        hint = did_you_mean(written, natives, "native types")
        raise LabError(f"{where} is no type of {provider}", hint.replace("did you mean ", "did you mean @db."))
    scalars, name, arguments = natives[written]
    if field.type not in scalars.split():
        fitting = [native for native, (on, _, _) in natives.items() if field.type in on.split()]
        hint = f"for {field.type} there are @db.{', @db.'.join(fitting)}" if fitting else "remove it"
        raise LabError(f"{where} does not fit {field.type}", f"write {scalars.split()[0]}; {hint}")
    if len(attribute.arguments) > arguments:
        raise LabError(f"{where} takes {arguments or 'no'} arguments", f"write @{attribute.name}")
    numbers = _numbers(attribute)
    if (provider, written) in _FIXED:
        return Type(name, _FIXED[provider, written])
    if written == "Bit" and provider == "mysql" and (field.type == "Bytes" or numbers not in ((), (1,))):
        return Type("bytea")
    if written == "TinyInt" and field.type == "Boolean":
        return Type("boolean")
    if "Max" in _constants(attribute):
        return Type("text" if name == "varchar" else name)
    return Type(name, numbers if name not in ("bytea", "double precision", "boolean", "smallint") else ())


def _numbers(attribute: Attribute) -> tuple[int, ...]:
    numbers: list[int] = []
    for argument in attribute.arguments:
        if isinstance(argument.value, Number) and argument.value.text.isdigit():
            numbers.append(int(argument.value.text))
        elif not (isinstance(argument.value, Name) and argument.value.text == "Max"):
            raise _not_a_number(attribute, argument.position)
    return tuple(numbers)


def _not_a_number(attribute: Attribute, position: Position) -> LabError:
    return LabError(f"{position}: @{attribute.name} takes whole numbers", f"write @{attribute.name}(20)")


def _constants(attribute: Attribute) -> list[str]:
    return [argument.value.text for argument in attribute.arguments if isinstance(argument.value, Name)]
