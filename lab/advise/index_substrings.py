"""Indexes for LIKE: by trigrams where a text is looked for anywhere in another, by bytes where it begins it.

A B-tree serves `LIKE 'abc%'` only when it compares bytes: in every other collation it takes the operator class
`text_pattern_ops` (PostgreSQL manual, 11.10). `LIKE '%abc%'` is served by a GIN index of trigrams, where the server has
the extension pg_trgm (manual, F.35); a pattern of less than three letters finds nothing in it to go by. MySQL and
SQLite have full-text indexes of fragments, for queries that ask them too: see `fragments`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.fragments import by_ngrams, by_trigrams, search_of
from lab.advise.queries import Query, Select, bare, every_condition, own_queries, queries
from lab.advise.scripts import named, quote
from lab.model.change import AddIndex, Script
from lab.model.run import Proposal, Run
from lab.model.schema import Index, IndexPart, Schema

RULE = "index_substrings"
_BY_FRAGMENTS = {"mysql": by_ngrams, "sqlite": by_trigrams}
"""MariaDB has no parser of fragments for InnoDB."""
_TEXTS = ("text", "varchar", "char", "citext")
_TRIGRAM_RISK = (
    "takes about as much room as the text; patterns of fewer than three letters read the whole table as before"
)


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine in _BY_FRAGMENTS:
        for query, number, select, condition in every_condition(own_queries(run, engine)):
            if search := search_of(query, number, select, condition):
                yield _BY_FRAGMENTS[engine](search)
    if engine != "postgres":
        return
    for query, _, select, condition in every_condition(queries(run, engine)):
        if isinstance(condition, exp.Like | exp.ILike):
            yield from _searched(query, select, condition)


def _searched(query: Query, select: Select, condition: exp.Like | exp.ILike) -> Iterator[Proposal]:
    searched, pattern = condition.this.unnest(), condition.expression.unnest()
    alias = select.only_table(searched)
    if alias is None or select.aliases_of(condition) != {alias} or searched.find(exp.Query, exp.Placeholder):
        return
    owners = [select.owner(column) for column in searched.find_all(exp.Column)]
    if any(owner is None or owner[1].type.name not in _TEXTS for owner in owners):
        return
    table = select.tables[alias].name
    if isinstance(condition, exp.Like) and not _begins_open(pattern):
        yield _by_beginning(query, table, searched)
    yield _by_trigrams(query, table, searched)


def _begins_open(pattern: exp.Expr) -> bool:
    """Whether a pattern begins with a wildcard, as far as can be told: of a bare parameter it cannot."""
    while isinstance(pattern, exp.DPipe):
        pattern = pattern.this.unnest()
    return isinstance(pattern, exp.Literal) and pattern.name[:1] in ("%", "_")


def _by_beginning(query: Query, table: str, searched: exp.Expr) -> Proposal:
    part = IndexPart(bare(searched), not isinstance(searched, exp.Column), operator_class="text_pattern_ops")
    index = Index(named(table, bare(searched), "pattern_idx"), table, (part,))
    reason = f"`{query.operation.name}` looks for texts of {table} by how they begin"
    return Proposal(RULE, AddIndex(index), reason, (query.operation.name,))


def _by_trigrams(query: Query, table: str, searched: exp.Expr) -> Proposal:
    text = bare(searched)
    index = named(table, text, "trigram_idx")
    key = text if isinstance(searched, exp.Column) else f"({text})"
    has_it = _has_extension(query.schema)
    up = "" if has_it else "CREATE EXTENSION pg_trgm;\n"
    up += f"CREATE INDEX {index} ON {quote(table)} USING gin ({key} gin_trgm_ops);"
    down = f"DROP INDEX {index};" + ("" if has_it else "\nDROP EXTENSION pg_trgm;")
    reason = f"`{query.operation.name}` looks for a text anywhere in {text} of {table}"
    script = Script(index, {"postgres": up}, {"postgres": down})
    return Proposal(RULE, script, reason, (query.operation.name,), risk=_TRIGRAM_RISK)


def _has_extension(schema: Schema) -> bool:
    return any(s.what.startswith("extension") and "pg_trgm" in s.sql for s in schema.statements)
