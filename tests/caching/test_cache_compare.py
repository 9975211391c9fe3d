"""A cache in front of PostgreSQL, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import QUERIES, write_design

import lab
from lab import pipeline, report, results
from lab.bench import Settings, Silent
from lab.caching import CacheSettings
from lab.errors import LabError
from lab.load_options import read_caching, refuse_load
from lab.model.caching import CacheComparison

SUMMARY = """\
-- Sums kept in step by a trigger.
-- migrate:up
CREATE TABLE totals (status order_status PRIMARY KEY, orders bigint NOT NULL, total numeric NOT NULL);
INSERT INTO totals SELECT status, count(*), sum(total) FROM orders GROUP BY status;
CREATE FUNCTION add_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO totals VALUES (NEW.status, 1, NEW.total)
  ON CONFLICT (status) DO UPDATE SET orders = totals.orders + 1, total = totals.total + excluded.total;
  RETURN NULL;
END $$;
CREATE TRIGGER orders_total AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION add_total();
-- migrate:down
DROP TRIGGER orders_total ON orders;
DROP FUNCTION add_total();
DROP TABLE totals;
"""
WRITES = """
-- name: pay
-- weight: 4
-- param: order_id = orders.id
UPDATE orders SET total = total + 1 WHERE id = :order_id;
"""
WAYS = ("ttl", "delete", "write-through")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, state: Path) -> tuple[CacheComparison, Path]:
    """Writes of hot keys beside their reads, so that answers turn stale."""
    home = tmp_path_factory.mktemp("cached")
    design = write_design(
        home,
        queries=QUERIES + WRITES,
        summary__postgres=SUMMARY,
        summary__queries="-- name: totals_by_status\nSELECT status, orders, total FROM totals;\n",
        data="[users]\nrows = 20\n\n[orders]\nrows = 3000\n",
    )
    caching = CacheSettings(ttl_seconds=0.5, rate=150.0, measured_seconds=1.5, rounds=1, expiries=4, strategies=WAYS)
    options = pipeline.Options(
        ("postgres",), scale=1.0, out=home / "results", settings=Settings(0.2), cache="redis", caching=caching
    )
    recorder = pipeline.compare(design, options, Silent())
    found = results.load(recorder.folder)[0].engines[0].cache
    assert found is not None
    return found, recorder.folder


def test_every_way_is_put_under_the_same_load(compared: tuple[CacheComparison, Path]) -> None:
    found, _ = compared
    assert found.is_complete
    assert [run.name for run in found.strategies] == [
        "no cache",
        *WAYS,
        "summary",
    ]
    assert len({run.reads.count for run in found.strategies if run.reads}) == 1
    assert [run.first_failure for run in found.strategies if run.failures] == []
    assert {plan.read for plan in found.plans if plan.is_cached} == {"orders_of_user", "login", "totals_by_status"}
    touches = {plan.read: {touch.write: touch.reach for touch in plan.touches} for plan in found.plans}
    assert touches["orders_of_user"] == {"place_order": "key", "pay": "looked up"}
    assert touches["login"] == {}


def test_answers_are_held_against_the_database(compared: tuple[CacheComparison, Path]) -> None:
    ways = {run.name: run for run in compared[0].strategies}
    assert ways["no cache"].hit_ratio is None and ways["no cache"].stale_share is None
    for name in ("ttl", "delete", "write-through"):
        assert ways[name].audited > 10 and ways[name].hit_ratio
    ttl, deleted = ways["ttl"], ways["delete"]
    assert ttl.stale_share and deleted.stale_share
    # Of twenty users' answers kept for 0.5 s, writes have overtaken many; what is deleted in time is not served.
    assert ttl.stale_share.low > deleted.stale_share.estimate
    assert ttl.stale_seconds and ttl.stale_seconds < 0.6


def test_hit_ratios_are_near_what_popularity_says(compared: tuple[CacheComparison, Path]) -> None:
    for run in compared[0].strategies:
        if run.hit_ratio:
            assert run.predicted_hit_ratio == pytest.approx(run.hit_ratio.estimate, abs=0.15)


def test_a_lock_lets_one_fill(compared: tuple[CacheComparison, Path]) -> None:
    many, one = compared[0].stampedes
    assert (many.strategy, one.strategy) == ("ttl", "ttl, one fills")
    assert one.most == 1 and many.recomputes.estimate >= 1


def test_every_request_is_kept(compared: tuple[CacheComparison, Path]) -> None:
    found, folder = compared
    frames = lab.read_run(folder)
    kept = frames.requests.query("phase == 'measured' and outcome == 'answered'")
    cached = {plan.read for plan in found.plans if plan.is_cached}
    for run in found.strategies:
        reads = kept[(kept["way"] == run.name) & kept["operation"].isin(cached)]
        assert run.reads and len(reads) == run.reads.count
        if run.hit_ratio:
            assert (reads["served_by"] == "cache").mean() == pytest.approx(run.hit_ratio.estimate)
            assert reads["is_stale"].notna().sum() == run.audited
    assert set(frames.requests["phase"]) == {"warm-up", "measured", "stampede"}
    assert list(frames.caches["way"]) == [run.name for run in found.strategies]


def test_the_report_says_it(compared: tuple[CacheComparison, Path]) -> None:
    found, folder = compared
    page = report.render(*results.load(folder), "md")
    assert "## Caches" in page and "write-through" in page
    assert found.cache.startswith("Redis ")


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    design = write_design(tmp_path)
    for cache, engine, said in (
        ("memcached", "postgres", "memcached"),
        ("mysql", "postgres", "no cache the lab"),
        ("redis", "redis", "in front of SQL"),
    ):
        options = pipeline.Options((engine,), out=tmp_path, cache=cache)
        with pytest.raises(LabError, match=said):
            pipeline.compare(design, options, Silent())
    options = pipeline.Options(("sqlite",), out=tmp_path, cache="redis", caching=CacheSettings(in_front_of="indexd"))
    with pytest.raises(LabError, match="no variant called indexd") as caught:
        pipeline.compare(design, options, Silent())
    assert "indexed" in caught.value.hint
    with pytest.raises(LabError, match="--cache-ttl says nothing without a cache"):
        read_caching("", "5s", "", None, "")
    with pytest.raises(LabError, match="--rate must be from 1 to"):
        read_caching("redis", "", "", 1e5, "")
    with pytest.raises(LabError, match="--think does not go with --cache"):
        refuse_load("--cache", None, "5ms", False)
