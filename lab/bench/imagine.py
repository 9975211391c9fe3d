"""Plans at sizes that are not loaded, by a throwaway copy that is made to believe in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median

from lab.bench.bed import Bed
from lab.bench.held import with_held
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.plan_shape import plan_shape
from lab.bench.rehearse import migration_texts, spoken
from lab.datagen import draw
from lab.engines.postgres.database import PostgresDatabase
from lab.engines.postgres.grown import imagine, plan_and_cost, read_facts
from lab.errors import LabError
from lab.growth import extrapolate
from lab.model.change import Variant
from lab.model.growth import ImaginedPlan
from lab.model.planner import PlannerFacts
from lab.model.workload import Operation, Value

_DATABASE = "lab_imagined"
_PARAMETER_SETS = 5
_OTHER_SEED = 11

_Sets = Mapping[str, list[Mapping[str, Value]]]
"""Sets of parameters, by operation."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What the planner knows of a variant at a size that is loaded, and how it goes about each operation there."""

    facts: PlannerFacts
    plans: tuple[ImaginedPlan, ...]


def planned(bed: Bed, variants: Sequence[Variant], size: float) -> dict[str, Planned]:
    """By variant, at the size that is loaded; none for one that cannot be built."""
    found = {}
    sets = _parameter_sets(bed)
    for variant in variants:
        with _copy(bed, variant) as database:
            if database is not None:
                plans = tuple(_plans(bed, variant, database, sets, size))
                found[variant.name] = Planned(read_facts(database), plans)
    return found


def imagined_plans(
    bed: Bed,
    variants: Sequence[Variant],
    small: Mapping[str, Planned],
    large: Mapping[str, Planned],
    growth: float,
    factors: Sequence[float],
) -> Iterator[ImaginedPlan]:
    """Every operation of each variant at `factors` (growing) times the size that is loaded, which is `growth` times the
    one `small` was read at. Raises LabError where the server's files cannot be enlarged."""
    sets = _parameter_sets(bed)
    for variant in variants:
        if variant.name not in small or variant.name not in large:
            continue
        with _copy(bed, variant) as database:
            if database is None:
                continue
            for factor in factors:
                facts = extrapolate(small[variant.name].facts, large[variant.name].facts, growth, factor)
                imagine(database, facts)
                yield from _plans(bed, variant, database, sets, growth * factor)


def _parameter_sets(bed: Bed) -> _Sets:
    """Of each operation, drawn from the rows that are loaded."""
    with closing(PostgresDatabase(bed.server, BASE_DATABASE)) as base:
        return {
            operation.name: list(
                with_held(
                    bed,
                    base,
                    operation,
                    draw(bed.generator, operation, _PARAMETER_SETS if operation.parameters else 1, _OTHER_SEED),
                )
            )
            for operation in bed.design.workload.operations
        }


def _plans(bed: Bed, variant: Variant, database: PostgresDatabase, sets: _Sets, size: float) -> Iterator[ImaginedPlan]:
    for operation in bed.design.workload.for_variant(variant.name):
        found = _plan(bed, database, operation, sets[operation.name])
        if found:
            yield ImaginedPlan(size, variant.name, operation.name, *found)


def _plan(
    bed: Bed, database: PostgresDatabase, operation: Operation, sets: Sequence[Mapping[str, Value]]
) -> tuple[str, float] | None:
    """The shape of the commonest way over several sets of parameters, and their median cost; None for what cannot be
    planned."""
    try:
        sql = spoken(bed.engine, operation).sql
        plans = [plan_and_cost(database, sql, parameters) for parameters in sets]
    except LabError:
        return None
    shapes = [way(text) for text, _ in plans]
    common = max(shapes, key=shapes.count)
    return common, median(cost for (_, cost), shape in zip(plans, shapes, strict=True) if shape == common)


def way(plan: str) -> str:
    """A plan's shape as EXPLAIN alone tells it: triggers are told of by EXPLAIN ANALYZE only."""
    return "\n".join(line for line in plan_shape(plan).splitlines() if not line.startswith("Trigger "))


@contextmanager
def _copy(bed: Bed, variant: Variant) -> Iterator[PostgresDatabase | None]:
    """A copy of the base with the variant's changes; None where they could not be made."""
    bed.engine.clone_database(bed.server, BASE_DATABASE, _DATABASE)
    try:
        with closing(PostgresDatabase(bed.server, _DATABASE)) as database:
            try:
                database.run(migration_texts(bed.engine, variant)[0])
            except LabError:
                yield None
                return
            database.analyze()
            yield database
    finally:
        bed.engine.drop_database(bed.server, _DATABASE)
