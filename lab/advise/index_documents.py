"""An inverted index on a document or an array that queries look into.

`@>` asks which documents contain another, and a GIN index answers it: by hashes of whole paths (`jsonb_path_ops`,
smaller and faster) where containment is all that is asked, by keys and values where `?` is asked too (PostgreSQL
manual, 8.14.4 "jsonb Indexing"). An array is searched the same way by `@>` and `&&`; `= ANY (array)` is not, so it is
rewritten to the `@>` that means the same.

MySQL keeps arrays in documents, and indexes their elements by a multi-valued index: one entry an element, found by
MEMBER OF, JSON_CONTAINS and JSON_OVERLAPS (manual, 15.1.15 "Multi-Valued Indexes").
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.queries import Query, Select, every_condition, identifier, own_queries, queries
from lab.advise.scripts import named, with_index
from lab.model.change import AddIndex, Script
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Index, IndexPart

RULE = "index_documents"
_ASKS_FOR_KEYS = (exp.JSONBContainsTopKey, exp.JSONBContainsAnyTopKeys, exp.JSONBContainsAllTopKeys)
_CONTAINS = (exp.ArrayContainsAll, exp.ArrayOverlaps, *_ASKS_FOR_KEYS)
_RISK = "every change of the document writes many index entries; they wait in a list that a reader may have to search"


_CALLS = ("JSON_CONTAINS", "JSON_OVERLAPS")
_ELEMENTS = {"smallint": "SIGNED", "integer": "SIGNED", "bigint": "SIGNED", "date": "DATE"}
_TEXTS = ("text", "varchar", "char", "uuid")
_LONGEST = 255
_MULTI_VALUED_RISK = (
    f"an element that is longer than {_LONGEST} characters, or of another type, is refused from then on; every change "
    "of the array writes an entry for each element"
)


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine == "mysql":
        for query, _, select, condition in every_condition(own_queries(run, engine)):
            yield from _elements(query, select, condition)
    if engine != "postgres":
        return
    for query, number, select, condition in every_condition(queries(run, engine)):
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


def _elements(query: Query, select: Select, condition: exp.Expr) -> Iterator[Proposal]:
    """A multi-valued index on what a query looks for elements in, where it asks for no other table's."""
    if isinstance(condition, exp.JSONArrayContains):
        document, element = condition.expression.unnest(), condition.this
    elif isinstance(condition, exp.Anonymous) and condition.name.upper() in _CALLS and len(condition.expressions) == 2:
        document, element = (part.unnest() for part in condition.expressions)
    else:
        return
    owner = select.owner(document)
    if owner is None or element.find(exp.Column, exp.JSONObject):
        return
    alias, column = owner
    kind = _kind(column, element)
    if kind is None:
        return
    table, operation = select.tables[alias].name, query.operation.name
    index = named(table, column.name, "elements_idx")
    name, t = (identifier(each).sql(dialect="mysql") for each in (column.name, table))
    up = f"CREATE INDEX {index} ON {t} ((CAST({name} AS {kind} ARRAY)));"
    script = Script(index, {"mysql": up}, {"mysql": f"DROP INDEX {index} ON {t};"})
    reason = f"`{operation}` looks for elements of {column.name} of {table}"
    yield Proposal(RULE, script, reason, (operation,), risk=_MULTI_VALUED_RISK)


def _kind(column: Column, element: exp.Expr) -> str | None:
    """What the elements are taken for; None for what has no such index. A document says nothing of them: the query
    does."""
    if column.type.name in ("json", "jsonb") and not column.type.dimensions:
        numbers = [literal for literal in element.find_all(exp.Literal) if not literal.is_string]
        return "SIGNED" if numbers else f"CHAR({_LONGEST})"
    if not column.type.dimensions:
        return None
    return f"CHAR({_LONGEST})" if column.type.name in _TEXTS else _ELEMENTS.get(column.type.name)
