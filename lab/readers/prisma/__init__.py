"""Prisma's schema language, versions 5 to 7, read by a parser of our own.

Source of the language: Prisma's "Prisma schema reference"; of names, types and actions in the database: what
`prisma migrate diff` makes of the same schema for PostgreSQL.
"""

from __future__ import annotations

from pathlib import Path

from lab.model.schema import Enum, Loss, Schema, Table
from lab.readers.prisma.attributes import (
    ON_COMPOSITE_FIELD,
    ON_ENUM,
    ON_ENUM_VALUE,
    ON_FIELD,
    ON_MODEL,
    check_attributes,
)
from lab.readers.prisma.catalog import Catalog, catalog, mapped_name, namespace
from lab.readers.prisma.columns import column_type, read_column
from lab.readers.prisma.docs import checks, comment
from lab.readers.prisma.keys import read_keys
from lab.readers.prisma.parser import parse
from lab.readers.prisma.relations import Relations, read_relations
from lab.readers.prisma.syntax import Block, EnumBlock, Model


def read(texts: list[tuple[Path, str]]) -> Schema:
    """The schema several files make up together. Raises LabError with file and line at the first mistake."""
    blocks: list[Block] = [block for path, text in texts for block in parse(text, str(path))]
    known = catalog(blocks)
    losses = [_lost_view(model) for model in known.models.values() if model.kind == "view"]
    for enum in known.enums.values():
        _check_enum(enum)
    for model in (*known.models.values(), *known.composites.values()):
        _check_model(model, known)
    relations = read_relations(known, losses)
    tables = [_table(model, known, relations, losses) for model in known.models.values() if model.kind == "model"]
    return Schema(
        (*tables, *relations.join_tables),
        tuple(_enum(enum) for enum in known.enums.values()),
        known.extensions,
        tuple(sorted(losses, key=_place)),
        known.provider,
    )


def _lost_view(view: Model) -> Loss:
    return Loss(f"view {mapped_name(view)}", "not created: Prisma does not hold its query", view.position)


def _place(loss: Loss) -> tuple[str, int, int]:
    place = loss.position
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _check_enum(enum: EnumBlock) -> None:
    check_attributes(enum.attributes, ON_ENUM, f"enum {enum.name}", "@@", "")
    for value in enum.values:
        check_attributes(value.attributes, ON_ENUM_VALUE, f"{enum.name}.{value.name}", "@", "")


def _check_model(model: Model, known: Catalog) -> None:
    check_attributes(model.attributes, ON_MODEL, f"{model.kind} {model.name}", "@@", "")
    on_field = ON_COMPOSITE_FIELD if model.kind == "type" else ON_FIELD
    for field in model.fields:
        check_attributes(field.attributes, on_field, f"{model.name}.{field.name}", "@", known.source)
        if not known.is_relation(field):
            column_type(field, model, known, [])


def _enum(enum: EnumBlock) -> Enum:
    values = tuple(mapped_name(value) for value in enum.values)
    return Enum(mapped_name(enum), values, comment(enum.doc), enum.position, namespace(enum))


def _table(model: Model, known: Catalog, relations: Relations, losses: list[Loss]) -> Table:
    keys = read_keys(model, known, losses)
    fields = [field for field in model.fields if not known.is_relation(field)]
    on_fields = tuple(check for field in fields for check in checks(field.doc, mapped_name(field)))
    return Table(
        mapped_name(model),
        tuple(read_column(field, model, known, losses) for field in fields),
        keys.primary_key,
        keys.uniques,
        relations.foreign_keys[model.name],
        checks(model.doc) + on_fields + checks(model.inner_doc),
        keys.indexes,
        namespace=namespace(model),
        comment=comment(model.doc),
        position=model.position,
    )
