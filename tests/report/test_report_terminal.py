from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from report_runs import empty_run, large_run, partial_run, small_run, wrong_run
from rich.console import Console

from lab.model.run import Run
from lab.report.terminal import summary_table


def printed(run: Run) -> str:
    console = Console(width=80, file=None, record=True, quiet=True)
    with console.capture() as capture:
        console.quiet = False
        console.print(summary_table(run))
    return capture.get()


@pytest.mark.parametrize("make", [small_run, wrong_run, partial_run, empty_run, large_run])
def test_it_fits_80_columns(make: Callable[[], tuple[Run, pa.Table]]) -> None:
    assert max(len(line) for line in printed(make()[0]).splitlines()) <= 80


def test_it_says_the_verdict_and_shows_each_cell() -> None:
    text = printed(small_run()[0])
    assert "Adopt indexed on PostgreSQL 18: 4 of 5 operations meet their target" in text
    assert "timed out ✗" in text
    assert "denormalized (out)" in text


def test_seven_variants_keep_their_numbers_and_marks() -> None:
    text = printed(large_run()[0])
    row = next(line for line in text.splitlines() if line.startswith("place_order"))
    assert row.count("✗") == 6
    assert "…" not in row


def test_partial_runs_say_so() -> None:
    assert "The run was interrupted" in printed(partial_run()[0])
    assert "Cannot tell: nothing was measured." in printed(empty_run()[0])
