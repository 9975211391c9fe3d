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
-- name: totals_by_status
-- weight: 30
SELECT o.status, count(*) AS orders, sum(o.total) AS total
FROM orders o CROSS JOIN (SELECT pg_sleep(0.08)) AS slowly
GROUP BY o.status;

-- name: users_before
-- weight: 30
-- param: user_id = users.id
SELECT count(u.created_at) AS users FROM users u CROSS JOIN (SELECT pg_sleep(0.03)) AS slowly WHERE u.id <= :user_id;

-- name: orders_since
-- weight: 10
-- param: since = 0d..30d ago
SELECT count(*) AS orders FROM orders o CROSS JOIN (SELECT pg_sleep(0.03)) AS slowly WHERE o.placed_at > :since;

-- name: login
-- weight: 180
-- param: email = users.email
SELECT id FROM users WHERE email = :email;

-- name: touch_user
-- weight: 60
-- param: user_id = users.id
-- param: at = 0d..1d ago
UPDATE users SET created_at = :at WHERE id = :user_id;
"""
CACHING = CacheSettings(ttl_seconds=0.3, rate=300.0, measured_seconds=1.3, expiries=0)


@pytest.fixture(scope="module")
def advice(tmp_path_factory: pytest.TempPathFactory, state: Path) -> tuple[CacheAdvice, Path]:
    home = tmp_path_factory.mktemp("cached")
    folder = write_design(home, queries=QUERIES, indexed=None)
    options = pipeline.Options(("postgres",), scale=1.0, out=home / "results", settings=Settings(0.3))
    design = read_design(folder)
    (spec,) = pipeline.parse_specs(options.engines)
    observer, generator = Silent(), pipeline.generator_for(design, options)
    with (
        pipeline.cache_server("redis", (spec,)) as cache,
        pipeline.prepared_bed(spec, design, (), generator, observer) as bed,
    ):
        recorder = pipeline.open_recorder(design, folder, options)
        measured = pipeline.measure_on(bed, (), options, recorder, observer)
        found = advise_caching(bed, cache, measured, CACHING, CacheBounds(), lambda: 42.0, 1, observer, lambda *_: None)
    return found, recorder.folder


def test_a_slow_answer_for_all_is_kept(advice: tuple[CacheAdvice, Path]) -> None:
    found, _ = advice
    kept = next((trial for trial in found.trials if trial.is_accepted), found.trials[0])
    assert kept.is_accepted, kept.verdict
    assert (kept.read, found.variant) == ("totals_by_status", "base")
    assert "of the mix's time" in kept.reason
    assert kept.measurement and kept.measurement.p95_ratio and kept.measurement.p95_ratio.high < 1
    # An answer that expires after 0.3 s is worked out more often than one time in twenty.
    assert found.way in ("delete", "write-through")
    assert found.confirmation and [run.name for run in found.confirmation.strategies] == ["no cache", found.way]


def test_what_every_write_ends_or_never_comes_again_is_not(advice: tuple[CacheAdvice, Path]) -> None:
    found, _ = advice
    rejected = {trial.read: trial for trial in found.trials if not trial.is_accepted}
    ended = rejected["users_before"]
    assert ended.plan and [touch.reach for touch in ended.plan.touches] == ["every key"]
    assert ended.measurement and ended.verdict.startswith("a cache ") and "p95" in ended.verdict
    assert "it cannot be cached: it hardly ever asks for the same twice" in rejected["orders_since"].verdict


def test_advice_without_time_for_a_cache_says_so(tmp_path: Path, state: Path) -> None:
    folder = write_design(tmp_path)
    options = pipeline.Options(
        ("sqlite",),
        operations=("totals_by_status",),
        scale=0.2,
        out=tmp_path / "results",
        settings=Settings(0.1),
        cache="redis",
        caching=CACHING,
    )
    recorder, _ = advising.advise(folder, options, Budget(seconds=2.0), Silent())
    run, samples = results.load(recorder.folder)
    said = run.engines[0].cache_advice
    assert said
    assert "no time was left to measure a cache" in said.untried, said
    assert "No cache is advised: no time was left" in (recorder.folder / "index-strategy.md").read_text()
    assert "No cache is advised" in report.render(run, samples, "html")
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
