"""What growth does, for a terminal of 80 columns."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lab.model.growth import Growth
from lab.model.run import Run
from lab.report import units
from lab.report.growth_words import breaks_at, factor, first_breaks, flips, law_words, step_words
from lab.report.terminal import bare_table

_MOST_LAWS = 12


def growth_tables(run: Run) -> RenderableType:
    growth = run.growth
    if growth is None or not growth.sizes:
        return Text("no size was measured", "yellow")
    parts: list[RenderableType] = [Text(f"\n{line.replace('`', '')}", "bold") for line in first_breaks(growth)]
    parts += [Text(f"{factor(left.factor)} was not measured: {left.reason}", "yellow") for left in growth.left_out]
    parts += [Text(""), _laws(growth), *_beyond(growth)]
    return Group(*parts)


def _laws(growth: Growth) -> Table:
    table = bare_table(2)
    for title, justify in (("operation", "left"), ("variant", "left"), ("law", "left"), ("exponent", "right")):
        table.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]
    table.add_column("p95 at 1x", justify="right", no_wrap=True)
    table.add_column(f"at {factor(growth.sizes[-1].factor)}", justify="right", no_wrap=True)
    table.add_column("breaks at")
    points = {(size.factor, p.variant, p.operation): p for size in growth.sizes for p in size.points}
    for law in growth.laws[:_MOST_LAWS]:
        ends = [points.get((size.factor, law.variant, law.operation)) for size in (growth.sizes[0], growth.sizes[-1])]
        p95s = [units.seconds(p.p95.estimate) if p and p.p95 else units.UNKNOWN for p in ends]
        table.add_row(law.operation, law.variant, law_words(law), f"{law.exponent.estimate:.2f}", *p95s, breaks_at(law))
    return table


def _beyond(growth: Growth) -> list[Text]:
    if len(growth.laws) > _MOST_LAWS:
        found = [Text(f"and {len(growth.laws) - _MOST_LAWS} more in the report", "dim")]
    else:
        found = []
    for key in growth.keys:
        found.append(Text(f"{key.table}.{key.column} ({key.type}) is full at {factor(key.breaks_at)}", "yellow"))
    if growth.not_predicted:
        found.append(Text(f"Nothing is predicted: {growth.not_predicted}"))
    elif growth.predictions:
        found.append(
            Text(f"Planned up to {factor(growth.asked_to)}: {len(flips(growth))} operations change their plan.")
        )
    engine = growth.spec.partition(":")[0].partition("@")[0]
    found += [Text(step_words(step, engine).replace("`", "")) for step in growth.steps]
    return found
