"""Plans at sizes that are not loaded, by a throwaway copy that is made to believe in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median

from lab.bench.bed import Bed
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.plan_shape import plan_shape
from lab.bench.rehearse import migration_texts
from lab.datagen import draw
from lab.engines.engine import StatementError
from lab.engines.postgres import PostgresDatabase
from lab.engines.postgres_grown import Grown, read_facts
from lab.errors import LabError
from lab.growth import extrapolate
from lab.model.change import Variant
from lab.model.growth import ImaginedPlan
from lab.model.planner import PlannerFacts
from lab.model.workload import Operation

_DATABASE = "lab_imagined"
_PARAMETER_SETS = 5
_OTHER_SEED = 11


def planner_facts(bed: Bed, variants: Sequence[Variant]) -> dict[str, PlannerFacts]:
    """What the planner knows of each variant at the size that is loaded; none for one that cannot be built."""
    found = {}
    for variant in variants:
        with _copy(bed, variant) as is_built:
            if is_built:
                database = PostgresDatabase(bed.server, _DATABASE)
                try:
                    found[variant.name] = read_facts(database)
                finally:
                    database.close()
    return found


def imagined_plans(
    bed: Bed,
    variants: Sequence[Variant],
    small: Mapping[str, PlannerFacts],
    large: Mapping[str, PlannerFacts],
    growth: float,
    factors: Sequence[float],
) -> Iterator[ImaginedPlan]:
    """Every operation of each variant at `factors` times the size that is loaded, which is `growth` times the one
    `small` was read at. Raises LabError where the server's files cannot be enlarged."""
    for variant in variants:
        if variant.name not in small or variant.name not in large:
            continue
        for factor in factors:
            with _copy(bed, variant) as is_built:
                if is_built:
                    facts = extrapolate(small[variant.name], large[variant.name], growth, factor)
                    yield from _plans(bed, variant, facts, growth * factor)


def _plans(bed: Bed, variant: Variant, facts: PlannerFacts, size: float) -> Iterator[ImaginedPlan]:
    imagined = Grown(bed.server, _DATABASE)
    try:
        imagined.imagine(facts)
        for operation in bed.design.workload.for_variant(variant.name):
            plan = _plan(bed, imagined, operation)
            if plan:
                yield ImaginedPlan(size, variant.name, operation.name, way(plan[0]), plan[1])
    finally:
        imagined.close()


def _plan(bed: Bed, imagined: Grown, operation: Operation) -> tuple[str, float] | None:
    """The commonest way over several sets of parameters, and their median cost; None for what cannot be planned."""
    try:
        sql = bed.engine.query_sql(operation).sql
        sets = draw(bed.generator, operation, _PARAMETER_SETS if operation.parameters else 1, _OTHER_SEED)
        plans = [imagined.plan(sql, parameters) for parameters in sets]
    except (LabError, StatementError):
        return None
    shapes = [way(text) for text, _ in plans]
    common = max(shapes, key=shapes.count)
    alike = [each for each, shape in zip(plans, shapes, strict=True) if shape == common]
    return alike[0][0], median(cost for _, cost in alike)


def way(plan: str) -> str:
    """A plan's shape as EXPLAIN alone tells it: triggers are told of by EXPLAIN ANALYZE only."""
    return "\n".join(line for line in plan_shape(plan).splitlines() if not line.startswith("Trigger "))


@contextmanager
def _copy(bed: Bed, variant: Variant) -> Iterator[bool]:
    """A copy of the base with the variant's changes; whether they could be made."""
    bed.engine.clone_database(bed.server, BASE_DATABASE, _DATABASE)
    try:
        database = bed.engine.connect(bed.server, _DATABASE)
        try:
            database.run(migration_texts(bed.engine, variant)[0])
            database.analyze()
            is_built = True
        except LabError:
            is_built = False
        finally:
            database.close()
        yield is_built
    finally:
        bed.engine.drop_database(bed.server, _DATABASE)
