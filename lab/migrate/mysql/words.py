"""A table in the engine's words, part by part: where two tables' words agree, there is nothing to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.engines.mysql.ddl import TableWords
from lab.engines.mysql.dialect import Dialect, Losses, quote, quote_all
from lab.model.schema import Schema, Table


@dataclass(frozen=True, slots=True)
class Words:
    """A table's parts in the engine's words, by name."""

    columns: Mapping[str, str]
    primary: str
    checks: Mapping[str, str]
    indexes: Mapping[str, str]
    references: Mapping[str, str]
    comment: str
    partitions: str


def words_of(table: Table, schema: Schema, dialect: Dialect) -> Words:
    made = TableWords(dialect, schema, table, Losses())
    indexes = {key.name or "": clause for key in table.uniques if (clause := made.unique(key))}
    indexes |= {index.name: index.clause() for index in made.indexes()}
    references = {key.name or "": clause for key in table.foreign_keys if (clause := made.reference(key))}
    for key in table.foreign_keys:
        if key.name in references and not _is_served(key.columns, table, set(indexes)):
            indexes[key.name or ""] = f"ADD INDEX {quote(key.name or '')} ({quote_all(key.columns)})"
    leads = table.primary_key is not None and table.primary_key.columns[0] == made.identity
    if made.identity and not leads:
        indexes[f"{table.name}_{made.identity}_identity"] = (
            f"ADD KEY {quote(f'{table.name}_{made.identity}_identity')} ({quote(made.identity)})"
        )
    create = made.create()
    return Words(
        {column.name: made.column(column) for column in table.columns},
        made.primary_key(table.primary_key) if table.primary_key else "",
        {clause.split("`")[1]: clause for clause in made.checks()},
        indexes,
        references,
        table.comment,
        create.rpartition("\nPARTITION BY")[2] if "\nPARTITION BY" in create else "",
    )


def _is_served(columns: tuple[str, ...], table: Table, known: set[str]) -> bool:
    """Whether a key or an index begins with these columns, so that a reference needs none of its own."""
    lists = [key.columns for key in table.keys]
    lists += [
        tuple("" if p.is_expression else p.value for p in index.parts) for index in table.indexes if index.name in known
    ]
    return any(found[: len(columns)] == columns for found in lists)


def loose_references(
    before: Mapping[str, Words], after: Mapping[str, Words], old: Schema, new: Schema
) -> set[tuple[str, str]]:
    """(table, key) of references that cannot stay while columns or keys they rely on change."""
    touched: dict[str, set[str]] = {}
    for name in before:
        was, now = before[name], after[name]
        changed = {c for c in was.columns if now.columns.get(c) != was.columns[c]}
        if was.primary != now.primary:
            changed |= set(was.columns)
        for index in set(was.indexes) | set(now.indexes):
            if was.indexes.get(index) != now.indexes.get(index):
                changed |= {c for c in was.columns if f"`{c}`" in was.indexes.get(index, "")}
        touched[name] = changed
    found = set()
    for name in before:
        for schema in (old, new):
            for key in schema.table(name).foreign_keys:
                mine = touched.get(name, set()) & set(key.columns)
                theirs = touched.get(key.table, set()) & set(key.referenced)
                differs = before[name].references.get(key.name or "") != after[name].references.get(key.name or "")
                if mine or theirs or differs:
                    found.add((name, key.name or ""))
    return found
