"""A mapping as commands: collections become nested documents, and nested documents collections again.

A parent's documents and the children's go through one $group by the parent's key, and $out replaces the collection: one
pass over each, whatever the number of children (docs/decisions/037). $out keeps validator and indexes, and refuses
what the validator refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lab.engines.engine import ChangeSql, Text
from lab.engines.mongodb.commands import Command, render
from lab.engines.mongodb.definitions import (
    collection_rules,
    create_collection,
    create_indexes,
    index_document,
    unique_document,
)
from lab.engines.mongodb.expressions import Unsayable
from lab.engines.mongodb.mapping import KEY, path
from lab.engines.mongodb.nested import Inner, document_rules, inner_of
from lab.engines.mongodb.timeseries import place, series_step
from lab.model.mapping import Copied, DocumentMapping, PathIndex
from lab.model.schema import Key, Loss, Position, Table

_OLD = "document"
"""The field that carries a parent's own document through the $group."""


def reshape_sql(mapping: DocumentMapping, position: Position | None) -> ChangeSql:
    """The way to a mapping, and back."""
    losses: list[Loss] = []
    up: list[Command] = []
    down: list[Command] = []
    for commands, back in _steps(mapping, losses):
        up += commands
        down = [*back, *down]
    return ChangeSql(_texts(up, position), _texts(down, position), tuple(losses))


def _texts(commands: Sequence[Command], position: Position | None) -> tuple[Text, ...]:
    return tuple(Text(render(command), position) for command in commands)


_Step = tuple[list[Command], list[Command]]


def _steps(mapping: DocumentMapping, losses: list[Loss]) -> Iterator[_Step]:
    """Collection by collection: what makes it hold more, and what undoes that."""
    for copy in mapping.copies:
        yield _copy(copy, mapping)
    for parent, _ in mapping.parents():
        yield _embed(parent, mapping, losses)
    for series in mapping.series:
        yield series_step(series, mapping, _path_indexes(series.collection, mapping), losses)
    for collection in dict.fromkeys(index.collection for index in mapping.indexes):
        if mapping.series_of(collection) is None:
            found = _path_indexes(collection, mapping)
            yield [_create_indexes(collection, found)], [_drop_indexes(collection, found)]
    for expiry in mapping.expiries:
        field = path(mapping.schema.table(expiry.collection), expiry.column)
        index = {"key": {field: 1}, "name": expiry.name, "expireAfterSeconds": expiry.seconds}
        yield [_create_indexes(expiry.collection, [index])], [_drop_indexes(expiry.collection, [index])]


def _copy(copy: Copied, mapping: DocumentMapping) -> _Step:
    """The parent is found by `_id`; a row that refers to none holds null."""
    child, parent = mapping.schema.table(copy.child), mapping.schema.table(copy.parent)
    (column,) = copy.foreign_key.columns
    chosen = {KEY: 0, **{name: f"${path(parent, name)}" for name in copy.columns}}
    lookup = {
        "from": parent.name,
        "localField": path(child, column),
        "foreignField": KEY,
        "pipeline": [{"$project": chosen}],
        "as": copy.field,
    }
    first = {"$set": {copy.field: {"$ifNull": [{"$first": f"${copy.field}"}, None]}}}
    copied = [other.field for other in mapping.copied_into(child.name)]
    before = copied[: copied.index(copy.field)]
    up = [
        _rule(child, mapping, [*before, copy.field], ()),
        _rewrite(child.name, [{"$lookup": lookup}, first]),
    ]
    down = [_rule(child, mapping, before, ()), _rewrite(child.name, [{"$unset": copy.field}])]
    return up, down


