"""A throwaway copy that plans as if it held a hundred times its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import opened_shop

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.engines.postgres import grown as postgres_grown
from lab.engines.postgres.database import PostgresDatabase
from lab.engines.postgres.grown import imagine, plan_and_cost, read_facts, why_not
from lab.errors import LabError
from lab.model.planner import PlannerFacts

ENGINE = load_engine("postgres")
TIMES = 100


@pytest.fixture
def shop(postgres_server: Server) -> Iterator[PostgresDatabase]:
    with opened_shop(ENGINE, postgres_server, "imagined") as database:
        assert isinstance(database, PostgresDatabase)
        yield database


def grown(facts: PlannerFacts, times: float) -> PlannerFacts:
    relations = tuple(replace(r, rows=r.rows * times, pages=round(r.pages * times)) for r in facts.relations)
    return replace(facts, relations=relations)


def estimated_rows(database: PostgresDatabase, sql: str) -> float:
    root: dict[str, Any] = database.rows(f"EXPLAIN (FORMAT JSON) {sql}", {})[0][0][0]["Plan"]
    return float(root["Plan Rows"])


def test_it_sees_a_hundred_times_the_rows_and_costs(shop: PostgresDatabase) -> None:
    real, cost = plan_and_cost(shop, "SELECT * FROM orders", {})
    imagine(shop, grown(read_facts(shop), TIMES))
    plan, more = plan_and_cost(shop, "SELECT * FROM orders", {})
    assert "Seq Scan on orders" in real and "Seq Scan on orders" in plan
    assert estimated_rows(shop, "SELECT * FROM orders") == pytest.approx(200 * TIMES, rel=0.05)
    assert more == pytest.approx(cost * TIMES, rel=0.05)


def test_a_plan_flips_when_the_table_has_grown_enough(shop: PostgresDatabase) -> None:
    query, parameters = "SELECT * FROM users WHERE id = :id", {"id": 7}
    assert "Seq Scan on users" in plan_and_cost(shop, query, parameters)[0]
    imagine(shop, grown(read_facts(shop), TIMES))
    assert "Index Scan using" in plan_and_cost(shop, query, parameters)[0]


def test_files_larger_than_a_segment_take_no_room(shop: PostgresDatabase) -> None:
    folder = Path(shop.rows("SHOW data_directory", {})[0][0])
    path = folder / shop.rows("SELECT pg_relation_filepath('orders')", {})[0][0]
    imagine(shop, grown(read_facts(shop), 200_000))
    segments = sorted(path.parent.glob(f"{path.name}*[0-9]"))
    assert len(segments) > 2
    assert sum(segment.stat().st_blocks * 512 for segment in segments) < 1_000_000
    assert shop.rows("SELECT pg_relation_size('orders') > 2^31", {}) == [(True,)]


def test_what_is_read_can_be_written_and_read_again(shop: PostgresDatabase) -> None:
    facts = read_facts(shop)
    imagine(shop, facts)
    assert read_facts(shop) == facts


def test_only_the_labs_own_server_of_18_and_newer_is_made_to_imagine(postgres_server: Server) -> None:
    assert why_not(postgres_server) == ""
    assert "18 can" in why_not(replace(postgres_server, version="17.4"))
    assert "not the lab's own" in why_not(replace(postgres_server, prefix="lab_1_"))


def test_a_file_that_cannot_be_enlarged_is_an_error(shop: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path, size_bytes: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(file))

    monkeypatch.setattr(postgres_grown, "extend", refuse)
    with pytest.raises(LabError, match="cannot enlarge"):
        imagine(shop, read_facts(shop))
