from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    assert "denormalized is out: it does not apply here" in " ".join(text.split())


def test_a_variant_that_is_out_says_so_and_one_for_another_engine_takes_no_room() -> None:
    sqlite, postgres = printed(wrong_run()[0]).split("PostgreSQL 18", 1)
    assert "indexed (out)" in sqlite and "indexed (out)" in postgres
    assert "denorm…" not in sqlite and "denormalized (out)" not in sqlite


def test_variants_for_another_engine_share_a_sentence() -> None:
    run, _ = large_run()
    (first, *_) = run.engines
    others = [replace(variant, status="unsupported", operations=()) for variant in first.variants[1:3]]
    part = replace(first, variants=(first.variants[0], *others, *first.variants[3:]))
    text = " ".join(printed(replace(run, engines=(part,))).split())
    names = ", ".join(v.name for v in part.variants if v.status == "unsupported")
    assert f"Not for this engine, as said below Migrations: {names}." in text


def test_seven_variants_keep_their_numbers_and_marks() -> None:
    text = printed(large_run()[0])
    row = next(line for line in text.splitlines() if line.startswith("place_order"))
    assert row.count("✗") == 6
    assert "…" not in row


def test_partial_runs_say_so() -> None:
    assert "The run was interrupted" in printed(partial_run()[0])
    assert "Cannot tell: nothing was measured." in printed(empty_run()[0])
