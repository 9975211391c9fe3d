"""What to do, why, what it costs, and what it leaves open."""

from __future__ import annotations

import pyarrow as pa

from lab.model.run import Interval, Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Callout, Figure, Heading, Paragraph, Tone
from lab.report.standing import Standing
from lab.report.verdict import Choice, EngineDecision, decide

TITLE = "Verdict"

TONES: dict[Choice, Tone] = {"adopt": "good", "keep the base": "plain", "cannot tell": "unclear"}


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    decision = decide(run)
    found: list[Block] = [Paragraph(note, "unclear") for note in decision.notes]
    if not decision.engines:
        found.append(Callout("No engine", decision.headline, "", "unclear"))
    for engine in decision.engines:
        found.extend(_engine_blocks(engine))
    return found


def _engine_blocks(engine: EngineDecision) -> list[Block]:
    found: list[Block] = [
        Callout(engine.label, _title(engine), engine.headline, TONES[engine.choice], _figures(engine), engine.reasons)
    ]
    if engine.remaining:
        found += [Heading(f"Left open on {engine.label}", 4), Bullets(engine.remaining)]
    others = (*((f"Runner-up: {engine.runner_up}",) if engine.runner_up else ()), *engine.rejected)
    if others:
        found += [Heading(f"Not adopted on {engine.label}", 4), Bullets(others)]
    return found


def _title(engine: EngineDecision) -> str:
    words = {"adopt": "Adopt", "keep the base": "Keep", "cannot tell": "Cannot tell"}[engine.choice]
    return f"{words} `{engine.variant}`" if engine.variant else words


def _figures(engine: EngineDecision) -> tuple[Figure, ...]:
    if not engine.standings or not engine.standings[0].is_measured:
        return ()
    base = engine.standings[0]
    chosen = engine.chosen or base
    figures = [
        Figure("targets met", f"{len(chosen.names('met'))} of {len(chosen.states)}", _base_targets(chosen, base))
    ]
    if not chosen.is_base:
        figures += [_ratio_figure("read time", chosen.reads), _ratio_figure("write time", chosen.writes)]
        figures.append(Figure("storage", units.ratio(chosen.storage_ratio), units.size_bytes(chosen.size_bytes)))
        down = f"{units.seconds(chosen.down_seconds)} back" if chosen.down_seconds is not None else "no way back timed"
        figures.append(Figure("migration", units.seconds(chosen.up_seconds), down))
    return tuple(figure for figure in figures if figure.value != units.UNKNOWN)


def _base_targets(chosen: Standing, base: Standing) -> str:
    return f"{units.percent(base.met_share)} of mix" if chosen.is_base else f"base: {len(base.names('met'))}"


def _ratio_figure(label: str, value: Interval | None) -> Figure:
    if value is None:
        return Figure(label, units.UNKNOWN)
    is_shown = value.low > 1 or value.high < 1
    return Figure(label, units.ratio(value.estimate) if is_shown else "~", units.ratio_interval(value))
