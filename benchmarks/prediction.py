"""Whether plans and latencies at sizes that were not loaded come out as they were predicted, on PostgreSQL 18.

A design is loaded at small sizes, each operation is timed, and predictions are made for larger sizes as `lab scale`
makes them; then the larger ones are loaded and timed too. For each operation: whether the planner goes the predicted
way (the commonest plan of the same sets of parameters), and the measured median over the predicted one. `plan_share`
and `latency_share` are the shares of predictions whose plan is the same, and whose latency is right within a factor of
1.5. On a machine that has other things to do, a statement of some milliseconds waits for a processor and a short one
does not; so the same is done with the processor time of the server's process (Linux: /proc/PID/schedstat), which is
what the latency comes to when nobody else is there: `processor_share`.

    python -m benchmarks.prediction [DESIGN [SCALE]]      SMALL=1,2 LARGE=10,50 SECONDS=20
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.table import print_table
from lab import stats
from lab.bench import Bed
from lab.bench.imagine import Planned, imagined_plans, planned
from lab.bench.load import BASE as BASE_DATABASE
from lab.datagen import Generator, draw
from lab.design import read_design
from lab.engines.engine import Prepared, Server, Text
from lab.growth import predictions
from lab.model.change import BASE
from lab.model.growth import ImaginedPlan, Point, Prediction, Size
from lab.model.interval import Interval
from lab.pipeline import prepare_bed
from lab.progress import Lines
from lab.provision import parse_spec, start
from lab.report import units

DESIGN, SCALE, SPEC = "schemas/ecommerce", 0.02, "postgres:18@local"
SMALL = tuple(map(float, os.environ.get("SMALL", "1,2").split(",")))
LARGE = tuple(map(float, os.environ.get("LARGE", "10,50").split(",")))
SECONDS = float(os.environ.get("SECONDS", "20"))
MOST_ROUNDS, LEAST_ROUNDS, WARM_ROUNDS = 100, 5, 6
"""PostgreSQL decides for a statement's sixth execution whether its plan is to be the same for all parameters."""
WRITE_SHARE = 0.25
WITHIN = 1.5
OBSERVER = Lines(Console(stderr=True))


@dataclass
class Climb:
    """What was measured, size by size: once by the clock, once by the processor time."""

    folder: Path
    scale: float
    sizes: dict[float, Size] = field(default_factory=dict)
    processor: dict[float, Size] = field(default_factory=dict)
    planned: dict[float, dict[str, Planned]] = field(default_factory=dict)

    def measure(self, server: Server, factor: float) -> Bed:
        design = read_design(self.folder)
        generator = Generator(design.schema, design.data, self.scale * factor, seed=1)
        bed = prepare_bed(server, design, (), generator, OBSERVER)
        self.planned[factor] = planned(bed, (BASE,), factor)
        waited, worked = time_operations(bed)
        self.sizes[factor] = _size(factor, bed, waited)
        self.processor[factor] = _size(factor, bed, worked)
        return bed

    def predict(self, bed: Bed, factors: Sequence[float]) -> tuple[tuple[Prediction, ...], tuple[Prediction, ...]]:
        """By what was measured so far, the largest of which is still loaded: latencies, and processor times."""
        first, last = min(self.sizes), max(self.sizes)
        known = [plan for found in self.planned.values() for each in found.values() for plan in each.plans]
        further = [factor / last for factor in factors]
        plans = tuple(imagined_plans(bed, (BASE,), self.planned[first], self.planned[last], last / first, further))
        latencies, works = (
            tuple(predictions(plans, known, tuple(sizes.values()))) for sizes in (self.sizes, self.processor)
        )
        return latencies, works


Medians = Mapping[str, Interval]


def time_operations(bed: Bed) -> tuple[Medians, Medians]:
    """The median latency and processor time of each operation, in rounds: reads first, as in every measurement of the
    lab. By the time of the writes the disk has done what the load left to do."""
    with closing(bed.engine.connect(bed.server, BASE_DATABASE)) as database:
        database.run([Text("CHECKPOINT")])  # what the load left to write is not the operations' to wait for
        pid = database.serving_process()
        if pid is None:
            raise SystemExit("the server runs in a container: its processes cannot be told apart")
        pairs: dict[str, list[tuple[float, float]]] = {}
        for is_write, share in ((False, 1 - WRITE_SHARE), (True, WRITE_SHARE)):
            ways = {
                operation.name: (
                    prepared := database.prepare(bed.engine.query_sql(operation).sql),
                    map(prepared.bind, draw(bed.generator, operation, WARM_ROUNDS + MOST_ROUNDS, 1)),
                )
                for operation in bed.design.workload.operations
                if operation.is_write == is_write
            }
            pairs |= _time_rounds(ways, pid, share * SECONDS)
    latencies, works = (
        {name: stats.summarize(np.array([pair[place] for pair in found])).p50 for name, found in pairs.items()}
        for place in (0, 1)
    )
    return latencies, works


