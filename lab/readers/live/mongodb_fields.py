"""The fields of a collection: what its validator says, and what its documents hold."""

from __future__ import annotations

import datetime
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import Binary, DBRef, Decimal128, Int64, ObjectId, Regex, Timestamp

from lab.model.schema import Check, Enum, Type
from lab.readers.expressions import literal, quoted

OBJECT_ID = Type("char", (24,))
"""What an ObjectId is in SQL: its twenty-four digits."""
_OF_BSON = {
    "double": Type("double precision"),
    "string": Type("text"),
    "object": Type("jsonb"),
    "array": Type("jsonb"),
    "binData": Type("bytea"),
    "objectId": OBJECT_ID,
    "bool": Type("boolean"),
    "date": Type("timestamptz"),
    "int": Type("integer"),
    "long": Type("bigint"),
    "number": Type("double precision"),
    "decimal": Type("numeric"),
    "timestamp": Type("timestamptz"),
    "regex": Type("text"),
    "uuid": Type("uuid"),
    "dbRef": OBJECT_ID,
}
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (Int64, "long"),
    (int, "int"),
    (float, "double"),
    (str, "string"),
    (Decimal128, "decimal"),
    (ObjectId, "objectId"),
    (datetime.datetime, "date"),
    (uuid.UUID, "uuid"),
    (DBRef, "dbRef"),
    (Regex, "regex"),
    (Timestamp, "timestamp"),
    (Binary, "binData"),
    (bytes, "binData"),
    (Mapping, "object"),
    (list, "array"),
)
# Of two kinds seen in one field, the one that holds both.
_WIDER = (
    ("int", "long"),
    ("int", "double"),
    ("long", "double"),
    ("int", "decimal"),
    ("long", "decimal"),
    ("double", "decimal"),
)
_INT_MOST = 2**31 - 1
_SCALARS = frozenset(("double", "string", "objectId", "bool", "date", "int", "long", "decimal", "uuid"))


@dataclass(slots=True)
class Field:
    """A field of a collection's documents, and the column it becomes; `path` is where the document holds it."""

    path: str
    column: str
    type: Type
    is_nullable: bool = True
    is_key: bool = False
    is_assumed: bool = False
    """Whether the documents say so, and no validator."""
    is_list: bool = False
    comment: str = ""
    checks: list[Check] = field(default_factory=list)
    enum: Enum | None = None
    lost: list[tuple[str, str]] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    """Those seen, without repetition, as far as they may be references."""


def fields_of(collection: str, declared: Mapping[str, Any], documents: list[Mapping[str, Any]]) -> Iterator[Field]:
    """`_id` first, then the others as the validator lists them, then those only the documents have."""
    properties: Mapping[str, Any] = declared.get("properties", {})
    seen = dict.fromkeys(name for document in documents for name in document)
    if not properties and not seen:
        return
    identity = properties.get("_id", {})
    parts = identity.get("properties") or _parts(documents)
    if parts:
        for name, rule in parts.items():
            values = [document["_id"].get(name) for document in documents if isinstance(document.get("_id"), Mapping)]
            found = _field(collection, f"_id.{name}", name, rule, values, len(documents))
            yield _as_key(found)
    else:
        values = [document["_id"] for document in documents if "_id" in document]
        yield _as_key(_field(collection, "_id", identity.get("title", "_id"), identity, values, len(documents)))
    required = frozenset(declared.get("required", ()))
    for name in dict.fromkeys((*properties, *seen)):
        if name not in ("_id", "__v"):
            values = [document[name] for document in documents if name in document]
            found = _field(collection, name, name, properties.get(name, {}), values, len(documents))
            if name in required and not _takes_null(properties.get(name, {})):
                found.is_nullable = False
            yield found


