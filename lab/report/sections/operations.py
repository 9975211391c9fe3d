"""Every operation in numbers, with the SQL and the plan behind each cell of the heat map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lab.model.rule_text import print_rule
from lab.model.run import EngineRun, OperationRun, Run, VariantRun
from lab.model.workload import TARGET_SECONDS, Operation
from lab.report import units
from lab.report.blocks import Block, Cell, Code, Column, Details, Heading, Paragraph, Table
from lab.report.cells import TONES, all_operations, comparison_cell, latency_cell, operation_anchor
from lab.report.doubts import DOUBT, doubts
from lab.report.labels import engine_labels, mark_of

TITLE = "Operations, numbers and plans"
Measured = Sequence[tuple[VariantRun, OperationRun]]


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    values = {operation.name: _values(operation) for operation in run.design.workload.operations}
    for engine in run.engines:
        label = labels[engine.server.spec]
        found.append(Heading(label, 3))
        details = [
            _operation(name, description, values.get(name, ""), measured, label, engine)
            for name, description in all_operations(run).items()
            if (measured := _on_each_variant(engine, name))
        ]
        found.extend(details or [Paragraph("No operation was run on this engine.", "unclear")])
    return found or [Paragraph("No engine was measured.", "unclear")]


def _on_each_variant(engine: EngineRun, name: str) -> Measured:
    found = ((variant, variant.operation(name)) for variant in engine.variants)
    return [(variant, operation) for variant, operation in found if operation]


def _values(operation: Operation) -> str:
    """What its parameters were given."""
    told = [
        f"`{parameter.name} = {print_rule(parameter.rule)}`{' (read off the query)' if parameter.is_inferred else ''}"
        for parameter in operation.parameters
    ]
    return f"Drawn for each execution: {', '.join(told)}." if told else ""


def _operation(name: str, description: str, values: str, measured: Measured, label: str, engine: EngineRun) -> Details:
    first = measured[0][1]
    target = units.tick(units.seconds(TARGET_SECONDS[first.target_class]))
    kind = "write" if first.is_write else "read"
    plain = f"A {first.target_class} {kind}, target {target}, weight {units.count(first.weight)}."
    body: list[Block] = [Paragraph(f"{description} {plain}".strip()), _code(first.sql, _sql_caption(measured))]
    body += [Paragraph(values, "quiet")] if values else []
    body.append(_table(measured, name, label))
    body.extend(_doubts(measured, engine))
    body.extend(_cell_details(variant, operation, label) for variant, operation in measured)
    return Details(f"`{name}`", tuple(body), operation_anchor(label, name), _note(measured))


def _sql_caption(measured: Measured) -> str:
    first = measured[0]
    is_shared = all(operation.sql == first[1].sql for _, operation in measured)
    words = _words(first[1].sql)
    return f"The same {words} on every variant" if is_shared else f"{words} on {first[0].name}"


def _code(text: str, caption: str) -> Code:
    return Code(text, "sql" if _words(text) == "SQL" else "text", caption)


def _words(text: str) -> str:
    """What an operation's text is: an engine without SQL takes commands, as JSON."""
    return "commands" if text.lstrip().startswith(("{", "[")) else "SQL"


def _note(measured: Measured) -> str:
    """The spread at a glance: base, then the fastest variant."""
    timed = [(v.name, o.summary.p95.estimate) for v, o in measured if o.summary]
    if not timed:
        return "not measured"
    name, fastest = min(timed, key=lambda pair: pair[1])
    base = f"{timed[0][0]} {units.seconds(timed[0][1])}"
    return f"p95: {base}" if name == timed[0][0] else f"p95: {base}, {name} {units.seconds(fastest)}"


