"""Which reads a cache is thought of for, and what is said of them: on measurements made up here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.caching.advice import candidates, not_cacheable, staleness_unproven, trial, weighed
from lab.caching.asked import CacheBounds
from lab.model.caching import CacheAdvice, CacheComparison, CachedRead, CachePlan, Latencies, StrategyRun, Touch
from lab.model.interval import Interval
from lab.model.run import EngineRun, OperationRun, ServerInfo, Summary, VariantRun
from lab.report.cache_advice import headline, hint, strategy_lines

BOUNDS = CacheBounds(most_stale=0.02)
TARGETS = {"slow": 0.05, "quick": 0.05}
PLANS = (
    CachePlan("slow", ("id",), ("orders",), (Touch("pay", "key", (("id", ":order_id"),)),), 0.2),
    CachePlan("quick", ("id",), ("users",), (), 0.3),
)


def near(value: float, spread: float = 0.1) -> Interval:
    return Interval(value, value * (1 - spread), value * (1 + spread))


def read(name: str, p95: float, ratio: Interval | None = None, stale: Interval | None = None) -> CachedRead:
    mean = ratio and near(ratio.estimate)
    return CachedRead(name, 400, mean, near(0.7), 0.72, stale, 0.0003, 0.004, p95 / 2, None, near(p95), ratio)


CLEAN, STALE = Interval(0.0, 0.0, 0.01), Interval(0.05, 0.03, 0.08)
NONE = StrategyRun(
    "no cache",
    "",
    None,
    Latencies(90, near(0.002), near(0.004), near(0.006), 0.002),
    operations=(read("slow", 0.08), read("quick", 0.0006)),
)


def way(name: str, slow: CachedRead, quick: CachedRead, writes: float = 1.1) -> StrategyRun:
    spent = Latencies(90, near(0.002), near(0.004), near(0.006), 0.002 * writes)
    return StrategyRun(name, "", None, spent, write_ratio=near(writes, 0.01), operations=(slow, quick))


DELETE = way("delete", read("slow", 0.02, near(0.25), CLEAN), read("quick", 0.0007, near(1.2), CLEAN))
TTL = way("ttl", read("slow", 0.016, near(0.2), STALE), read("quick", 0.00065, near(1.05), CLEAN))


def comparison(*ways: StrategyRun, none: StrategyRun = NONE) -> CacheComparison:
    return CacheComparison("Redis 8.0.2", "base", 120.0, 12.0, 5.0, 5.0, 8, PLANS, (none, *ways), (), (), True)


def verdict(name: str, *ways: StrategyRun, bounds: CacheBounds = BOUNDS, none: StrategyRun = NONE) -> tuple[bool, str]:
    found = comparison(*ways, none=none)
    told = trial(found, weighed(found, tuple(TARGETS), TARGETS, bounds), name, "misses its target")
    return told.is_accepted, told.verdict


def test_what_is_faster_and_not_stale_is_kept() -> None:
    assert verdict("slow", TTL, DELETE) == (
        True,
        "p95 80.0 ms to 20.0 ms (0.23–0.28x); 0 % (0–1.0 %) stale; hit ratio 70 %, expected 72 %; "
        "writes that touch it 1.09–1.11x",
    )


def test_what_it_would_slow_is_not_and_the_best_way_is_told() -> None:
    is_accepted, said = verdict("quick", DELETE, TTL)
    assert not is_accepted
    assert said == "a cache is not shown to make p95 better: p95 600 µs to 650 µs (0.95–1.16x) (`ttl`)"
    is_accepted, said = verdict("quick", DELETE)
    assert not is_accepted and said.startswith("a cache would make p95 worse: p95 600 µs to 700 µs")


@pytest.mark.parametrize(
    ("head", "bounds", "said"),
    [
        (TTL, BOUNDS, "5.0 % (3.0–8.0 %) of its answers are stale: more than 2 %"),
        (replace(DELETE, write_ratio=near(3.0)), CacheBounds(0.02, write_ratio=2.0), "over the write budget of 2x"),
        (way("delete", DELETE.operations[0], DELETE.operations[1], writes=6.0), BOUNDS, "10.0 ms more"),
        (replace(DELETE, failures=7, first_failure="OOM"), BOUNDS, "7 requests failed, the first with: OOM"),
        (way("delete", replace(DELETE.operations[0], requests=9), DELETE.operations[1]), BOUNDS, "too few requests"),
        (
            way("delete", replace(DELETE.operations[0], stale_share=None), DELETE.operations[1]),
            BOUNDS,
            "could be held against the database",
        ),
    ],
)
def test_each_price_has_its_bound(head: StrategyRun, bounds: CacheBounds, said: str) -> None:
    is_accepted, told = verdict("slow", head, bounds=bounds)
    assert not is_accepted and said in told


def test_few_audits_prove_little() -> None:
    few = replace(DELETE, stale_share=Interval(0.0, 0.0, 0.031), audited=120)
    assert "up to 3 % of the answers kept may be stale, by 120 audits" in staleness_unproven(few, PLANS, BOUNDS)
    assert staleness_unproven(few, PLANS, CacheBounds(most_stale=0.05)) == ""
    assert staleness_unproven(few, PLANS[1:], BOUNDS) == ""


def test_a_wider_bound_lets_stale_answers_in() -> None:
    assert verdict("slow", TTL, bounds=CacheBounds(most_stale=0.1))[0]


def test_little_is_not_worth_a_second_system() -> None:
    none = replace(NONE, operations=(read("slow", 0.0012), NONE.operations[1]))
    quicker = way("delete", read("slow", 0.0006, near(0.5), CLEAN), DELETE.operations[1])
    is_accepted, said = verdict("slow", quicker, none=none)
    assert not is_accepted and "would win 600 µs at p95, which is not worth a second system" in said


def operation(name: str, p95: float, weight: float, target: str, is_write: bool = False) -> OperationRun:
    summary = Summary(100, near(p95 / 2), near(p95), near(p95 * 2), p95 / 2)
    return OperationRun(
        name,
        "simple",
        weight,
        is_write,
        "SELECT 1",
        "measured",
        summary=summary,
        target=target,  # type: ignore[arg-type]
    )


BASE = VariantRun(
    "base",
    "",
    "measured",
    operations=(
        operation("rare", 0.08, 0.1, "missed"),
        operation("frequent", 0.01, 50.0, "met"),
        operation("small", 0.001, 5.0, "met"),
        operation("pay", 0.09, 10.0, "missed", is_write=True),
    ),
)


def test_what_misses_its_target_or_takes_much_time_is_thought_of() -> None:
    assert candidates(BASE) == {
        "frequent": "takes 35 % of the mix's time",
        "rare": "misses its target: p95 80.0 ms",
    }


def engine_run(advice: CacheAdvice | None) -> EngineRun:
    return EngineRun(ServerInfo("postgres", "postgres", "18", "local"), variants=(BASE,), cache_advice=advice)


def test_who_has_not_asked_is_told_of_it() -> None:
    assert (
        hint(engine_run(None)) == "`rare` still misses its target: add --cache redis to measure whether a cache helps."
    )
    assert hint(engine_run(CacheAdvice("base", 0.02, None))) == ""


def test_the_strategy_says_what_to_build() -> None:
    found = comparison(DELETE)
    ways = weighed(found, tuple(TARGETS), TARGETS, BOUNDS)
    plan = CachePlan("moments", ("at",), (), (), 1.0, "hardly ever asks for the same twice", "at")
    trials = (
        trial(found, ways, "slow", "misses its target"),
        trial(found, ways, "quick", "takes 20 % of the mix's time"),
        not_cacheable(plan, "misses its target"),
    )
    text = "\n".join(strategy_lines(CacheAdvice("advice", 0.02, None, trials, "delete", 600.0, found, found)))
    assert "Keep `slow` in Redis, by `delete`: a miss fills the key; after a write" in text
    assert "delete it; 600 s to live is a net." in text
    assert "- one key for each `id`" in text and "- `pay` touches the key of id = :order_id" in text
    assert "- `quick` (takes 20 % of the mix's time): a cache would make p95 worse" in text
    assert ":at rounded to the hour, or the day, would make keys that come again" in text
    nothing = CacheAdvice("advice", 0.02, None, trials[1:], "", None, found)
    assert (
        headline(nothing)
        == "Do not cache: in front of what is advised it pays for none of the 2 reads it was thought of for."
    )