def _embed(parent: Table, mapping: DocumentMapping, losses: list[Loss]) -> _Step:
    """All that lies in a parent goes there at once."""
    inners = [inner_of(embedding, mapping) for embedding in mapping.into(parent.name)]
    moved = [inner for inner in inners if not inner.embedding.is_copy]
    found = [index for inner in moved for index in _following(inner, mapping, losses)]
    fields = [inner.embedding.field for inner in inners]
    copied = [copy.field for copy in mapping.copied_into(parent.name)]
    up = [_rule(parent, mapping, copied, fields), _rewrite(parent.name, _gather(inners))]
    up += [{"drop": inner.child.name} for inner in moved]
    up += [_create_indexes(parent.name, found)] if found else []
    down: list[Command] = [_drop_indexes(parent.name, found)] if found else []
    for inner in moved:
        down += _scatter(inner, mapping)
    down += [_rule(parent, mapping, copied, ()), _rewrite(parent.name, [{"$unset": fields}])]
    return up, down


def _rule(table: Table, mapping: DocumentMapping, copied: Sequence[str], embedded: Sequence[str]) -> Command:
    """The validator of a table's documents as they are with these fields and no others of the mapping's."""
    part = DocumentMapping(
        tuple(e for e in mapping.embeddings if e.parent != table.name or e.field in embedded),
        tuple(c for c in mapping.copies if c.child != table.name or c.field in copied),
        (),
        mapping.schema,
    )
    rules = document_rules(table, part, mapping.schema)
    return {"collMod": table.name, "validator": collection_rules(table, rules, [])}


def _rewrite(collection: str, pipeline: list[dict[str, Any]]) -> Command:
    return {
        "aggregate": collection,
        "pipeline": [*pipeline, {"$out": collection}],
        "allowDiskUse": True,
        "cursor": {},
    }


def _gather(inners: Sequence[Inner]) -> list[dict[str, Any]]:
    """Parents, then each kind of children under their parent's key; grouped, they are one document each."""
    stages: list[dict[str, Any]] = [{"$project": {_OLD: "$$ROOT"}}]
    group: dict[str, Any] = {KEY: f"${KEY}", _OLD: {"$max": f"${_OLD}"}}
    fields: dict[str, Any] = {}
    for inner in inners:
        embedding, name = inner.embedding, inner.embedding.field
        order = {path(inner.child, embedding.by): -1, KEY: -1} if embedding.by else {KEY: 1}
        children = [{"$sort": order}, {"$project": {KEY: inner.parent_key(), name: inner.inner()}}]
        stages.append({"$unionWith": {"coll": inner.child.name, "pipeline": children}})
        group[name] = {"$push": f"${name}"}
        fields[name] = _held(inner)
    whole = {"$mergeObjects": [f"${_OLD}", fields]}
    return [*stages, {"$group": group}, {"$match": {_OLD: {"$ne": None}}}, {"$replaceRoot": {"newRoot": whole}}]


def _held(inner: Inner) -> Any:
    """What becomes of the children of one parent, which are an array by now."""
    field = f"${inner.embedding.field}"
    if inner.embedding.is_single:
        return {"$ifNull": [{"$first": field}, None]}
    return {"$slice": [field, inner.embedding.latest]} if inner.embedding.latest else field


def _scatter(inner: Inner, mapping: DocumentMapping) -> list[Command]:
    """The child's collection again, with what its documents held before they moved."""
    child, parent = inner.child, inner.parent
    fields = mapping.copied_into(child.name), mapping.into(child.name)
    names = [[held.field for held in kind] for kind in fields]
    rule = _rule(child, mapping, names[0], names[1])
    create = create_collection(child, mapping.schema, [])
    pipeline = [
        {"$unwind": f"${inner.embedding.field}"},
        {"$replaceRoot": {"newRoot": inner.outer()}},
        {"$out": child.name},
    ]
    found: list[Command] = [
        {**create, "validator": rule["validator"]},
        {"aggregate": parent.name, "pipeline": pipeline, "allowDiskUse": True, "cursor": {}},
    ]
    indexes = create_indexes(child, [])
    held = [inner_of(embedding, mapping) for embedding in fields[1] if not embedding.is_copy]
    inside = [index for inner in held for index in _following(inner, mapping, [])]
    found += [indexes] if indexes else []
    return [*found, _create_indexes(child.name, inside)] if inside else found


