"""Whether advice keeps its word on rows it was not made from.

`lab advise` runs as a user runs it. Then the design is loaded anew under another seed, the advice is applied to it, and
each operation is timed beside the new base in the same rounds, with parameters drawn anew. What was reported is held
against what comes out: the gain (how much less time an operation takes, in per cent of the base's) of every operation
that was said to get faster, and whether any got slower by more than 10 % and 5 ms.

    python -m benchmarks.advice_holds [DESIGN [ENGINE [SCALE]]]
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from benchmarks.table import print_table
from lab import advising, pipeline
from lab.advise import Budget
from lab.bench import Settings
from lab.design import read_design
from lab.model.change import Variant
from lab.model.interval import Interval, geometric_mean
from lab.model.run import EngineRun, OperationRun, Trial
from lab.progress import Lines

DESIGN, ENGINE, SCALE = "schemas/ecommerce", "postgres", 0.05
SEED, OTHER_SEED = 1, 2
SECONDS = 12.0
"""Of timed rounds, at each measurement."""
TRYING_SECONDS = 300.0
MOST_POINTS = 10.0
MOST_SLOWER, MOST_SLOWER_SECONDS = 1.10, 0.005


@dataclass(frozen=True)
class Held:
    """One operation: its ratio to the base as it was reported, and as it came out."""

    name: str
    reported: Interval
    measured: Interval
    before_seconds: float
    after_seconds: float
    was_faster: bool

    @property
    def points(self) -> float:
        """By how much more of the base's time it takes than was reported: positive when less was gained."""
        return 100 * (self.measured.estimate - self.reported.estimate)

    @property
    def is_slower(self) -> bool:
        more = self.after_seconds - self.before_seconds
        return self.measured.low > MOST_SLOWER and more > MOST_SLOWER_SECONDS


def main(arguments: list[str]) -> int:
    design, engine, scale = [*arguments, *(DESIGN, ENGINE, str(SCALE))[len(arguments) :]]
    with tempfile.TemporaryDirectory() as out:
        options = pipeline.Options(
            (engine,), scale=float(scale), out=Path(out), settings=Settings(SECONDS, 10.0, SEED), command="advice_holds"
        )
        with Lines(Console(stderr=True)) as observer:
            recorder, trials = advising.advise(Path(design), options, Budget(seconds=TRYING_SECONDS), observer)
            accepted = [trial for trial in trials if trial.is_accepted and not trial.proposal.batch]
            if not accepted:
                print(json.dumps({"advised": 0, "tried": len(trials)}))
                return 0
            fresh = replace(options, settings=replace(options.settings, seed=OTHER_SEED))
            again = applied(Path(design), fresh, accepted, observer)
    return told(recorder.run.engines[-1], again, accepted)


def applied(design: Path, options: pipeline.Options, accepted: list[Trial], observer) -> EngineRun:  # type: ignore[no-untyped-def]
    """The advice as one variant beside a base with other rows."""
    read = read_design(design)
    advice = Variant("advice", tuple(trial.proposal.change for trial in accepted), "every change advised")
    rewrites = {"advice": tuple(o for trial in accepted for o in trial.proposal.rewrites)}
    read = replace(read, workload=replace(read.workload, rewrites=rewrites))
    recorder = pipeline.open_recorder(read, design, options)
    (spec,) = pipeline.parse_specs(options.engines)
    generator = pipeline.generator_for(read, options)
    with pipeline.prepared_bed(spec, read, (advice,), generator, observer) as bed:
        return pipeline.measure_on(bed, (advice,), options, recorder, observer)


def told(reported: EngineRun, again: EngineRun, accepted: list[Trial]) -> int:
    print("advised:", *(f"  {trial.proposal.change.name} ({trial.proposal.rule})" for trial in accepted), sep="\n")
    held = list(compared(reported, again))
    rows = [
        (
            one.name,
            f"{one.before_seconds * 1000:.2f}",
            f"{one.after_seconds * 1000:.2f}",
            shown(one.reported),
            shown(one.measured),
            f"{one.points:+.1f}",
            verdict(one),
        )
        for one in sorted(held, key=lambda one: one.measured.estimate)
    ]
    print_table(("operation", "base ms", "with ms", "reported", "re-measured", "points", ""), rows)
    promised = [one for one in held if one.was_faster]
    figures = {
        "advised": len(accepted),
        "operations": len(held),
        "reported_faster": len(promised),
        "within_10_points": sum(abs(one.points) <= MOST_POINTS for one in promised),
        "largest_points_less": round(max((one.points for one in promised), default=0.0), 1),
        "largest_points_more": round(-min((one.points for one in promised), default=0.0), 1),
        "mix_reported": mix(reported),
        "mix_measured": mix(again),
        "slower": sum(one.is_slower for one in held),
    }
    print(json.dumps(figures))
    return 0 if figures["within_10_points"] == len(promised) and not figures["slower"] else 1


def verdict(one: Held) -> str:
    if one.is_slower:
        return "SLOWER"
    return "OFF" if one.was_faster and abs(one.points) > MOST_POINTS else ""


def compared(reported: EngineRun, again: EngineRun) -> Iterator[Held]:
    for said in advised(reported):
        found = next((o for o in advised(again) if o.name == said.name), None)
        base = again.variants[0].operation(said.name)
        if found is None or base is None or not (said.comparison and found.comparison):
            continue
        assert base.summary and found.summary
        seconds = base.summary.p50.estimate, found.summary.p50.estimate
        was_faster = said.comparison.direction == "faster"
        yield Held(said.name, said.comparison.ratio, found.comparison.ratio, *seconds, was_faster)


def advised(engine: EngineRun) -> tuple[OperationRun, ...]:
    variant = engine.variant("advice")
    assert variant is not None, "the advice was not measured as a whole"
    return variant.operations


def mix(engine: EngineRun) -> float | None:
    ratio = geometric_mean((o.comparison.ratio, o.weight) for o in advised(engine) if o.comparison)
    return round(ratio.estimate, 3) if ratio else None


def shown(ratio: Interval) -> str:
    return f"{ratio.estimate:.3g}x [{ratio.low:.3g}, {ratio.high:.3g}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