def _parts(documents: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The parts of a composite key, where every document has one."""
    keys = [document.get("_id") for document in documents]
    if not keys or not all(isinstance(key, Mapping) for key in keys):
        return {}
    return {name: {} for key in keys if isinstance(key, Mapping) for name in key}


def _as_key(found: Field) -> Field:
    found.is_key, found.is_nullable = True, False
    return found


def _takes_null(rule: Mapping[str, Any]) -> bool:
    values = rule.get("enum", ())
    said = _said(rule)
    return None in values or "null" in said or not (said or values)


def _said(rule: Mapping[str, Any]) -> list[str]:
    said = rule.get("bsonType", rule.get("type", []))
    return [said] if isinstance(said, str) else list(said)


def _field(collection: str, path: str, name: str, rule: Mapping[str, Any], values: list[Any], count: int) -> Field:
    where = f"{collection}.{name}"
    present = [value for value in values if value is not None]
    said = [kind for kind in _said(rule) if kind != "null"]
    found = Field(path, name, Type("jsonb"), comment=str(rule.get("description", "")))
    found.is_list = said == ["array"] or (not said and bool(present) and all(isinstance(v, list) for v in present))
    if found.is_list:
        items = rule.get("items", {}) if isinstance(rule.get("items", {}), Mapping) else {}
        inner = _said(items) or _kinds(item for value in present if isinstance(value, list) for item in value)
        kind = _one(inner)
        found.type = Type(_OF_BSON[kind].name, _OF_BSON[kind].arguments, 1) if kind in _SCALARS else Type("jsonb")
    elif enum := _enum(collection, name, rule):
        found.enum, found.type = enum, Type(enum.name)
    else:
        kinds = _kinds(present)
        kind = _one(said or kinds)
        found.type = _OF_BSON.get(kind, Type("jsonb"))
        if said == ["binData"] and kinds == ["uuid"]:
            found.type = Type("uuid")
        if not kind and kinds:
            counted = Counter(_kind(value) for value in present)
            shown = ", ".join(f"{counted[each]} {each}" for each in sorted(counted))
            found.lost.append((f"types of {where}", f"kept as jsonb: {shown}"))
    found.is_assumed = not said and "enum" not in rule and path != "_id"
    found.is_nullable = not (not rule and len(present) == count)
    _bounds(found, rule, where)
    found.values = _distinct(item for value in present for item in (value if isinstance(value, list) else [value]))
    return found


def _enum(collection: str, name: str, rule: Mapping[str, Any]) -> Enum | None:
    values = [value for value in rule.get("enum", ()) if value is not None]
    if not values or not all(isinstance(value, str) for value in values):
        return None
    return Enum(f"{collection}_{name}", tuple(values))


def _bounds(found: Field, rule: Mapping[str, Any], where: str) -> None:
    """Lengths as varchar, least and most as a check; a pattern as one, too."""
    if found.type.name == "text" and isinstance(rule.get("maxLength"), int):
        found.type = Type("varchar", (rule["maxLength"],))
    column = quoted(found.column)
    for key, operator in (("minimum", ">"), ("maximum", "<")):
        if key in rule and isinstance(rule[key], int | float):
            sign = operator if rule.get(f"exclusive{key.capitalize()}") is True else f"{operator}="
            found.checks.append(Check(f"{column} {sign} {rule[key]}"))
    if "pattern" in rule:
        found.checks.append(Check(f"{column} ~ {literal(str(rule['pattern']))}"))
    for key in ("oneOf", "anyOf", "allOf", "not", "minItems", "maxItems", "uniqueItems", "minLength"):
        if key in rule:
            found.lost.append((f"{key} of {where}", "not checked"))


def _kind(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool | Int64) and abs(value) > _INT_MOST:
        return "long"
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), "object")


def _kinds(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(_kind(value) for value in values if value is not None))


def _one(kinds: list[str]) -> str:
    """The kind that holds all of them; empty when there is none."""
    left = dict.fromkeys(kinds)
    for narrow, wide in _WIDER:
        if narrow in left and wide in left:
            del left[narrow]
    return next(iter(left)) if len(left) == 1 else ""


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: dict[Any, None] = {}
    for value in values:
        plain = value.id if isinstance(value, DBRef) else value
        if isinstance(plain, ObjectId | uuid.UUID | str | int) and not isinstance(plain, bool):
            found[plain] = None
    return list(found)
