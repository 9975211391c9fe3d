"""Advice on a terminal, and the documents it leaves behind."""

from __future__ import annotations

from dataclasses import replace

from report_runs import advised_run
from rich.console import Console

from lab.model.run import EngineRun, Run
from lab.report import guides
from lab.report.terminal_advice import advice_table


def printed(engine: EngineRun) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(advice_table(engine))
    return capture.get()


def rejecting() -> Run:
    run, _ = advised_run()
    (engine,) = run.engines
    trials = tuple(replace(trial, is_accepted=False) for trial in engine.trials)
    return replace(run, engines=(replace(engine, trials=trials),))


def test_it_fits_80_columns_and_says_what_is_adopted_and_dropped() -> None:
    text = printed(advised_run()[0].engines[0])
    assert max(map(len, text.splitlines())) <= 80
    assert "Adopt 2 of 4 changes tried." in text and "✓ add orders_user_placed" in text
    assert "✗ drop orders_note_idx" in text and "4.72 MiB more, 2.13 s to build" in text


def test_nothing_is_said_as_plainly() -> None:
    run = rejecting()
    assert "Do nothing: no change helps." in printed(run.engines[0])
    assert "no rule found anything" in printed(replace(run.engines[0], trials=()))
    assert "**Do nothing.** None of the 4 changes" in guides(run)["index-strategy.md"]
    assert "queries.sql" not in guides(run)


def test_the_guides_say_how_a_query_must_read_and_what_was_tried_in_vain() -> None:
    texts = guides(advised_run()[0])
    assert "(index)" in texts["index-strategy.md"] and "`orders_note_idx` (drop index)" in texts["index-strategy.md"]
    lines = texts["queries.sql"].splitlines()
    assert lines[0].startswith("-- name: ") and lines[-1].endswith("LIMIT 20;")
    assert "-- :after_id: of the last row of the page before; NULL for the first page." in lines
    assert "helped by `order_history_by_key`" in texts["query-guide.md"]
