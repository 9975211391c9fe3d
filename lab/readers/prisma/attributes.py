"""Attributes Prisma knows, and the arguments each takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab.errors import LabError, did_you_mean
from lab.readers.prisma.syntax import Attribute, Expression, Items, Name, Number, String

# attribute -> its arguments, the one that may be given without its name first
_ARGUMENTS = {
    "id": ("fields", "name", "map", "length", "sort", "clustered"),
    "unique": ("fields", "name", "map", "length", "sort", "clustered", "where"),
    "index": ("fields", "name", "map", "length", "sort", "type", "ops", "clustered", "where"),
    "fulltext": ("fields", "name", "map"),
    "default": ("value", "map"),
    "updatedAt": (),
    "map": ("name",),
    "schema": ("name",),
    "ignore": (),
    "shardKey": ("fields",),
    "relation": ("name", "fields", "references", "onDelete", "onUpdate", "map"),
}
ON_FIELD = ("id", "unique", "default", "updatedAt", "map", "relation", "ignore", "shardKey")
ON_MODEL = ("id", "unique", "index", "fulltext", "map", "schema", "ignore", "shardKey")
ON_ENUM = ("map", "schema")
ON_ENUM_VALUE = ("map",)
ON_COMPOSITE_FIELD = ("default", "map")
_REPEATABLE = ("unique", "index", "fulltext")


def bind(attribute: Attribute) -> Mapping[str, Expression]:
    """An attribute's arguments by name. Raises LabError for one it does not take, or takes twice."""
    names = _ARGUMENTS[attribute.name]
    bound: dict[str, Expression] = {}
    for argument in attribute.arguments:
        name = argument.name or (names[0] if names else "")
        if name not in names:
            shown = f"argument {argument.name}" if argument.name else "arguments"
            raise LabError(
                f"{argument.position}: @{attribute.name} takes no {shown}",
                did_you_mean(name, names, f"arguments of @{attribute.name}") if names else "remove it",
            )
        if name in bound:
            raise LabError(
                f"{argument.position}: @{attribute.name} has two arguments {name}",
                f"name the others: {', '.join(f'{other}:' for other in names[1:])}",
            )
        bound[name] = argument.value
    return bound


def check_attributes(attributes: Iterable[Attribute], known: Iterable[str], owner: str, mark: str, source: str) -> None:
    """Raises LabError for an attribute Prisma does not know there, or one given twice. `source` is the datasource's
    name, which native types start with; empty where there are none."""
    names = list(known)
    seen: set[str] = set()
    for attribute in attributes:
        is_native = bool(source) and attribute.name.startswith(f"{source}.")
        if not is_native and attribute.name not in names:
            hint = did_you_mean(attribute.name, names, "attributes").replace("did you mean ", f"did you mean {mark}")
            raise LabError(f"{attribute.position}: {mark}{attribute.name} of {owner} is unknown", hint)
        kind = source if is_native else attribute.name
        if kind in seen and not (mark == "@@" and kind in _REPEATABLE):
            raise LabError(f"{attribute.position}: {owner} has {mark}{attribute.name} twice", "remove one of them")
        seen.add(kind)


def text(value: Expression | None) -> str | None:
    """The text of a string, a number or a constant; None for anything else."""
    match value:
        case String():
            return value.value
        case Number() | Name():
            return value.text
    return None


def items(value: Expression | None) -> tuple[Expression, ...]:
    """A list's values; a single value is a list of one, as Prisma reads it."""
    if value is None:
        return ()
    return value.values if isinstance(value, Items) else (value,)
