"""A cache in front of the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lab.model.caching import (
    CacheComparison,
    CachedRead,
    CachePlan,
    Latencies,
    Stampede,
    StrategyRun,
)
from lab.model.interval import Interval
from lab.model.run import Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Callout, Cell, Column, Details, Heading, Table, Tone
from lab.report.cache_verdict import CacheChoice, judge, share_words
from lab.report.cells import ratio_cell
from lab.report.labels import engine_labels

TITLE = "Caches"
TONES_OF: dict[CacheChoice, Tone] = {
    "cache": "good",
    "summary": "good",
    "do not cache": "plain",
    "cannot tell": "unclear",
}


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    labels = engine_labels(run)
    for engine in run.engines:
        label = labels[engine.server.spec]
        if engine.cache is not None:
            found += [Heading(f"A cache in front of {label}", 3), *_of_cache(engine.cache, label)]
    return found


def described(found: CacheComparison) -> str:
    """What was compared, in a sentence."""
    return (
        f"{found.cache} in front of `{found.variant}`, time to live {units.tick(units.seconds(found.ttl_seconds))}; "
        f"open loop, {units.count(round(found.rate, 1))} requests a second over {found.connections} connections, "
        f"{units.tick(units.seconds(found.measured_seconds))} of each way after its warm-up, the same requests for all"
    )


def not_cached(plans: Sequence[CachePlan]) -> Iterator[str]:
    """What is left out and why, and what would have to change."""
    reads: dict[str, list[str]] = {}
    for plan in plans:
        if plan.reason:
            reads.setdefault(plan.reason.partition(":")[0], []).append(plan.read)
    if reads:
        said = [f"what {reason} ({', '.join(names)})" for reason, names in reads.items()]
        yield f"Not cached: {'; '.join(said)}."
    spread = [f"`{plan.read}` (:{plan.spread_by})" for plan in plans if plan.spread_by]
    if spread:
        yield f"Moments rounded to the hour, or the day, would make keys that come again: {', '.join(spread)}."


def caveats(found: CacheComparison) -> Iterator[str]:
    """What to keep in mind of the figures, and what they leave out."""
    if not found.is_complete:
        yield "It was cut short: ways or parts are missing, and what is said rests on the others"
    yield from found.doubts
    yield from not_cached(found.plans)


def _of_cache(found: CacheComparison, label: str) -> Iterator[Block]:
    verdict = judge(found)
    text = f"{verdict.headline} {described(found)}."
    yield Callout(f"Cache on {label}", verdict.title, text, TONES_OF[verdict.choice], (), verdict.reasons)
    yield _strategies(found)
    if told := tuple(caveats(found)):
        yield Bullets(told)
    yield _plans(found.plans)
    for run in found.strategies[1:]:
        if run.operations and run.hit_ratio:
            yield Details(f"Reads under `{run.name}`", (_reads(run),), note=f"{len(run.operations)} cached")
    if found.stampedes:
        yield _stampedes(found.stampedes)


def _strategies(found: CacheComparison) -> Table:
    titles = (
        "targets met",
        "p50",
        "p95",
        "p99",
        "p95 beside none",
        "writes",
        "stale",
        "hit ratio",
        "expected",
    )
    rows = tuple(_strategy(run) for run in found.strategies)
    return Table(
        (Column("way"), *(Column(title, True) for title in titles)),
        rows,
        "Reads that can be cached, and the writes that touch them",
    )


def _strategy(run: StrategyRun) -> tuple[Cell, ...]:
    return (
        Cell(run.name, run.description),
        Cell(f"{run.targets_met} of {run.targets}", hover=", ".join(run.missed)),
        *_latency_cells(run.reads),
        ratio_cell(run.p95_ratio),
        ratio_cell(run.write_ratio),
        _share_cell(run.stale_share),
        _share_cell(run.hit_ratio),
        Cell(units.percent(run.predicted_hit_ratio) if run.predicted_hit_ratio is not None else units.UNKNOWN),
    )


def _latency_cells(found: Latencies | None) -> list[Cell]:
    if found is None:
        return [Cell(units.UNKNOWN)] * 3
    return [_seconds_cell(quantile) for quantile in (found.p50, found.p95, found.p99)]


def _seconds_cell(found: Interval) -> Cell:
    return Cell(units.seconds(found.estimate), units.seconds_interval(found))


def _share_cell(share: Interval | None) -> Cell:
    if share is None:
        return Cell(units.UNKNOWN)
    words = share_words(share)
    return Cell(words.partition(" (")[0], words.partition("(")[2].rstrip(")"))


def _plans(plans: tuple[CachePlan, ...]) -> Details:
    columns = (Column("read"), Column("key"), Column("distinct keys", True), Column("ended by"))
    rows = tuple(
        (
            Cell(plan.read, plan.reason and f"not cached: it {plan.reason}", tone="quiet" if plan.reason else "plain"),
            Cell(", ".join(plan.parameters) or "one for all"),
            Cell(units.percent(plan.distinct_share)),
            Cell("; ".join(f"{touch.write}: {touch.reach}" for touch in plan.touches) or "no write of the workload"),
        )
        for plan in plans
    )
    cached = sum(plan.is_cached for plan in plans)
    table = Table(columns, rows, "What can be cached, by the statements; distinct keys in 1,000 requests")
    return Details("What can be cached, and which writes end it", (table,), note=f"{cached} of {len(plans)} reads")


def _reads(run: StrategyRun) -> Table:
    titles = (
        "requests",
        "mean",
        "p95",
        "hit ratio",
        "expected",
        "stale",
        "a hit",
        "a miss",
        "the query alone",
        "pays from",
    )
    rows = tuple(_read(read) for read in run.operations)
    return Table(
        (Column("read"), *(Column(title, True) for title in titles)),
        rows,
        f"Cached reads under {run.name}; mean and p95 beside none",
    )


def _read(read: CachedRead) -> tuple[Cell, ...]:
    pays = read.pays_from_seconds
    return (
        Cell(read.name),
        Cell(units.count(read.requests)),
        ratio_cell(read.ratio),
        ratio_cell(read.p95_ratio),
        _share_cell(read.hit_ratio),
        Cell(units.percent(read.predicted_hit_ratio) if read.predicted_hit_ratio is not None else units.UNKNOWN),
        _share_cell(read.stale_share),
        Cell(units.seconds(read.hit_seconds)),
        Cell(units.seconds(read.miss_seconds)),
        Cell(units.seconds(read.query_seconds)),
        _seconds_cell(pays) if pays else Cell(units.UNKNOWN),
    )


def _stampedes(found: tuple[Stampede, ...]) -> Table:
    first = found[0]
    columns = (Column("way"), *(Column(title, True) for title in ("expiries", "worked out each time", "most", "p95")))
    rows = tuple(
        (
            Cell(each.strategy),
            Cell(units.count(each.expiries)),
            Cell(
                units.significant(each.recomputes.estimate, 2), f"{each.recomputes.low:.1f}–{each.recomputes.high:.1f}"
            ),
            Cell(units.count(each.most)),
            _seconds_cell(each.p95_seconds),
        )
        for each in found
    )
    caption = (
        f"The hottest key of {first.read} expires, asked for {units.count(round(first.rate))} times a second; "
        f"its query takes {units.seconds(first.query_seconds)}"
    )
    return Table(columns, rows, caption)
