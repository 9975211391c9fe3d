"""Synthetic runs for the report's tests: a small one with every circumstance in it, and one of real size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np
import pyarrow as pa

from lab.model.change import BASE, AddIndex, DropIndex, Script, Variant
from lab.model.data import DataSpec
from lab.model.design import Design
from lab.model.interval import Interval
from lab.model.run import (
    Answer,
    Comparison,
    Direction,
    EngineRun,
    Environment,
    ForeignKeyCheck,
    Load,
    Migration,
    OperationRun,
    Proposal,
    Relation,
    RuleCheck,
    Run,
    ServerInfo,
    Summary,
    Trial,
    VariantRun,
)
from lab.model.schema import Column, ForeignKey, Index, IndexPart, Key, Loss, Schema, Table, Type
from lab.model.traffic import LoadOperation, LoadRun, Percentiles, RateSweep, SweepStep
from lab.model.workload import TARGET_SECONDS, FromColumn, Held, Operation, Parameter, Target, TargetClass, Workload

PLAN = """Limit  (cost=0.43..84.20 rows=20 width=24) (actual time=0.031..0.052 rows=20 loops=1)
  Buffers: shared hit=23
  ->  Index Scan Backward using orders_user_placed on orders  (cost=0.43..420.1 rows=100 width=24)
        Index Cond: (user_id = $1)
        Filter: (status <> 'cancelled' AND note <> '<b>"&')
