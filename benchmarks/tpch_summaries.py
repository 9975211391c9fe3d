"""Summary tables beside a set of indexes: what they answer in, whether it is the same, what their upkeep takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lab.engines.engine import Engine, Server, Text
from lab.engines.postgres.what_if import PostgresWhatIf
from lab.model.change import Change, Script
from lab.model.run import Proposal
from lab.model.what_if import Execution

_DATABASE = "lab_summaries"
_ROUNDS = 3
_TOLD_BELOW = 0.9
"""A summary is kept when its query takes less than so much of its time by indexes alone."""


@dataclass(frozen=True)
class Summarized:
    seconds: Mapping[str, float]
    """By query: as rewritten where a summary was kept, as written elsewhere."""
    kept: tuple[str, ...]
    size_bytes: int
    answers: Mapping[str, int]
    """Comparisons of a rewritten query's rows with the original's, and how many differed."""
    upkeep: Mapping[str, tuple[float, float]]
    """Seconds of writes with indexes alone, and with the summaries, too."""


def summarize(
    engine: Engine,
    server: Server,
    indexes: Sequence[Change],
    proposals: Sequence[Proposal],
    reads: Sequence[Execution],
    writes: Sequence[str],
) -> Summarized:
    """Builds the indexes and every summary on a copy of the base; the summaries that do not pay are dropped again."""
    with _copy(engine, server) as database:
        database.run(text for index in indexes for text in engine.change_sql(index).up)
        database.analyze()
        before = {each.operation: _seconds(database, each.sql) for each in reads}
        bare = {sql: database.write_seconds([(sql, {})]) for sql in writes}
        size = _size(database)
        texts = {each.operation: each.sql for each in reads}
        rewritten: dict[str, str] = {}
        for proposal in proposals:
            assert isinstance(proposal.change, Script)
            (operation,) = proposal.rewrites
            database.run(engine.change_sql(proposal.change).up)
            _learn(database, proposal.change.name)
            text = operation.text(engine.name)
            if _seconds(database, text) < _TOLD_BELOW * before[operation.name]:
                rewritten[operation.name] = text
            else:
                database.run(engine.change_sql(proposal.change).down)
        size = _size(database) - size
        upkeep = {sql: (bare[sql], database.write_seconds([(sql, {})])) for sql in writes}
        answers = {"compared": 0, "different": 0}
        for sql in ("", *writes):
            database.run([Text(sql)] if sql else [])
            for name, text in rewritten.items():
                answers["compared"] += 1
                answers["different"] += database.rows(text, {}) != database.rows(texts[name], {})
        seconds = {name: _seconds(database, rewritten.get(name, text)) for name, text in texts.items()}
    return Summarized(seconds, tuple(rewritten), size, answers, upkeep)


@contextmanager
def _copy(engine: Engine, server: Server) -> Iterator[PostgresWhatIf]:
    engine.clone_database(server, "lab_base", _DATABASE)
    database = PostgresWhatIf(server, _DATABASE)
    try:
        yield database
    finally:
        database.close()
        engine.drop_database(server, _DATABASE)


def _learn(database: PostgresWhatIf, summary: str) -> None:
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, :name)"
    database.run([Text(f"ANALYZE {name}") for (name,) in database.rows(tables, {"name": summary})])


def _seconds(database: PostgresWhatIf, sql: str) -> float:
    """CPU seconds, the least of some."""
    taken = [database.seconds(sql, {}, 30.0) for _ in range(_ROUNDS)]
    return min(seconds if seconds is not None else float("inf") for seconds in taken)


def _size(database: PostgresWhatIf) -> int:
    return sum(relation.table_bytes + relation.index_bytes for relation in database.relations())
