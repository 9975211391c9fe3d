"""The right side of `-- param: name = rule`.

| rule | draws |
|---|---|
| `orders.user_id` | the column's value in a random row; several of one table come from the same row |
| `word products.name` | one word out of a text column |
| `fresh users.email` | a value no row has yet |
| `1..100`, `0.5..9.5` | a number in the range |
| `7d..30d ago` | a time so many days before the newest moment of the data |
| `one of 'a', 'b', 3` | one of the values |
| `'x'`, `5`, `true` | always that |
"""

from __future__ import annotations

import re

from lab.errors import LabError, did_you_mean
from lab.model.schema import Position, Schema
from lab.model.workload import Ago, Between, Choice, Fresh, FromColumn, Rule, Value, Word

_NUMBER = r"-?\d+(?:\.\d+)?"
_NAME = r'"[^"]+"|[^\W\d]\w*'
_COLUMN = re.compile(rf"(?:(word|fresh)\s+)?({_NAME})\.({_NAME})")
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")
_AGO = re.compile(rf"({_NUMBER})d\s*\.\.\s*({_NUMBER})d\s+ago")
_LITERAL = rf"'(?:[^']|'')*'|{_NUMBER}|true|false|null"
_ONE = re.compile(_LITERAL, re.IGNORECASE)
_SEVERAL = re.compile(rf"one\s+of\s+(?P<values>(?:{_LITERAL})(?:\s*,\s*(?:{_LITERAL}))*)", re.IGNORECASE)


def parse_rule(text: str, schema: Schema, position: Position) -> Rule:
    """Raises LabError for what is no rule, or names a table or column there is not."""
    text = text.strip()
    if match := _AGO.fullmatch(text):
        return Ago(*_ordered(float(match[1]), float(match[2]), text, position))
    if match := _RANGE.fullmatch(text):
        return Between(*_ordered(_number(match[1]), _number(match[2]), text, position))
    if match := _COLUMN.fullmatch(text):
        table, column = match[2].strip('"'), match[3].strip('"')
        _check_column(table, column, schema, position)
        if match[1]:
            return Word(table, column) if match[1] == "word" else Fresh(table, column)
        return FromColumn(table, column)
    if match := _SEVERAL.fullmatch(text):
        return Choice(tuple(map(_value, _ONE.findall(match["values"]))))
    if _ONE.fullmatch(text):
        return Choice((_value(text),))
    raise LabError(
        f"{position}: cannot read the rule `{text}`",
        "write orders.user_id, word products.name, fresh users.email, 1..100, 7d..30d ago, or one of 'a', 'b'",
    )


def _ordered(low: float, high: float, text: str, position: Position) -> tuple[float, float]:
    if low > high:
        raise LabError(f"{position}: the range `{text}` is empty", "write the lower bound first")
    return low, high


def _number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _check_column(table: str, column: str, schema: Schema, position: Position) -> None:
    tables = {found.name: found for found in schema.tables}
    if table not in tables:
        raise LabError(f"{position}: there is no table {table}", did_you_mean(table, tables))
    columns = [found.name for found in tables[table].columns]
    if column not in columns:
        raise LabError(f"{position}: table {table} has no column {column}", did_you_mean(column, columns))


def _value(text: str) -> Value:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    constants: dict[str, Value] = {"true": True, "false": False, "null": None}
    return constants[text.lower()] if text.lower() in constants else _number(text)