Planning Time: 0.110 ms
Execution Time: 0.071 ms"""


@dataclass(frozen=True)
class Query:
    """An operation to make up: median seconds on the base, and the factor of each variant."""

    name: str
    seconds: float
    factors: Mapping[str, float]
    target_class: TargetClass = "simple"
    weight: float = 1.0
    is_write: bool = False


QUERIES = (
    Query("order_history", 0.080, {"indexed": 0.01, "denormalized": 0.98}, weight=20),
    Query("product_by_slug", 0.012, {"indexed": 0.02, "denormalized": 1.0}, weight=30),
    Query("sales_by_month", 0.900, {"indexed": 0.8, "denormalized": 0.2}, "complex", 2),
    Query("product_search", 0.300, {"indexed": 0.9, "denormalized": 0.3}, "complex", 5),
    Query("place_order", 0.0009, {"indexed": 1.3, "denormalized": 1.6}, weight=4, is_write=True),
)
POSTGRES = ServerInfo("postgres:18", "postgres", "18.1", "embedded", {"fsync": "on", "shared_buffers": "256MB"})
SQLITE = ServerInfo("sqlite", "sqlite", "3.46.1", "built in", {"journal_mode": "wal"})
ENVIRONMENT = Environment(
    "0.1.0", "3.11.2", "Linux-6.1-x86_64", "Imaginary CPU 3000", 2, 8 * 1024**3, (0.42, 0.31, 0.2), "a1b2c3d+"
)
DESCRIPTIONS = {
    "base": BASE.description,
    "indexed": "Indexes every foreign key and every query pattern.",
    "denormalized": "Order totals and ratings kept by trigger.",
}


def small_run() -> tuple[Run, pa.Table]:
    """2 engines x 3 variants x 5 operations: on PostgreSQL `product_search` times out on the base, on SQLite
    `denormalized` is not supported; the run is complete."""
    run, samples = make_run(QUERIES, ("base", "indexed", "denormalized"), (SQLITE, POSTGRES))
    sqlite, postgres = run.engines
    without = VariantRun(
        "denormalized",
        DESCRIPTIONS["denormalized"],
        "unsupported",
        "it is written for postgres only",
        losses=(Loss("trigger orders_total", "totals are not kept"),),
    )
    sqlite = replace(sqlite, variants=(*sqlite.variants[:2], without))
    late = timed_out(postgres.variants[0].operations[3])
    base = with_operation(postgres.variants[0], late)
    others = [
        with_operation(variant, replace(variant.operations[3], comparison=None)) for variant in postgres.variants[1:]
    ]
    postgres = replace(postgres, variants=(base, *others), warnings=("the machine was busy: load 2.1 on 2 cores",))
    return replace(run, engines=(sqlite, postgres)), samples


def advised_run() -> tuple[Run, pa.Table]:
    """One engine with an index and a rewritten query that were accepted, and two changes that were not."""
    run, samples = make_run(QUERIES, ("base", "indexed"), (SQLITE,))
    (sqlite,) = run.engines
    indexed = sqlite.variants[1]
    kept = AddIndex(Index("orders_user_placed", "orders", (IndexPart("user_id"), IndexPart("placed_at"))))
    lost = AddIndex(Index("orders_status_idx", "orders", (IndexPart("status"),)))
    gone = DropIndex(Index("orders_note_idx", "orders", (IndexPart("note"),)))
    paged = Script("order_history_by_key", {"": ""}, {"": ""})
    text = replace(run.design.workload.operations[0], sql={"": "SELECT id FROM orders WHERE id > :after_id LIMIT 20"})
    text = replace(text, held=Held(("after_id",), text, "skip"))
    page = Proposal("page_by_key", paged, f"`{text.name}` throws rows away", (text.name,), (text,), "no page numbers")
    trials = (
        Trial(Proposal("index_predicates", kept, "`q` filters by user_id"), indexed, True, "the mix takes 0.4x"),
        Trial(page, replace(indexed, migration=None), True, "`order_history` 0.2x"),
        Trial(Proposal("drop_unused_indexes", gone, "no plan uses it"), indexed, False, "`q` gets slower: 3x"),
        Trial(
            Proposal("index_predicates", lost, "`r` filters by status"),
            indexed,
            False,
            "no difference over the mix is shown",
        ),
    )
    return replace(run, engines=(replace(sqlite, trials=trials),)), samples


def loaded_run() -> tuple[Run, pa.Table]:
    """PostgreSQL under an open loop that `indexed` bears and the base does not, cut short on the base; and a search on
    SQLite that the clients ended."""
    run, samples = make_run(QUERIES[:2], ("base", "indexed"), (SQLITE, POSTGRES))
    sqlite, postgres = run.engines
    overloaded = replace(
        _load_run("base", 0.4),
        is_complete=False,
        operations=(
            LoadOperation(
                "order_history", "simple", False, _percentiles(0.4), _percentiles(0.08), "missed", 3, "no <b>", 7
            ),
            LoadOperation("product_by_slug", "simple", True, None, None),
        ),
    )
    postgres = replace(postgres, loads=(overloaded, _load_run("indexed", 0.002)))
    steps = (
        SweepStep(100.0, 99.0, True),
        SweepStep(200.0, 150.0, False, "order_history", 0.3, True),
        SweepStep(200.0, 151.0, False, "order_history", 0.2, True),
    )
    sweeps = (
        RateSweep("base", 2, 100.0, 200.0, 99.0, "order_history", True, False, steps),
        RateSweep("indexed", 2, 100.0, None, 99.0, steps=steps[:1]),
    )
    return replace(run, engines=(replace(sqlite, sweeps=sweeps, has_server=False), postgres)), samples


def _load_run(variant: str, middle: float) -> LoadRun:
    response, service = _percentiles(middle), _percentiles(min(middle, 0.08))
    operations = tuple(LoadOperation(query.name, "simple", False, response, service, "met") for query in QUERIES[:2])
    lag = _percentiles(0.0001)
    return LoadRun(variant, "open", 2, 8, 10.1, 200.0, 0.0, 198.5, response, service, operations, lag, 0.2, True)


def _percentiles(middle: float) -> Percentiles:
    return Percentiles(1000, *(_rounded(middle * factor) for factor in (1, 1.5, 2, 3, 4, 1.1)))


def wrong_run() -> tuple[Run, pa.Table]:
    """As the small one, but `indexed` answers differently on PostgreSQL and is not restored on SQLite."""
    run, samples = small_run()
    sqlite, postgres = run.engines
    indexed = sqlite.variants[1]
    assert indexed.migration
    spoiled = replace(
        indexed, migration=replace(indexed.migration, is_restored=False, difference="index orders_user_placed is left")
    )
    wrong = replace(
        postgres.variants[1].operations[0],
        answer=Answer(False, 20, 399, "base (1, 'paid'), variant (1, 'shipped') for user_id = 7"),
    )
    postgres = replace(
        postgres, variants=(postgres.variants[0], with_operation(postgres.variants[1], wrong), postgres.variants[2])
    )
    sqlite = replace(sqlite, variants=(sqlite.variants[0], spoiled, sqlite.variants[2]))
    return replace(run, engines=(sqlite, postgres)), samples


def partial_run() -> tuple[Run, pa.Table]:
    """Interrupted: SQLite measured two operations without the way back, PostgreSQL was loaded and no more."""
    run, samples = small_run()
    sqlite, postgres = run.engines
    variants = tuple(
        replace(
            variant,
            operations=variant.operations[:2],
            migration=variant.migration and replace(variant.migration, down_seconds=None, is_restored=None),
        )
        for variant in sqlite.variants
    )
    kept = samples.filter(
        pa.compute.and_(
            pa.compute.equal(samples["engine"], "sqlite"),
            pa.compute.is_in(samples["operation"], pa.array(["order_history", "product_by_slug"])),
        )
    )
    engines = (replace(sqlite, variants=variants), replace(postgres, variants=(), overhead=None, rounds=0))
    return replace(run, engines=engines, is_complete=False), kept


def empty_run() -> tuple[Run, pa.Table]:
    """Interrupted before anything was loaded."""
    run, samples = small_run()
    return replace(run, engines=(), is_complete=False), samples.slice(0, 0)


def large_run() -> tuple[Run, pa.Table]:
    """2 engines x 7 variants x 18 operations, with 200 samples each."""
    names = ("base", "indexed", "covering", "denormalized", "partitioned", "summary_table", "materialized_view")
    draw = np.random.default_rng(5)
    queries = []
    for number, name in enumerate(LARGE_NAMES):
        is_complex = 8 <= number < 15
        factors = {variant: float(10 ** draw.uniform(-2.2, 0.15)) for variant in names[1:]}
        if number >= 15:
            factors = {variant: float(draw.uniform(0.97, 1.5)) for variant in names[1:]}
        middle = float(10 ** draw.uniform(-3.3, 0.2)) * (3 if is_complex else 0.3)
        weight = float(draw.integers(1, 30))
        queries.append(Query(name, middle, factors, "complex" if is_complex else "simple", weight, number >= 15))
    run, samples = make_run(queries, names, (SQLITE, POSTGRES), sample_count=200, plan_repeats=3)
    sqlite, postgres = run.engines
    gap = VariantRun("partitioned", "Orders by month.", "unsupported", "SQLite has no partitioned tables")
    sqlite = replace(sqlite, variants=tuple(gap if v.name == "partitioned" else v for v in sqlite.variants))
    late = with_operation(postgres.variants[0], timed_out(postgres.variants[0].operations[9]))
    return replace(run, engines=(sqlite, replace(postgres, variants=(late, *postgres.variants[1:])))), samples


LARGE_NAMES = (
    "order_history product_by_slug cart_contents user_by_email category_children wishlist_items order_by_number "
    "addresses_of_user product_search sales_by_month top_products_by_category customers_at_risk stock_below_threshold "
    "refund_rate_by_reason audit_trail_of_order place_order add_to_cart update_stock"
).split()


def make_run(
    queries: Sequence[Query],
    variants: Sequence[str],
    servers: Sequence[ServerInfo],
    sample_count: int = 60,
    plan_repeats: int = 1,
) -> tuple[Run, pa.Table]:
    """A complete run in which latencies are lognormal about `seconds` times the variant's factor."""
    rows: list[dict[str, object]] = []
    engines = []
    for server in servers:
        measured = [_variant(name, queries, server, rows, sample_count, plan_repeats) for name in variants]
        engines.append(
            EngineRun(server, _load(), tuple(measured), Interval(3.1e-6, 2.9e-6, 3.4e-6), sample_count // 10)
        )
    run = Run(
        id="20260101-120000-shop",
        started_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        command="lab compare schemas/shop --engine sqlite --engine postgres:18 --scale 0.1",
        design=_design(queries, variants),
        scale=0.1,
        seed=42,
        environment=ENVIRONMENT,
        engines=tuple(engines),
        is_complete=True,
    )
    return run, pa.Table.from_pylist(rows, schema=SAMPLES)


SAMPLES = pa.schema(
    [
        ("engine", pa.string()),
        ("variant", pa.string()),
        ("operation", pa.string()),
        ("round", pa.int32()),
        ("pair", pa.int32()),
        ("start_seconds", pa.float64()),
        ("latency_seconds", pa.float64()),
        ("rows", pa.int64()),
    ]
)


def with_operation(variant: VariantRun, operation: OperationRun) -> VariantRun:
    """The variant with that operation in the place of its namesake."""
    return replace(variant, operations=tuple(operation if o.name == operation.name else o for o in variant.operations))


def timed_out(operation: OperationRun) -> OperationRun:
    return replace(
        operation,
        status="timed out",
        reason="no answer within 10 s",
        summary=None,
        comparison=None,
        answer=None,
        target="cannot tell",
        plan="",
        work={},
    )


def _variant(
    name: str,
    queries: Sequence[Query],
    server: ServerInfo,
    rows: list[dict[str, object]],
    sample_count: int,
    plan_repeats: int,
) -> VariantRun:
    operations = []
    for query in queries:
        factor = 1.0 if name == "base" else query.factors.get(name, 1.0)
        latencies = _lognormal(query.seconds * factor, sample_count)
        operation = _operation(query, name, factor, latencies, plan_repeats)
        says_server = server.engine != "sqlite"
        operations.append(
            replace(operation, server_seconds=_rounded(query.seconds * factor * 0.9) if says_server else None)
        )
        rows.extend(
            {
                "engine": server.spec,
                "variant": name,
                "operation": query.name,
                "round": i // 10,
                "pair": i,
                "start_seconds": float(i),
                "latency_seconds": float(latency),
                "rows": 20,
            }
            for i, latency in enumerate(latencies)
        )
    growth = 1.0 + 0.13 * len(name) % 0.7 if name != "base" else 0.2
    relations = (
        Relation("orders", 60_000, 9_000_000, int(4_000_000 * growth)),
        Relation("users", 20_000, 3_000_000, int(900_000 * growth)),
    )
    migration = None
    if name != "base":
        up = f"CREATE INDEX orders_user_{name} ON orders (user_id, placed_at DESC);"
        migration = Migration(up, f"DROP INDEX orders_user_{name};", 2.13, 0.21, True)
    return VariantRun(
        name, DESCRIPTIONS.get(name, f"The {name} way."), "measured", "", migration, relations, tuple(operations)
    )


def _lognormal(median: float, count: int) -> np.ndarray:
    """The quantiles of a lognormal distribution, shuffled, to 5 digits: the same on every machine."""
    deviates = [NormalDist().inv_cdf((i * 37 % count + 0.5) / count) for i in range(count)]
    return np.array([float(f"{median * math.exp(0.25 * deviate):.4e}") for deviate in deviates])


def _operation(query: Query, variant: str, factor: float, latencies: np.ndarray, plan_repeats: int) -> OperationRun:
    summary = Summary(
        len(latencies), *(_quantile(latencies, q) for q in (0.5, 0.95, 0.99)), _rounded(float(latencies.mean()))
    )
    ratio = Interval(factor, _rounded(factor * 0.93), _rounded(factor * 1.08))
    direction: Direction = "faster" if ratio.high < 1 else "slower" if ratio.low > 1 else "~"
    return OperationRun(
        name=query.name,
        target_class=query.target_class,
        weight=query.weight,
        is_write=query.is_write,
        sql=f"SELECT id, placed_at FROM orders WHERE user_id = :user_id AND note < '{query.name}' ORDER BY id LIMIT 20",
        status="measured",
        summary=summary,
        comparison=None if variant == "base" else Comparison(ratio, len(latencies), direction),
        target=_target(summary.p95, TARGET_SECONDS[query.target_class]),
        answer=None if variant == "base" else Answer(True, 20, 400),
        rows=20.0,
        plan="\n".join([PLAN] * plan_repeats),
        work={"buffers": _rounded(230 * factor), "rows": 20.0},
    )


def _quantile(latencies: np.ndarray, q: float) -> Interval:
    estimate = float(np.quantile(latencies, q))
    return Interval(_rounded(estimate), _rounded(estimate * 0.94), _rounded(estimate * (1.16 if q > 0.9 else 1.06)))


def _rounded(value: float) -> float:
    return float(f"{value:.4e}")


def _target(p95: Interval, target_seconds: float) -> Target:
    if p95.high < target_seconds:
        return "met"
    return "missed" if p95.low > target_seconds else "cannot tell"


def _load() -> Load:
    checks = (
        ForeignKeyCheck("orders", ("user_id",), "users", 0),
        ForeignKeyCheck("order_items", ("order_id",), "orders", 0),
    )
    losses = (Loss("CHECK price > 0", "negative prices are not refused"),)
    rules = (RuleCheck("users", "unique (id)", 0), RuleCheck("orders", "check (total >= 0)", 0))
    return Load(123_456, 0.8, 1.4, 0.9, checks, losses, rules)


def _design(queries: Sequence[Query], variants: Sequence[str]) -> Design:
    users = Table("users", (Column("id", Type("bigint"), False),), Key(("id",)))
    orders = Table(
        "orders",
        (Column("id", Type("bigint"), False), Column("user_id", Type("bigint"), False)),
        Key(("id",)),
        foreign_keys=(ForeignKey(("user_id",), "users", ("id",)),),
    )
    operations = tuple(
        Operation(
            query.name,
            query.target_class,
            {"": "SELECT id, placed_at FROM orders WHERE user_id = :user_id ORDER BY id LIMIT 20"},
            (Parameter("user_id", FromColumn("orders", "user_id")),),
            query.weight,
            query.is_write,
            True,
            f"What {query.name.replace('_', ' ')} needs.",
        )
        for query in queries
    )
    changes = tuple(
        Variant(name, (Script(name, {"": "SELECT 1"}, {"": "SELECT 2"}),), DESCRIPTIONS.get(name, ""))
        for name in variants
        if name != "base"
    )
    workload = Workload(operations, {}, "workloads/shop/queries.sql")
    return Design("shop", "schemas/shop/schema.prisma", Schema((users, orders)), (BASE, *changes), workload, DataSpec())
