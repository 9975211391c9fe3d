"""Texts, elements of arrays and values in documents on SQLite, MySQL and MariaDB: what is proposed is used by the plan,
answers as before, also after writes, and its way back leaves the catalog as it was."""

from __future__ import annotations

import re

import pytest
from elsewhere import loaded, measured_on, query_of

from lab.advise import Rule, index_documents, index_expressions, index_substrings
from lab.bench.answers import difference
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.model.run import Proposal
from lab.model.workload import Value

DDL = """
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint NOT NULL, title varchar(80) NOT NULL, body text,
  tags varchar(20)[] NOT NULL, marks int[] NOT NULL, profile jsonb NOT NULL);
"""
COLUMNS = "INSERT INTO tasks (id, project_id, title, body, tags, marks, profile) VALUES "
WORDS = ("an Apple", "is-ready", "naïve", "x+y", "the 7 of 9", 'say "hi"', "100% sure", "a_b")


def row(i: int) -> str:
    body = "NULL" if i % 6 == 0 else repr(f"body of {WORDS[i % 7]} {i * 31}")
    arrays = f"""'["t{i % 40}", "u{i % 3}"]', '[{i % 50}, {i % 70}]'"""
    profile = f"""'{{"kind": "k{i % 60}", "size": {i % 90}}}'"""
    return f"({i}, {i % 5}, 'Task {i} {WORDS[i % 8]}', {body}, {arrays}, {profile})"


def rows(first: int, last: int) -> str:
    return COLUMNS + ", ".join(map(row, range(first, last)))


WRITES = (
    rows(2000, 2030),
    "UPDATE tasks SET title = 'Renamed is-ready naïve 7' WHERE id = 11",
    "UPDATE tasks SET body = NULL WHERE id < 4",
    """UPDATE tasks SET tags = '["t3"]', marks = '[]', profile = '{"kind": "k7"}' WHERE id = 12""",
    "DELETE FROM tasks WHERE id > 40 AND id < 60",
)
PATTERNS: list[dict[str, Value]] = [
    {"q": text}
    for text in (
        "apple",
        "is",
        "is-rea",
        "s-r",
        "ïv",
        "7 o",
        '"hi"',
        "+y",
        "x+y",
        "% s",
        "a_b",
        "r",
        "",
        "zz",
        "of 9 3",
    )
]
FOLDED = (
    "SELECT id FROM tasks WHERE lower(title) LIKE '%' || :q || '%' OR lower(body) LIKE '%' || :q || '%' ORDER BY id"
)
PLAIN = "SELECT t.id FROM tasks t WHERE t.title LIKE '%' || :q || '%' AND t.project_id < 4 ORDER BY t.id LIMIT 50"
KIND = "SELECT id FROM tasks WHERE profile ->> 'kind' = :k AND project_id = 2 ORDER BY id"
LOWER = "SELECT id FROM tasks WHERE lower(title) = :t ORDER BY id"
TAGGED = "SELECT id FROM tasks WHERE :t = ANY (tags) ORDER BY id"
CONTAINING = "SELECT id FROM tasks WHERE tags @> ARRAY['t3'] ORDER BY id"
MARKED = "SELECT id FROM tasks WHERE marks && ARRAY[3, 44] ORDER BY id"
CASES: list[tuple[str, Rule, str, list[dict[str, Value]]]] = [
    ("sqlite", index_substrings.propose, FOLDED, PATTERNS),
    ("sqlite", index_substrings.propose, PLAIN, PATTERNS),
    ("mysql", index_substrings.propose, FOLDED, PATTERNS),
    ("mysql", index_substrings.propose, PLAIN, PATTERNS),
    ("mysql", index_expressions.propose, KIND, [{"k": "k7"}, {"k": "K7"}]),
    ("mariadb", index_expressions.propose, KIND, [{"k": "k7"}, {"k": "K7"}]),
    ("mariadb", index_expressions.propose, LOWER, [{"t": "task 9 is-ready"}, {"t": "Task 9 is-ready"}]),
    ("mysql", index_documents.propose, TAGGED, [{"t": "t3"}, {"t": "T3"}]),
    ("mysql", index_documents.propose, CONTAINING, [{}]),
    ("mysql", index_documents.propose, MARKED, [{}]),
]


@pytest.mark.parametrize("name", ["sqlite", "mysql", "mariadb"])
def test_what_is_proposed_is_used_and_answers_the_same(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    engine = load_engine(name)
    with loaded(engine, server, DDL, [rows(1, 1000)]) as database:
        before = database.catalog()
        for _, rule, sql, parameters in (case for case in CASES if case[0] == name):
            asked = measured_on(engine, DDL, sql)
            (proposal,) = rule(asked, name)
            assert not proposal.obstacle and proposal.risk
            query, rewritten = query_of(asked), proposal.rewrites[0] if proposal.rewrites else query_of(asked)
            texts = [engine.query_sql(operation).sql for operation in (query, rewritten)]
            change = engine.change_sql(proposal.change)
            database.run(change.up)
            database.analyze()
            assert made(proposal, name) in database.explain(texts[1], parameters[0]).plan, texts[1]
            for writes in ((), WRITES):
                database.run(map(Text, writes))
                for values in parameters:
                    theirs, ours = (database.rows(text, values) for text in texts)
                    assert difference(theirs, ours, is_ordered=True) == "", (texts[1], values, writes)
            database.run(change.down)
            assert database.catalog() == before
            database.run([Text("DELETE FROM tasks"), Text(rows(1, 1000))])


def made(proposal: Proposal, engine: str) -> str:
    """The name of the index, or of SQLite's table of fragments, as a plan tells it."""
    up = proposal.change.up[engine]  # type: ignore[union-attr]
    found = re.search(r"(?:INDEX|VIRTUAL TABLE) (\w+)", up)
    assert found
    return found[1]


def test_rows_without_a_number_that_lasts_are_no_ground_for_sqlites_search() -> None:
    ddl = DDL.replace("id bigint PRIMARY KEY", "id uuid PRIMARY KEY")
    (proposal,) = index_substrings.propose(measured_on(load_engine("sqlite"), ddl, PLAIN), "sqlite")
    assert "VACUUM renumbers" in proposal.obstacle


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM tasks WHERE title LIKE 'Task%'",
        "SELECT id FROM tasks WHERE title LIKE 'a' || :q || '%'",
        "SELECT id FROM tasks WHERE title LIKE '%' || :q || '%' OR body LIKE '%' || :r || '%'",
        "SELECT id FROM tasks WHERE title LIKE '%' || body",
        "SELECT id FROM tasks WHERE title LIKE '%' || :q || '%' OR project_id = 3",
    ],
)
@pytest.mark.parametrize("engine", ["sqlite", "mysql", "mariadb"])
def test_what_fragments_do_not_serve_is_left_alone(engine: str, query: str) -> None:
    assert list(index_substrings.propose(measured_on(load_engine(engine), DDL, query), engine)) == []
