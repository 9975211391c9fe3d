"""Each rule on a fixed run: what it proposes, and where it stays silent."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab import advise
from lab.advise import cover_queries, drop_redundant_indexes, index_predicates, narrow_to_rows, proposals
from lab.model.change import AddIndex, DropIndex
from lab.model.data import DataSpec
from lab.model.design import Design
from lab.model.run import Environment, Proposal, Run
from lab.model.workload import Operation, Workload
from lab.readers import sql as reader

DDL = """
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, name varchar(80), notes jsonb, deleted_at date);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id), status text, total numeric(12,2),
  placed_at timestamptz);
"""
SHARED = (
    "__init__ accesses batches confirm copy_scripts foreseen fragments generated_columns innodb_partitions judge "
    "kept_by_rows kept_by_statements names own_gain plans propose queries scripts search select shortlist summaries "
    "whole worth"
)
"""Files of the advisor that hold no rule."""
ENVIRONMENT = Environment("0", "3.11", "Linux", "CPU", 2, 2**30, (0.0, 0.0, 0.0))


def run(*queries: str, ddl: str = DDL) -> Run:
    operations = tuple(Operation(f"q{number}", "simple", {"": sql}) for number, sql in enumerate(queries))
    schema = reader.read([(Path("schema.sql"), ddl)])
    design = Design("shop", "schema.sql", schema, (), Workload(operations), DataSpec())
    return Run("r", datetime(2026, 1, 1, tzinfo=UTC), "lab advise", design, 1.0, 1, ENVIRONMENT)


def keys(proposal: Proposal) -> str:
    assert isinstance(proposal.change, AddIndex)
    index = proposal.change.index
    text = ", ".join(f"{part.value}{' DESC' if part.is_descending else ''}" for part in index.parts)
    included = f" INCLUDE {', '.join(index.include)}" if index.include else ""
    return f"{index.table} ({text}){included}" + (f" WHERE {index.where}" if index.where else "")


def proposed(rule: advise.Rule, *queries: str, ddl: str = DDL) -> list[str]:
    return [keys(proposal) for proposal in rule(run(*queries, ddl=ddl), "postgres")]


def test_filters_come_before_the_order() -> None:
    query = "SELECT id FROM orders WHERE user_id = :u ORDER BY placed_at DESC, id DESC LIMIT 9"
    assert proposed(index_predicates.propose, query) == [
        "orders (user_id, placed_at DESC, id DESC)",
        "orders (user_id)",
    ]


def test_equality_comes_before_the_range() -> None:
    query = "SELECT id FROM orders WHERE placed_at > :t AND status = :s"
    assert proposed(index_predicates.propose, query) == ["orders (status, placed_at)"]


def test_a_join_is_served_on_the_side_that_has_no_key() -> None:
    query = "SELECT u.name FROM users u JOIN orders o ON o.user_id = u.id"
    assert proposed(index_predicates.propose, query) == ["orders (user_id)"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT name FROM users WHERE id = :i",
        "SELECT name FROM users WHERE email = :e",
        "SELECT count(*) FROM orders",
        "SELECT id FROM users WHERE notes = :n",
        "SELECT id FROM users ORDER BY id DESC LIMIT 5",
    ],
)
def test_what_a_key_serves_or_no_index_could_is_left_alone(query: str) -> None:
    assert proposed(index_predicates.propose, query) == []


def test_an_index_there_is_is_not_proposed_again() -> None:
    ddl = DDL + "CREATE INDEX i ON orders (user_id, placed_at);"
    assert proposed(index_predicates.propose, "SELECT id FROM orders WHERE user_id = :u", ddl=ddl) == []


def test_fixed_conditions_make_a_partial_index() -> None:
    query = "SELECT id FROM orders WHERE user_id = :u AND status = 'open'"
    assert proposed(narrow_to_rows.propose, query) == ["orders (user_id) WHERE status = 'open'"]
    assert proposed(narrow_to_rows.propose, "SELECT id FROM orders WHERE user_id = :u AND status = :s") == []


def test_few_small_columns_make_a_covering_index() -> None:
    query = "SELECT total, status FROM orders WHERE user_id = :u"
    assert proposed(cover_queries.propose, query.replace(", status", "")) == ["orders (user_id) INCLUDE total"]
    assert proposed(cover_queries.propose, query) == []  # text may be long
    assert proposed(cover_queries.propose, "SELECT * FROM orders WHERE user_id = :u") == []


def test_a_left_prefix_of_another_index_is_redundant() -> None:
    ddl = DDL + "CREATE INDEX a ON orders (user_id); CREATE INDEX b ON orders (user_id, status);"
    (found,) = drop_redundant_indexes.propose(run("SELECT 1", ddl=ddl), "postgres")
    assert isinstance(found.change, DropIndex) and found.change.index.name == "a"


def test_of_two_equal_indexes_one_stays() -> None:
    ddl = DDL + "CREATE INDEX a ON orders (user_id); CREATE INDEX b ON orders (user_id);"
    assert len(list(drop_redundant_indexes.propose(run("SELECT 1", ddl=ddl), "postgres"))) == 1


@pytest.mark.parametrize(
    "index",
    [
        "CREATE UNIQUE INDEX a ON orders (user_id)",
        "CREATE INDEX a ON orders (status, user_id)",
        "CREATE INDEX a ON orders (user_id) WHERE status = 'x'",
        "CREATE INDEX a ON orders USING hash (user_id)",
    ],
)
def test_an_index_that_does_something_else_is_kept(index: str) -> None:
    ddl = f"{DDL}{index}; CREATE INDEX b ON orders (user_id, total);"
    assert list(drop_redundant_indexes.propose(run("SELECT 1", ddl=ddl), "postgres")) == []


def test_one_change_wanted_by_two_queries_is_proposed_once() -> None:
    found = proposals(
        run("SELECT id FROM orders WHERE user_id = :u", "SELECT total FROM orders WHERE user_id = :v"), "x"
    )
    (plain,) = [p for p in found if keys(p) == "orders (user_id)"]
    assert plain.operations == ("q0", "q1")
    assert "`q0`" in plain.reason and "`q1`" in plain.reason


def test_names_fit_and_differ() -> None:
    long = "very_long_column_name_for_an_index"
    ddl = f"CREATE TABLE t (id bigint PRIMARY KEY, {long}_a int, {long}_b int, {long}_c int);"
    queries = [f"SELECT id FROM t WHERE {long}_a = :a AND {long}_{x} = :b" for x in "bc"]
    names = [p.change.name for p in proposals(run(*queries, ddl=ddl), "postgres")]
    assert all(len(name) <= 63 for name in names) and len(set(names)) == len(names) >= 2


def test_every_rule_file_is_in_the_table_and_has_a_manual_page() -> None:
    folder = Path(advise.__file__).parent
    shared = set(SHARED.split())
    names = {path.stem for path in folder.glob("*.py")} - shared
    assert {rule.__module__.rpartition(".")[2] for rule in advise.RULES + advise.WIDE_RULES} == names
    for name in names:
        assert len((importlib.import_module(f"lab.advise.{name}").__doc__ or "").splitlines()) >= 3
