"""Every read on every variant against the base, with the same sampled parameters; the base against another engine's."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lab.bench.answers import Answered, Row, cut, difference
from lab.bench.bed import Bed
from lab.bench.held import with_held
from lab.bench.made_anew import MadeAnew
from lab.bench.observer import Observer
from lab.bench.rounds import Parameters
from lab.bench.stand import Stand
from lab.bench.ties import tied_order
from lab.datagen import draw
from lab.model.run import Answer
from lab.model.workload import Operation

_SETS = 12
_SECONDS = 3.0
_MOST_OF_PARAMETER = 60
"""Characters."""


def check_answers(
    bed: Bed,
    stands: Sequence[Stand],
    seed: int,
    observer: Observer,
    moment: str,
    elsewhere: dict[str, Answered] | None = None,
    made_anew: MadeAnew | None = None,
) -> None:
    """Notes on each stand, the first being the base, how its answers compare; `elsewhere` holds what another engine's
    base answered before, and is added to. `made_anew` says what the writes made that is not to be compared."""
    reads = [o for o in bed.design.workload.operations if not o.is_write and stands[0].serves(o.name)]
    observer.stage(f"same answers {moment}", len(reads), "queries")
    for operation in reads:
        drawn = draw(bed.generator, operation, _SETS, seed + 1)
        pool = list(with_held(bed, stands[0].database, operation, drawn))
        _check_answer(bed, stands, operation, pool, elsewhere, made_anew)
        observer.advance(1, operation.name)


def _check_answer(
    bed: Bed,
    stands: Sequence[Stand],
    operation: Operation,
    pool: Sequence[Parameters],
    elsewhere: dict[str, Answered] | None,
    made_anew: MadeAnew | None,
) -> None:
    base = stands[0]
    expected: list[list[Row]] = []
    for stand in stands:
        if not stand.serves(operation.name) or (stand is not base and not expected):
            continue
        answers = _answers(stand, operation, pool[: len(expected) or None], is_bounded=stand is base)
        if stand is base:
            expected = answers
            if elsewhere is not None and operation.name not in stand.stopped:
                _compare_engines(bed, stands, operation, pool, answers, elsewhere)
        elif operation.name not in stand.stopped:
            _compare_answers(bed, stand, operation, pool, expected, answers, made_anew)


def _compare_engines(
    bed: Bed,
    stands: Sequence[Stand],
    operation: Operation,
    pool: Sequence[Parameters],
    answers: list[list[Row]],
    elsewhere: dict[str, Answered],
) -> None:
    """Holds the base's answers against the first engine's that served the operation. One that differs is wrong on
    every variant here."""
    ours = f"{bed.engine.title} {bed.server.version}"
    theirs = elsewhere.setdefault(operation.name, Answered(ours, tuple(map(tuple, answers))))
    if theirs.by == ours:
        return
    names = theirs.by, ours
    found = _first_difference(pool, theirs.rows, answers, operation.is_ordered, names, are_engines=True)
    sets = min(len(theirs.rows), len(answers))
    rows = sum(map(len, theirs.rows[:sets]))
    stands[0].answers[operation.name] = Answer(not found, sets, rows, found, theirs.by)
    if found:
        for stand in stands:
            stand.stopped[operation.name] = "failed", f"differs from {theirs.by}: {found}"


def _answers(stand: Stand, operation: Operation, pool: Sequence[Parameters], is_bounded: bool) -> list[list[Row]]:
    """Rows for each parameter set; only for as many as a few seconds allow, where it `is_bounded`."""
    assert stand.database is not None
    found: list[list[Row]] = []
    deadline = time.monotonic() + _SECONDS
    for parameters in pool:
        with stand.noting(operation.name):
            found.append(stand.database.rows(stand.texts[operation.name].sql, parameters))
        if operation.name in stand.stopped or (is_bounded and time.monotonic() > deadline):
            break
    return found


def _compare_answers(
    bed: Bed,
    stand: Stand,
    operation: Operation,
    pool: Sequence[Parameters],
    expected: Sequence[list[Row]],
    actual: Sequence[list[Row]],
    made_anew: MadeAnew | None,
) -> None:
    rows, left_out = sum(map(len, expected)), 0
    if made_anew is not None:
        sides = [made_anew.leave_out(*both) for both in zip(expected, actual, strict=False)]
        expected, actual = [ours for ours, _, _ in sides], [theirs for _, theirs, _ in sides]
        left_out = sum(count for _, _, count in sides)
    if found := _first_difference(pool, expected, actual, operation.is_ordered):
        text = stand.texts[operation.name].sql
        pairs = zip(expected, actual, strict=False)
        orders = [tied_order(text, bed.engine.name, ours, theirs) for ours, theirs in pairs]
        tied = orders[0] if all(orders) else ""
        stand.answers[operation.name] = Answer(False, len(actual), rows, found, tied_by=tied, made_anew=left_out)
        return
    before = stand.answers.get(operation.name)
    if before is None or before.is_same:
        stand.answers[operation.name] = Answer(True, len(actual), rows, made_anew=left_out)


def _first_difference(
    pool: Sequence[Parameters],
    expected: Sequence[Sequence[Row]],
    actual: Sequence[Sequence[Row]],
    is_ordered: bool,
    names: tuple[str, str] = ("base", "variant"),
    are_engines: bool = False,
) -> str:
    """The first differing row, with its parameters; empty when there is none. The side with fewer sets decides."""
    for parameters, ours, theirs in zip(pool, expected, actual, strict=False):
        if found := difference(ours, theirs, is_ordered, names, are_engines):
            given = ", ".join(f"{key} = {cut(repr(value), _MOST_OF_PARAMETER)}" for key, value in parameters.items())
            return f"{found}; parameters: {given or 'none'}"
    return ""
