"""TypeORM's column types -> the model's.

Source: TypeORM's manual, "Column types", and `normalizeType` of each driver. Types of other databases become the
nearest of PostgreSQL that holds all their values, as in the Prisma reader.
"""

from __future__ import annotations

from tree_sitter import Node

from lab.model.schema import Type
from lab.readers.types import MYSQL, RENAMED, parse_type
from lab.readers.typescript import (
    Class,
    Constant,
    Place,
    Record,
    Scope,
    Value,
    entry,
    evaluate,
    lookup,
    number_of,
    text_of,
    truth_of,
)

JAVASCRIPT = {
    "postgres": {"String": "varchar", "Number": "integer", "Boolean": "boolean", "Date": "timestamp"},
    "mysql": {"String": "varchar", "Number": "int", "Boolean": "bool", "Date": "datetime"},
    "sqlite": {"String": "varchar", "Number": "integer", "Boolean": "boolean", "Date": "datetime"},
}
_BYTES = ("Buffer", "Uint8Array")
_SIZED = ("varchar", "char", "bit", "varbit")
_TIMED = ("timestamp", "timestamptz", "time", "timetz", "interval")
_DIGITS = {"smallint": "integer", "integer": "bigint"}


def sql_type(name: str, options: Value | None, provider: str) -> tuple[Type, tuple[str, str] | None]:
    """The model's type for a type as TypeORM writes it, and what is lost of it."""
    lowered = " ".join(name.lower().split())
    if provider == "mysql":
        lowered = MYSQL.get(lowered, lowered)
        if lowered in ("tinyint", "bool", "boolean") and (
            lowered != "tinyint" or number_of(entry(options, "width")) == 1
        ):
            return Type("boolean"), None
        charset = entry(options, "charset")
        if lowered == "char" and isinstance(charset, Constant) and charset.value == "ascii":
            return Type("uuid"), None
    elif lowered == "json" and provider == "sqlite":
        lowered = "jsonb"
    type_, is_whole = parse_type(RENAMED.get(lowered, name if lowered == name.lower() else lowered))
    loss = None if is_whole else (f"type {name}", f"kept as {type_}")
    if lowered == "set":
        loss = ("values of the set", "kept as text")
    if lowered == "geometry" or lowered == "geography":
        loss = ("feature type and SRID", f"kept as {lowered}") if entry(options, "spatialFeatureType") else None
    if truth_of(entry(options, "unsigned")):
        larger = _DIGITS.get(type_.name)
        loss = None if larger else ("unsigned", "numbers above 2^63 do not fit") if type_.name == "bigint" else loss
        type_ = Type(larger) if larger and lowered != "mediumint" else type_
    arguments = type_.arguments or _arguments(type_.name, options, provider)
    return Type(type_.name, arguments, 1 if truth_of(entry(options, "array")) else type_.dimensions), loss


def _arguments(name: str, options: Value | None, provider: str) -> tuple[int, ...]:
    length = number_of(entry(options, "length"))
    if length is None:
        said = entry(options, "length")
        digits = str(said.value) if isinstance(said, Constant) else ""
        length = int(digits) if digits.isdigit() else None
    precision, scale = number_of(entry(options, "precision")), number_of(entry(options, "scale"))
    if name in _SIZED or name in ("vector", "halfvec"):
        default = {"mysql": {"varchar": (255,), "char": (1,)}, "postgres": {"char": (1,)}}.get(provider, {})
        return (length,) if length is not None else default.get(name, ())
    if name == "numeric":
        default_number = (10, 0) if provider == "mysql" else ()
        return default_number if precision is None else (precision,) if scale is None else (precision, scale)
    if name in _TIMED:
        return (precision,) if precision is not None else (0,) if provider == "mysql" else ()
    return ()


def javascript_type(annotation: Node | None, initial: Node | None, scope: Scope) -> str | None:
    """The constructor TypeScript emits for a property's type (`String`, `Number`, …); None when it is an object."""
    if annotation is not None:
        node = annotation.named_children[0] if annotation.type == "type_annotation" else annotation
        return _emitted(node, scope)
    value = evaluate(initial, scope) if initial is not None else None
    if isinstance(value, Constant):
        return {bool: "Boolean", str: "String", int: "Number", float: "Number"}.get(type(value.value))
    return None


def _emitted(node: Node, scope: Scope) -> str | None:
    match node.type:
        case "predefined_type":
            return {"string": "String", "number": "Number", "boolean": "Boolean", "bigint": "BigInt"}.get(text_of(node))
        case "literal_type":
            return _literal(node.named_children[0])
        case "template_literal_type":
            return "String"
        case "array_type" | "tuple_type":
            return "Array"
        case "parenthesized_type" | "readonly_type":
            return _emitted(node.named_children[0], scope)
        case "union_type" | "intersection_type":
            kinds = {_emitted(part, scope) for part in node.named_children if not _is_nothing(part)}
            return kinds.pop() if len(kinds) == 1 else None
        case "generic_type":
            name = text_of(node.named_children[0])
            return {"Array": "Array", "Buffer": "Buffer"}.get(name)
        case "type_identifier":
            return _named(text_of(node), scope, Place(scope.module, node))
        case "nested_type_identifier":
            return _of_enum(lookup(text_of(node).split(".")[0], scope, Place(scope.module, node)))
    return None


def _literal(node: Node) -> str | None:
    return {"string": "String", "number": "Number", "true": "Boolean", "false": "Boolean"}.get(node.type)


def _is_nothing(node: Node) -> bool:
    return text_of(node) in ("null", "undefined")


def _named(name: str, scope: Scope, place: Place) -> str | None:
    if name in ("Date", "String", "Number", "Boolean", *_BYTES):
        return name
    alias = _alias(name, scope)
    if alias is not None:
        return _emitted(*alias)
    return _of_enum(lookup(name, scope, place))


def _of_enum(value: Value) -> str | None:
    if isinstance(value, Record):
        numbers = [number_of(item) is not None for item in value.entries.values()]
        return "Number" if numbers and all(numbers) else "String"
    return None


def _alias(name: str, scope: Scope) -> tuple[Node, Scope] | None:
    """What `type Name = …` stands for, here or in the file it is imported from."""
    module = scope.module
    for statement in module.root.named_children:
        node = statement.child_by_field_name("declaration") or statement
        if node.type == "type_alias_declaration" and text_of(node.child_by_field_name("name") or node) == name:
            value = node.child_by_field_name("value")
            return (value, module.scope) if value is not None else None
    binding = module.scope.bindings.get(name)
    if binding is not None and binding.kind == "import":
        other = module.program.imported(binding.source, module.path)
        if other is not None and other is not module:
            return _alias(binding.name, other.scope)
    return None


def is_bytes(name: str) -> bool:
    return name in _BYTES


def is_class(value: Value | None) -> bool:
    return isinstance(value, Class)
