"""Everything measured at one time. Seconds and bytes throughout; scaled only when printed.

A run holds its definition (`design`), so that it can be repeated, and its raw samples lie beside it in
`samples.parquet`, one row per timed execution: engine, variant, operation (text), round, pair (int32),
start_seconds (float64, since the run began), latency_seconds (float64), rows (int64). Executions of the same
engine, operation, round and pair shared their parameters.

Requests under load are of another kind, and lie in `requests.parquet` when there were any, one row each: engine,
variant, model, operation (text), client (int32), intended_seconds (float64, since the load began), response_seconds,
service_seconds (float64, null for one that was never sent), rows (int64), outcome (text: answered, failed or unsent).
Those of a comparison of caches are told apart by way (text: how answers were kept; empty where none were), phase (text:
warm-up, measured, stampede), round (int32; intended_seconds count from its begin), served_by (text: cache or database,
null where nothing answered) and is_stale (bool: whether the database said otherwise; null where it was not asked, or a
write came between). Their rows are null. Runs of before the lab kept those have no such columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from lab.model.caching import CacheAdvice, CacheComparison, Study
from lab.model.change import Change
from lab.model.design import Design
from lab.model.doubt import Doubt
from lab.model.expiry import Removal
from lab.model.growth import Growth
from lab.model.interval import Interval
from lab.model.nesting import Nesting
from lab.model.schema import Loss
from lab.model.sharding import ShardKey
from lab.model.traffic import LoadRun, RateSweep
from lab.model.verdict import Verdict
from lab.model.workload import Operation, Target, TargetClass

FORMAT_VERSION = 1

Direction = Literal["faster", "slower", "~"]
"""`~`: a difference that cannot be shown."""
Status = Literal["measured", "timed out", "failed", "unsupported"]


@dataclass(frozen=True, slots=True)
class Summary:
    """Latency of one operation on one variant, in seconds."""

    count: int
    p50: Interval
    p95: Interval
    p99: Interval
    mean: float
    warnings: tuple[Doubt | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant beside the base: the ratio of latencies (variant / base; below 1 is faster) over paired samples."""

    ratio: Interval
    pairs: int
    direction: Direction
    warnings: tuple[Doubt | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a variant gave the base's rows for the sampled parameters; or a base, another engine's."""

    is_same: bool
    parameter_sets: int
    rows: int
    difference: str = ""
    """The first differing row of each side, and the parameters."""
    other_engine: str = ""
    """Of the base: the engine whose base it was held against, in place of its own."""
    tied_by: str = ""
    """The ORDER BY that both answers keep to although they differ: it does not say which of two rows comes first."""
    made_anew: int = 0
    """Values left out of the comparison: the clock or chance had made them in the writes, others for each variant."""

    @property
    def told(self) -> str:
        """The difference, and what makes it go where only an order is missing."""
        tie = f"; both keep to ORDER BY {self.tied_by}: end it with a key" if self.tied_by else ""
        return self.difference + tie


@dataclass(frozen=True, slots=True)
class OperationRun:
    """One operation on one variant on one engine."""

    name: str
    target_class: TargetClass
    weight: float
    is_write: bool
    sql: str
    status: Status
    reason: str = ""
    """Why it was not measured."""
    summary: Summary | None = None
    comparison: Comparison | None = None
    """None for the base itself."""
    target: Target = "cannot tell"
    answer: Answer | None = None
    server_seconds: float | None = None
    """What the server's own clock says an execution takes: the median of a few, apart from the timed ones. None
    where no server says so."""
    rows: float = 0.0
    """Rows returned or affected, on average."""
    decode_seconds: float | None = None
    """Making Python values of all rows of one execution, timed apart from the rounds; None where that was not tried."""
    plan: str = ""
    work: Mapping[str, float] = field(default_factory=dict)
    """Work counters of one execution, by name: buffers, rows or VM steps; free of timing noise."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a table takes on disk."""

    name: str
    rows: int
    table_bytes: int
    index_bytes: int


@dataclass(frozen=True, slots=True)
class Migration:
    """Applying a variant's changes to the loaded base, and undoing them."""

    up_sql: str
    down_sql: str
    up_seconds: float | None = None
    down_seconds: float | None = None
    is_restored: bool | None = None
    """Whether the catalog equalled the base's after `down`; None when it was not tried."""
    difference: str = ""


@dataclass(frozen=True, slots=True)
class VariantRun:
    name: str
    description: str
    status: Status
    reason: str = ""
    migration: Migration | None = None
    relations: tuple[Relation, ...] = ()
    operations: tuple[OperationRun, ...] = ()
    losses: tuple[Loss, ...] = ()

    @property
    def table_bytes(self) -> int:
        return sum(relation.table_bytes for relation in self.relations)

    @property
    def index_bytes(self) -> int:
        return sum(relation.index_bytes for relation in self.relations)

    def operation(self, name: str) -> OperationRun | None:
        return next((operation for operation in self.operations if operation.name == name), None)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change an advisor's rule believes in, before anything was measured."""

    rule: str
    change: Change
    reason: str
    operations: tuple[str, ...] = ()
    """The operations it should help."""
    rewrites: tuple[Operation, ...] = ()
    """Operations as they must read to profit from it."""
    risk: str = ""
    """What may go wrong with it that no measurement shows; empty where its kind says all."""
    batch: Operation | None = None
    """What does the work of `batch_size` executions of the operation it should help, to be measured beside it."""
    batch_size: int = 0
    obstacle: str = ""
    """Why the engine cannot have it, known without building it: said in place of measuring it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposal, built and measured alone beside the base. There is no trial without its measurement."""

    proposal: Proposal
    measurement: VariantRun
    is_accepted: bool
    verdict: str
    """Why it was kept or rejected, with the numbers."""


@dataclass(frozen=True, slots=True)
class ForeignKeyCheck:
    """Rows of `table` whose non-null `columns` match no row of `referenced_table`, counted after load."""

    table: str
    columns: tuple[str, ...]
    referenced_table: str
    orphans: int


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """Rows of `table` that break a key, a check or a type it declares, counted after load."""

    table: str
    rule: str
    violations: int


@dataclass(frozen=True, slots=True)
class Load:
    """Filling the base."""

    rows: int
    generate_seconds: float
    load_seconds: float
    index_seconds: float
    """Constraints, indexes and statistics, after the rows."""
    foreign_keys: tuple[ForeignKeyCheck, ...] = ()
    losses: tuple[Loss, ...] = ()
    rules: tuple[RuleCheck, ...] = ()

    @property
    def rows_per_second(self) -> float:
        total = self.generate_seconds + self.load_seconds + self.index_seconds
        return self.rows / total if total else 0.0


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What was measured on: `spec` as the user wrote it, `origin` where the server came from."""

    spec: str
    engine: str
    version: str
    origin: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Floor:
    """What never changes, timed in a round: a fixed piece of work for the processor, and an empty statement."""

    round: int
    processor_seconds: float
    statement_seconds: float


@dataclass(frozen=True, slots=True)
class EngineRun:
    """One engine's part of a run. The first variant is the base."""

    server: ServerInfo
    load: Load | None = None
    variants: tuple[VariantRun, ...] = ()
    overhead: Interval | None = None
    """Seconds the lab adds to one timed execution: an empty statement through the same path."""
    rounds: int = 0
    warnings: tuple[Doubt | str, ...] = ()
    trials: tuple[Trial, ...] = ()
    """What the advisor proposed: the accepted ones first, in the order they are to be applied."""
    floors: tuple[Floor, ...] = ()
    """One for each round."""
    timed_interval: str = ""
    """What happens between the two readings of the clock."""
    decodes_in_time: bool = False
    """Whether `decode_seconds` are part of every latency."""
    has_server: bool = True
    """False where the clients themselves do the engine's work."""
    loads: tuple[LoadRun, ...] = ()
    sweeps: tuple[RateSweep, ...] = ()
    removals: tuple[Removal, ...] = ()
    """Of the collections whose documents expire."""
    nestings: tuple[Nesting, ...] = ()
    """Of the relations that mappings nest, both ways."""
    shard_keys: tuple[ShardKey, ...] = ()
    """Of each collection that operations ask for, the best first."""
    cache: CacheComparison | None = None
    cache_advice: CacheAdvice | None = None
    studies: tuple[Study, ...] = ()
    """Of a cache server: ways to do one thing, beside each other."""

    def variant(self, name: str) -> VariantRun | None:
        return next((variant for variant in self.variants if variant.name == name), None)


@dataclass(frozen=True, slots=True)
class Environment:
    lab_version: str
    python_version: str
    platform: str
    cpu: str
    cores: int
    memory_bytes: int
    load_average: tuple[float, float, float]
    commit: str = ""
    """The commit of the design's repository, with `+` when it had uncommitted changes; empty outside one."""


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    started_at: datetime
    command: str
    design: Design
    scale: float
    seed: int
    environment: Environment
    engines: tuple[EngineRun, ...] = ()
    is_complete: bool = False
    """False while it is measured, and for ever when it was interrupted."""
    warnings: tuple[str, ...] = ()
    verdict: Verdict | None = None
    """Of a check: the gate's."""
    advice: tuple[EngineRun, ...] = ()
    """Of a comparison: what the advisor tried on an engine's base, measured beside it in rounds of their own."""
    growth: Growth | None = None
    """Of `lab scale`: what became of the variants as the tables grew. The run itself is that of size 1."""
    format_version: int = FORMAT_VERSION
