"""Whether plans and latencies at sizes that were not loaded come out as they were predicted, on PostgreSQL 18.

A design is loaded and measured at small sizes, and `lab scale`'s predictions are made for larger ones; then the larger
ones are loaded and measured too. For each operation: whether the planner goes the predicted way (the commonest plan of
the same sets of parameters), and the measured median over the predicted one. `plan_share` and `latency_share` are the
shares of predictions whose plan is the same, and whose latency is right within a factor of 1.5.

    python -m benchmarks.prediction [DESIGN [SCALE]]      VARIANTS=a,b SMALL=1,2 LARGE=10,50 SECONDS=10
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from benchmarks.table import print_table
from lab.bench import Bed, Settings
from lab.bench.imagine import Planned, imagined_plans, planned
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.plan_shape import plan_shape
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.growth import predictions, size_of
from lab.model.change import BASE, Variant
from lab.model.growth import ImaginedPlan, Prediction, Size
from lab.model.interval import Interval
from lab.pipeline import Options, chosen_variants, generator_for, measure_on, open_recorder, prepare_bed
from lab.progress import Lines
from lab.provision import parse_spec, start
from lab.report import units

DESIGN, SCALE, SPEC = "schemas/ecommerce", 0.02, "postgres:18@local"
SMALL = tuple(map(float, os.environ.get("SMALL", "1,2").split(",")))
LARGE = tuple(map(float, os.environ.get("LARGE", "10,50").split(",")))
VARIANTS = tuple(filter(None, os.environ.get("VARIANTS", "").split(",")))
SECONDS = float(os.environ.get("SECONDS", "10"))
WITHIN = 1.5
OBSERVER = Lines(Console(stderr=True))


@dataclass
class Climb:
    """What was measured, size by size."""

    folder: Path
    options: Options
    out: Path
    sizes: dict[float, Size] = field(default_factory=dict)
    planned: dict[float, dict[str, Planned]] = field(default_factory=dict)

    @property
    def variants(self) -> tuple[Variant, ...]:
        return chosen_variants(read_design(self.folder), self.options.variants) if self.options.variants else ()

    def measure(self, server: Server, factor: float) -> Bed:
        design = read_design(self.folder)
        options = replace(self.options, scale=self.options.scale * factor, out=self.out / f"{factor:g}")
        load_engine(server.engine).drop_database(server, BASE_DATABASE)
        bed = prepare_bed(server, design, self.variants, generator_for(design, options), OBSERVER)
        recorder = open_recorder(design, self.folder, options)
        run = measure_on(bed, self.variants, options, recorder, OBSERVER)
        self.sizes[factor] = size_of(factor, run, 0.0, plan_shape)
        self.planned[factor] = planned(bed, (BASE, *self.variants), factor)
        return bed

    def predict(self, bed: Bed, factors: Sequence[float]) -> tuple[Prediction, ...]:
        """By what was measured so far, the largest of which is still loaded."""
        first, last = min(self.sizes), max(self.sizes)
        known = [plan for found in self.planned.values() for each in found.values() for plan in each.plans]
        plans = imagined_plans(
            bed,
            (BASE, *self.variants),
            self.planned[first],
            self.planned[last],
            last / first,
            [factor / last for factor in factors],
        )
        return tuple(predictions(tuple(plans), known, tuple(self.sizes.values())))


@dataclass(frozen=True)
class Outcome:
    """One prediction, and what came of it."""

    predicted: Prediction
    real: ImaginedPlan
    seconds: Interval | None

    @property
    def is_same_plan(self) -> bool:
        return self.predicted.plan == self.real.plan

    @property
    def ratio(self) -> float | None:
        """Measured over predicted."""
        if self.seconds is None or self.predicted.p50 is None:
            return None
        return self.seconds.estimate / self.predicted.p50.estimate

    @property
    def is_covered(self) -> bool:
        """Whether the prediction interval holds what was measured."""
        told = self.predicted.p50
        return bool(self.seconds and told and told.low <= self.seconds.estimate <= told.high)


def outcomes(climb: Climb, told: Sequence[Prediction]) -> list[Outcome]:
    points = {(s.factor, p.variant, p.operation): p.p50 for s in climb.sizes.values() for p in s.points}
    plans = {
        (plan.factor, plan.variant, plan.operation): plan
        for found in climb.planned.values()
        for each in found.values()
        for plan in each.plans
    }
    keys = [(each.factor, each.variant, each.operation) for each in told]
    return [Outcome(each, plans[key], points.get(key)) for each, key in zip(told, keys, strict=True) if key in plans]


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else DESIGN)
    scale = float(sys.argv[2]) if len(sys.argv) > 2 else SCALE
    with tempfile.TemporaryDirectory() as home, start(parse_spec(SPEC)) as server:
        options = Options((SPEC,), VARIANTS, (), scale, Path(home), Settings(SECONDS))
        climb = Climb(folder, options, Path(home))
        beds = [climb.measure(server, factor) for factor in SMALL]
        told = climb.predict(beds[-1], LARGE)
        for factor in LARGE:
            climb.measure(server, factor)
    found = outcomes(climb, told)
    print_outcomes(found)
    print(json.dumps(figures(found)))
    return 0


def print_outcomes(found: Sequence[Outcome]) -> None:
    rows = [
        (
            f"{each.predicted.operation} on {each.predicted.variant}",
            f"{each.predicted.factor:g}x",
            "as predicted" if each.is_same_plan else "another",
            units.seconds(each.predicted.p50.estimate) if each.predicted.p50 else "-",
            units.seconds(each.seconds.estimate) if each.seconds else "-",
            f"{each.ratio:.2f}" if each.ratio else "-",
        )
        for each in found
    ]
    print_table(("operation", "size", "plan", "predicted", "measured", "ratio"), rows)
    for each in found:
        if not each.is_same_plan:
            print(f"\n{each.predicted.operation} at {each.predicted.factor:g}x, predicted:\n{each.predicted.plan}")
            print(f"found:\n{each.real.plan}")


def figures(found: Sequence[Outcome]) -> dict[str, float]:
    timed = [each for each in found if each.ratio is not None]
    right = [each for each in timed if each.ratio is not None and 1 / WITHIN <= each.ratio <= WITHIN]
    return {
        "predictions": len(found),
        "plan_share": round(sum(each.is_same_plan for each in found) / len(found), 3),
        "latency_share": round(len(right) / len(timed), 3),
        "interval_coverage": round(sum(each.is_covered for each in timed) / len(timed), 3),
    }


if __name__ == "__main__":
    sys.exit(main())
