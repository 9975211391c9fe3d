"""sql`…` and constants -> SQL."""

from __future__ import annotations

import json

from lab.model.schema import Type
from lab.readers.dialects import in_postgres
from lab.readers.drizzle.chains import symbol_name, table_call, unchained
from lab.readers.drizzle.reading import Reading
from lab.readers.expressions import literal, quoted
from lab.readers.typescript import (
    Call,
    Constant,
    Function,
    Items,
    Member,
    Template,
    Value,
    call,
    constant_text,
    json_of,
)

_JSON = ("json", "jsonb")


def sql_text(value: Value | None, reading: Reading) -> str | None:
    """The text of an sql`…`, columns by their names in the database; None when a part is unknown."""
    match value:
        case Template():
            parts = [value.texts[0]]
            for item, text in zip(value.values, value.texts[1:], strict=True):
                piece = _piece(item, reading)
                if piece is None:
                    return None
                parts += [piece, text]
            return "".join(parts).strip()
        case Call():
            start, steps = unchained(value)
            if steps and steps[0].name == "raw" and symbol_name(start) == "sql":
                return constant_text(steps[0].argument())
            if isinstance(start, Template) and all(step.name in ("as", "mapWith", "inlineParams") for step in steps):
                return sql_text(start, reading)
    return None


def _piece(value: Value, reading: Reading) -> str | None:
    column = reading.column_name(value)
    if column is not None:
        return quoted(column)
    match value:
        case Template() | Call() if table_call(value) is None:
            inner = sql_text(value, reading)
            return inner if inner is not None else _identifier(value)
        case Constant(value=str() as text):
            return literal(text)
        case Constant():
            return _constant(value)
        case Items():
            pieces = [_piece(item, reading) for item in value.values]
            known = [piece for piece in pieces if piece is not None]
            return f"({', '.join(known)})" if len(known) == len(pieces) else None
    table = table_call(value)
    name = constant_text(table.call.argument(0)) if table else None
    return quoted(name) if name is not None else None


def _identifier(value: Value) -> str | None:
    if isinstance(value, Call) and isinstance(value.function, Member) and value.function.name == "identifier":
        name = constant_text(value.argument(0))
        return quoted(name) if name is not None else None
    return None


def _constant(value: Constant) -> str:
    match value.value:
        case None:
            return "NULL"
        case bool():
            return str(value.value).lower()
        case str():
            return literal(value.value)
    return value.digits or str(value.value)


def default_sql(value: Value, type_: Type, reading: Reading) -> str | None:
    """What `.default(…)` sets, as PostgreSQL says it; None when that is unknown."""
    if isinstance(value, Function):
        value = call(value, [], value.place)
    text = sql_text(value, reading)
    if text is not None:
        return in_postgres(text, reading.provider)
    if type_.name in _JSON and not type_.dimensions:
        text = json_of(value)
        return literal(text) if text is not None else None
    match value:
        case Constant():
            return _constant(value)
        case Items() if type_.dimensions:
            text = _array_text(value)
            return literal(text) if text is not None else None
    return None


def _array_text(value: Value) -> str | None:
    """A constant list as PostgreSQL reads arrays: `{"a b",1}`."""
    match value:
        case Items():
            pieces = [_array_text(item) for item in value.values]
            known = [piece for piece in pieces if piece is not None]
            return "{" + ",".join(known) + "}" if len(known) == len(pieces) else None
        case Constant(value=str() as text):
            return json.dumps(text, ensure_ascii=False)
        case Constant():
            return _constant(value)
    return None
