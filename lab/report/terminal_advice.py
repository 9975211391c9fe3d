"""The advisor's advice for a terminal of 80 columns: what to adopt, what it gains and takes, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from lab.model.change import DropIndex, Script
from lab.model.run import EngineRun, Trial
from lab.report import units
from lab.report.advice_facts import ADVICE, kind, mix, more_bytes, reasons, shown_changes, writes
from lab.report.terminal import styled

_MOST_REJECTED = 8
_MOST_REASONS = 2
_MOST_OPERATIONS = 6
_MOST_LINES = 4
"""Of SQL, for each way."""


def advice_table(engine: EngineRun) -> RenderableType:
    trials = engine.trials
    accepted = [trial for trial in trials if trial.is_accepted]
    rejected = [trial for trial in trials if not trial.is_accepted]
    if not trials:
        return Text("Do nothing: no rule found anything to propose.", "bold")
    headline = f"Adopt {len(accepted)} of {len(trials)} changes tried." if accepted else _nothing(rejected)
    parts: list[RenderableType] = [Text(headline, "bold green" if accepted else "bold"), ""]
    for trial in accepted:
        parts += [*_told(trial, "✓", "green", [*_prices(trial, engine)]), *_sql(trial), ""]
    parts += _whole(engine) if accepted else []
    for trial in rejected[:_MOST_REJECTED]:
        parts += _told(trial, "✗", "dim", [])
    if (more := len(rejected) - _MOST_REJECTED) > 0:
        parts.append(Text(f"… and {more} more that were tried and rejected: the report has their reasons.", "dim"))
    return Group(*parts)


def _nothing(rejected: list[Trial]) -> str:
    untried = sum("time budget was spent" in trial.verdict for trial in rejected)
    if untried:
        return f"Nothing is advised: there was no time for {untried} of {len(rejected)} changes; raise --time-budget."
    return "Do nothing: no change helps."


def _told(trial: Trial, mark: str, style: str, prices: list[str]) -> list[RenderableType]:
    verb = {DropIndex: "drop ", Script: ""}.get(type(trial.proposal.change), "add ")
    head = styled(f"{mark} {verb}{trial.proposal.change.name}", f"bold {style}")
    head.append("" if verb == "drop " else f"  {kind(trial)}", "dim")
    lines = [*reasons(trial, _MOST_REASONS), trial.verdict]
    body = [Padding(styled(line), (0, 0, 0, 2)) for line in lines]
    return [head, *body, *(Padding(styled(price, "dim"), (0, 0, 0, 2)) for price in prices)]


def _sql(trial: Trial) -> Iterator[RenderableType]:
    """The way up and down, of a long one the beginning."""
    migration = trial.measurement.migration
    for way, text in (("up", migration.up_sql), ("down", migration.down_sql)) if migration else ():
        lines = text.splitlines()
        more = len(lines) - _MOST_LINES
        shown = lines if more <= 1 else [*lines[:_MOST_LINES], f"… {more} more lines: see the migration"]
        if lines:
            yield Padding(Text("\n".join([f"-- {way}", *shown]), "cyan"), (0, 0, 0, 2))


def _prices(trial: Trial, engine: EngineRun) -> Iterator[str]:
    run = trial.measurement
    seconds = run.migration.up_seconds if run.migration else None
    if not seconds:
        return
    told = [more_bytes(run, engine), f"{units.seconds(seconds)} to build"]
    if ratio := writes(run):
        told.append(f"writes {units.ratio_interval(ratio)}")
    yield ", ".join(text for text in told if text)


def _whole(engine: EngineRun) -> Iterator[RenderableType]:
    advised = engine.variant(ADVICE)
    overall = mix(advised) if advised else None
    if advised is None or overall is None:
        return
    yield Text(f"All of it: the mix takes {units.ratio_interval(overall)} the base's time.", "bold")
    changed = shown_changes(advised)
    for operation in changed[:_MOST_OPERATIONS]:
        assert operation.comparison is not None
        yield Text(f"  {operation.name:<28.28} {units.ratio_interval(operation.comparison.ratio)}")
    if len(changed) > _MOST_OPERATIONS:
        yield Text(f"  … and {len(changed) - _MOST_OPERATIONS} more", "dim")
    yield ""
