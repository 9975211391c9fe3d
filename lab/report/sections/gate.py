"""What the gate says of a change: `lab check`'s part of the page, and its comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from lab.model.interval import OPEN_END
from lab.model.run import Run
from lab.model.verdict import OperationVerdict, Outcome, Reason, Verdict
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Paragraph, Table, Tone
from lab.report.labels import engine_labels
from lab.report.wording import words

TITLE = "Check"
WORDS: dict[Outcome, str] = {"pass": "pass", "regressed": "regressed", "unclear": "cannot tell"}
MARKS: dict[Outcome, str] = {"pass": "✓", "regressed": "✗", "unclear": "?"}
TONES: dict[Outcome, Tone] = {"pass": "good", "regressed": "bad", "unclear": "unclear"}
_SHOWN = ("work", "plan", "status", "build")
"""Reasons worth reading though they decided nothing."""
ORDER: tuple[Outcome, ...] = ("regressed", "unclear", "pass")


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    """Nothing for a run that is no check."""
    verdict = run.verdict
    if verdict is None:
        return []
    found: list[Block] = [Paragraph(headline(verdict), TONES[verdict.outcome])]
    found += _bullets(verdict.notes)
    labels = engine_labels(run)
    found.append(_table(verdict, labels))
    found += _bullets([words(doubt) for doubt in verdict.doubts])
    found.append(Paragraph(how(verdict), "quiet"))
    return found


def headline(verdict: Verdict) -> str:
    count = {outcome: sum(each.outcome == outcome for each in verdict.operations) for outcome in ORDER}
    against = f" against `{verdict.reference}`" if verdict.reference else ""
    if verdict.outcome == "pass":
        return f"Pass{against}: nothing regressed in {_counted(count['pass'], 'comparison')}."
    told = f"{_counted(count['regressed'], 'regression')}" if count["regressed"] else ""
    untold = f"{count['unclear']} of {len(verdict.operations)} cannot be told" if count["unclear"] else ""
    lead = "Regressed" if verdict.outcome == "regressed" else "Cannot tell"
    return f"{lead}{against}: {', '.join(part for part in (told, untold) if part) or 'nothing was compared'}."


def how(verdict: Verdict) -> str:
    """What the words mean: in one paragraph."""
    rule = verdict.rule
    return (
        f"An operation is slower when its median ratio lies above {units.ratio(1 + rule.margin)} or its 99th "
        f"percentile's above {units.ratio(1 + rule.tail_margin)}, with a chance of at most {_percent(rule.level)} that "
        f"any of {rule.comparisons} comparisons says so wrongly (Holm); it passes when a ratio of "
        f"{units.ratio(1 + rule.tolerance)} is excluded. Both sides were built and measured in this run, in turn; no "
        "stored time was used. Intervals hold although the rounds stop as soon as they suffice."
    )


def sorted_verdicts(verdict: Verdict) -> list[OperationVerdict]:
    """The gravest first."""
    return sorted(verdict.operations, key=lambda each: ORDER.index(each.outcome))


def because(each: OperationVerdict) -> list[Reason]:
    """The reasons worth reading: those that decided, and what changed without deciding. An operation that passes
    because its time did needs none but that."""
    shown = [reason for reason in each.reasons if reason.outcome != "pass" or reason.kind in _SHOWN]
    whole = each.reasons if not each.operation else ()
    return list(dict.fromkeys((*shown, *whole)))


def name_of(each: OperationVerdict) -> str:
    return each.operation or "(the design)"


def _table(verdict: Verdict, labels: dict[str, str]) -> Table:
    titles = ("operation", "engine", "before", "now", "ratio", "p99", "verdict", "because")
    columns = tuple(Column(title, title in titles[2:6]) for title in titles)
    return Table(columns, tuple(_row(each, labels) for each in sorted_verdicts(verdict)))


def _row(each: OperationVerdict, labels: dict[str, str]) -> tuple[Cell, ...]:
    before, now = each.seconds or (None, None)
    ratio = Cell(units.ratio(each.ratio.estimate), interval(each)) if each.ratio else Cell(units.UNKNOWN)
    tail = units.ratio(each.tail_ratio.estimate) if each.tail_ratio else units.UNKNOWN
    said = "; ".join([reason.text for reason in because(each)] + ([each.excuse] if each.excuse else []))
    return (
        Cell(name_of(each)),
        Cell(labels.get(each.engine, each.engine)),
        Cell(units.seconds(before)),
        Cell(units.seconds(now)),
        ratio,
        Cell(tail),
        Cell(WORDS[each.outcome], mark=MARKS[each.outcome], tone=TONES[each.outcome]),
        Cell(said),
    )


def interval(each: OperationVerdict) -> str:
    """0.97–1.04x; `above` or `below` where too few rounds leave an end open."""
    if each.ratio is None:
        return units.UNKNOWN
    low, high = each.ratio.low, each.ratio.high
    if low > 0 and high < OPEN_END:
        return units.ratio_interval(each.ratio)
    if low > 0:
        return f"above {units.ratio(low)}"
    return f"below {units.ratio(high)}" if high < OPEN_END else "too few rounds"


def _bullets(items: Sequence[str]) -> Iterator[Block]:
    if items:
        yield Bullets(tuple(items))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{share * 100:g} %"
