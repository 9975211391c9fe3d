"""What is said of a cache: a sentence to act on, and able to say no."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from report_runs import small_run
from rich.console import Console

from lab.model.caching import (
    CacheComparison,
    CachedRead,
    CachePlan,
    Figure,
    Latencies,
    Stampede,
    StrategyRun,
    Study,
    StudyOption,
    Touch,
)
from lab.model.interval import Interval
from lab.report import render, trend
from lab.report.cache_verdict import judge, share_words
from lab.report.terminal_caches import cache_tables


def near(value: float, spread: float = 0.1) -> Interval:
    return Interval(value, value * (1 - spread), value * (1 + spread))


def times(p95: float) -> Latencies:
    return Latencies(900, near(p95 / 4), near(p95), near(p95 * 2), p95 / 3)


def way(
    name: str, p95: float, ratio: Interval, met: int, stale: Interval | None = None, is_cache: bool = True
) -> StrategyRun:
    reads = (
        CachedRead("orders_of_user", 400, near(0.5), near(0.7), 0.72, stale, 0.0003, 0.004, 0.0035, near(0.0008)),
        CachedRead("login", 100, near(1.4), near(0.1), 0.12, None, 0.0003, 0.0011, 0.0005),
    )
    return StrategyRun(
        name, "as it says", times(p95), times(0.004), ratio, ratio, ratio, near(1.3), met, 4, (),
        near(0.6) if is_cache else None, 0.61 if is_cache else None, stale, 0.8 if stale else None, 120, 3,
        0.4 if is_cache else None, reads if is_cache else (),
    )  # fmt: skip


NONE = StrategyRun(
    "no cache", "every read asks", times(0.12), times(0.003), targets_met=3, targets=4, missed=("orders_of_user",)
)
STALE, CLEAN = Interval(0.05, 0.03, 0.08), Interval(0.0, 0.0, 0.01)


def comparison(*ways: StrategyRun, none: StrategyRun = NONE) -> CacheComparison:
    plans = (
        CachePlan("orders_of_user", ("user_id",), ("orders",), (Touch("pay", "key", (("user_id", ":u"),)),), 0.4),
        CachePlan("by_moment", ("at",), ("orders",), (), 1.0, "hardly ever asks for the same twice"),
    )
    stampedes = (
        Stampede("ttl", "orders_of_user", 8, near(5.2), 7, near(0.02), 0.01, 200.0),
        Stampede("ttl, one fills", "orders_of_user", 8, near(1.0, 0.0), 1, near(0.015), 0.01, 200.0),
    )
    return CacheComparison("Redis 8.0.2", "base", 120.0, 12.0, 5.0, 5.0, 8, plans, (none, *ways), stampedes, (), True)


def test_of_ways_that_meet_targets_the_one_that_is_not_stale_wins() -> None:
    found = judge(comparison(way("ttl", 0.02, near(0.17), 4, STALE), way("delete", 0.03, near(0.25), 4, CLEAN)))
    assert (found.choice, found.strategy) == ("cache", "delete")
    assert found.headline == (
        "Cache with `delete`: reads' p95 120 ms to 30.0 ms (0.25x, 0.23–0.28x), at the price of 0 % (0–1.0 %) stale "
        "reads and writes 1.30x (1.17–1.43x)."
    )
    assert any("`ttl` serves 5.0 % (3.0–8.0 %) stale reads" in reason for reason in found.reasons)
    assert any("worked out 5.2 times; once with a lock (1.0)" in reason for reason in found.reasons)
    assert any("more than 800 µs (720–880 µs); it takes 3.50 ms" in reason for reason in found.reasons)


def test_a_summary_table_may_beat_every_cache() -> None:
    found = judge(
        comparison(way("delete", 0.06, near(0.5), 3, CLEAN), way("summary", 0.01, near(0.08), 4, None, is_cache=False))
    )
    assert (found.choice, found.strategy) == ("summary", "summary")
    assert found.headline.startswith("Do not cache: adopt the variant `summary`")


def test_in_front_of_a_quick_query_it_does_not_pay() -> None:
    quick = replace(NONE, reads=times(0.001), targets_met=4, missed=())
    found = judge(comparison(way("delete", 0.0006, near(0.6), 4, CLEAN), none=quick))
    assert (found.choice, found.strategy) == ("do not cache", "delete")
    assert "Do not cache: reads' p95 is 1.00 ms without, and `delete` wins 400 µs of it" in found.headline
    assert "60 % of these reads off the database" in found.headline


def test_what_is_not_shown_to_be_faster_is_no_candidate() -> None:
    found = judge(
        comparison(way("ttl", 0.11, Interval(0.92, 0.8, 1.1), 4, STALE), way("delete", 0.2, near(1.6), 3, CLEAN))
    )
    assert (found.choice, found.strategy) == ("do not cache", "")
    assert found.headline.endswith("shorter; delete makes it worse.")


def test_of_nothing_nothing_is_told() -> None:
    assert judge(replace(comparison(), strategies=())).choice == "cannot tell"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (Interval(0.012, 0.004, 0.031), "1.2 % (0.40–3.1 %)"),
        (Interval(0.0, 0.0, 0.02), "0 % (0–2.0 %)"),
        (Interval(1.0, 0.97, 1.0), "100 % (97–100 %)"),
    ],
)
def test_shares_are_spelled(share: Interval, words: str) -> None:
    assert share_words(share) == words


def test_a_way_whose_requests_fail_is_not_adopted() -> None:
    full = replace(way("ttl", 0.02, near(0.17), 4, STALE), failures=9, first_failure="OOM command not allowed")
    assert judge(comparison(full)).headline == (
        "Cannot tell whether a cache pays: 9 requests failed under `ttl`, the first with: OOM command not allowed."
    )
    found = judge(comparison(full, way("delete", 0.2, near(1.6), 3, CLEAN)))
    assert (found.choice, found.title) == ("do not cache", "Do not cache")
    assert "`ttl` would be faster, but 9 of its requests failed: OOM command not allowed." in found.reasons


def test_a_quicker_variant_is_no_cache() -> None:
    quick = replace(NONE, reads=times(0.001), targets_met=4, missed=())
    found = judge(
        comparison(
            way("delete", 0.0012, near(1.2), 4, CLEAN), way("summary", 0.0006, near(0.6), 4, None, False), none=quick
        )
    )
    assert (found.choice, found.strategy) == ("do not cache", "")
    assert "delete makes it worse. Nor is `summary` worth it for them, which wins 400 µs." in found.headline


def test_a_history_draws_the_ways_and_marks_another_load() -> None:
    run, _ = small_run()
    found = [comparison(way("ttl", p95, near(0.17), 4, STALE)) for p95 in (0.02, 0.03)]
    found[1] = replace(found[1], ttl_seconds=10.0)
    runs = [
        replace(run, id=f"run-{number}", engines=(replace(run.engines[0], cache=cache), *run.engines[1:]))
        for number, cache in enumerate(found)
    ]
    page = trend.render(runs, format="md")
    assert "P95 of reads that can be cached over 2 runs" in page and "30.0 ms" in page
    assert "time to live 5.00 s → 10.0 s" in page


def test_every_format_has_it_and_a_terminal_of_80_columns() -> None:
    run, samples = small_run()
    study = Study(
        "naming", "What names cost", "name", "Short ones save 32 B.",
        (StudyOption("short", (Figure("memory", "B", near(59.5)), Figure("hits", "share", None)), "a letter"),),
    )  # fmt: skip
    cache = comparison(way("ttl", 0.02, near(0.17), 4, STALE))
    run = replace(run, engines=(replace(run.engines[0], cache=cache, studies=(study,)), *run.engines[1:]))
    for format_ in ("html", "md"):
        page = render(run, samples, format_)
        assert "Cache with" in page and "hardly ever asks for the same twice" in page and "Short ones save" in page
    printed = StringIO()
    Console(file=printed, width=80).print(cache_tables(run))
    assert max(len(line.rstrip()) for line in printed.getvalue().splitlines()) <= 80
    assert "5 %" in printed.getvalue() and "0.17x" in printed.getvalue()
