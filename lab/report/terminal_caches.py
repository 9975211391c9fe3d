"""Caches, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab.model.caching import CacheComparison, StrategyRun, Study
from lab.model.interval import Interval
from lab.model.run import EngineRun, Run
from lab.report import units
from lab.report.cache_advice import headline, hint, key_words, load_words, upkeep
from lab.report.cache_verdict import CacheChoice, judge
from lab.report.labels import engine_labels
from lab.report.sections.caches import caveats, described, not_cached
from lab.report.study_words import figure_words
from lab.report.terminal import bare_table, styled

_STYLES: dict[CacheChoice, str] = {
    "cache": "bold green",
    "summary": "bold green",
    "do not cache": "bold",
    "cannot tell": "bold yellow",
}


def cache_tables(run: Run) -> RenderableType:
    labels = engine_labels(run)
    parts: list[RenderableType] = []
    for engine in run.engines:
        if engine.cache is not None:
            parts += _of_cache(engine.cache, labels[engine.server.spec])
        for study in engine.studies:
            parts += _of_study(study)
    return Group(*parts)


def _of_cache(found: CacheComparison, label: str) -> Iterator[RenderableType]:
    verdict = judge(found)
    yield Text("")
    yield styled(f"{label}, caching. {verdict.headline}", _STYLES[verdict.choice])
    yield from (Padding(styled(reason), (0, 0, 0, 2)) for reason in verdict.reasons)
    yield Text("")
    yield _strategies(found)
    yield styled(described(found) + ".", "dim")
    said = set(not_cached(found.plans))
    yield from (styled(line, "dim" if line in said else "yellow") for line in caveats(found))


def cache_advice(engine: EngineRun) -> RenderableType:
    """What the advisor says of a cache, or that it could be asked."""
    found = engine.cache_advice
    if found is None:
        return styled(words, "dim") if (words := hint(engine)) else Group()
    parts: list[RenderableType] = [Text("")]
    parts.append(styled(headline(found), "bold green" if found.way else "bold"))
    for trial in found.trials:
        parts.append(
            styled(f"{'✓ keep ' if trial.is_accepted else '✗ '}{trial.read}", "green" if trial.is_accepted else "dim")
        )
        lines = [trial.reason, trial.verdict]
        if trial.is_accepted and trial.plan:
            lines += [key_words(trial), *upkeep(trial.plan)]
        parts += [Padding(styled(line), (0, 0, 0, 2)) for line in lines]
    if words := load_words(found):
        parts.append(styled(f"Measured with {words}.", "dim"))
    return Group(*parts)


def _strategies(found: CacheComparison) -> Table:
    table = bare_table(1)
    table.add_column("reads", overflow="fold", min_width=14)
    for title in ("p50", "p95", "p99", "p95 x", "writes", "stale", "hits", "expected"):
        table.add_column(title, justify="right", no_wrap=True)
    for run in found.strategies:
        table.add_row(*_row(run))
    return table


def _row(run: StrategyRun) -> list[str]:
    times = (run.reads.p50, run.reads.p95, run.reads.p99) if run.reads else ()
    shown = [units.seconds(found.estimate) for found in times] or [units.UNKNOWN] * 3
    shares = [_percent(run.stale_share), _percent(run.hit_ratio)]
    expected = units.percent(run.predicted_hit_ratio) if run.predicted_hit_ratio is not None else units.UNKNOWN
    return [run.name, *shown, _ratio(run.p95_ratio), _ratio(run.write_ratio), *shares, expected]


def _percent(share: Interval | None) -> str:
    return units.UNKNOWN if share is None else units.percent(share.estimate)


def _ratio(ratio: Interval | None) -> str:
    if ratio is None:
        return units.UNKNOWN
    return units.ratio(ratio.estimate) if ratio.low > 1 or ratio.high < 1 else "~"


def _of_study(study: Study) -> Iterator[RenderableType]:
    yield Text("")
    yield styled(f"{study.title}. {study.verdict}", "bold")
    table = bare_table(1)
    table.add_column(study.question, overflow="fold")
    for figure in study.options[0].figures if study.options else ():
        table.add_column(figure.title, justify="right")
    for option in study.options:
        table.add_row(option.name, *(figure_words(figure) for figure in option.figures))
    yield table
    yield from (Padding(styled(words), (0, 0, 0, 2)) for words in study.explanations)
    yield from (styled(doubt, "yellow") for doubt in study.doubts)
