"""What is said of growth in the page and in the terminal alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.model.growth import CapacityStep, Growth, Law, Prediction
from lab.model.interval import OPEN_END, Interval
from lab.model.workload import TARGET_SECONDS
from lab.report import units


def factor(value: float) -> str:
    """`4.2x`, `1,000x`."""
    return f"{value:,.0f}x" if value >= 100 or value == round(value) else f"{float(f'{value:.2g}'):g}x"


def breaks_at(law: Law) -> str:
    """The size at which a target breaks, with its interval."""
    if law.is_broken:
        return "broken already"
    if law.breaks_at is None:
        return "not in sight"
    return crossing(law.breaks_at)


def crossing(found: Interval) -> str:
    if found.high >= OPEN_END:
        return f"not before {factor(found.low)}"
    return f"{factor(found.estimate)} ({factor(found.low)} to {factor(found.high)})"


def first_breaks(growth: Growth) -> Iterator[str]:
    """A sentence for each variant: what breaks first, and where."""
    for variant in dict.fromkeys(law.variant for law in growth.laws):
        yield _first_break(variant, [law for law in growth.laws if law.variant == variant], growth)


def _first_break(variant: str, laws: Sequence[Law], growth: Growth) -> str:
    broken = [law for law in laws if law.is_broken]
    breaking = sorted(
        (law for law in laws if law.breaks_at and not law.is_broken),
        key=lambda law: law.breaks_at.estimate if law.breaks_at else OPEN_END,
    )
    measured = growth.sizes[-1].factor
    said = f"`{variant}`"
    if broken:
        said += f" misses {_targets(len(broken))} at size 1 already ({_names(broken)});"
    if not breaking:
        rest = "the others hold" if broken else "holds"
        return f"{said} {rest} as far as the laws reach, measured to {factor(measured)}."
    first = breaking[0]
    assert first.breaks_at is not None
    limit = units.seconds(TARGET_SECONDS[first.target_class])
    how = "" if first.breaks_at.low <= measured else ", beyond what was measured"
    if first.breaks_at.high >= OPEN_END:
        return f"{said} may break first in `{first.operation}` ({limit}), {crossing(first.breaks_at)}."
    return f"{said} breaks first in `{first.operation}` ({limit}), at {crossing(first.breaks_at)}{how}."


def _targets(count: int) -> str:
    return "one target" if count == 1 else f"{count} targets"


def _names(laws: Sequence[Law], most: int = 3) -> str:
    names = [f"`{law.operation}`" for law in laws[:most]]
    return ", ".join(names) + (f" and {len(laws) - most} more" if len(laws) > most else "")


def law_words(law: Law) -> str:
    """`linear`; with a question mark where resamples do not agree."""
    return law.name if law.support >= 0.8 else f"{law.name}?"


def flips(growth: Growth) -> tuple[Prediction, ...]:
    """The smallest predicted size at which each operation is planned another way."""
    found: dict[tuple[str, str], Prediction] = {}
    for each in growth.predictions:
        if each.change == "other plan":
            found.setdefault((each.variant, each.operation), each)
    return tuple(found.values())


CLUSTERS = {
    "postgres": "Citus spreads PostgreSQL's tables by such a column, by its hash.",
    "mongodb": "A sharded cluster of MongoDB spreads collections by such a field, hashed or by range.",
    "redis": "Redis Cluster spreads keys by the hash of the part in braces: `{user:7}:cart`.",
    "mysql": "Vitess spreads MySQL's tables by such a column (its vindex).",
    "mariadb": "The Spider engine spreads MariaDB's tables by partitions on such a column.",
    "sqlite": "SQLite has one writer and one file: a server comes first.",
}


def cluster_words(engine: str) -> str:
    """The distributed engine that exists for an engine."""
    return CLUSTERS.get(engine, "")


def step_words(step: CapacityStep, engine: str) -> str:
    """What to do, from when on, and the numbers that say so."""
    does = {
        "partition": f"Partition `{step.subject}`, or move its oldest rows out",
        "memory": "More memory, or a replica for a part of the reads",
        "disk": "More disk, or spread the rows",
        "replica": "A read replica, or more processors",
        "shard": f"Spread the rows by `{step.subject}`" if step.subject else "Spread the rows over machines",
    }
    said = does[step.kind]
    if step.kind == "shard" and cluster_words(engine):
        said += f" ({cluster_words(engine).rstrip('.')})"
    when = "at this size already" if step.factor == 1.0 else f"from {factor(step.factor)} on"
    return f"{said}, {when}: {step.reason}."
