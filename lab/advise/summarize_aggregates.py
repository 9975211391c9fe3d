"""Keep an aggregate in a summary table, brought up to date by triggers at every write.

A query that adds up many rows into few groups does the same sums each time it is asked. A table with one row a group
holds them, and what changes rows adds what the changed rows contribute, joined with the other tables as they are
(counting algorithm: Gupta, Mumick and Subrahmanian, "Maintaining Views Incrementally", SIGMOD 1993). Columns that
parameters are compared with become part of the group, so the query can still ask for any of them. The price is paid by
every write, and is measured; writers of one group wait for each other. PostgreSQL's triggers fire once a statement,
those of MySQL and SQLite once a row.

Only what can be kept exactly is proposed: inner joins of tables, SUM, COUNT and AVG over columns that are never NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.merge_subqueries import merge_subqueries

from lab.advise import kept_by_rows, kept_by_statements
from lab.advise.names import qualified
from lab.advise.queries import DIALECTS, own_text
from lab.advise.scripts import named
from lab.advise.summaries import Summary, reading_of, summary_of, with_parameters
from lab.model.change import Script
from lab.model.run import Proposal, Run
from lab.model.schema import Schema
from lab.model.workload import Operation

RULE = "summarize_aggregates"
_SAME_GROUP = (
    "writers of one group wait for each other; and two transactions that write at once rows which join only with each "
    "other's both miss them: write such rows in one, or rebuild the table at times"
)
_UNHEARD = {
    "mysql": "writers may deadlock, and one of them has to try again; what is written before its triggers stand is "
    "missed: keep writers of its tables out meanwhile; no trigger hears of TRUNCATE; a statement that deletes parents "
    "may not read the children that go with them (error 1442)",
    "sqlite": "no trigger hears of rows that INSERT OR REPLACE replaces",
}


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    dialect = DIALECTS.get(engine)
    for operation in run.design.workload.for_variant("base") if dialect else ():
        tree = None if operation.is_write else _parsed(run, engine, operation)
        if tree is None or dialect is None:
            continue
        summaries = []
        for number, select in enumerate(list(tree.find_all(exp.Select))):
            name = named(operation.name, "summary", str(number or ""))
            if summary := summary_of(name, select, run.design.schema, dialect):
                summaries.append(summary)
                reading = reading_of(select, summary)
                tree = reading if select is tree else tree
                select.replace(reading)
        if summaries:
            yield _proposal(operation, summaries, tree, run.design.schema, engine)


def _parsed(run: Run, engine: str, operation: Operation) -> exp.Expr | None:
    text = own_text(run, engine, operation)
    try:
        return merge_subqueries(qualified(text, engine, DIALECTS[engine], run.design.schema, expand_stars=True))
    except SqlglotError:
        return None


def _proposal(
    operation: Operation, summaries: Sequence[Summary], tree: exp.Expr, schema: Schema, engine: str
) -> Proposal:
    tables = sorted({table for summary in summaries for table in summary.tables})
    kept = kept_by_statements if engine == "postgres" else kept_by_rows
    up = "\n".join(statement for summary in summaries for statement in kept.up(summary, schema))
    down = "\n".join(statement for summary in reversed(summaries) for statement in kept.down(summary, schema))
    rewritten = replace(operation, sql={**operation.sql, engine: with_parameters(tree, DIALECTS[engine])}, positions={})
    reason = f"`{operation.name}` adds up rows of {', '.join(tables)} each time; a summary table holds the sums"
    script = Script(named(operation.name, "summary"), {engine: up}, {engine: down})
    obstacle = next((why for summary in summaries if (why := kept.obstacle(summary, schema))), "")
    risk = "; ".join(filter(None, (_SAME_GROUP, _UNHEARD.get(DIALECTS[engine], ""))))
    return Proposal(RULE, script, reason, (operation.name,), (rewritten,), risk, obstacle=obstacle)
