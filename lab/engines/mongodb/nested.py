"""Where a row lies once it is embedded: the fields of the inner document, and the $jsonSchema of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.engines.mongodb.mapping import KEY, path, validator
from lab.model.mapping import DocumentMapping, Embedding
from lab.model.schema import Schema, Table

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inner:
    """A child's rows within its parent's documents. What refers to the parent is left out: it lies in it."""

    child: Table
    parent: Table
    embedding: Embedding
    added: tuple[str, ...]
    """Fields a child's documents hold beside its columns."""

    @property
    def key(self) -> tuple[str, ...]:
        return self.child.primary_key.columns if self.child.primary_key else ()

    def kept(self) -> Iterator[tuple[str, str]]:
        """Fields of the inner document, and where the child's own documents hold them."""
        dropped = self.embedding.foreign_key.columns
        for column in (*self.key, *(c.name for c in self.child.columns if c.name not in self.key)):
            if column not in dropped:
                yield self.place(column), path(self.child, column)
        yield from ((name, name) for name in self.added)

    def place(self, column: str) -> str:
        """Where the inner document has a column it keeps."""
        return KEY if self.key == (column,) else column

    def path(self, column: str) -> str:
        """Where the parent's document has a column of the child."""
        key = self.embedding.foreign_key
        if column in key.columns:
            return path(self.parent, key.referenced[key.columns.index(column)])
        return f"{self.embedding.field}.{self.place(column)}"

    def parent_key(self) -> Any:
        """The `_id` of the parent, as an expression over the child's document."""
        key = self.embedding.foreign_key
        held = dict(zip(key.referenced, key.columns, strict=True))
        assert self.parent.primary_key
        found = {name: f"${path(self.child, held[name])}" for name in self.parent.primary_key.columns}
        return next(iter(found.values())) if len(found) == 1 else found

    def inner(self) -> Fields:
        """The inner document, as an expression over the child's."""
        return {name: f"${there}" for name, there in self.kept()}

    def outer(self) -> Fields:
        """The child's document again, as an expression over a parent's with one inner document in its field."""
        fields: Fields = {}
        columns = [column.name for column in self.child.columns if column.name not in self.key]
        if len(self.key) == 1:
            fields[KEY] = f"${self.path(self.key[0])}"
        elif self.key:
            fields[KEY] = {column: f"${self.path(column)}" for column in self.key}
        fields |= {column: f"${self.path(column)}" for column in columns}
        return fields | {name: f"${self.embedding.field}.{name}" for name in self.added}


def inner_of(embedding: Embedding, mapping: DocumentMapping) -> Inner:
    schema = mapping.schema
    child, parent = schema.table(embedding.child), schema.table(embedding.parent)
    return Inner(child, parent, embedding, mapping.added_fields(child.name))


def document_rules(table: Table, mapping: DocumentMapping, schema: Schema, is_filled: bool = True) -> Fields:
    """The $jsonSchema of a table's documents with all that is nested in them."""
    rules = validator(table, schema)
    for copy in mapping.copied_into(table.name):
        source = validator(schema.table(copy.parent), schema)
        held = {column: path(schema.table(copy.parent), column) for column in copy.columns}
        properties = {column: source["properties"][there.partition(".")[0]] for column, there in held.items()}
        inner = {
            "bsonType": ["object", "null"],
            "properties": {name: _plain(rule) for name, rule in properties.items()},
        }
        rules["properties"][copy.field] = inner
    for embedding in mapping.into(table.name):
        inner = _inner_rules(inner_of(embedding, mapping), mapping, schema)
        rules["properties"][embedding.field] = _field_rules(embedding, inner)
        if not embedding.is_single and is_filled:
            rules["required"] = [*rules.get("required", ()), embedding.field]
    return rules


def _field_rules(embedding: Embedding, inner: Fields) -> Fields:
    if embedding.is_single:
        return {**inner, "bsonType": ["object", "null"]}
    return {"bsonType": "array", "maxItems": embedding.most or embedding.latest, "items": inner}


def _inner_rules(inner: Inner, mapping: DocumentMapping, schema: Schema) -> Fields:
    whole = document_rules(inner.child, mapping, schema)
    if len(inner.key) > 1:
        key = whole["properties"].pop(KEY)
        whole["properties"] = {**key["properties"], **whole["properties"]}
        whole["required"] = [*key["required"], *whole.get("required", ())]
    names = [name for name, _ in inner.kept()]
    properties = {name: _plain(whole["properties"][name]) for name in names}
    required = [name for name in whole.get("required", ()) if name in names]
    return {"bsonType": "object", "properties": properties, **({"required": required} if required else {})}


def _plain(rule: Fields) -> Fields:
    """Without the title, which says where a collection's documents hold their key."""
    return {name: value for name, value in rule.items() if name != "title"}
