"""What each rule makes of a query on a fixed run, and what it leaves alone. That what they propose runs, and answers
the same, is shown by test_rules_run.py on a real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from test_rules import run
from test_rules_run import DDL, QUERIES, measured

from lab.advise import (
    RULES,
    WIDE_RULES,
    change_types,
    copy_columns,
    drop_unused_indexes,
    index_blocks,
    index_documents,
    index_expressions,
    index_hashes,
    index_ranges,
    index_substrings,
    index_words,
    materialize_views,
    page_by_key,
    partition_tables,
    proposals,
    replace_not_in,
    require_unique,
    split_alternatives,
    widen_to_ranges,
)
from lab.engines.postgres.scripts import change_sql, online_sql
from lab.model.change import AddIndex, DropIndex, Script
from lab.model.run import Proposal, Relation
from lab.model.schema import Index
from lab.model.workload import Operation


def found(rule: object, query: str, engine: str = "postgres", ddl: str = DDL) -> list[Proposal]:
    return list(rule.propose(replace_schema(query, ddl), engine))  # type: ignore[attr-defined]


def replace_schema(query: str, ddl: str):  # type: ignore[no-untyped-def]
    run_ = measured(query)
    return replace(run_, design=replace(run_.design, schema=run("SELECT 1", ddl=ddl).design.schema))


def made(proposal: Proposal) -> str:
    """An index's method and keys, or what a script is called."""
    change = proposal.change
    if isinstance(change, Script):
        return change.name
    index = change.index
    keys = ", ".join(f"{p.value}{' ' + p.operator_class if p.operator_class else ''}" for p in index.parts)
    return f"{'drop ' if isinstance(change, DropIndex) else ''}{index.table} {index.method} ({keys})"


@pytest.mark.parametrize(
    ("rule", "query", "expected"),
    [
        (index_expressions, "lower", ["users btree (LOWER(email))"]),
        (index_expressions, "json_text", ["users btree (profile ->> 'kind')"]),
        (index_documents, "contains", ["users gin (profile jsonb_path_ops)"]),
        (index_documents, "tagged", ["q0_by_tags_index"]),
        (index_words, "searched", ["orders gin (TO_TSVECTOR('simple', note))", "q0_words"]),
        (index_substrings, "prefix", ["users btree (token text_pattern_ops)", "users_token_trigram_idx"]),
        (index_substrings, "infix", ["orders_note_trigram_idx"]),
        (index_ranges, "overlaps", ["prices gist (during)"]),
        (index_ranges, "valid_at", ["q0_by_period"]),
        (index_hashes, "by_token", ["users hash (token)"]),
        (index_blocks, "valid_at", ["prices brin (begins_at)", "prices brin (ends_at)"]),
        (require_unique, "by_token", ["users btree (token)"]),
        (drop_unused_indexes, "by_token", ["drop orders btree (total)"]),
        (widen_to_ranges, "of_day", ["q0_by_range"]),
        (replace_not_in, "not_in", ["q0_by_existence"]),
        (split_alternatives, "either", ["q0_by_alternative"]),
        (page_by_key, "page", ["q0_by_key"]),
        (copy_columns, "of_region", ["orders_with_user_plan"]),
        (materialize_views, "report", ["q0_rows"]),
        (partition_tables, "valid_at", ["prices_by_begins_at"]),
    ],
)
def test_a_rule_proposes(rule: object, query: str, expected: list[str]) -> None:
    proposals_ = found(rule, QUERIES[query][0])
    assert [made(proposal) for proposal in proposals_] == expected
    assert all(proposal.reason and "q0" in (*proposal.operations, "q0") for proposal in proposals_)


