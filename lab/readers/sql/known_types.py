"""Whether the types of columns are there: PostgreSQL's own, those the file makes, and those extensions bring."""

from __future__ import annotations

import difflib
from dataclasses import replace

from lab.errors import LabError
from lab.model.schema import Column, Loss, Schema, Table
from lab.readers.types import BUILT_IN, OF_EXTENSIONS, RENAMED, spellings

_MAKES = ("domain ", "type ")
_ALIKE = 0.8


def with_known_types(schema: Schema) -> Schema:
    """A type nothing makes is a loss. Raises LabError for one that is a slip of the pen, or another database's."""
    made = {statement.what.partition(" ")[2] for statement in schema.statements if statement.what.startswith(_MAKES)}
    known = (
        BUILT_IN
        | OF_EXTENSIONS
        | made
        | {table.relation for table in schema.tables}
        | {enum.relation for enum in schema.enums}
    )
    losses = [
        Loss(f"type {column.type.name} of {table.name}.{column.name}", "kept: nothing here makes it", column.position)
        for table in schema.tables
        for column in table.columns
        if column.type.name.rpartition(".")[2] not in known and not _is_enum(column, schema)
    ]
    for table in schema.tables:
        for column in table.columns:
            if column.type.name not in known and (meant := _meant(column)) and not _is_enum(column, schema):
                raise _unknown(table, column, meant)
    return replace(schema, losses=(*schema.losses, *losses))


def _is_enum(column: Column, schema: Schema) -> bool:
    return schema.enum(column.type.name) is not None


def _meant(column: Column) -> str:
    """PostgreSQL's word for another database's type, or the one a word is a misspelling of; empty when neither."""
    name = column.type.name.lower()
    return RENAMED.get(name) or next(iter(difflib.get_close_matches(name, spellings(), 1, _ALIKE)), "")


def _unknown(table: Table, column: Column, meant: str) -> LabError:
    place = f"{column.position}: " if column.position else ""
    return LabError(
        f"{place}PostgreSQL has no type {column.type.name}, which {table.name}.{column.name} is of",
        f"did you mean {meant}? The file was taken as PostgreSQL's: --dialect says otherwise",
    )
