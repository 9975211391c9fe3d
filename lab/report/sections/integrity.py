"""Whether the data holds together, and whether every variant gives the base's answers."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from lab.model.run import EngineRun, ForeignKeyCheck, RuleCheck, Run, VariantRun
from lab.report import units
from lab.report.blocks import Block, Cell, Column, Details, Heading, Paragraph, Table
from lab.report.labels import engine_labels

TITLE = "Integrity and equal answers"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        label = labels[engine.server.spec]
        found += [Heading(label, 3), *_orphans(engine, label), *_rules(engine, label), *_answers(engine, label)]
    return found or [Paragraph("No engine was measured.", "unclear")]


def _orphans(engine: EngineRun, label: str) -> list[Block]:
    if engine.load is None:
        return [Paragraph("The base was not loaded, so no foreign key was checked.", "unclear")]
    checks = engine.load.foreign_keys
    if not checks:
        return [Paragraph("No foreign key was checked: there is none, or the run ended before.", "quiet")]
    table = Table(
        (Column("foreign key"), Column("refers to"), Column("orphans", True)),
        tuple(_check_row(check) for check in sorted(checks, key=lambda check: -check.orphans)),
        f"Rows without their parent on {label}, counted after load",
    )
    return [
        _orphan_words(checks),
        Details(f"Each foreign key on {label}", (table,), note=f"{len(checks)} checked", is_bulky=True),
    ]


def _orphan_words(checks: Sequence[ForeignKeyCheck]) -> Paragraph:
    orphans = sum(check.orphans for check in checks)
    if orphans:
        broken = sum(1 for check in checks if check.orphans)
        return Paragraph(f"✗ {units.count(orphans)} orphans in {broken} of {len(checks)} foreign keys.", "bad")
    return Paragraph(f"✓ Zero orphans: each of {len(checks)} foreign keys was counted after load.", "good")


def _check_row(check: ForeignKeyCheck) -> tuple[Cell, ...]:
    orphans = Cell(units.count(check.orphans), tone="bad" if check.orphans else "plain")
    return Cell(f"{check.table}({', '.join(check.columns)})"), Cell(check.referenced_table), orphans


def _rules(engine: EngineRun, label: str) -> list[Block]:
    """Keys, checks and types; none for a run made before they were counted."""
    checks = engine.load.rules if engine.load is not None else ()
    if not checks:
        return []
    table = Table(
        (Column("table"), Column("rule"), Column("rows that break it", True)),
        tuple(_rule_row(check) for check in sorted(checks, key=lambda check: -check.violations)),
        f"Keys, checks and types on {label}, counted after load",
    )
    note = f"{units.count(len(checks))} counted"
    return [_rule_words(checks), Details(f"Each key, check and type on {label}", (table,), note=note, is_bulky=True)]


def _rule_words(checks: Sequence[RuleCheck]) -> Paragraph:
    broken = [check for check in checks if check.violations]
    if broken:
        rows = units.count(sum(check.violations for check in broken))
        named = "; ".join(f"{check.table}: {check.rule}" for check in broken[:3])
        return Paragraph(f"✗ {rows} rows break {len(broken)} of {len(checks)} keys, checks and types: {named}.", "bad")
    return Paragraph(f"✓ Zero violations: each of {len(checks)} keys, checks and types was counted after load.", "good")


def _rule_row(check: RuleCheck) -> tuple[Cell, ...]:
    violations = Cell(units.count(check.violations), tone="bad" if check.violations else "plain")
    return Cell(check.table), Cell(check.rule), violations


def _answers(engine: EngineRun, label: str) -> list[Block]:
    between = _between_engines(engine)
    compared = [variant for variant in engine.variants[1:] if any(o.answer for o in variant.operations)]
    if not compared:
        if between:
            return between
        return [Paragraph("No variant's answers were compared with the base's.", "unclear")] if engine.variants else []
    table = Table(
        (Column("variant"), *(Column(name, True) for name in ("operations", "parameter sets", "rows", "differing"))),
        tuple(_answer_row(variant) for variant in compared),
        f"Rows compared with the base's on {label}, before anything was timed and again after the writes",
    )
    return [*between, table, *_left_out(compared)]


def _left_out(compared: Sequence[VariantRun]) -> list[Block]:
    """What the second comparison could not hold against the base, if anything."""
    answers = {o.name: o.answer.made_anew for v in compared for o in v.operations if o.answer and o.answer.made_anew}
    if not answers:
        return []
    names = ", ".join(f"`{name}`" for name in list(answers)[:3]) + (", …" if len(answers) > 3 else "")
    words = (
        f"Left out of the comparison after the writes: what the clock or chance put into new rows "
        f"({units.count(sum(answers.values()))} values in {names}), as every variant has its own. A write that gives "
        "such a column by a parameter has it compared, too."
    )
    return [Paragraph(words, "quiet")]


def _between_engines(engine: EngineRun) -> list[Block]:
    """Of the base: whether each read gives another engine's rows."""
    operations = engine.variants[0].operations if engine.variants else ()
    held = [
        (operation.name, answer) for operation in operations if (answer := operation.answer) and answer.other_engine
    ]
    found: list[Block] = []
    for other in dict.fromkeys(answer.other_engine for _, answer in held):
        beside = [(name, answer) for name, answer in held if answer.other_engine == other]
        wrong = [f"`{name}`: {answer.difference}" for name, answer in beside if not answer.is_same]
        rows = units.count(sum(answer.rows for _, answer in beside))
        if wrong:
            words = f"✗ {len(wrong)} of {len(beside)} reads differ from {other}: {'; '.join(wrong)}."
        else:
            words = f"✓ {len(beside)} reads give the rows of {other} ({rows} rows compared)."
        found.append(Paragraph(words, "bad" if wrong else "good"))
    return found


def _answer_row(variant: VariantRun) -> tuple[Cell, ...]:
    answers = {operation.name: operation.answer for operation in variant.operations if operation.answer}
    wrong = [name for name, answer in answers.items() if not answer.is_same]
    notes = "; ".join(f"{name}: {answers[name].difference}" for name in wrong)
    return (
        Cell(variant.name),
        Cell(units.count(len(answers))),
        Cell(units.count(sum(answer.parameter_sets for answer in answers.values()))),
        Cell(units.count(sum(answer.rows for answer in answers.values()))),
        Cell(units.count(len(wrong)), notes, "✗" if wrong else "✓", "bad" if wrong else "good"),
    )