@pytest.mark.parametrize(
    ("rule", "query"),
    [
        (index_expressions, "SELECT id FROM users WHERE email = lower(:e)"),
        (index_expressions, "SELECT id FROM orders WHERE date_trunc('day', placed_at) = :d"),
        (index_expressions, "SELECT o.id FROM orders o JOIN users u ON lower(u.email) = o.note WHERE o.id = :i"),
        (index_expressions, "SELECT plan FROM users GROUP BY plan HAVING max(points) > :p"),
        (index_documents, "SELECT id FROM users WHERE profile = :p"),
        (index_documents, "SELECT id FROM users WHERE id = ANY (:ids)"),
        (index_words, "SELECT id FROM orders WHERE to_tsvector(note) @@ to_tsquery(:q)"),
        (index_substrings, "SELECT id FROM users WHERE points > :p"),
        (index_substrings, "SELECT u.id FROM users u JOIN orders o ON o.note LIKE u.email WHERE u.id = :i"),
        (index_ranges, "SELECT id FROM prices WHERE begins_at > :a AND ends_at > :b"),
        (index_ranges, "SELECT id FROM prices WHERE begins_at <= :a AND ends_at > :b"),
        (index_ranges, "SELECT id FROM users WHERE profile @> :p"),
        (index_hashes, "SELECT id FROM users WHERE token = :t ORDER BY token"),
        (index_hashes, "SELECT id FROM users WHERE plan = :p"),
        (index_blocks, "SELECT id FROM orders WHERE total > :t"),
        (require_unique, "SELECT id FROM users WHERE region_id = :r"),
        (require_unique, "SELECT id FROM users WHERE id = :i"),
        (require_unique, "SELECT id FROM users WHERE token = :t LIMIT 1"),
        (widen_to_ranges, "SELECT id FROM orders WHERE placed_at = :d"),
        (widen_to_ranges, "SELECT id FROM users WHERE email || token = :x"),
        (replace_not_in, "SELECT id FROM users WHERE id NOT IN (1, 2)"),
        (replace_not_in, "SELECT id FROM users WHERE referrer_id NOT IN (SELECT id FROM users u WHERE u.points > 3)"),
        (replace_not_in, "SELECT id FROM users WHERE (SELECT count(*) FROM orders o WHERE o.user_id = users.id) > 3"),
        (split_alternatives, "SELECT id FROM users WHERE id = :a OR id = :b"),
        (split_alternatives, "SELECT id FROM users WHERE token = :a OR points > 3"),
        (split_alternatives, "SELECT count(*) FROM users WHERE token = :a OR email = :b"),
        (split_alternatives, "SELECT id FROM users WHERE token = :a OR email = :b ORDER BY points"),
        (page_by_key, "SELECT id FROM orders ORDER BY placed_at LIMIT 9 OFFSET :k"),
        (page_by_key, "SELECT id FROM users ORDER BY referrer_id, id LIMIT 9 OFFSET :k"),
        (page_by_key, "SELECT id FROM users ORDER BY email DESC, id LIMIT 9 OFFSET :k"),
        (page_by_key, "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id ORDER BY u.id LIMIT 9 OFFSET :k"),
        (page_by_key, "SELECT id FROM orders ORDER BY id LIMIT 9"),
        (copy_columns, "SELECT o.id, u.email FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id = :i"),
        (copy_columns, "SELECT o.id FROM orders o LEFT JOIN users u ON u.id = o.user_id WHERE u.plan = :p"),
        (copy_columns, "SELECT o.id FROM orders o JOIN users u ON u.id = o.id WHERE u.plan = :p"),
        (copy_columns, "SELECT * FROM orders o JOIN users u ON u.id = o.user_id WHERE u.plan = :p"),
        (materialize_views, "SELECT plan, max(points) AS most FROM users WHERE points > :p GROUP BY plan"),
        (materialize_views, "SELECT max(points) AS most FROM users WHERE plan = :p"),
        (materialize_views, "SELECT id FROM users WHERE plan = :p"),
        (partition_tables, "SELECT id FROM users WHERE region_id = :r"),
        (partition_tables, "SELECT id FROM orders WHERE note = :n"),
    ],
)
def test_a_rule_stays_silent(rule: object, query: str) -> None:
    assert [made(proposal) for proposal in found(rule, query)] == []


def test_types_are_proposed_from_the_schema() -> None:
    names = {made(proposal) for proposal in found(change_types, "SELECT 1")}
    assert names == {"regions_code_as_uuid", "users_plan_as_enum", "users_points_as_bigint", "prices_id_by_time"}
    plain = "CREATE TABLE t (id bigint PRIMARY KEY, a varchar(36), b text CHECK (b <> ''), c numeric(9, 2), d numeric);"
    assert {made(proposal) for proposal in found(change_types, "SELECT 1", ddl=plain)} == {"t_a_as_uuid"}


def test_an_index_in_a_plan_is_used_and_so_is_one_a_reference_needs() -> None:
    query = "SELECT id FROM orders WHERE total = :t"
    used = measured(query, plans="Index Scan using orders_total_idx on orders")
    assert list(drop_unused_indexes.propose(used, "postgres")) == []
    unknown = measured(query, plans="")
    assert list(drop_unused_indexes.propose(unknown, "postgres")) == []