def _time_rounds(
    ways: Mapping[str, tuple[Prepared, Iterator[object]]], pid: int, seconds: float
) -> dict[str, list[tuple[float, float]]]:
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    deadline = time.monotonic() + seconds
    for round_ in range(-WARM_ROUNDS, MOST_ROUNDS):
        if round_ >= LEAST_ROUNDS and time.monotonic() > deadline:
            break
        for name, (prepared, sets) in ways.items():
            taken = _time(prepared, next(sets), pid)
            if round_ >= 0:
                pairs[name].append(taken)
    return pairs


def _time(prepared: Prepared, values: object, pid: int) -> tuple[float, float]:
    before, started = _processor_seconds(pid), time.perf_counter_ns()
    result = prepared.execute(values)
    taken = (time.perf_counter_ns() - started) / 1e9
    prepared.count(result)
    return taken, _processor_seconds(pid) - before


def _processor_seconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _size(factor: float, bed: Bed, medians: Medians) -> Size:
    points = tuple(Point(BASE.name, name, p50) for name, p50 in medians.items())
    return Size(factor, bed.load.rows, {}, {}, 0.0, points)


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
    def is_near(self) -> bool:
        return self.ratio is not None and 1 / WITHIN <= self.ratio <= WITHIN

    @property
    def is_covered(self) -> bool:
        """Whether the prediction interval holds what was measured."""
        told = self.predicted.p50
        return bool(self.seconds and told and told.low <= self.seconds.estimate <= told.high)


def outcomes(climb: Climb, told: Sequence[Prediction], sizes: Mapping[float, Size]) -> list[Outcome]:
    points = {(size.factor, point.operation): point.p50 for size in sizes.values() for point in size.points}
    plans = {
        (plan.factor, plan.operation): plan
        for found in climb.planned.values()
        for each in found.values()
        for plan in each.plans
    }
    keys = [(each.factor, each.operation) for each in told]
    return [Outcome(each, plans[key], points.get(key)) for each, key in zip(told, keys, strict=True) if key in plans]


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else DESIGN)
    scale = float(sys.argv[2]) if len(sys.argv) > 2 else SCALE
    climb, (latencies, works) = climbed(folder, scale)
    waited = outcomes(climb, latencies, climb.sizes)
    worked = outcomes(climb, works, climb.processor)
    print_outcomes(waited, worked)
    print(json.dumps(figures(waited, worked)))
    return 0


def climbed(folder: Path, scale: float) -> tuple[Climb, tuple[tuple[Prediction, ...], tuple[Prediction, ...]]]:
    with start(parse_spec(SPEC)) as server:
        climb = Climb(folder, scale)
        for factor in SMALL:
            bed = climb.measure(server, factor)
            if factor == SMALL[-1]:
                told = climb.predict(bed, LARGE)
            bed.engine.drop_database(server, BASE_DATABASE)
        for factor in LARGE:
            bed = climb.measure(server, factor)
            bed.engine.drop_database(server, BASE_DATABASE)
    return climb, told


def print_outcomes(waited: Sequence[Outcome], worked: Sequence[Outcome]) -> None:
    rows = [
        (
            each.predicted.operation,
            f"{each.predicted.factor:g}x",
            "as predicted" if each.is_same_plan else "another",
            *_cells(each),
            *_cells(other),
        )
        for each, other in zip(waited, worked, strict=True)
    ]
    print_table(
        ("operation", "size", "plan", "predicted", "measured", "ratio", "processor predicted", "measured", "ratio"),
        rows,
    )
    for each in waited:
        if not each.is_same_plan:
            print(f"\n{each.predicted.operation} at {each.predicted.factor:g}x, predicted:\n{each.predicted.plan}")
            print(f"found:\n{each.real.plan}")


def _cells(found: Outcome) -> Iterator[str]:
    for interval in (found.predicted.p50, found.seconds):
        yield units.seconds(interval.estimate if interval else None)
    yield f"{found.ratio:.2f}" if found.ratio else "-"


def figures(waited: Sequence[Outcome], worked: Sequence[Outcome]) -> dict[str, float]:
    def share(of: Callable[[Outcome], bool], found: Sequence[Outcome]) -> float:
        return round(sum(map(of, found)) / len(found), 3)

    return {
        "predictions": len(waited),
        "plan_share": share(lambda each: each.is_same_plan, waited),
        "latency_share": share(lambda each: each.is_near, waited),
        "processor_share": share(lambda each: each.is_near, worked),
        "interval_coverage": share(lambda each: each.is_covered, waited),
        "processor_interval_coverage": share(lambda each: each.is_covered, worked),
    }


if __name__ == "__main__":
    sys.exit(main())
