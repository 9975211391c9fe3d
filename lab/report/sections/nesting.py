"""Embed or reference, relation by relation: what was measured both ways, and the size where the one overtakes the
other."""

from __future__ import annotations

import pyarrow as pa

from lab.model.interval import OPEN_END, Interval
from lab.model.nesting import WORK, Nesting
from lab.model.run import EngineRun, Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Details, Heading, Paragraph, Table
from lab.report.labels import engine_labels

TITLE = "Embed or reference"
_HOW = (
    "Each relation was laid out twice on documents of its own shape, embedded and referenced, with parents of several "
    "sizes; the work was timed on both in pairs. Updates of the parent itself and the reach of the page cache are not "
    "part of it: the operations above have those."
)


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        if engine.nestings:
            found += [Heading(labels[engine.server.spec], 3), *_of_engine(engine)]
    return found


def _of_engine(engine: EngineRun) -> list[Block]:
    verdicts = Bullets(tuple(map(sentence, engine.nestings)))
    return [verdicts, Paragraph(_HOW, "quiet"), *map(_details, engine.nestings)]


def sentence(nesting: Nesting) -> str:
    """A verdict a team can act on."""
    child, parent = f"`{nesting.child}`", f"`{nesting.parent}`"
    mean, most = units.count(nesting.mean_children), units.count(nesting.most_children)
    here = f"a parent has {mean} here on average, and {most} at most"
    match nesting.advice:
        case "embed":
            return f"Embed {child} in {parent}: {_mix(nesting)}, that is the faster {_up_to(nesting)}; {here}."
        case "embed the newest":
            usual = units.count(nesting.usual_children)
            return (
                f"Embed the newest {child} in {parent} and leave all in their collection: {_mix(nesting)}, embedding "
                f"is the faster {_up_to(nesting)}; 95 of 100 parents have {usual} at most, but some {most}."
            )
        case "reference":
            return f"Keep {child} in a collection that refers to {parent}: {_mix(nesting)}, {_from(nesting)}; {here}."
    return (
        f"{child} in {parent}: cannot tell which is the faster, {_mix(nesting)}: {_doubt(nesting.crossover)}; {here}."
    )


def _mix(nesting: Nesting) -> str:
    if not nesting.is_mix_known:
        return "with every kind of work equally often, since the workload does none"
    done = [f"{units.count(weight)} {WORK[work]}" for work, weight in nesting.weights.items() if weight]
    return f"at {' to '.join(done)}"


def _up_to(nesting: Nesting) -> str:
    crossover, largest = nesting.crossover, nesting.points[-1].children
    if nesting.is_overtaken:
        return f"up to {_size(crossover.estimate)} children ({_between(crossover, largest)})"
    if crossover.low >= OPEN_END:
        return f"at every size up to {units.count(largest)} children"
    return f"up to {_size(crossover.low)} children at least, and not shown to be overtaken up to {units.count(largest)}"


def _from(nesting: Nesting) -> str:
    crossover, largest = nesting.crossover, nesting.points[-1].children
    if not crossover.estimate:
        return f"it is the faster from the first child on (or from {_size(crossover.high)})"
    return f"it is the faster from {_size(crossover.estimate)} children on ({_between(crossover, largest)})"


def _doubt(crossover: Interval) -> str:
    if not crossover.low and crossover.high >= OPEN_END:
        return "the one overtakes the other at no size that could be shown; give it more time with `--time-budget`"
    low = _size(crossover.low) if crossover.low else "the first child"
    high = _size(crossover.high) if crossover.high < OPEN_END else "beyond the largest measured"
    return f"the crossover lies anywhere from {low} to {high}"


def _between(crossover: Interval, largest: int) -> str:
    low = _size(crossover.low) if crossover.low else "0"
    return (
        f"{low} to {_size(crossover.high)}" if crossover.high < OPEN_END else f"{low} to beyond {units.count(largest)}"
    )


def _size(children: float) -> str:
    """Two digits are as much as is known."""
    return units.significant(children, 2)


def _details(nesting: Nesting) -> Block:
    columns = (Column("Children", is_number=True), *(Column(words, is_number=True) for words in WORK.values()))
    rows = tuple(
        (
            Cell(units.count(point.children)),
            *(
                Cell(
                    units.ratio_interval(point.ratios[work]),
                    f"{units.seconds(point.seconds[work][0])} : {units.seconds(point.seconds[work][1])}",
                )
                for work in WORK
            ),
        )
        for point in nesting.points
    )
    caption = "Time embedded / time referenced, as an interval, by children per parent; below it the two medians."
    return Details(
        f"`{nesting.child}` in `{nesting.parent}`", (Table(columns, rows, caption),), note=nesting.advice, is_bulky=True
    )