def test_tables_that_are_small_are_not_split_up() -> None:
    small = measured(QUERIES["valid_at"][0])
    base = replace(small.engines[0].variants[0], relations=(Relation("prices", 100, 8192, 8192),))
    small = replace(small, engines=(replace(small.engines[0], variants=(base,)),))
    assert list(partition_tables.propose(small, "postgres")) == [] == list(index_blocks.propose(small, "postgres"))


def test_a_view_of_tables_that_are_written_is_not_proposed() -> None:
    quiet = measured(QUERIES["report"][0])
    write = Operation("w", "simple", {"": "UPDATE orders SET total = 1 WHERE id = :i"}, is_write=True)
    workload = replace(quiet.design.workload, operations=(*quiet.design.workload.operations, write))
    busy = replace(quiet, design=replace(quiet.design, workload=workload))
    assert list(materialize_views.propose(busy, "postgres")) == []


def test_queries_over_the_same_parent_share_one_copy() -> None:
    texts = [QUERIES["of_region"][0], QUERIES["report"][0]]
    (copy,) = copy_columns.propose(measured(*texts), "postgres")
    assert copy.operations == ("q0", "q1") and len(copy.rewrites) == 2
    assert isinstance(copy.change, Script) and copy.change.up["postgres"].count("CREATE INDEX") == 2


def test_an_index_the_schema_has_is_not_proposed_again() -> None:
    ddl = DDL + "CREATE INDEX i ON users USING gin (profile jsonb_path_ops);"
    run_ = replace_schema(QUERIES["contains"][0], ddl)
    assert not [p for p in proposals(run_, "postgres") if p.rule == "index_documents"]


def every(engine: str) -> Iterator[Proposal]:
    run_ = measured(*(query for query, _ in QUERIES.values()))
    for rule in RULES:
        yield from rule(run_, engine)


@pytest.mark.parametrize("engine", ["mongodb", "redis"])
def test_an_engine_without_sql_gets_indexes_only(engine: str) -> None:
    assert all(isinstance(proposal.change, AddIndex | DropIndex) for proposal in every(engine))


@pytest.mark.parametrize("engine", ["mysql", "sqlite"])
def test_other_engines_get_what_they_can_say(engine: str) -> None:
    rules = {proposal.rule for proposal in every(engine)}
    assert {"widen_to_ranges", "replace_not_in", "split_alternatives", "page_by_key", "index_expressions"} <= rules
    assert not rules & {"index_words", "index_ranges", "change_types"}


def test_innodb_gets_no_index_of_some_rows_and_one_of_what_would_be_included() -> None:
    asked = measured("SELECT id FROM orders WHERE user_id = :u AND status = 'open'")

    def indexes(engine: str) -> list[Index]:
        return [p.change.index for p in proposals(asked, engine, RULES + WIDE_RULES) if isinstance(p.change, AddIndex)]

    keys = [(i.table, *(part.value for part in i.parts), *i.include, i.is_unique) for i in indexes("mysql")]
    assert len(keys) == len(set(keys)) > 0
    assert not any(index.where for index in indexes("mysql")) and any(index.where for index in indexes("sqlite"))


@pytest.mark.parametrize(("rule", "query"), [(index_substrings, "infix"), (page_by_key, "page")])
def test_indexes_of_a_script_are_built_without_blocking_writers(rule: object, query: str) -> None:
    (proposal,) = found(rule, QUERIES[query][0])
    sql = online_sql(proposal.change)
    assert [text.sql for text in sql.up if "INDEX CONCURRENTLY" in text.sql]
    assert [text.sql for text in sql.down if text.sql.startswith("DROP INDEX CONCURRENTLY")]
    (moved,) = found(partition_tables, QUERIES["valid_at"][0])
    assert online_sql(moved.change) == change_sql(moved.change)


@pytest.mark.parametrize("engine", ["postgres", "mysql", "sqlite"])
def test_triggers_of_long_names_keep_names_of_their_own(engine: str) -> None:
    ddl = DDL.replace("plan varchar", "a_plan_with_a_name_that_takes_nearly_all_the_room varchar")
    ddl = ddl.replace("CHECK (plan IN ('free', 'paid'))", "")
    query = QUERIES["of_region"][0].replace("u.plan", "u.a_plan_with_a_name_that_takes_nearly_all_the_room")
    (copy,) = found(copy_columns, query, engine, ddl)
    assert isinstance(copy.change, Script)
    names = re.findall(r"CREATE TRIGGER (\w+)", copy.change.up[engine])
    assert len(names) == len(set(names)) > 1 and all(len(name) <= 63 for name in names)
