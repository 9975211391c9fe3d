"""One test: an operation on a variant, checked, and then timed by pytest-benchmark."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pytest

from lab import stats
from lab.bench.plan_shape import plan_hash
from lab.bench.rehearse import Unsupported
from lab.bench.single import Single, first_difference, prepare_single
from lab.errors import LabError
from lab.keeper import Kept, Unavailable
from lab.model.change import BASE
from lab.model.run import Summary
from lab.pytest_plugin.beds import Beds
from lab.pytest_plugin.cases import Case

_MOST_ROUNDS = 20_000


class Benchmark(Protocol):
    """What is used of pytest-benchmark's fixture."""

    name: str
    group: str | None
    param: str | None
    params: dict[str, Any] | None
    extra_info: dict[str, Any]
    enabled: bool
    has_error: bool
    stats: Any

    def pedantic(self, target: Callable[..., Any], **arguments: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """`summary` in seconds, None when pytest-benchmark is disabled; rows and work of one execution."""

    summary: Summary | None
    target_seconds: float
    rows: float
    work: Mapping[str, float]
    plan: str


class LabOperation:
    """What a test is given."""

    def __init__(self, case: Case, single: Single, kept: Kept, benchmark: Benchmark, rounds: _Rounds) -> None:
        self.name = case.operation
        self.variant = case.variant
        self.engine = case.shown_engine
        self._case = case
        self._single = single
        self._info = kept.bed.info
        self._benchmark = benchmark
        self._rounds = rounds

    def measure(self) -> Measured:
        """Times the prepared statement, each round with parameters of its own, drawn and encoded before the clock
        starts; pytest-benchmark keeps the times, and `extra_info` what they belong to."""
        with _told(self._benchmark):
            explained = self._single.explain()
            counts = self._run()
        rows = sum(counts) / len(counts)
        summary = stats.summarize(np.array(self._benchmark.stats.stats.data)) if self._benchmark.enabled else None
        target_seconds = self._single.operation.target_seconds
        self._benchmark.extra_info.update(
            engine=self._info.engine,
            version=self._info.version,
            origin=self._info.origin,
            design=self._case.design.name,
            variant=self.variant,
            operation=self.name,
            scale=self._case.scale,
            rows=rows,
            work=dict(explained.work),
            plan_hash=plan_hash(explained.plan),
            target_seconds=target_seconds,
            target=stats.target(summary, target_seconds) if summary else None,
        )
        return Measured(summary, target_seconds, rows, explained.work, explained.plan)

    def _run(self) -> list[int]:
        """Rows of each execution."""
        prepared, draws = self._single.prepared, self._single.draws
        results: list[Any] = []
        counts: list[int] = []

        def draw() -> tuple[tuple[Any], dict[str, Any]]:
            return (prepared.bind(next(draws)),), {}

        def check(*_: object) -> None:
            counts.append(prepared.count(results.pop()))

        if not self._benchmark.enabled:  # pytest-benchmark then executes once, and tears nothing down
            self._benchmark.pedantic(lambda bound: counts.append(prepared.count(prepared.execute(bound))), setup=draw)
            return counts
        timed = _keeping(prepared.execute, results.append)
        rounds = self._rounds.number(self._single)
        self._benchmark.pedantic(timed, setup=draw, teardown=check, rounds=rounds)
        return counts


def _keeping(execute: Callable[[Any], Any], keep: Callable[[Any], None]) -> Callable[[Any], None]:
    """The execution and, because some drivers return an error where others raise it, its result for a check after."""

    def timed(bound: Any) -> None:
        keep(execute(bound))

    return timed


@dataclass(frozen=True, slots=True)
class _Rounds:
    """pytest-benchmark's own wishes: at least so many, for about so long."""

    fewest: int
    seconds: float

    @classmethod
    def wished(cls, request: pytest.FixtureRequest) -> _Rounds:
        marker = request.node.get_closest_marker("benchmark")
        given = marker.kwargs if marker else {}
        option = request.config.getoption
        return cls(
            int(given.get("min_rounds", option("benchmark_min_rounds"))),
            float(given.get("max_time", option("benchmark_max_time"))),
        )

    def number(self, single: Single) -> int:
        """By what an execution takes, of which the first is not counted."""
        for _ in range(2):
            bound = single.prepared.bind(next(single.draws))
            started = time.perf_counter()
            single.prepared.count(single.prepared.execute(bound))
            seconds = time.perf_counter() - started
        return max(self.fewest, min(int(self.seconds / seconds), _MOST_ROUNDS))


@contextmanager
def open_operation(request: pytest.FixtureRequest, benchmark: Benchmark, beds: Beds) -> Iterator[LabOperation]:
    """Skips or fails the test, with a sentence, where there is nothing to measure."""
    case: Case = request.param
    benchmark.name = case.title
    benchmark.group = benchmark.group or case.operation
    benchmark.param = case.id
    benchmark.params = {"engine": case.shown_engine, "variant": case.variant, "operation": case.operation}
    with ExitStack() as stack:
        with _told(benchmark):
            kept = beds.kept(case)
            _require_variant(kept, case)
            single = _prepared(case, kept, beds, stack, request.config.getoption("lab_seed"))
        yield LabOperation(case, single, kept, benchmark, _Rounds.wished(request))


def _require_variant(kept: Kept, case: Case) -> None:
    copy = kept.copies[case.variant]
    if copy.status == "unsupported":
        raise Unsupported(f"{case.variant} is not for {case.shown_engine}: {copy.reason}")
    if copy.status != "measured":
        raise LabError(f"variant {case.variant} cannot be built on {case.shown_engine}: {copy.reason}")


def _prepared(case: Case, kept: Kept, beds: Beds, stack: ExitStack, seed: int) -> Single:
    """Raises LabError for a variant that answers differently from the base."""
    operation = next(o for o in kept.bed.design.workload.operations if o.name == case.operation)
    if operation.is_write:
        return prepare_single(kept.bed, beds.writing(case, stack), case.variant, case.operation, seed)
    single = prepare_single(kept.bed, beds.reading(case, case.variant), case.variant, case.operation, seed)
    if case.variant != BASE.name:
        base = prepare_single(kept.bed, beds.reading(case, BASE.name), BASE.name, case.operation, seed)
        if found := first_difference(kept.bed, base, single, seed):
            raise LabError(f"variant {case.variant} answers {case.operation} differently from the base: {found}")
    return single


@contextmanager
def _told(benchmark: Benchmark) -> Iterator[None]:
    """The lab's errors as outcomes of a test: what an engine cannot do, and on a person's machine what is not there,
    is skipped; all else fails, by its sentence alone."""
    try:
        yield
    except LabError as error:
        if not benchmark.has_error:
            _pass_on(benchmark, error)
        # From None: a chain of causes would bury the sentence.
        raise _outcome(error) from None


def _pass_on(benchmark: Benchmark, error: LabError) -> None:
    """Has pytest-benchmark meet the error: of a fixture that was not used it would warn, as of an oversight."""

    def meet() -> None:
        raise error

    with suppress(LabError):
        benchmark.pedantic(meet)


def _outcome(error: LabError) -> BaseException:
    is_lack = isinstance(error, Unavailable) and not os.environ.get("CI")
    if isinstance(error, Unsupported) or is_lack:
        return pytest.skip.Exception(_flat(str(error)))
    return pytest.fail.Exception(str(error), pytrace=False)


def _flat(text: str) -> str:
    return " ".join(text.split())