def _table(measured: Measured, name: str, label: str) -> Table:
    says_server = any(operation.server_seconds is not None for _, operation in measured)
    titles = ("p50", "p95", "p99", *(("server",) if says_server else ()), "beside base", "n", "rows", "decoding")
    columns = (
        Column("variant"),
        Column("target"),
        *(Column(title, True) for title in titles),
        Column("work, one execution"),
    )
    rows = tuple(_row(variant, operation, says_server) for variant, operation in measured)
    server = "; server: the median of a few executions by the server's own clock" if says_server else ""
    return Table(columns, rows, f"Latency of {name} on {label}; below each number its 95 % confidence interval{server}")


def _doubts(measured: Measured, engine: EngineRun) -> Iterator[Block]:
    base = engine.variants[0].operation(measured[0][1].name)
    for variant, operation in measured:
        for doubt in doubts(engine, operation, base):
            yield Paragraph(f"{DOUBT} `{variant.name}`: {doubt}.", "unclear")


def _row(variant: VariantRun, operation: OperationRun, says_server: bool) -> tuple[Cell, ...]:
    mark = mark_of(operation)
    words = operation.target if operation.status == "measured" else operation.status
    target = Cell(words, operation.reason, mark, TONES[mark])
    summary = operation.summary
    numbers = (summary.p50, summary.p95, summary.p99) if summary else (None, None, None)
    return (
        Cell(variant.name),
        target,
        *(latency_cell(interval) for interval in numbers),
        *((_server_cell(operation.server_seconds),) if says_server else ()),
        comparison_cell(operation.comparison),
        Cell(units.count(summary.count) if summary else units.UNKNOWN),
        Cell(units.count(operation.rows) if summary else units.UNKNOWN),
        Cell(units.seconds(operation.decode_seconds)),
        Cell(_work(operation)),
    )


def _server_cell(seconds: float | None) -> Cell:
    return Cell(units.UNKNOWN if seconds is None else units.seconds(seconds))


def _work(operation: OperationRun) -> str:
    return ", ".join(f"{name} {units.count(value)}" for name, value in operation.work.items()) or units.UNKNOWN


def _cell_details(variant: VariantRun, operation: OperationRun, label: str) -> Details:
    body: list[Block] = [Paragraph(_numbers(operation), "plain" if operation.summary else "bad")]
    if operation.answer and not operation.answer.is_same:
        body.append(Paragraph(f"Answers differently: {operation.answer.told}", "bad"))
    body.append(_code(operation.sql, f"{_words(operation.sql)} on {variant.name}"))
    body.append(Code(operation.plan, "text", "Plan") if operation.plan else Paragraph("No plan was recorded.", "quiet"))
    anchor = operation_anchor(label, operation.name, variant.name)
    return Details(f"Plan on `{variant.name}`", tuple(body), anchor, _plan_note(operation), is_bulky=True)


def _numbers(operation: OperationRun) -> str:
    """p50, p95 and p99 with their intervals, the ratio to the base, rows and work, in one sentence."""
    summary = operation.summary
    if summary is None:
        return f"{operation.status}: {operation.reason}" if operation.reason else operation.status
    quantiles = (("p50", summary.p50), ("p95", summary.p95), ("p99", summary.p99))
    parts = [f"{name} {units.seconds(v.estimate)} ({units.seconds_interval(v)})" for name, v in quantiles]
    if operation.comparison:
        ratio = units.ratio(operation.comparison.ratio.estimate)
        interval = units.ratio_interval(operation.comparison.ratio)
        shown = "no difference to the base shown, " if operation.comparison.direction == "~" else ""
        parts.append(f"{shown}{ratio} the base's time ({interval}, {operation.comparison.pairs} pairs)")
    if operation.server_seconds is not None:
        parts.append(f"{units.seconds(operation.server_seconds)} by the server's own clock")
    parts.append(f"{units.count(operation.rows)} rows")
    return f"{'; '.join(parts)}. Work of one execution: {_work(operation)}."


def _plan_note(operation: OperationRun) -> str:
    if operation.summary is None:
        return operation.status
    return f"{units.seconds(operation.summary.p95.estimate)} {mark_of(operation)}"
