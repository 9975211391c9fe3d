"""What it costs to change several documents together, beside one document that holds them all."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import numpy as np

from lab import stats
from lab.bench.figures import exact, interleaved, median, tail
from lab.bench.load import BASE
from lab.bench.studies.ground import StudyGround
from lab.engines.engine import Prepared
from lab.engines.mongodb.database import MongoDatabase
from lab.engines.mongodb.placing import STOCK_ROWS, lay_out_placing
from lab.errors import LabError
from lab.model.caching import Figure, Study, StudyOption
from lab.report import units

_FEWEST_PLACED, _MOST_PLACED = 60, 300
_WARMING = 20
_WRITERS = 4
_STRIDE = 10**9
"""New keys of each writer begin at a multiple of it."""
_Way = tuple[bool, bool, bool]
_ANEW = "begun anew"
_ONE: _Way = (True, False, False)
_MANY, _MANY_TOGETHER = (False, False, False), (False, False, True)
_TAKEN, _TAKEN_TOGETHER = (False, True, False), (False, True, True)


def study(ground: StudyGround) -> Study:
    relation, children = ground.relation, ground.children
    with ground.database() as name:
        texts = lay_out_placing(ground.bed.server, BASE, name, relation, ground.stock, children)
        if texts is None:
            raise LabError(f"there are no rows of {relation.relation}", "raise --scale, or leave out --study")
        alone = _alone(ground, name, texts)
        firsts = itertools.count(len(texts) * _STRIDE, _STRIDE)
        crowds = {
            (way, rows): _crowd(ground, name, texts[way], rows, firsts)
            for rows in (STOCK_ROWS, 1)
            for way in (_TAKEN, _TAKEN_TOGETHER)
        }
    words = _words(ground)
    options = [
        StudyOption(words[way], (*_times(seconds), _beside(seconds, alone[_ONE]), Figure(_ANEW, "times", None)))
        for way, seconds in sorted(alone.items(), key=_simplest_first)
    ]
    for (way, rows), crowd in crowds.items():
        where = f"{rows} rows" if rows > 1 else "one row"
        seconds = np.array(crowd.seconds)
        anew = exact(_ANEW, "times", crowd.retries / len(seconds))
        rate = f"{units.count(round(crowd.rate))} a second in all"
        figures = (*_times(seconds), Figure("beside one document", "x", None), anew)
        options.append(StudyOption(f"{words[way]}, {_WRITERS} writers on {where}", figures, rate))
    return Study(
        "transactions",
        "What a transaction costs",
        f"{relation.parent} with {children} {relation.child}",
        _verdict(ground, alone, crowds),
        tuple(options),
        (
            "Every write waits until a majority has it in the journal on disk: commands alone wait each, "
            "a transaction once, at its commit.",
            "Begun anew: how often a write conflict ended an attempt, for each transaction; its time includes them, "
            "and the pauses between.",
        ),
    )


def _simplest_first(item: tuple[_Way, object]) -> tuple[bool, bool, bool]:
    (is_whole, is_taken, is_one), _ = item
    return is_taken, not is_whole, is_one


def _stock(ground: StudyGround) -> str:
    return ground.stock or "counters"


def _words(ground: StudyGround) -> dict[_Way, str]:
    whole, apart = "one document", "two collections"
    found = {}
    for is_whole, is_taken, is_one in itertools.product((True, False), repeat=3):
        what = (whole if is_whole else apart) + (f" and {_stock(ground)}" if is_taken else "")
        several = "one transaction" if is_one else "command by command"
        found[is_whole, is_taken, is_one] = what if is_whole and not is_taken else f"{what}, {several}"
    return found


def _times(seconds: stats.Samples) -> tuple[Figure, Figure]:
    return median("median", seconds), tail("p99", seconds)


def _beside(seconds: stats.Samples, one: stats.Samples) -> Figure:
    return Figure("beside one document", "x", None if seconds is one else stats.compare(one, seconds).ratio)


class _Placer:
    """Places one thing after the other, each with a key of its own."""

    def __init__(self, database: MongoDatabase, text: str, children: int, rows: int, first: int, seed: int) -> None:
        self._prepared: Prepared = database.prepare(text)
        self._children, self._rows = children, rows
        self._keys = itertools.count(first)
        self._random = random.Random(seed)

    def place(self, number: int = 0) -> None:
        stock = {f"s{n}": self._random.randint(1, self._rows) for n in range(self._children)}
        prepared = self._prepared
        prepared.count(prepared.execute(prepared.bind({"id": next(self._keys), **stock})))


def _alone(ground: StudyGround, name: str, texts: Mapping[_Way, str]) -> dict[_Way, stats.Samples]:
    """Seconds of each way, one at a time: shape (n,) each."""
    count = min(max(round(ground.seconds * 20), _FEWEST_PLACED), _MOST_PLACED)
    with closing(MongoDatabase(ground.bed.server, name)) as database:
        placers = [
            _Placer(database, text, ground.children, STOCK_ROWS, place * _STRIDE, ground.seed)
            for place, text in enumerate(texts.values())
        ]
        ways = {str(place): placer.place for place, placer in enumerate(placers)}
        interleaved(ways, _WARMING, ground.seed)
        found = interleaved(ways, count, ground.seed)
    return dict(zip(texts, found.values(), strict=True))


@dataclass(slots=True)
class _Crowd:
    """Several writers at once."""

    seconds: list[float] = field(default_factory=list)
    retries: int = 0
    rate: float = 0.0
    failures: list[LabError] = field(default_factory=list)


def _crowd(ground: StudyGround, name: str, text: str, rows: int, firsts: Iterator[int]) -> _Crowd:
    """`firsts` are where new keys may begin. Raises what stopped a writer."""
    found = _Crowd()
    lock = threading.Lock()
    seconds = ground.seconds / 8
    begin = threading.Barrier(_WRITERS)
    with ExitStack() as stack:
        databases = [stack.enter_context(closing(MongoDatabase(ground.bed.server, name))) for _ in range(_WRITERS)]
        placers = [
            _Placer(database, text, ground.children, rows, first, place)
            for place, (database, first) in enumerate(zip(databases, firsts, strict=False))
        ]

        def write(place: int) -> None:
            begin.wait()
            try:
                took = list(_until(time.perf_counter() + seconds, placers[place]))
            except LabError as error:
                found.failures.append(error)
                return
            with lock:
                found.seconds += took
                found.retries += databases[place].retries

        threads = [threading.Thread(target=write, args=(place,)) for place in range(_WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if found.failures:
        raise found.failures[0]
    found.rate = len(found.seconds) / seconds
    return found


def _until(deadline: float, placer: _Placer) -> Iterator[float]:
    while (started := time.perf_counter()) < deadline:
        placer.place()
        yield time.perf_counter() - started


def _verdict(
    ground: StudyGround, alone: Mapping[_Way, stats.Samples], crowds: Mapping[tuple[_Way, int], _Crowd]
) -> str:
    one, many, together = (float(np.median(alone[way])) for way in (_ONE, _MANY, _MANY_TOGETHER))
    beside = stats.compare(alone[_ONE], alone[_MANY_TOGETHER]).ratio.estimate
    hot, spread = crowds[_TAKEN_TOGETHER, 1], crowds[_TAKEN_TOGETHER, STOCK_ROWS]
    return (
        f"One of {ground.relation.parent} with its {ground.children} {ground.relation.child} is written in "
        f"{units.seconds(one)} as one document, in {units.seconds(many)} command by command and in "
        f"{units.seconds(together)} as one transaction, {units.ratio(beside)} the one document. With {_WRITERS} "
        f"writers that take from the same row, {units.count(round(hot.rate))} transactions a second succeed, each "
        f"begun anew {units.significant(hot.retries / len(hot.seconds), 2)} times; from {STOCK_ROWS} rows, "
        f"{units.count(round(spread.rate))}, and {units.significant(spread.retries / len(spread.seconds), 2)} times. "
        "Keep in one document what must change together; a transaction is for what cannot lie in one."
    )
