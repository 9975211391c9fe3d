"""An inverted index on a document or an array that queries look into.

`@>` asks which documents contain another, and a GIN index answers it: by hashes of whole paths (`jsonb_path_ops`,
smaller and faster) where containment is all that is asked, by keys and values where `?` is asked too (PostgreSQL
manual, 8.14.4 "jsonb Indexing"). An array is searched the same way by `@>` and `&&`; `= ANY (array)` is not, so it is
rewritten to the `@>` that means the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.queries import Query, Select, every_condition
from lab.advise.scripts import named, with_index
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Index, IndexPart

RULE = "index_documents"
_ASKS_FOR_KEYS = (exp.JSONBContainsTopKey, exp.JSONBContainsAnyTopKeys, exp.JSONBContainsAllTopKeys)
_CONTAINS = (exp.ArrayContainsAll, exp.ArrayOverlaps, *_ASKS_FOR_KEYS)
_RISK = "every change of the document writes many index entries; they wait in a list that a reader may have to search"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    for query, number, select, condition in every_condition(run, engine):
        if isinstance(condition, _CONTAINS):
            yield from _contained(query, select, condition)
        elif isinstance(condition, exp.EQ) and isinstance(condition.right, exp.Any):
            yield from _member(query, number, condition)


def _contained(query: Query, select: Select, condition: exp.Expr) -> Iterator[Proposal]:
    owner = select.owner(condition.this)
    if owner is None or not (owner[1].type.name == "jsonb" or owner[1].type.dimensions):
        return
    alias, column = owner
    paths = column.type.name == "jsonb" and not isinstance(condition, _ASKS_FOR_KEYS)
    index = _index(select.tables[alias].name, column, "jsonb_path_ops" if paths else None)
    reason = f"`{query.operation.name}` asks what {column.name} of {index.table} contains"
    yield Proposal(RULE, AddIndex(index), reason, (query.operation.name,), risk=_RISK)


def _index(table: str, column: Column, operator_class: str | None) -> Index:
    name = named(table, column.name, "paths" if operator_class else "", "gin_idx")
    return Index(name, table, (IndexPart(column.name, operator_class=operator_class),), method="gin")


def _member(query: Query, number: int, condition: exp.EQ) -> Iterator[Proposal]:
    """`:x = ANY (tags)` as `tags @> ARRAY[:x]`."""
    again = query.again()
    select = again.selects()[number]
    ours = next(c for c in select.conditions() if isinstance(c, exp.EQ) and c == condition)
    owner = select.owner(ours.right.this.unnest())
    if owner is None or not owner[1].type.dimensions or ours.left.find(exp.Column):
        return
    alias, column = owner
    element = exp.cast(ours.left.copy(), column.type.name, dialect="postgres")
    ours.replace(exp.ArrayContainsAll(this=ours.right.this.unnest(), expression=exp.Array(expressions=[element])))
    table = select.tables[alias].name
    index = _index(table, column, None)
    name = f"{query.operation.name}_by_{column.name}_index"
    reason = f"`{query.operation.name}` looks for an element of {column.name} of {table}; = ANY reads every row"
    yield Proposal(RULE, with_index(name, index), reason, (query.operation.name,), (again.rewritten(),), _RISK)
