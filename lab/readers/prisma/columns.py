"""A field -> a column."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from lab.errors import LabError, did_you_mean
from lab.model.schema import Column, Loss, Position, Type
from lab.readers.dialects import in_postgres
from lab.readers.expressions import columns_in, literal, parse_expression
from lab.readers.prisma.attributes import bind
from lab.readers.prisma.catalog import Catalog, mapped_name
from lab.readers.prisma.docs import comment
from lab.readers.prisma.native_types import SCALARS, native_type, scalar_type
from lab.readers.prisma.syntax import Call, EnumBlock, Expression, Field, Items, Model, Name, Number, String
from lab.readers.types import parse_type

_BY_CLIENT = ("uuid", "cuid", "nanoid", "ulid", "auto")
_FUNCTIONS = ("now", "autoincrement", "sequence", "dbgenerated", *_BY_CLIENT)


@dataclass(frozen=True, slots=True)
class _Default:
    sql: str | None = None
    identity: Literal["by default"] | None = None
    is_generated: bool = False


def read_column(field: Field, model: Model, catalog: Catalog, losses: list[Loss]) -> Column:
    """Raises LabError when the field's type, native type or default does not exist or does not fit."""
    type_ = column_type(field, model, catalog, losses)
    updated = field.attribute("updatedAt")
    if updated and field.type != "DateTime":
        raise LabError(
            f"{updated.position}: @updatedAt stands on {field.name}, which is {field.type}",
            f"write {field.name} DateTime @updatedAt",
        )
    default = _default(field, model, type_, catalog, losses)
    return Column(
        mapped_name(field),
        type_,
        is_nullable=field.arity != "required",
        default=None if default.is_generated else default.sql,
        identity=default.identity,
        generated=default.sql if default.is_generated else None,
        is_updated_by_client=updated is not None,
        comment=comment(field.doc),
        position=field.position,
    )


def column_type(field: Field, model: Model, catalog: Catalog, losses: list[Loss]) -> Type:
    """The type of a field that is no relation. Raises LabError when there is no such type."""
    where = f"{model.name}.{field.name}"
    if field.type in catalog.composites:
        what = f"composite type {field.type} of {where}"
        losses.append(Loss(what, "kept as jsonb: its fields are neither typed nor indexed", field.position))
        return Type("jsonb")
    native = next((a for a in field.attributes if a.name.startswith(f"{catalog.source}.")), None)
    if field.unsupported is not None:
        type_, is_whole = parse_type(field.unsupported)
        if not is_whole:
            losses.append(Loss(f"type {field.unsupported} of {where}", f"kept as {type_}", field.position))
    elif field.type in catalog.enums:
        type_ = Type(mapped_name(catalog.enums[field.type]))
    elif field.type in SCALARS:
        type_ = native_type(field, native, catalog.provider) if native else scalar_type(field.type, catalog.provider)
    else:
        known = [*SCALARS, *catalog.models, *catalog.enums, *catalog.composites]
        raise LabError(
            f"{field.position}: there is no type {field.type} for {where}", did_you_mean(field.type, known, "types")
        )
    return replace(type_, dimensions=type_.dimensions + 1) if field.arity == "list" else type_


def _default(field: Field, model: Model, type_: Type, catalog: Catalog, losses: list[Loss]) -> _Default:
    attribute = field.attribute("default")
    if attribute is None:
        return _Default()
    value = bind(attribute).get("value")
    if value is None:
        raise LabError(f"{attribute.position}: @default of {field.name} has no value", "write @default(0)")
    if isinstance(value, Call):
        return _function(value, field, model, catalog, losses)
    if field.type in catalog.composites:
        losses.append(Loss(f"default of {model.name}.{field.name}", "not set: it is composite", value.position))
        return _Default()
    if field.arity == "list":
        if not isinstance(value, Items):
            raise LabError(f"{value.position}: the default of list {field.name} is no list", "write @default([])")
        elements = ", ".join(_constant(item, field, catalog) for item in value.values)
        return _Default(f"ARRAY[{elements}]::{_array_type(type_, field, catalog)}")
    return _Default(_constant(value, field, catalog))


def _array_type(type_: Type, field: Field, catalog: Catalog) -> str:
    return f'"{type_.name}"[]' if field.type in catalog.enums else str(type_)


