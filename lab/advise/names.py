"""Names in a query's text, spelled as the schema spells them, and each column with its table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from lab.advise.scripts import quote
from lab.model.schema import Schema

_Tree = TypeVar("_Tree", bound=exp.Expr)


def names_of(schema: Schema) -> frozenset[str]:
    """Of its tables and columns."""
    return frozenset(name for table in schema.tables for name in (table.name, *(c.name for c in table.columns)))


def spell(tree: _Tree, engine: str, names: Iterable[str]) -> _Tree:
    """The tree itself, its names as the engine finds them: PostgreSQL folds those without quotes (manual, 4.1.1), the
    others know a name in any case."""
    known = {name.lower(): name for name in sorted(names)}
    for identifier in tree.find_all(exp.Identifier):
        name = identifier.name
        if engine != "postgres":
            identifier.set("this", known.setdefault(name.lower(), name))
        elif not identifier.quoted:
            identifier.set("this", name.lower())
    return tree


def qualified(text: str, engine: str, dialect: str, schema: Schema, expand_stars: bool = False) -> exp.Expr:
    """A query whose columns name their tables, and whose names stand in quotes where they must. Raises SqlglotError."""
    as_written = f"{dialect}, normalization_strategy=case_sensitive"
    is_postgres = dialect == "postgres"
    types: dict[str, object] = {
        t.name: {c.name: str(c.type) if is_postgres else "text" for c in t.columns} for t in schema.tables
    }
    tree = qualify(
        spell(sqlglot.parse_one(text, read=dialect), engine, names_of(schema)),
        schema=MappingSchema(types, dialect=as_written, normalize=False),
        dialect=as_written,
        validate_qualify_columns=False,
        quote_identifiers=False,
        expand_stars=expand_stars,
    )
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", quote(identifier.name) != identifier.name)
    return tree
