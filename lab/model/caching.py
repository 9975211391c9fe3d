"""A cache in front of a database, as it was measured; and what else was compared inside a cache server.

Seconds, bytes and shares of 1 throughout. Every interval is one of 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.model.interval import Interval

Reach = Literal["key", "looked up", "every key"]
"""Which cached answers a write makes wrong: those of a key its own parameters give, of keys one query finds, or, where
the statements do not tell, all of that read."""


@dataclass(frozen=True, slots=True)
class Touch:
    """A write that changes rows a read reads. `lookups` gives, for each of the read's parameters, the write's parameter
    that has its value (`:order_id`) or the query (PostgreSQL's dialect) that finds it."""

    write: str
    reach: Reach
    lookups: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CachePlan:
    """What the workload's own text says of caching one read. `reason` says why it is not cached; empty where it is."""

    read: str
    parameters: tuple[str, ...]
    tables: tuple[str, ...]
    touches: tuple[Touch, ...]
    distinct_share: float
    """Distinct keys in 1,000 requests, beside their number: 1 when no key comes twice."""
    reason: str = ""
    spread_by: str = ""
    """The moment among its parameters without which keys would come again; empty where there is none, or they do."""

    @property
    def is_cached(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class Latencies:
    """Percentiles of response times, in seconds."""

    count: int
    p50: Interval
    p95: Interval
    p99: Interval
    mean: float


@dataclass(frozen=True, slots=True)
class CachedRead:
    """One cached read under one strategy."""

    name: str
    requests: int
    ratio: Interval | None
    """Of mean response times, this strategy / no cache, over the same requests."""
    hit_ratio: Interval | None
    predicted_hit_ratio: float | None
    """From the popularity of the keys alone."""
    stale_share: Interval | None
    """Of all its answers."""
    hit_seconds: float | None
    miss_seconds: float | None
    """Median service times."""
    query_seconds: float | None
    """Median service time without a cache."""
    pays_from_seconds: Interval | None = None
    """How slow the query must at least be for the cache to shorten its mean, at this hit ratio."""
    p95: Interval | None = None
    """Seconds."""
    p95_ratio: Interval | None = None
    """This strategy / no cache."""


@dataclass(frozen=True, slots=True)
class StrategyRun:
    """One way to keep answers, under the same load as the others."""

    name: str
    description: str
    reads: Latencies | None
    """Of the reads that can be cached."""
    writes: Latencies | None
    """Of the writes that touch them."""
    p50_ratio: Interval | None = None
    p95_ratio: Interval | None = None
    p99_ratio: Interval | None = None
    """Of the reads, this strategy / no cache."""
    write_ratio: Interval | None = None
    """Of the mean time of a write."""
    targets_met: int = 0
    targets: int = 0
    missed: tuple[str, ...] = ()
    """Operations whose 95th percentile is above their target."""
    hit_ratio: Interval | None = None
    predicted_hit_ratio: float | None = None
    stale_share: Interval | None = None
    stale_seconds: float | None = None
    """How long before it was answered a stale answer had been read from the database: 95th percentile."""
    audited: int = 0
    """Answers held against the database."""
    undecided: int = 0
    """Of those, the ones a write overtook meanwhile."""
    database_share: float | None = None
    """Of the requests for cached reads, those the database answered."""
    operations: tuple[CachedRead, ...] = ()
    failures: int = 0
    first_failure: str = ""
    lag_p99_seconds: float = 0.0
    """The client's own delay, from when a request was due and a connection free."""


@dataclass(frozen=True, slots=True)
class Stampede:
    """What happens when the hottest key of the slowest cached read expires under many readers."""

    strategy: str
    read: str
    expiries: int
    recomputes: Interval
    """Of the answer, for each expiry."""
    most: int
    p95_seconds: Interval
    query_seconds: float
    """What one execution takes alone."""
    rate: float
    """Requests a second."""


@dataclass(frozen=True, slots=True)
class CacheComparison:
    """A cache server in front of one variant, by several strategies, beside none."""

    cache: str
    """What served it: `Redis 8.2.1`."""
    variant: str
    rate: float
    """Intended starts a second, of all operations of the workload."""
    measured_seconds: float
    """Of each strategy, after its warm-up."""
    warm_seconds: float
    ttl_seconds: float
    connections: int
    plans: tuple[CachePlan, ...] = ()
    strategies: tuple[StrategyRun, ...] = ()
    """The first is the one without a cache."""
    stampedes: tuple[Stampede, ...] = ()
    doubts: tuple[str, ...] = ()
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class CacheTrial:
    """One read that a cache was thought of for. `measurement` is what was measured of it, None where nothing was."""

    read: str
    reason: str
    """Why it was thought of."""
    is_accepted: bool
    verdict: str
    """Why it is advised, or not, with the numbers."""
    plan: CachePlan | None = None
    measurement: CachedRead | None = None


@dataclass(frozen=True, slots=True)
class CacheAdvice:
    """Which reads to keep in a cache server, in front of the design as it is otherwise advised."""

    variant: str
    most_stale: float
    """The share of stale answers up to which a read may be cached."""
    write_ratio: float | None
    """What the writes that touch them may take beside now; None for no bound but that they must not get slower by more
    than a tenth and 5 ms."""
    trials: tuple[CacheTrial, ...] = ()
    way: str = ""
    """How the advised ones are kept; empty where none is."""
    ttl_seconds: float | None = None
    """How long at most."""
    screening: CacheComparison | None = None
    """Of every way, for all reads that could be cached."""
    confirmation: CacheComparison | None = None
    """Of the way advised, for the reads advised, measured again."""
    untried: str = ""
    """Why there was nothing to try, or no time."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number of an option. `unit` is s, B, share, x, or a noun for a plain count."""

    title: str
    unit: str
    value: Interval | None


@dataclass(frozen=True, slots=True)
class StudyOption:
    """One of the things compared."""

    name: str
    figures: tuple[Figure, ...]
    note: str = ""
    """What explains them."""


@dataclass(frozen=True, slots=True)
class Study:
    """Ways to do one thing in a cache server, measured beside each other; the best first where they are ranked."""

    name: str
    title: str
    question: str
    verdict: str
    options: tuple[StudyOption, ...]
    explanations: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
