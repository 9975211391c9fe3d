"""What to do, why, what it costs, and what it leaves open."""

from __future__ import annotations

import pyarrow as pa

from lab.model.interval import Interval
from lab.model.run import Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Callout, Details, Figure, Paragraph, Tone
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
    """A callout; why other variants were not adopted is folded, unless it is the reason for keeping the base."""
    runner_up = (f"Runner-up: {engine.runner_up}",) if engine.runner_up else ()
    items = (*engine.reasons, *engine.remaining, *runner_up)
    is_adopted = engine.choice == "adopt"
    shown = items if is_adopted else (*items, *engine.rejected)
    found: list[Block] = [
        Callout(engine.label, _title(engine), engine.headline, TONES[engine.choice], _figures(engine), shown)
    ]
    if is_adopted and engine.rejected:
        note = f"{len(engine.rejected)} variant{'s' if len(engine.rejected) > 1 else ''}"
        found.append(Details(f"Why not the others on {engine.label}", (Bullets(engine.rejected),), note=note))
    return found


def _title(engine: EngineDecision) -> str:
    words = {"adopt": "Adopt", "keep the base": "Keep", "cannot tell": "Cannot tell"}[engine.choice]
    return f"{words} `{engine.variant}`" if engine.variant else words


def _figures(engine: EngineDecision) -> tuple[Figure, ...]:
    """What adopting gives and costs; nothing where nothing is adopted."""
    chosen = engine.chosen
    if chosen is None or engine.choice != "adopt":
        return ()
    base = engine.standings[0]
    down = f"{units.seconds(chosen.down_seconds)} back" if chosen.down_seconds is not None else "no way back timed"
    figures = (
        Figure("targets met", f"{len(chosen.names('met'))} of {len(chosen.states)}", f"base: {len(base.names('met'))}"),
        _ratio_figure("read time", chosen.reads),
        _ratio_figure("write time", chosen.writes),
        Figure("storage", units.ratio(chosen.storage_ratio), units.size_bytes(chosen.size_bytes)),
        Figure("migration", units.seconds(chosen.up_seconds), down),
    )
    return tuple(figure for figure in figures if figure.value != units.UNKNOWN)


def _ratio_figure(label: str, value: Interval | None) -> Figure:
    if value is None:
        return Figure(label, units.UNKNOWN)
    is_shown = value.low > 1 or value.high < 1
    return Figure(label, units.ratio(value.estimate) if is_shown else "~", units.ratio_interval(value))
