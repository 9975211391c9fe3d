"""Decoding, timed under a clock that moves only when rows are decoded."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from lab.bench.decoding import time_decoding
from lab.engines.engine import Prepared, StatementError, StatementTimeout

DRAWS = ({"n": number} for number in itertools.count())


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0
        self.decoded = 0

    def __call__(self) -> int:
        return self.now_ns

    def prepared(self, seconds: float) -> Prepared:
        def decoder(result: Any) -> Callable[[], list[int]]:
            def decode() -> list[int]:
                self.now_ns += round(seconds * 1e9)
                self.decoded += 1
                return [1]

            return decode

        def execute(bound: Any) -> int:
            self.now_ns += 7_000_000
            return 1

        return Prepared(dict, execute, int, decoder)


@pytest.mark.parametrize(("seconds", "times"), [(0.001, 5), (3.0, 1)])
def test_only_decoding_is_timed_and_not_for_long(seconds: float, times: int) -> None:
    clock = Clock()
    assert time_decoding(clock.prepared(seconds), DRAWS, clock) == seconds
    assert clock.decoded == times


@pytest.mark.parametrize("error", [StatementError("no"), StatementTimeout("late")])
def test_a_statement_that_fails_has_no_decoding_time(error: Exception) -> None:
    def execute(bound: Any) -> int:
        raise error

    assert time_decoding(Prepared(dict, execute, int, lambda result: list), DRAWS) is None
