"""A schema as commands: collections with validators before the rows, indexes after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from lab.engines.beyond import beyond
from lab.engines.engine import Ddl
from lab.engines.mongodb.commands import Command, render
from lab.engines.mongodb.expressions import Place, Unsayable, bounds, parsed, partial_filter, passes
from lab.engines.mongodb.mapping import KEY, path, validator
from lab.model.schema import Column, Index, IndexPart, Key, Loss, Position, Schema, Table

_TREES = ("btree", "hash", "brin")


def create_sql(schema: Schema) -> Ddl:
    losses: list[Loss] = []
    before = [render(create_collection(table, schema, losses)) for table in schema.tables]
    losses += (loss for table in schema.tables for loss in beyond(table))
    after = [render(command) for table in schema.tables if (command := create_indexes(table, losses))]
    losses += [
        Loss(f"references of {table.name} ({_listed(table)})", "not enforced", table.position)
        for table in schema.tables
        if table.foreign_keys
    ]
    losses += [
        Loss(statement.what, "not created: it is written in PostgreSQL's language", statement.position)
        for statement in schema.statements
    ]
    return Ddl(tuple(before), tuple(after), tuple(losses))


def _listed(table: Table) -> str:
    return ", ".join(column for key in table.foreign_keys for column in key.columns)


def create_collection(table: Table, schema: Schema, losses: list[Loss]) -> Command:
    rules = collection_rules(table, validator(table, schema), losses)
    losses += _losses_of_columns(table)
    return {"create": table.name, "validator": rules, "validationLevel": "strict", "validationAction": "error"}


def collection_rules(table: Table, rules: dict[str, Any], losses: list[Loss]) -> dict[str, Any]:
    """The whole validator: a $jsonSchema, and the table's checks, in it where it has words for them."""
    conditions = _checks(table, rules["properties"], losses)
    whole: dict[str, Any] = {"$jsonSchema": rules}
    if conditions:
        whole["$expr"] = conditions[0] if len(conditions) == 1 else {"$and": conditions}
    return whole


def _checks(table: Table, properties: dict[str, Any], losses: list[Loss]) -> list[dict[str, Any]]:
    """Checks as bounds of a property where that says it all; the others as expressions."""
    conditions = []
    for check in table.checks:
        try:
            tree = parsed(check.expression)
            bound = bounds(tree)
            if bound and bound[0] in properties and not properties[bound[0]].keys() & bound[1].keys():
                properties[bound[0]] |= bound[1]
            else:
                conditions.append(passes(tree, placer(table)))
        except Unsayable:
            losses.append(Loss(f"check ({check.expression}) on {table.name}", "not enforced", check.position))
    return conditions


def _losses_of_columns(table: Table) -> list[Loss]:
    """What the application must see to from now on, table by table."""
    kinds = (
        ("generated columns", "stay null", [c for c in table.columns if c.generated is not None]),
        ("defaults and identities", "must be given by the application", [c for c in table.columns if _is_given(c)]),
        ("times", "kept to the millisecond", [c for c in table.columns if _is_cut(c)]),
    )
    found = [
        Loss(f"{what} of {table.name} ({', '.join(column.name for column in columns)})", consequence, table.position)
        for what, consequence, columns in kinds
        if columns
    ]
    if table.partitioning:
        found.append(Loss(f"partitions of {table.name}", "one collection holds all rows", table.position))
    if table.namespace not in (None, "public"):
        found.append(Loss(f"namespace of {table.name}", f"{table.namespace} is not kept", table.position))
    return found


def _is_given(column: Column) -> bool:
    return column.generated is None and (column.identity is not None or column.default is not None)


def _is_cut(column: Column) -> bool:
    return column.type.name in ("timestamptz", "timestamp") and (column.type.arguments or (6,))[0] > 3


def placer(table: Table) -> Place:
    return lambda column: path(table, column)


def create_indexes(table: Table, losses: list[Loss]) -> Command | None:
    """Unique constraints and secondary indexes, in one command."""
    place = placer(table)
    found: list[dict[str, Any]] = []
    for key in table.uniques:
        _add(unique_document(key, table, place), f"key {key.name} of {table.name}", key.position, found, losses)
    for index in sorted(table.indexes, key=lambda index: not index.is_unique):
        try:
            made = index_document(index, place, losses)
        except Unsayable as error:
            losses.append(Loss(f"index {index.name}", f"not created: MongoDB has no {error}", index.position))
        else:
            _add(made, f"index {index.name}", index.position, found, losses)
    return {"createIndexes": table.name, "indexes": found} if found else None


def _add(
    made: dict[str, Any], what: str, position: Position | None, found: list[dict[str, Any]], losses: list[Loss]
) -> None:
    """Adds an index, unless one over the same fields is there: MongoDB takes no second. That of _id always is."""
    others = [{"key": {KEY: 1}}, *found]
    if any(_shape(made) == _shape(other) for other in others):
        losses.append(Loss(what, "not created: an index over the same fields is", position))
    else:
        found.append(made)


def _shape(index: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(index["key"].items()), str(index.get("partialFilterExpression"))


def unique_document(key: Key, table: Table, place: Place) -> dict[str, Any]:
    """Several documents may lack a value, as several rows may have NULL: only those that have it are held apart."""
    found: dict[str, Any] = {
        "key": {place(column): 1 for column in key.columns},
        "name": key.name or f"{table.name}_{'_'.join(key.columns)}_key",
        "unique": True,
    }
    optional = [column for column in key.columns if table.column(column).is_nullable]
    if optional:
        given = [partial_filter(parsed(f'"{column}" IS NOT NULL'), place) for column in optional]
        found["partialFilterExpression"] = given[0] if len(given) == 1 else {"$and": given}
    return found


def index_document(index: Index, place: Callable[[str], str], losses: list[Loss]) -> dict[str, Any]:
    """What createIndexes takes. Raises Unsayable."""
    if index.method not in _TREES:
        raise Unsayable(f"{index.method} indexes")
    if index.method != "btree":
        losses.append(Loss(f"index {index.name}", f"a B-tree in place of {index.method}", index.position))
    parts = index.parts
    if index.include and index.is_unique:
        losses.append(Loss(f"index {index.name}", "its INCLUDE columns are left out", index.position))
    elif index.include:
        losses.append(Loss(f"index {index.name}", "its INCLUDE columns become the last keys", index.position))
        parts += tuple(IndexPart(column) for column in index.include)
    found: dict[str, Any] = {"key": {_key(part, place): -1 if part.is_descending else 1 for part in parts}}
    found["name"] = index.name
    if index.is_unique:
        found["unique"] = True
    if index.where:
        try:
            found["partialFilterExpression"] = partial_filter(parsed(index.where), place)
        except Unsayable as error:
            raise Unsayable(f"index where {index.where}") from error
    return found


def _key(part: IndexPart, place: Place) -> str:
    """A field; or one inside a document, for `attributes ->> 'size'`."""
    if not part.is_expression:
        return place(part.value)
    tree = parsed(part.value)
    steps = list(tree.find_all(exp.JSONPathKey)) if isinstance(tree, exp.JSONExtractScalar | exp.JSONExtract) else []
    if not steps or not isinstance(tree.this, exp.Column):
        raise Unsayable(f"index over an expression: {part.value}")
    return ".".join([place(tree.this.name), *(str(step.this) for step in steps)])
