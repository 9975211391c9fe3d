"""MongoDB's indexes as PostgreSQL's, where they mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.model.schema import Index, IndexPart, Key, Loss, Table
from lab.readers.expressions import literal, quoted
from lab.readers.live.mongodb_fields import Field

_COMPARED = {"$eq": "=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<=", "$ne": "<>"}


def with_index(table: Table, index: Mapping[str, Any], fields: list[Field], losses: list[Loss]) -> Table:
    """The table with the index more; one that cannot be said is a loss."""
    what = f"index {index['name']} of {table.name}"
    name = f"{table.name}_{index['name']}"
    if "expireAfterSeconds" in index:
        losses.append(Loss(f"expiry of {what}", f"rows stay; MongoDB removes them {index['expireAfterSeconds']} s on"))
    if "collation" in index:
        losses.append(Loss(f"collation of {what}", "the database's own is used"))
    kinds = {kind for kind in index["key"].values() if isinstance(kind, str)}
    if kinds - {"hashed"} or (kinds and len(index["key"]) > 1):
        losses.append(Loss(f"{' and '.join(sorted(kinds))} {what}", "left out: PostgreSQL has it otherwise"))
        return table
    parts = [_part(path, direction, fields) for path, direction in index["key"].items()]
    filters = _where(index, fields)
    if None in parts or filters is None:
        losses.append(Loss(what, "left out: it is over a part of a list, or its filter is MongoDB's own"))
        return table
    known = tuple(part for part in parts if part)
    method = "hash" if kinds else _method(known, table)
    if method == "gin" and len(known) > 1:
        losses.append(Loss(what, "left out: PostgreSQL indexes a list alone"))
        return table
    if index.get("unique") and not filters and all(not part.is_expression for part in known):
        key = Key(tuple(part.value for part in known), name)
        return replace(table, uniques=(*table.uniques, key))
    made = Index(name, table.name, known, bool(index.get("unique")), method, where=filters or None)
    return replace(table, indexes=(*table.indexes, made))


def _method(parts: tuple[IndexPart, ...], table: Table) -> str:
    types = [table.column(part.value).type for part in parts if not part.is_expression]
    return "gin" if any(type_.dimensions or type_.name == "jsonb" for type_ in types) else "btree"


def _part(path: str, direction: Any, fields: list[Field]) -> IndexPart | None:
    """A field, or a place within one that holds a document."""
    is_descending = direction == -1
    for each in fields:
        if each.path == path:
            return IndexPart(each.column, False, is_descending)
        if path.startswith(f"{each.path}.") and each.type.name == "jsonb" and not each.is_list:
            *above, last = path.removeprefix(f"{each.path}.").split(".")
            steps = "".join(f" -> {literal(step)}" for step in above)
            return IndexPart(f"{quoted(each.column)}{steps} ->> {literal(last)}", True, is_descending)
    return None


def _where(index: Mapping[str, Any], fields: list[Field]) -> str | None:
    """The filter as a condition; empty without one, None when it cannot be said."""
    conditions: list[str] = []
    columns = {each.path: quoted(each.column) for each in fields}
    if index.get("sparse"):
        conditions += [f"{columns[path]} IS NOT NULL" for path in index["key"] if path in columns]
    for path, rule in index.get("partialFilterExpression", {}).items():
        if path not in columns:
            return None
        for operator, value in (rule if isinstance(rule, Mapping) else {"$eq": rule}).items():
            if (operator == "$exists" and value) or operator == "$type":
                conditions.append(f"{columns[path]} IS NOT NULL")
            elif operator in _COMPARED and isinstance(value, bool | int | float | str):
                shown = literal(value) if isinstance(value, str) else str(value).lower()
                conditions.append(f"{columns[path]} {_COMPARED[operator]} {shown}")
            else:
                return None
    return " AND ".join(dict.fromkeys(conditions))