def _function(call: Call, field: Field, model: Model, catalog: Catalog, losses: list[Loss]) -> _Default:
    match call.name:
        case "now":
            _check_type(field, ("DateTime",), call)
            return _Default("CURRENT_TIMESTAMP")
        case "autoincrement" | "sequence":
            _check_type(field, ("Int", "BigInt"), call)
            return _Default(identity="by default")
        case "dbgenerated":
            return _database_default(call, field, model, catalog, losses)
    if call.name not in _FUNCTIONS:
        raise LabError(
            f"{call.position}: there is no function {call.name} for the default of {field.name}",
            did_you_mean(call.name, _FUNCTIONS, "functions"),
        )
    _check_type(field, ("String",), call)
    return _Default()


def _check_type(field: Field, types: tuple[str, ...], value: Call) -> None:
    if field.type not in types:
        raise LabError(
            f"{value.position}: {value.name}() is no {field.type}, the type of {field.name}",
            f"write {field.name} {types[0]}, or another default",
        )


def _database_default(call: Call, field: Field, model: Model, catalog: Catalog, losses: list[Loss]) -> _Default:
    """`dbgenerated("…")`. Where it names columns it is a generated column's expression, which is how `prisma db pull`
    writes those: PostgreSQL lets no default refer to columns."""
    argument = call.arguments[0].value if call.arguments else None
    if argument is None:
        return _Default()
    if not isinstance(argument, String):
        raise LabError(f"{call.position}: dbgenerated takes a string", 'write dbgenerated("gen_random_uuid()")')
    is_foreign = catalog.provider not in ("postgres", "cockroachdb")
    sql = (in_postgres(argument.value, catalog.provider) if is_foreign else None) or argument.value
    try:
        named = set(columns_in(parse_expression(sql)))
    except ValueError as error:
        if is_foreign:
            what = f"default {argument.value} of {model.name}.{field.name}"
            losses.append(Loss(what, f"not set: it is written in {catalog.provider}'s language", argument.position))
            return _Default()
        raise LabError(
            f"{argument.position}: dbgenerated of {field.name} is no SQL expression: {error}",
            'write dbgenerated("gen_random_uuid()")',
        ) from error
    return _Default(sql, is_generated=bool(named))


def _constant(value: Expression, field: Field, catalog: Catalog) -> str:
    """A constant as an SQL literal. Raises LabError when it is none of the field's type."""
    if field.type in catalog.enums:
        return _enum_value(value, field, catalog.enums[field.type])
    match field.type, value:
        case "Boolean", Name(text="true" | "false" as text):
            return text
        case "Int" | "BigInt", Number(text=text) if "." not in text:
            return text
        case "Float" | "Decimal", Number(text=text):
            return text
        case "Decimal", String(value=text) if _is_valid(float, text):
            return text
        case "Json", String(value=text) if _is_valid(json.loads, text):
            return literal(text)
        case "DateTime", String(value=text) if _is_valid(datetime.fromisoformat, text):
            return literal(_moment(datetime.fromisoformat(text)))
        case "String", String(value=text):
            return literal(text)
        case "Bytes", String(value=text):
            return _bytes(text, value.position, field)
        case "Unsupported", String(value=text):
            return literal(text)
    examples = {
        "Boolean": "true",
        "Int": "0",
        "BigInt": "0",
        "Float": "0.5",
        "Decimal": "0.00",
        "Json": '"{}"',
        "DateTime": '"2026-01-01T00:00:00Z"',
    }
    example = examples.get(field.type, '"text"')
    raise LabError(f"{value.position}: the default of {field.name} is no {field.type}", f"write @default({example})")


def _is_valid(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _moment(moment: datetime) -> str:
    """As Prisma writes moments into SQL: `2020-01-02 03:04:05 +00:00`."""
    text = moment.replace(tzinfo=moment.tzinfo or UTC).isoformat(" ")
    return f"{text[:-6]} {text[-6:]}"


def _bytes(text: str, position: Position, field: Field) -> str:
    try:
        return f"'\\x{base64.b64decode(text, validate=True).hex()}'"
    except binascii.Error:
        raise LabError(
            f"{position}: the default of {field.name} is not base64", 'write bytes in base64: @default("aGVsbG8=")'
        ) from None


def _enum_value(value: Expression, field: Field, enum: EnumBlock) -> str:
    written = value.text if isinstance(value, Name) else None
    for known in enum.values:
        if known.name == written:
            return literal(mapped_name(known))
    shown = written or "the default"
    raise LabError(
        f"{value.position}: {shown} of {field.name} is no value of enum {enum.name}",
        did_you_mean(shown, [known.name for known in enum.values], f"values of {enum.name}"),
    )
