"""A column's default -> @default(…)."""

from __future__ import annotations

import base64
import json
import re

from lab.model.schema import Column, Loss, Table
from lab.writers.expressions import Said, understood
from lab.writers.foreign import Words
from lab.writers.prisma.provider import Provider
from lab.writers.prisma.types import FieldType

_WHOLE = ("Int", "BigInt")
_GENERATED = ("postgresql", "cockroachdb", "mysql")


def default_of(
    table: Table,
    column: Column,
    type_: FieldType,
    values: dict[str, str] | None,
    provider: Provider,
    words: Words,
    losses: list[Loss],
) -> str:
    """The attribute, or nothing. `values` are an enum's, with their names in Prisma."""
    where = f"{table.name}.{column.name}"
    if column.generated is not None:
        return _generated(table, column, where, provider, words, losses)
    if column.identity:
        return _counted(table, column, type_, where, provider, losses)
    if column.default is None:
        return ""
    said = understood(column.default)
    if column.type.dimensions:
        if said.kind == "empty list" and (provider.has_lists or type_.name == "Json"):
            return "@default([])" if provider.has_lists else '@default("[]")'
        return _by_database(table, column, where, provider, words, losses)
    constant = _constant(said, type_, values, provider)
    return f"@default({constant})" if constant else _by_database(table, column, where, provider, words, losses)


def _constant(said: Said, type_: FieldType, values: dict[str, str] | None, provider: Provider) -> str:
    """What Prisma has a word for; empty when it has none."""
    if values is not None:
        return values.get(said.text, "") if said.kind == "text" else ""
    match said.kind, type_.name:
        case "number", name if name in _WHOLE and re.fullmatch(r"-?\d+", said.text):
            return said.text
        case ("number", "Float" | "Decimal") | ("truth", "Boolean"):
            return said.text
        case "now", "DateTime" if type_.native.partition("(")[0] not in ("Date", "Time", "Timetz"):
            return "now()"
        case "text", "String" if not (provider.name == "mysql" and type_.native in ("LongText", "MediumText")):
            return json.dumps(said.text, ensure_ascii=False)
        case "text", "Json" if _is_json(said.text):
            return json.dumps(said.text, ensure_ascii=False)
        case "text", "Bytes" if re.fullmatch(r"\\x(?:[0-9a-f]{2})*", said.text):
            return json.dumps(base64.b64encode(bytes.fromhex(said.text[2:])).decode())
    return ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _by_database(table: Table, column: Column, where: str, provider: Provider, words: Words, losses: list[Loss]) -> str:
    sql = words.default(table, column) if provider.has_database_defaults else None
    if sql is None:
        losses.append(Loss(f"default of {where}", "must be given by the application", column.position))
        return ""
    return f"@default(dbgenerated({json.dumps(sql, ensure_ascii=False)}))"


def _generated(table: Table, column: Column, where: str, provider: Provider, words: Words, losses: list[Loss]) -> str:
    sql = words.expression(table, column.generated or "") if provider.name in _GENERATED else None
    if sql is None:
        losses.append(Loss(f"generated column {where}", "a plain column: Prisma has none here", column.position))
        return ""
    consequence = "Prisma Migrate makes a default of it, which the database refuses: edit its migration"
    losses.append(Loss(f"generated column {where}", consequence, column.position))
    return f"@default(dbgenerated({json.dumps(sql, ensure_ascii=False)}))"


def _counted(table: Table, column: Column, type_: FieldType, where: str, provider: Provider, losses: list[Loss]) -> str:
    key = table.primary_key.columns if table.primary_key else ()
    is_alone = key == (column.name,) or (key[:1] == (column.name,) and provider.name == "mysql")
    if not provider.has_numbers or not (is_alone or provider.numbers_any_column) or type_.name not in _WHOLE:
        losses.append(Loss(f"identity of {where}", "must be given by the application", column.position))
        return ""
    return (
        "@default(sequence())" if (provider.name, type_.name) == ("cockroachdb", "Int") else "@default(autoincrement())"
    )
