"""An inverted index for full-text search.

`tsvector @@ tsquery` reads and parses every row unless a GIN index holds the words: on a tsvector column as it is, or
on the expression the query spells, when its configuration is written out, so that it is the same for everybody
(PostgreSQL manual, 12.2.2 "Creating Indexes"). Parsing at each ranking or recheck is saved as well by a stored
generated column, which takes more room: that is proposed beside, with the query rewritten to read it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.queries import Query, Select, bare, every_condition, identifier, queries
from lab.advise.scripts import free_name, named, quote
from lab.model.change import AddIndex, Script
from lab.model.run import Proposal, Run
from lab.model.schema import Index, IndexPart, Table

RULE = "index_words"
_RISK = "every change of the text writes an entry for each of its words; the stored column takes room in every row"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    for query, number, select, condition in every_condition(queries(run, engine)):
        if isinstance(condition, exp.MatchAgainst) and len(condition.expressions) == 1:
            yield from _searched(query, number, select, condition.expressions[0].unnest())


def _searched(query: Query, number: int, select: Select, document: exp.Expr) -> Iterator[Proposal]:
    alias = select.only_table(document)
    if alias is None or document.find(exp.Placeholder, exp.Query):
        return
    table, operation = select.tables[alias], query.operation.name
    is_column = isinstance(document, exp.Column)
    if not is_column and not _is_settled(document):
        return
    text = bare(document)
    index = Index(
        named(table.name, *(c.name for c in document.find_all(exp.Column)), "words_idx"),
        table.name,
        (IndexPart(text, is_expression=not is_column),),
        method="gin",
    )
    reason = f"`{operation}` searches the words of {table.name}"
    yield Proposal(RULE, AddIndex(index), reason, (operation,), risk=_RISK)
    if not is_column:
        yield _stored(query, number, table, document, text, reason)


def _is_settled(document: exp.Expr) -> bool:
    """Whether every to_tsvector names its configuration: else it depends on a setting, and no index may hold it."""
    calls = [call for call in document.find_all(exp.Anonymous) if call.name.lower() == "to_tsvector"]
    return bool(calls) and all(len(call.expressions) == 2 for call in calls)


def _stored(query: Query, number: int, table: Table, document: exp.Expr, text: str, reason: str) -> Proposal:
    column = free_name(table, "words", f"{table.name}_words")
    again = query.again()
    select = again.selects()[number]
    for place in [node for node in select.node.walk() if node == document]:
        table_of = next(place.find_all(exp.Column)).args.get("table")
        place.replace(exp.Column(this=identifier(column), table=table_of.copy() if table_of else None))
    name = f"{query.operation.name}_words"
    index = named(table.name, column, "idx")
    up = (
        f"ALTER TABLE {quote(table.name)} ADD COLUMN {column} tsvector GENERATED ALWAYS AS ({text}) STORED;\n"
        f"CREATE INDEX {index} ON {quote(table.name)} USING gin ({column});"
    )
    down = f"ALTER TABLE {quote(table.name)} DROP COLUMN {column};"
    script = Script(name, {"postgres": up}, {"postgres": down})
    reason += "; a stored column spares it to parse them again"
    return Proposal(RULE, script, reason, (query.operation.name,), (again.rewritten(),), _RISK)
