"""The verdict and the heat map for a terminal of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lab.model.finding import Finding, Severity
from lab.model.interval import Interval
from lab.model.run import EngineRun, OperationRun, Run, Status, VariantRun
from lab.model.verdict import OperationVerdict, Outcome, Verdict
from lab.model.workload import LeftOut
from lab.report import units
from lab.report.cells import all_operations
from lab.report.labels import mark_of, redact
from lab.report.sections import gate
from lab.report.standing import Standing
from lab.report.verdict import Choice, EngineDecision, decide
from lab.report.wording import words

MARK_STYLES = {"✓": "green", "✗": "red", "?": "yellow", "": "dim"}
CHOICE_STYLES: dict[Choice, str] = {"adopt": "bold green", "keep the base": "bold", "cannot tell": "bold yellow"}
SHORT_STATUSES: dict[Status, str] = {
    "measured": "?",
    "timed out": "timeout",
    "failed": "failed",
    "unsupported": "n/a",
}
SEVERITY_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "note": "dim"}
OUTCOME_STYLES: dict[Outcome, str] = {"regressed": "bold red", "unclear": "bold yellow", "pass": "bold green"}
REASON_STYLES: dict[Outcome, str] = {"regressed": "red", "unclear": "yellow", "pass": "dim"}
WIDTH = 80
NAME_WIDTH = 21
_ROOM = 12
"""Letters of a cell, where there are few."""
_MOST_GAPS = 4


def summary_table(run: Run) -> RenderableType:
    """The verdict, and for each engine where its variants stand and p95 by operation and variant. For rich's
    `Console.print`; fits 80 columns with up to seven variants, and wraps their names."""
    decision = decide(run)
    parts: list[RenderableType] = [Text(note, "yellow") for note in decision.notes]
    if not decision.engines:
        parts.append(Text(decision.headline, "bold yellow"))
    for engine, verdict in zip(run.engines, decision.engines, strict=True):
        parts += ["", *_engine_parts(run, engine, verdict)]
    return Group(*parts)


def _engine_parts(run: Run, engine: EngineRun, verdict: EngineDecision) -> list[RenderableType]:
    parts: list[RenderableType] = [styled(verdict.headline, CHOICE_STYLES[verdict.choice])]
    sentences = [*verdict.remaining, *([f"Runner-up: {verdict.runner_up}"] if verdict.runner_up else [])]
    parts += [Padding(styled(sentence), (0, 0, 0, 2)) for sentence in (*sentences, *verdict.rejected)]
    if engine.variants:
        parts += ["", _standings(verdict), "", *_heat_maps(run, engine, verdict)]
        parts += [styled(gap, "dim") for gap in _gaps(engine.variants[0])]
    return parts


def _gaps(base: VariantRun) -> list[str]:
    """Operations an engine does not serve, those for one reason together; the first few reasons."""
    by_reason: dict[str, list[str]] = {}
    for operation in base.operations:
        if operation.status == "unsupported":
            by_reason.setdefault(operation.reason, []).append(f"`{operation.name}`")
    told = [f"{', '.join(names)} n/a: {reason}" for reason, names in by_reason.items()]
    return [*told[:_MOST_GAPS], *([f"and for {len(told) - _MOST_GAPS} reasons more"] if len(told) > _MOST_GAPS else [])]


def _standings(verdict: EngineDecision) -> Table:
    table = bare_table(1)
    table.add_column(verdict.label, max_width=24, overflow="fold")
    for title in ("targets", "reads", "writes", "storage", "up", "down"):
        table.add_column(title, justify="right", no_wrap=True)
    for place in (place for place in verdict.standings if place.is_for_this_engine):
        style = "bold" if place.variant == verdict.variant else "dim" if place.objections else ""
        table.add_row(*_standing_cells(place), style=style)
    return table


def _standing_cells(place: Standing) -> list[str]:
    met = f"{len(place.names('met'))} of {len(place.states)}" if place.is_measured else units.UNKNOWN
    name = f"{place.variant} (out)" if place.objections else place.variant
    ratios = [_ratio(place.reads), _ratio(place.writes), units.ratio(place.storage_ratio)]
    return [name, met, *ratios, units.seconds(place.up_seconds), units.seconds(place.down_seconds)]


def _ratio(value: Interval | None) -> str:
    if value is None:
        return units.UNKNOWN
    return units.ratio(value.estimate) if value.low > 1 or value.high < 1 else "~"


def _heat_maps(run: Run, engine: EngineRun, verdict: EngineDecision) -> list[RenderableType]:
    """One table for each seven variants, the base leading each."""
    base, *others = (variant for variant in engine.variants if variant.status != "unsupported")
    groups = [others[at : at + 6] for at in range(0, len(others), 6)] or [[]]
    return [_heat_map(run, EngineRun(engine.server, variants=(base, *group)), verdict) for group in groups]


def _heat_map(run: Run, engine: EngineRun, verdict: EngineDecision) -> Table:
    names = all_operations(run)
    spare = WIDTH - (_ROOM + 1) * len(engine.variants)
    width = max(NAME_WIDTH, min(spare, max(map(len, names), default=0) + 1))
    room = min((WIDTH - width) // len(engine.variants) - 1, _ROOM)
    table = bare_table(0)
    table.add_column("p95", width=width - 1, overflow="ellipsis", no_wrap=True)
    for variant in engine.variants:
        style = "bold" if variant.name == verdict.variant else ""
        table.add_column(_broken(variant.name, room), justify="right", width=room, header_style=style, no_wrap=True)
    for name in names:
        found = [variant.operation(name) for variant in engine.variants]
        if any(found):
            table.add_row(name, *(_cell(operation, room) for operation in found))
    return table


def _cell(operation: OperationRun | None, room: int) -> Text:
    mark = mark_of(operation)
    if operation is None:
        return Text(units.UNKNOWN, "dim")
    if operation.summary is None:
        words = operation.status if len(operation.status) < room - 1 else SHORT_STATUSES[operation.status]
    else:
        words = _short_seconds(operation.summary.p95.estimate)
    whole, tight = f"{words} {mark}", f"{words}{mark}"
    fitting = (text for text in (whole, tight, tight.replace(" ", "")) if len(text) <= room)
    return Text(next(fitting, words), MARK_STYLES[mark])


def _short_seconds(value: float) -> str:
    return units.seconds(value) if value < 120 else f"{units.significant(value / 60, 2)}min"


def _broken(name: str, room: int) -> str:
    """The name on as few lines of `room` letters as its underscores allow, longer words shortened."""
    lines: list[str] = []
    for word in re.findall(r"[^_-]+[_-]?", name) or [name]:
        if lines and len(lines[-1]) + len(word) <= room:
            lines[-1] += word
        else:
            lines.append(word if len(word) <= room else f"{word[: room - 1]}…")
    return "\n".join(lines)


def bare_table(gap: int) -> Table:
    """One space between columns, and `gap` more."""
    return Table(
        box=box.SIMPLE_HEAD,
        padding=(0, gap, 0, 0),
        pad_edge=False,
        collapse_padding=True,
        show_edge=False,
        header_style="",
    )


def styled(text: str, style: str = "") -> Text:
    """Text with `code` between backticks in italics, without the backticks."""
    parts: Sequence[str] = re.split(r"`([^`]+)`", redact(text))
    return Text.assemble(*((part, "italic" if number % 2 else "") for number, part in enumerate(parts)), style=style)


def findings_table(findings: Sequence[Finding]) -> RenderableType:
    """What the audit found, the gravest first, each with its place and its remedy."""
    if not findings:
        return Text("Nothing to mend.", "bold green")
    order = list(SEVERITY_STYLES)
    parts: list[RenderableType] = []
    for finding in sorted(findings, key=lambda finding: order.index(finding.severity)):
        where = f"{finding.position}: " if finding.position else ""
        headline = Text.assemble(
            (finding.severity, SEVERITY_STYLES[finding.severity]),
            f" {where}{finding.message} ",
            (f"[{finding.rule}]", "dim"),
        )
        parts += [headline, Padding(styled(finding.why, "dim"), (0, 0, 0, 2))]
        if finding.fix:
            parts.append(Padding(Text(finding.fix), (0, 0, 0, 2)))
    counts = [(severity, sum(finding.severity == severity for finding in findings)) for severity in order]
    summary = ", ".join(f"{count} {severity}{'s' * (count != 1)}" for severity, count in counts if count)
    return Group(*parts, "", Text(summary, "bold"))


def left_out_table(left_out: Sequence[LeftOut]) -> RenderableType:
    """What of a log became no operation: statements by reason, those of most calls first."""
    by_reason: dict[str, list[LeftOut]] = {}
    for statement in left_out:
        by_reason.setdefault(statement.reason, []).append(statement)
    parts: list[RenderableType] = [Text("Left out:", "bold")]
    for reason, statements in sorted(by_reason.items(), key=lambda item: -sum(s.calls for s in item[1])):
        calls = sum(statement.calls for statement in statements)
        parts.append(Padding(styled(f"{reason} ({calls:,} call{'s' * (calls != 1)})", "yellow"), (0, 0, 0, 2)))
        parts += [Padding(styled(_shortened(statement.text), "dim"), (0, 0, 0, 4)) for statement in statements]
    return Group(*parts, "")


def _shortened(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= WIDTH - 4 else f"{line[: WIDTH - 7]}..."


def verdict_table(verdict: Verdict) -> RenderableType:
    """The gate's outcome, and each comparison's with its numbers, the gravest first; below those that did not pass,
    why. For 80 columns."""
    parts: list[RenderableType] = [styled(gate.headline(verdict), OUTCOME_STYLES[verdict.outcome])]
    parts += [styled(f"- {note}") for note in (*verdict.notes, *map(words, verdict.doubts))]
    for engine in dict.fromkeys(each.engine for each in verdict.operations):
        of_engine = [each for each in gate.sorted_verdicts(verdict) if each.engine == engine]
        parts += ["", _comparisons(engine, of_engine), *_because(of_engine)]
    if verdict.outcome == "unclear":
        parts += ["", styled("To tell more: raise --time-budget, or give the machine less to do beside it.")]
    return Group(*parts)


def _comparisons(engine: str, verdicts: Sequence[OperationVerdict]) -> Table:
    table = bare_table(1)
    table.add_column(redact(engine), max_width=26, overflow="fold")
    for title in ("before", "now", "ratio", "interval"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for each in verdicts:
        before, now = each.seconds or (None, None)
        ratio = units.ratio(each.ratio.estimate) if each.ratio else units.UNKNOWN
        times = [units.seconds(before), units.seconds(now)] if each.seconds else [units.UNKNOWN] * 2
        said = f"{gate.WORDS[each.outcome]}{' (excused)' if each.excuse else ''}"
        verdict = Text(said, OUTCOME_STYLES[each.outcome])
        table.add_row(gate.name_of(each), *times, ratio, gate.interval(each), verdict)
    return table


def _because(verdicts: Sequence[OperationVerdict]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for each in verdicts:
        reasons = [*gate.because(each)]
        if reasons or each.excuse:
            parts += ["", Text(gate.name_of(each), "bold")]
        parts += [Padding(styled(reason.text, REASON_STYLES[reason.outcome]), (0, 0, 0, 2)) for reason in reasons]
        if each.excuse:
            parts.append(Padding(styled(each.excuse), (0, 0, 0, 2)))
    return parts
