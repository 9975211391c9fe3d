"""A validator for documents on their way from one shape to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SCHEMA = "$jsonSchema"


def either_shape(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Takes documents of either validator, and those in which some fields have changed and others not yet: each field
    is as one of the two has it, all that one of the two requires is there, and what both say besides holds."""
    one, other = (dict(each.get(_SCHEMA, {})) for each in (old, new))
    rest = {key: value for key, value in old.items() if key != _SCHEMA and new.get(key) == value}
    return {**rest, _SCHEMA: _either(one, other)}


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    fields, theirs = one.get("properties", {}), other.get("properties", {})
    merged = {name: _field(fields.get(name), theirs.get(name)) for name in {**fields, **theirs}}
    same = {key: value for key, value in one.items() if other.get(key) == value}
    required = [{"required": each["required"]} for each in (one, other) if each.get("required")]
    found = {**same, "properties": merged}
    if "required" not in found and len(required) == 2:
        found["anyOf"] = required
    return found


def _field(one: Any, other: Any) -> Any:
    if one is None or other is None or one == other:
        return other if one is None else one
    return {"anyOf": [one, other]}
