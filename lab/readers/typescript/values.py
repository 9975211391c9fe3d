"""What an expression of TypeScript is, as far as reading alone can tell: nothing is ever run.

Calls into packages stay as they were written (`Call`), since what they make is for the reader of that package to
say. What cannot be known is `Unknown`, and says where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.model.schema import Position

if TYPE_CHECKING:
    from tree_sitter import Node

    from lab.readers.typescript.program import Module, Scope

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of a file."""

    module: Module
    node: Node

    @property
    def position(self) -> Position:
        return self.module.position(self.node)

    @property
    def text(self) -> str:
        """The piece as it was written, on one line, cut short."""
        text = " ".join((self.node.text or b"").decode(errors="replace").split())
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A text, a number, a truth value, or null. `digits` is a number as it was written."""

    value: str | int | float | bool | None
    place: Place
    digits: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Undefined:
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    values: tuple[Value, ...]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """An object, or an enum. `unknown` holds what was spread into it and cannot be known."""

    entries: Mapping[str, Value]
    place: Place
    docs: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the user's own; `owner` is the object a method belongs to."""

    parameters: tuple[Node, ...]
    body: Node
    scope: Scope
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class; `decorators` are those before `export`, too."""

    name: str
    node: Node
    decorators: tuple[Node, ...]
    scope: Scope
    place: Place
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """What is imported from a package: `pgTable` of `drizzle-orm/pg-core`; the package itself when `name` is `*`."""

    module: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    object: Value
    name: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call of what is not the user's own. `doc` is the comment above the constant it was given to, `name` that
    constant's name."""

    function: Value
    arguments: tuple[Value, ...]
    place: Place
    is_new: bool = False

    def argument(self, number: int) -> Value | None:
        return self.arguments[number] if len(self.arguments) > number else None


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A tagged template: sql`now()`. One more text than values."""

    tag: Value
    texts: tuple[str, ...]
    values: tuple[Value, ...]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What reading alone does not tell, and why not."""

    place: Place
    reason: str = "only running it would tell"


Value = Constant | Undefined | Items | Record | Function | Class | Symbol | Member | Call | Template | Unknown


def text_of(value: Value | None) -> str | None:
    """The text a value is; None for anything else."""
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def number_of(value: Value | None) -> int | None:
    """The whole number a value is; None for anything else."""
    if isinstance(value, Constant) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return value.value
    return None


def truth_of(value: Value | None) -> bool | None:
    """Whether a value counts as true; None where that is unknown."""
    match value:
        case None | Undefined():
            return False
        case Constant():
            return bool(value.value)
        case Unknown() | Member() | Call():
            return None
    return True


def texts_of(value: Value | None) -> tuple[str, ...] | None:
    """The texts of a list, or of an enum's values; None when one of them is unknown."""
    match value:
        case Items():
            texts = [_spelled(item) for item in value.values]
        case Record() if not value.unknown:
            texts = [_spelled(item) for item in value.entries.values()]
        case _:
            return None
    known = tuple(text for text in texts if text is not None)
    return known if len(known) == len(texts) else None


def _spelled(value: Value) -> str | None:
    number = number_of(value)
    return text_of(value) if number is None else str(number)


def document_of(value: Value) -> object:
    """A constant object or list as JSON has it; `...` when a part is unknown."""
    match value:
        case Constant():
            return value.value
        case Items():
            items = [document_of(item) for item in value.values]
            return ... if ... in items else items
        case Record() if not value.unknown:
            known = {name: item for name, item in value.entries.items() if not isinstance(item, Undefined)}
            entries = {name: document_of(item) for name, item in known.items()}
            return ... if ... in entries.values() else entries
    return ...


def json_of(value: Value) -> str | None:
    """A constant object or list as JSON text; None when a part is unknown."""
    document = document_of(value)
    return None if document is ... else json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def entry(value: Value | None, name: str) -> Value | None:
    """An entry of an object; None when there is none, or it is undefined."""
    found = value.entries.get(name) if isinstance(value, Record) else None
    return None if isinstance(found, Undefined) else found
