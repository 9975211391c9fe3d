"""Advice about a cache, measured on real servers: one read it helps, one it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import write_design

from lab import advising, pipeline, report, results
from lab.advise import Budget
from lab.bench import Settings, Silent
from lab.caching import CacheBounds, CacheSettings
from lab.caching.advising import advise_caching
from lab.design import read_design
from lab.errors import LabError
from lab.load_options import read_most_stale
from lab.model.caching import CacheAdvice

QUERIES = """\
-- name: buyers_by_status
-- class: complex
-- weight: 30
SELECT status, count(DISTINCT user_id) AS buyers, sum(total) AS total FROM orders GROUP BY status;

-- name: orders_from
-- weight: 40
-- param: id = 1..3000
SELECT id, user_id, status, total, placed_at FROM orders WHERE id >= :id ORDER BY id LIMIT 1000;

-- name: login
-- weight: 300
-- param: email = users.email
SELECT id FROM users WHERE email = :email;

-- name: orders_at
-- weight: 60
-- param: user_id = orders.user_id
-- param: since = 0d..30d ago
SELECT count(*) AS orders FROM orders WHERE user_id = :user_id AND placed_at > :since;

-- name: rename
-- param: user_id = users.id
-- param: email = fresh users.email
UPDATE users SET email = :email WHERE id = :user_id;
"""
DATA = "[users]\nrows = 150\n\n[orders]\nrows = 25000\n"
CACHING = CacheSettings(ttl_seconds=0.4, rate=400.0, measured_seconds=1.6, connections=4, expiries=0)


@pytest.fixture(scope="module")
def advice(tmp_path_factory: pytest.TempPathFactory, state: Path) -> tuple[CacheAdvice, Path]:
    home = tmp_path_factory.mktemp("cached")
    folder = write_design(home, queries=QUERIES, data=DATA, indexed=None)
    options = pipeline.Options(("postgres",), scale=1.0, out=home / "results", settings=Settings(0.5))
    design = read_design(folder)
    (spec,) = pipeline.parse_specs(options.engines)
    observer, generator = Silent(), pipeline.generator_for(design, options)
    with (
        pipeline.cache_server("redis", (spec,)) as cache,
        pipeline.prepared_bed(spec, design, (), generator, observer) as bed,
    ):
        recorder = pipeline.open_recorder(design, folder, options)
        measured = pipeline.measure_on(bed, (), options, recorder, observer)
        found = advise_caching(
            bed, cache, measured, CACHING, CacheBounds(most_stale=0.15), lambda: 46.0, 1, observer, lambda *_: None
        )
    return found, recorder.folder


def test_a_slow_answer_for_all_is_kept(advice: tuple[CacheAdvice, Path]) -> None:
    found, _ = advice
    kept = {trial.read: trial for trial in found.trials if trial.is_accepted}
    assert "buyers_by_status" in kept and "orders_from" not in kept
    measured = kept["buyers_by_status"].measurement
    assert measured and measured.p95_ratio and measured.p95_ratio.high < 1
    assert found.way in ("ttl", "delete", "write-through")
    assert found.confirmation and [run.name for run in found.confirmation.strategies] == ["no cache", found.way]


def test_what_hardly_or_never_comes_again_is_not(advice: tuple[CacheAdvice, Path]) -> None:
    found, _ = advice
    rejected = {trial.read: trial for trial in found.trials if not trial.is_accepted}
    assert rejected["orders_from"].measurement is not None
    assert "a cache " in rejected["orders_from"].verdict and "p95" in rejected["orders_from"].verdict
    assert "it cannot be cached: it hardly ever asks for the same twice" in rejected["orders_at"].verdict


def test_advice_without_time_for_a_cache_says_so(tmp_path: Path, state: Path) -> None:
    folder = write_design(tmp_path)
    options = pipeline.Options(
        ("sqlite",), scale=0.2, out=tmp_path / "results", settings=Settings(0.1), cache="redis", caching=CACHING
    )
    recorder, _ = advising.advise(folder, options, Budget(seconds=2.0), Silent())
    run, samples = results.load(recorder.folder)
    said = run.engines[0].cache_advice
    assert said and "no time was left to measure a cache" in said.untried
    assert "No cache was tried: no time was left" in (recorder.folder / "index-strategy.md").read_text()
    assert "No cache was tried" in report.render(run, samples, "html")
    assert json.loads(report.render(run, samples, "json"))["run"]["engines"][0]["cache_advice"]["untried"]


def test_shares_are_read() -> None:
    assert read_most_stale("redis", "", None) == 0.05
    assert read_most_stale("redis", "5%", None) == pytest.approx(0.05)
    assert read_most_stale("redis", "0.1", 50.0) == pytest.approx(0.1)
    for cache, text, rate, said in (
        ("", "2%", None, "--most-stale says nothing without a cache"),
        ("", "", 20.0, "--rate says nothing without a cache"),
        ("redis", "many", None, "cannot read --most-stale many"),
        ("redis", "120%", None, "cannot read --most-stale 120%"),
    ):
        with pytest.raises(LabError, match=said):
            read_most_stale(cache, text, rate)
