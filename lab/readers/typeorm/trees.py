"""@Tree and @TableInheritance: the columns and tables they add."""

from __future__ import annotations

from lab.model.schema import Column, ForeignKey, Index, IndexPart, Key, Table, Type
from lab.readers.typeorm.columns import Draft, Drafts
from lab.readers.typeorm.declared import Declared, Decorator
from lab.readers.typeorm.naming import hashed
from lab.readers.typeorm.reading import Reading
from lab.readers.typeorm.relations import Entity
from lab.readers.typeorm.types import JAVASCRIPT, sql_type
from lab.readers.typescript import constant_text, entry


def add_tree_columns(one: Declared, drafts: Drafts, reading: Reading) -> None:
    """The columns a tree or a table of several classes needs beside its own."""
    inheritance = one.decorator("TableInheritance")
    if inheritance is not None:
        _add_discriminator(inheritance, drafts, reading)
    tree = one.decorator("Tree")
    kind = constant_text(tree.argument(0)) if tree else None
    if tree is None:
        return
    text, _ = sql_type(JAVASCRIPT[reading.provider]["String"], None, reading.provider)
    if kind == "materialized-path":
        drafts.add(_draft("mpath", Column("mpath", text, default="''"), tree))
    elif kind == "nested-set":
        for name, default in (("nsleft", "1"), ("nsright", "2")):
            drafts.add(_draft(name, Column(name, Type("integer"), False, default), tree))


def _add_discriminator(inheritance: Decorator, drafts: Drafts, reading: Reading) -> None:
    column = entry(inheritance.options, "column")
    name = constant_text(column) or constant_text(entry(column, "name")) or "type"
    if all(draft.column.name != name for draft in drafts.columns):
        said = constant_text(entry(column, "type")) or JAVASCRIPT[reading.provider]["String"]
        type_, _ = sql_type(said, column, reading.provider)
        drafts.add(_draft(name, Column(name, type_, is_nullable=False), inheritance))
    drafts.discriminator = name


def _draft(name: str, column: Column, decorator: Decorator) -> Draft:
    placed = Column(column.name, column.type, column.is_nullable, column.default, position=decorator.place.position)
    return Draft(name, name, placed, decorator.place)


def closure_table(entity: Entity, reading: Reading) -> list[Table]:
    """The table of every ancestor of every row, which a closure tree keeps."""
    tree = entity.declared.decorator("Tree")
    if tree is None or constant_text(tree.argument(0)) != "closure-table":
        return []
    options = tree.argument(1)
    name = (constant_text(entry(options, "closureTableName")) or entity.table) + "_closure"
    primary = [draft for draft in entity.drafts.columns if draft.is_primary]
    position = tree.place.position
    sides = [tuple(f"{draft.path}_{side}" for draft in primary) for side in ("ancestor", "descendant")]
    columns = [
        Column(name_, draft.column.type, is_nullable=False, position=position)
        for names in sides
        for name_, draft in zip(names, primary, strict=True)
    ]
    referenced = tuple(draft.column.name for draft in primary)
    key = tuple(column.name for column in columns)
    return [
        Table(
            name,
            tuple(columns),
            Key(key, hashed("PK", name, key), position),
            foreign_keys=tuple(
                ForeignKey(
                    names, entity.table, referenced, "cascade", name=hashed("FK", name, names), position=position
                )
                for names in sides
            ),
            indexes=tuple(
                Index(hashed("IDX", name, names), name, tuple(map(IndexPart, names)), position=position)
                for names in sides
            ),
            namespace=entity.namespace,
            position=position,
        )
    ]
