"""The syntax tree of a Prisma schema: what was written and where, before any of it is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lab.model.schema import Position

Arity = Literal["required", "optional", "list"]


@dataclass(frozen=True, slots=True)
class String:
    value: str
    position: Position


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written; `text` keeps every digit."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class Name:
    """A constant, a field or an enum value; `text` keeps the dots of `address.street`."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class Call:
    """`now()`, `raw("…")`, or a field with options: `title(sort: Desc)`."""

    name: str
    arguments: tuple[Argument, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Items:
    values: tuple[Expression, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Record:
    """`{ active: true, deletedAt: null }`."""

    entries: tuple[tuple[str, Expression], ...]
    position: Position


Expression = String | Number | Name | Call | Items | Record


@dataclass(frozen=True, slots=True)
class Argument:
    name: str | None
    value: Expression
    position: Position


@dataclass(frozen=True, slots=True)
class Attribute:
    """`@id`, `@db.VarChar(20)`, `@@index([a])`; the name without its `@`s."""

    name: str
    arguments: tuple[Argument, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class DocLine:
    """One `///` line without its slashes."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model. `unsupported` holds the database's type of an `Unsupported("…")` field."""

    name: str
    type: str
    arity: Arity
    attributes: tuple[Attribute, ...]
    doc: tuple[DocLine, ...]
    position: Position
    unsupported: str | None = None

    def attribute(self, name: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


@dataclass(frozen=True, slots=True)
class Model:
    """A `model`, `view` or composite `type`. `inner_doc` holds `///` lines that stand above no field."""

    kind: Literal["model", "view", "type"]
    name: str
    fields: tuple[Field, ...]
    attributes: tuple[Attribute, ...]
    doc: tuple[DocLine, ...]
    position: Position
    inner_doc: tuple[DocLine, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def all_attributes(self, name: str) -> tuple[Attribute, ...]:
        return tuple(attribute for attribute in self.attributes if attribute.name == name)

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class EnumValue:
    name: str
    attributes: tuple[Attribute, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class EnumBlock:
    name: str
    values: tuple[EnumValue, ...]
    attributes: tuple[Attribute, ...]
    doc: tuple[DocLine, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class Config:
    """A `datasource` or a `generator`."""

    kind: str
    name: str
    properties: Mapping[str, Expression]
    position: Position


Block = Model | EnumBlock | Config