def _following(inner: Inner, mapping: DocumentMapping, losses: list[Loss]) -> Iterator[dict[str, Any]]:
    """The child's indexes, on the paths its columns have in the parent's documents. One that begins with the reference
    has nothing left to find: `_id` finds the parent."""
    child, field, home = inner.child, inner.embedding.field, inner.parent.name
    reference = inner.embedding.foreign_key.columns
    if set(inner.key) - set(reference):
        losses.append(Loss(f"key of {child.name} ({', '.join(inner.key)})", f"not enforced within {home}"))
    for key in child.uniques:
        found = _unique(key, inner, losses)
        if key.columns[0] not in reference:
            yield found
    for index in child.indexes:
        if index.parts[0].value not in reference:
            try:
                yield index_document(index, inner.path, losses)
            except Unsayable as error:
                losses.append(Loss(f"index {index.name}", f"not created: MongoDB has no {error}", index.position))
    for embedding in mapping.into(child.name):
        if not embedding.is_copy:
            for document in _following(inner_of(embedding, mapping), mapping, losses):
                yield {
                    part: _below(field, value) if part in ("key", "partialFilterExpression") else value
                    for part, value in document.items()
                }


def _unique(key: Key, inner: Inner, losses: list[Loss]) -> dict[str, Any]:
    """Unique from document to document, but for those that have none: an index has a null for an empty array, and for
    each null in one. So what may be null cannot be unique there."""
    what = f"unique ({', '.join(key.columns)}) on {inner.child.name}"
    home, reference = inner.parent.name, inner.embedding.foreign_key.columns
    found = unique_document(key, inner.child, inner.path)
    optional = any(inner.child.column(column).is_nullable for column in key.columns)
    if set(key.columns) & set(reference):
        losses.append(Loss(what, f"not enforced within a document of {home}", key.position))
        return found
    if optional:
        losses.append(Loss(what, f"not enforced within {home}: it may be null", key.position))
        return {"key": found["key"], "name": found["name"]}
    losses.append(Loss(what, f"enforced from one document of {home} to another, not within one", key.position))
    return {**found, "partialFilterExpression": {inner.path(key.columns[0]): {"$exists": True}}}


def _below(field: str, condition: dict[str, Any]) -> dict[str, Any]:
    """A document of paths, or of conditions on them, for what lies in a field."""
    found: dict[str, Any] = {}
    for name, value in condition.items():
        if name.startswith("$"):
            found[name] = [_below(field, part) for part in value]
        else:
            found[f"{field}.{name}"] = value
    return found


def _path_indexes(collection: str, mapping: DocumentMapping) -> list[dict[str, Any]]:
    return [_path_index(index, mapping) for index in mapping.indexes if index.collection == collection]


def _path_index(index: PathIndex, mapping: DocumentMapping) -> dict[str, Any]:
    keys = {_placed(part.value, index.collection, mapping): -1 if part.is_descending else 1 for part in index.keys}
    return {"key": keys, "name": index.name}


def _placed(name: str, collection: str, mapping: DocumentMapping) -> str:
    """A path by the columns' names as one by the documents' fields."""
    table = mapping.schema.table(collection)
    first, _, rest = name.partition(".")
    if series := mapping.series_of(collection):
        return place(series, table, first) + name[len(first) :]
    for embedding in mapping.into(collection):
        if embedding.field == first and rest:
            inner = inner_of(embedding, mapping)
            columns = [column.name for column in inner.child.columns]
            return inner.path(rest) if rest in columns else f"{first}.{_placed(rest, embedding.child, mapping)}"
    return name if first in mapping.added_fields(collection) else path(table, first) + name[len(first) :]


def _create_indexes(collection: str, indexes: Sequence[dict[str, Any]]) -> Command:
    return {"createIndexes": collection, "indexes": list(indexes)}


def _drop_indexes(collection: str, indexes: Sequence[dict[str, Any]]) -> Command:
    return {"dropIndexes": collection, "index": [index["name"] for index in indexes]}
