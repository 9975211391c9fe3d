"""A line of runs as a section: what changed, a summary, a chart for each operation, size, load, and the runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from lab.model.interval import Interval
from lab.model.run import OperationRun
from lab.model.workload import TARGET_SECONDS
from lab.report import charts, units
from lab.report.blocks import Block, Cell, Chart, ChartGrid, Column, Details, Heading, Paragraph, Section, Table
from lab.report.cells import TONES, latency_cell
from lab.report.labels import mark_of
from lab.report.trend import panel
from lab.report.trend.lines import Change, Entry, Line, dates, whole_title
from lab.report.trend.panel import Point, Scale, Series
from lab.report.trend.sparkline import sparkline
from lab.report.verdict import decide

MOST_CHANGES = 12
"""More of them are folded."""
LOAD_PARTS = ("making rows", "loading", "constraints and indexes")


def line_section(line: Line, anchor: str) -> Section:
    blocks: list[Block] = [Paragraph(_opening(line))]
    if line.changes:
        blocks.append(_changes(line))
    colors = _colors(line)
    operations = {name: _operation_series(line, name, colors) for name in line.operations()}
    if operations:
        blocks += [Heading("Latency", 3), _latencies(line, operations)]
        blocks.append(ChartGrid(tuple(_latency_chart(line, *each) for each in operations.items()), None, "medium"))
    blocks += _caches(line)
    blocks += _costs(line, colors)
    blocks.append(Details("The runs", (_runs(line),), note=str(len(line.entries)), is_bulky=True))
    return Section(anchor, line.title, tuple(blocks))


def _opening(line: Line) -> str:
    place = line.latest.run.environment
    when = [f"{entry.run.started_at:%d %B %Y, %H:%M}".lstrip("0") for entry in (line.entries[0], line.latest)]
    on = f"The latest is of {place.cpu}, {place.cores} cores, {whole_title(line.latest.engine)}."
    if len(line.entries) == 1:
        return f"One run, of {when[0]}; two make a trend. {on}"
    return f"{len(line.entries)} runs, from {when[0]} to {when[1]}. {on}"


def _over(line: Line) -> str:
    return "in one run" if len(line.entries) == 1 else f"over {len(line.entries)} runs"


def _changes(line: Line) -> Block:
    columns = (Column("number"), Column("from the run of"), Column("what changed"))
    rows = tuple(
        (Cell(str(change.number)), _moment_cell(line.entries[change.position]), Cell(change.sentence))
        for change in line.changes
    )
    table = Table(columns, rows, "What changed besides the design")
    if len(rows) <= MOST_CHANGES:
        return table
    return Details("What changed besides the design", (table,), note=f"{len(rows)} times")


def _moment_cell(entry: Entry) -> Cell:
    return Cell(f"{entry.run.started_at:%Y-%m-%d %H:%M}", entry.run.environment.commit)


def _operation_series(line: Line, name: str, colors: Mapping[str, str]) -> list[Series]:
    """One for each variant that ever ran the operation."""
    found = [Series(variant, color, tuple(_points(line, variant, name))) for variant, color in colors.items()]
    return [series for series in found if series.points]


def _points(line: Line, variant: str, name: str) -> list[Point]:
    points = []
    for position, entry in enumerate(line.entries):
        operation = entry.operation(variant, name)
        if operation is not None and operation.status != "unsupported":
            points.append(_point(position, operation, f"{variant}, {entry.run.started_at:%Y-%m-%d %H:%M}"))
    return points


def _point(position: int, operation: OperationRun, who: str) -> Point:
    if operation.summary is None:
        return Point(position, words=f"{who}: {operation.status}", failure=operation.status)
    middle, late = operation.summary.p50, operation.summary.p95.estimate
    words = f"{who}: p50 {units.seconds(middle.estimate)} ({units.seconds_interval(middle)}), p95 {units.seconds(late)}"
    return Point(position, middle.estimate, middle.low, middle.high, late, words)


def _colors(line: Line) -> dict[str, str]:
    """Of each variant: as everywhere in the reports, the base is set apart, and what the latest run says to adopt."""
    latest = line.latest
    chosen = decide(latest.run).engines[latest.run.engines.index(latest.engine)].variant
    names = line.variants()
    others = {name: charts.ACCENT if name == chosen else charts.CALM for name in names}
    return others | dict.fromkeys(names[:1], charts.BASE)


def _latencies(line: Line, operations: dict[str, list[Series]]) -> Table:
    titles = ("p50 over time", "lowest p50", "highest", "latest", "latest p95")
    columns = (Column("operation"), Column("variant"), *(Column(title, True) for title in titles))
    rows = tuple(
        (Cell(name), Cell(series.name), *_extent(line, series, units.seconds), *_latest(line, series.name, name))
        for name, found in operations.items()
        for series in found
    )
    return Table(columns, rows, f"Latency {_over(line)}")


def _extent(line: Line, series: Series, words: Callable[[float], str]) -> tuple[Cell, ...]:
    """The series in a line of text, its lowest and its highest value."""
    values = {point.position: point.value for point in series.measured}
    spark = Cell(sparkline([values.get(position) for position in range(len(line.entries))]))
    if not values:
        return (spark, Cell(units.UNKNOWN), Cell(units.UNKNOWN))
    return (spark, Cell(words(min(values.values()))), Cell(words(max(values.values()))))


def _latest(line: Line, variant: str, name: str) -> tuple[Cell, Cell]:
    operation = line.latest.operation(variant, name)
    if operation is None:
        return Cell("not run", tone="quiet"), Cell(units.UNKNOWN)
    mark = mark_of(operation)
    if operation.summary is None:
        return Cell(operation.status), Cell(units.UNKNOWN, mark=mark, tone=TONES[mark])
    late = Cell(units.seconds(operation.summary.p95.estimate), mark=mark, tone=TONES[mark])
    return latency_cell(operation.summary.p50), late


def _latency_chart(line: Line, name: str, series: Sequence[Series]) -> Chart:
    known = next(found for entry in reversed(line.entries) for s in series if (found := entry.operation(s.name, name)))
    target = TARGET_SECONDS[known.target_class]
    changes = [change for change in line.changes if change.concerns(name)]
    title = f"`{name}` · target {units.tick(units.seconds(target))}"
    scale_of = partial(panel.latency_scale, target=target)
    return _chart(line, title, name, series, changes, scale_of, units.seconds, target)


def _chart(
    line: Line,
    title: str,
    name: str,
    series: Sequence[Series],
    changes: Sequence[Change],
    scale_of: Callable[[Series], Scale],
    words: Callable[[float], str],
    target: float | None = None,
) -> Chart:
    spec = panel.specification(series, changes, dates(line.entries), scale_of, target)
    ends = "; ".join(_ends(one, words) for one in series)
    alt = f"{name} {_over(line)} of {line.title}. {ends}."
    return Chart(title, spec, alt, _each_run(line, name, series, words))


def _ends(series: Series, words: Callable[[float], str]) -> str:
    values = [point.value for point in series.measured]
    if not values:
        return f"{series.name}: never measured"
    return f"{series.name}: first {words(values[0])}, last {words(values[-1])}"


def _each_run(line: Line, name: str, series: Sequence[Series], words: Callable[[float], str]) -> Table:
    columns = (Column("run"), *(Column(one.name, True) for one in series))
    found = [{point.position: point for point in one.points} for one in series]
    rows = tuple(
        (_moment_cell(entry), *(_run_cell(points.get(position), words) for points in found))
        for position, entry in enumerate(line.entries)
    )
    return Table(columns, rows, f"{name}, each run")


def _run_cell(point: Point | None, words: Callable[[float], str]) -> Cell:
    if point is None:
        return Cell(units.UNKNOWN)
    if point.failure:
        return Cell(point.failure)
    if point.late is None:
        return Cell(words(point.value))
    interval = units.seconds_interval(Interval(point.value, point.low, point.high))
    return Cell(words(point.value), f"{interval}, p95 {words(point.late)}")


def _caches(line: Line) -> list[Block]:
    """The 95th percentile of the reads that can be cached, by how they are kept, in the runs that compared that."""
    points: dict[str, list[Point]] = {}
    for position, entry in enumerate(line.entries):
        for way in entry.engine.cache.strategies if entry.engine.cache else ():
            if way.reads:
                p95 = way.reads.p95
                words = f"{way.name}: p95 {units.seconds(p95.estimate)} ({units.seconds_interval(p95)})"
                point = Point(position, p95.estimate, p95.low, p95.high, words=words)
                points.setdefault(way.name, []).append(point)
    if not points:
        return []
    series = [Series(name, charts.CALM, tuple(found)) for name, found in points.items()]
    name = "p95 of reads that can be cached"
    changes = [change for change in line.changes if change.words]
    scale_of = partial(panel.amount_scale, words=units.seconds, base=10.0)
    chart = _chart(line, name, name, series, changes, scale_of, units.seconds)
    table = _amounts(line, name, "way", series, units.seconds)
    return [Heading("Caches", 3), table, ChartGrid((chart,), None, "medium")]


def _costs(line: Line, colors: Mapping[str, str]) -> list[Block]:
    """Size and load time, as far as any run tells them."""
    sizes, loads = _size_series(line, colors), _load_series(line)
    found = [(sizes, "storage", "variant", units.size_bytes, 1024.0), (loads, "load time", "part", units.seconds, 10.0)]
    blocks: list[Block] = []
    drawn: list[Chart] = []
    for series, name, kind, words, base in found:
        if series:
            changes = [change for change in line.changes if change.words]
            scale_of = partial(panel.amount_scale, words=words, base=base)
            blocks.append(_amounts(line, name, kind, series, words))
            drawn.append(_chart(line, name.capitalize(), name, series, changes, scale_of, words))
    return [Heading("Storage and load time", 3), *blocks, ChartGrid(tuple(drawn), None, "medium")] if drawn else []


def _amounts(line: Line, name: str, kind: str, series: Sequence[Series], words: Callable[[float], str]) -> Table:
    columns = (Column(kind), *(Column(title, True) for title in ("over time", "lowest", "highest", "latest")))
    last = len(line.entries) - 1
    latest = [next((words(point.value) for point in one.points if point.position == last), "none") for one in series]
    rows = tuple(
        (Cell(one.name), *_extent(line, one, words), Cell(text)) for one, text in zip(series, latest, strict=True)
    )
    return Table(columns, rows, f"{name[0].upper()}{name[1:]} {_over(line)}")


def _size_series(line: Line, colors: Mapping[str, str]) -> list[Series]:
    found = []
    for name, color in colors.items():
        sizes = [
            (position, variant.table_bytes + variant.index_bytes)
            for position, entry in enumerate(line.entries)
            if (variant := entry.engine.variant(name)) and variant.relations
        ]
        found.append(Series(name, color, tuple(_amount(*size, units.size_bytes, name) for size in sizes)))
    return [series for series in found if series.points]


def _load_series(line: Line) -> list[Series]:
    loads = [(position, entry.engine.load) for position, entry in enumerate(line.entries) if entry.engine.load]
    times = [(position, (load.generate_seconds, load.load_seconds, load.index_seconds)) for position, load in loads]
    if not times:
        return []
    return [
        Series(
            part, charts.CALM, tuple(_amount(position, each[number], units.seconds, part) for position, each in times)
        )
        for number, part in enumerate(LOAD_PARTS)
    ]


def _amount(position: int, value: float, words: Callable[[float], str], name: str) -> Point:
    return Point(position, value, value, value, words=f"{name}: {words(value)}")


def _runs(line: Line) -> Table:
    titles = ("run", "started", "lab", "engine", "processor", "load average")
    rows = tuple(
        (
            Cell(entry.run.id),
            _moment_cell(entry),
            Cell(entry.run.environment.lab_version),
            Cell(entry.engine.server.version),
            Cell(f"{entry.run.environment.cpu}, {entry.run.environment.cores} cores"),
            Cell(f"{entry.run.environment.load_average[0]:.2f}"),
        )
        for entry in line.entries
    )
    return Table(tuple(Column(title, title == "load average") for title in titles), rows, f"Runs of {line.title}")
