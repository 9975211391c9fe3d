"""Whether a cache pays, in a sentence: decided from the intervals, and able to say no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.model.caching import CacheComparison, CachedRead, StrategyRun
from lab.model.interval import Interval
from lab.report import units

CacheChoice = Literal["cache", "summary", "do not cache", "cannot tell"]
WORTH_SECONDS = 1e-3
"""What the 95th percentile must win to be worth a second system where every target is met without it."""


@dataclass(frozen=True, slots=True)
class CacheVerdict:
    choice: CacheChoice
    strategy: str
    """The one to adopt, or the best of those not worth it; empty when none is faster."""
    headline: str
    """A sentence; `title` is it in a few words."""
    reasons: tuple[str, ...]

    @property
    def title(self) -> str:
        match self.choice:
            case "cache":
                return f"Cache with `{self.strategy}`"
            case "summary":
                return f"Do not cache: adopt `{self.strategy}`"
            case "do not cache":
                return "Do not cache"
            case "cannot tell":
                return "Cannot tell"


def judge(found: CacheComparison) -> CacheVerdict:
    """A strategy is a candidate when its reads are shown to be faster at the 95th percentile, and no more of its
    requests fail. It is adopted when it meets targets that are missed without, or wins a millisecond there; of several
    the one that meets the most targets, then serves the fewest stale answers, then is fastest."""
    if not found.strategies or found.strategies[0].reads is None:
        return CacheVerdict("cannot tell", "", "Cannot tell whether a cache pays: too little was measured.", ())
    base, *others = found.strategies
    failing = [run for run in _parted(others)[0] if run.failures > base.failures]
    if failing and len(failing) == len(_parted(others)[0]):
        first = failing[0]
        failed = f"{first.failures} requests failed under `{first.name}`, the first with: {first.first_failure}"
        return CacheVerdict("cannot tell", "", f"Cannot tell whether a cache pays: {failed}.", ())
    faster = sorted((run for run in others if _is_faster(run) and run.failures <= base.failures), key=_rank)
    caches, rivals = _parted(faster)
    best = faster[0] if faster else None
    reasons = tuple(_reasons(found, caches[0] if caches else None))
    if best and (best.targets_met > base.targets_met or _gain(base, best) >= WORTH_SECONDS):
        choice: CacheChoice = "cache" if best in caches else "summary"
        return CacheVerdict(choice, best.name, _adopt(found, base, best), reasons)
    headline = _not_worth(base, caches[0]) if caches else _none_faster(base, _parted(others)[0])
    if rivals:
        headline += f" Nor is `{rivals[0].name}` worth it for them, which wins {units.seconds(_gain(base, rivals[0]))}."
    return CacheVerdict("do not cache", caches[0].name if caches else "", headline, reasons)


def _is_faster(run: StrategyRun) -> bool:
    return run.reads is not None and run.p95_ratio is not None and run.p95_ratio.high < 1


def _parted(runs: Sequence[StrategyRun]) -> tuple[list[StrategyRun], list[StrategyRun]]:
    """Those that cache, and the variants that do not."""
    return [run for run in runs if run.hit_ratio], [run for run in runs if not run.hit_ratio]


def _rank(run: StrategyRun) -> tuple[int, bool, float]:
    """Stale answers that may be few to none count as none."""
    assert run.reads
    is_stale = run.stale_share is not None and run.stale_share.low > 0
    return -run.targets_met, is_stale, run.reads.p95.estimate


def _gain(base: StrategyRun, run: StrategyRun) -> float:
    assert base.reads and run.reads
    return base.reads.p95.estimate - run.reads.p95.estimate


def _none_faster(base: StrategyRun, others: list[StrategyRun]) -> str:
    assert base.reads
    shown = [run for run in others if run.p95_ratio]
    slower = [run.name for run in shown if run.p95_ratio and run.p95_ratio.low > 1]
    worse = f"; {_listed(slower)} {'makes' if len(slower) == 1 else 'make'} it worse" if slower else ""
    return (
        f"Do not cache: no way to keep answers makes these reads' p95 of {units.seconds(base.reads.p95.estimate)} "
        f"shorter{worse}."
    )


def _adopt(found: CacheComparison, base: StrategyRun, best: StrategyRun) -> str:
    assert base.reads and best.reads and best.p95_ratio
    behind = "" if found.variant == "base" else f" in front of `{found.variant}`"
    what = f"Cache with `{best.name}`{behind}" if best.hit_ratio else f"Do not cache: adopt the variant `{best.name}`"
    return (
        f"{what}: reads' p95 {units.seconds(base.reads.p95.estimate)} to {units.seconds(best.reads.p95.estimate)} "
        f"({units.ratio(best.p95_ratio.estimate)}, {units.ratio_interval(best.p95_ratio)}){_price(best)}."
    )


def _not_worth(base: StrategyRun, best: StrategyRun) -> str:
    assert base.reads and best.reads and best.p95_ratio
    off = ""
    if best.database_share is not None:
        off = f" It takes {units.percent(1 - best.database_share)} of these reads off the database, which "
        off += "matters only where that is at its limit."
    return (
        f"Do not cache: reads' p95 is {units.seconds(base.reads.p95.estimate)} without, and `{best.name}` wins "
        f"{units.seconds(_gain(base, best))} of it{_price(best)}.{off}"
    )


def _price(run: StrategyRun) -> str:
    parts = []
    if run.stale_share is not None:
        parts.append(f"{share_words(run.stale_share)} stale reads")
    if run.write_ratio is not None and (run.write_ratio.low > 1 or run.write_ratio.high < 1):
        parts.append(f"writes {units.ratio(run.write_ratio.estimate)} ({units.ratio_interval(run.write_ratio)})")
    return f", at the price of {' and '.join(parts)}" if parts else ""


def _reasons(found: CacheComparison, chosen: StrategyRun | None) -> Iterator[str]:
    """Of the way chosen, else of the one that does best; and what else is to be known."""
    best = chosen or min((run for run in found.strategies[1:] if run.hit_ratio and run.reads), key=_rank, default=None)
    if best is not None:
        pays = [read for read in best.operations if read.ratio and read.ratio.high < 1]
        not_so = [read for read in best.operations if read.ratio and read.ratio.low > 1]
        if pays:
            yield f"Under `{best.name}` it shortens {_listed([_with_ratio(read) for read in pays])} on average."
        if not_so:
            yield f"`{best.name}` lengthens {_listed([_with_ratio(read) for read in not_so])} on average."
        if pays and not_so:
            yield "`lab advise` with `--cache redis` looks for the reads that a cache pays for by themselves."
        yield from _crossovers(best)
    for run in found.strategies[1:]:
        if _is_faster(run) and run.failures > found.strategies[0].failures:
            yield f"`{run.name}` would be faster, but {run.failures} of its requests failed: {run.first_failure}."
    for words, names in _stale(found).items():
        yield f"{_listed(names)} {'serves' if len(names) == 1 else 'serve'} {words}."
    if len(found.stampedes) == 2:
        many, one = found.stampedes
        if many.recomputes.low > one.recomputes.high:
            yield (
                f"When the hottest key of `{many.read}` expires, its answer is worked out "
                f"{units.significant(many.recomputes.estimate, 2)} times; once with a lock "
                f"({units.significant(one.recomputes.estimate, 2)})."
            )


def _stale(found: CacheComparison) -> dict[str, list[str]]:
    """The ways of which the same is to be said."""
    said: dict[str, list[str]] = {}
    for run in found.strategies[1:]:
        if run.stale_share and run.stale_share.low > 0:
            age = f", up to {units.seconds(run.stale_seconds)} old at p95" if run.stale_seconds else ""
            said.setdefault(f"{share_words(run.stale_share)} stale reads{age}", []).append(f"`{run.name}`")
    return said


def _crossovers(best: StrategyRun) -> Iterator[str]:
    known = [read for read in best.operations if read.pays_from_seconds and read.query_seconds]
    if not known:
        return
    least = max(known, key=lambda read: read.requests)
    assert least.pays_from_seconds and least.hit_ratio
    yield (
        f"At a hit ratio of {units.percent(least.hit_ratio.estimate)}, `{least.name}` gains from a cache if its query "
        f"takes more than {units.seconds(least.pays_from_seconds.estimate)} "
        f"({units.seconds_interval(least.pays_from_seconds)}); it takes {units.seconds(least.query_seconds)}."
    )


def _with_ratio(read: CachedRead) -> str:
    return f"`{read.name}` ({units.ratio(read.ratio.estimate if read.ratio else None)})"


def share_words(share: Interval) -> str:
    """1.2 % (0.4–3.1 %)."""
    return f"{_percent(share.estimate)} % ({_percent(share.low)}–{_percent(share.high)} %)"


def _percent(value: float) -> str:
    return "0" if value < 5e-5 else units.significant(value * 100, 2)


def _listed(names: list[str]) -> str:
    shown = names[:4] + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
