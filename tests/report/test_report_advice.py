"""Advice on a terminal, and the documents it leaves behind."""

from __future__ import annotations

from dataclasses import replace

from report_runs import advised_run
from rich.console import Console

from lab.model.run import EngineRun, Migration, Run, VariantRun
from lab.report import guides
from lab.report.advice_facts import facts
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


def test_each_change_comes_with_its_sql_up_and_down_and_a_long_one_with_its_beginning() -> None:
    run, _ = advised_run()
    (engine,) = run.engines
    first = engine.trials[0]
    up = "\n".join(f"CREATE TABLE t{number} ();" for number in range(20))
    scripted = replace(first, measurement=replace(first.measurement, migration=Migration(up, "DROP TABLE t0;")))
    assert "CREATE INDEX orders_user_indexed ON" in printed(engine) and "DROP INDEX orders_user_indexed;" in printed(
        engine
    )
    text = printed(replace(engine, trials=(scripted,)))
    assert "CREATE TABLE t3 ();" in text and "t4" not in text and "… 16 more lines: see the migration" in text
    assert "DROP TABLE t0;" in text


def test_a_change_that_was_measured_with_the_others_only_says_so() -> None:
    run, _ = advised_run()
    trial = run.engines[0].trials[0]
    alone = VariantRun("a", "", "measured", migration=Migration("CREATE INDEX a;", "DROP INDEX a;"))
    told = dict(facts(replace(trial, measurement=alone), run.engines[0], run.design.schema))
    assert told["cost of writes"] == "measured with all of the advice only"


def test_nothing_is_said_as_plainly() -> None:
    run = rejecting()
    assert "Do nothing: no change helps." in printed(run.engines[0])
    assert "no rule found anything" in printed(replace(run.engines[0], trials=()))
    assert "**Do nothing.** None of the 4 changes" in guides(run)["index-strategy.md"]
    assert "queries.sql" not in guides(run)


def test_candidates_of_a_set_are_told_together_by_what_became_of_them() -> None:
    run, _ = advised_run()
    (engine,) = run.engines
    one = engine.trials[3]
    verdicts = ("built (0.3 MB), and no plan uses it", "built (1.2 MB), and no plan uses it", "not built: too late")
    untried = VariantRun("a", "", "failed", "")
    trials = tuple(replace(one, measurement=untried, verdict=verdict) for verdict in verdicts)
    text = guides(replace(run, engines=(replace(engine, trials=(*engine.trials, *trials)),)))["index-strategy.md"]
    name = f"`{one.proposal.change.name}`"
    assert f"- 2 of a set, built (… MB), and no plan uses it: {name}, {name}" in text
    assert f"- 1 of a set, not built: too late: {name}" in text and f"- {name} (index): no difference over" in text


def test_the_guides_say_how_a_query_must_read_and_what_was_tried_in_vain() -> None:
    texts = guides(advised_run()[0])
    assert "(index)" in texts["index-strategy.md"] and "`orders_note_idx` (drop index)" in texts["index-strategy.md"]
    lines = texts["queries.sql"].splitlines()
    assert lines[0].startswith("-- name: ") and lines[-1].endswith("LIMIT 20;")
    assert "-- :after_id: of the last row of the page before; NULL for the first page." in lines
    assert "helped by `order_history_by_key`" in texts["query-guide.md"]
