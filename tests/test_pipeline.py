"""The main job on real servers, on a design of two tables."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.compute as pc
import pytest
from conftest import ROOT
from tiny import WRONG, WRONG_QUERIES, write_design

from lab import advising, pipeline, results
from lab.advise import Budget
from lab.bench import Settings, Silent
from lab.design import read_design
from lab.errors import LabError
from lab.model.run import EngineRun, OperationRun, Run

QUICK = Settings(budget_seconds=1.0)


def compare(design: Path, out: Path, **options: object) -> Run:
    chosen = {"engines": ("sqlite", "postgres"), "scale": 1.0, "settings": QUICK, "out": out, **options}
    return pipeline.compare(design, pipeline.Options(**chosen), Silent()).run  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, postgres_server: object) -> Run:
    home = tmp_path_factory.mktemp("compare")
    return compare(write_design(home), home / "results")


@pytest.fixture(params=["sqlite", "postgres"])
def part(request: pytest.FixtureRequest, run: Run) -> EngineRun:
    return next(part for part in run.engines if part.server.spec == request.param)


def operation(part: EngineRun, variant: str, name: str) -> OperationRun:
    found = part.variant(variant)
    assert found is not None
    measured = found.operation(name)
    assert measured is not None
    return measured


def test_the_run_is_complete_and_says_where_it_was_made(run: Run) -> None:
    assert run.is_complete
    assert run.environment.cores > 0 and run.environment.cpu
    assert [part.server.engine for part in run.engines] == ["sqlite", "postgres"]


def test_the_base_is_loaded_without_orphans(part: EngineRun) -> None:
    assert part.load is not None
    assert part.load.rows == 3300
    assert [(check.table, check.orphans) for check in part.load.foreign_keys] == [("orders", 0)]
    assert part.load.rows_per_second > 0


def test_every_operation_was_measured_on_every_variant(part: EngineRun) -> None:
    assert [variant.name for variant in part.variants] == ["base", "indexed"]
    for variant in part.variants:
        assert [operation.status for operation in variant.operations] == ["measured"] * 4
        for measured in variant.operations:
            assert measured.summary is not None
            assert 0 < measured.summary.p50.low <= measured.summary.p50.estimate <= measured.summary.p50.high
            assert measured.plan and measured.work
            assert (measured.server_seconds is None) == (part.server.engine == "sqlite")


def test_the_index_is_used_and_shown_to_help(part: EngineRun) -> None:
    measured = operation(part, "indexed", "orders_of_user")
    assert "orders_user_idx" in measured.plan
    assert measured.comparison is not None
    assert measured.comparison.direction == "faster"
    assert measured.comparison.ratio.high < 1
    before = operation(part, "base", "orders_of_user")
    assert all(measured.work[counter] < before.work[counter] for counter in before.work)


def test_the_index_takes_room(part: EngineRun) -> None:
    base, indexed = part.variants
    assert indexed.index_bytes > base.index_bytes


def test_answers_are_the_same_and_the_way_back_restores(part: EngineRun) -> None:
    indexed = part.variants[1]
    assert [o.answer.is_same for o in indexed.operations if o.answer] == [True] * 3
    assert indexed.migration is not None and indexed.migration.is_restored
    assert indexed.migration.up_seconds is not None and indexed.migration.down_seconds is not None


def test_samples_are_kept_and_pairs_share_their_number(run: Run, tmp_path: Path) -> None:
    folder = next(Path(tmp_path).parent.glob("compare*/results/*"))
    _, samples = results.load(folder)
    assert samples.num_rows > 100
    reads = samples.filter(pc.equal(samples["operation"], "login"))
    base = reads.filter(pc.equal(reads["variant"], "base"))["pair"].to_pylist()
    assert sorted(base) == sorted(reads.filter(pc.equal(reads["variant"], "indexed"))["pair"].to_pylist())


def test_the_report_is_written(run: Run, tmp_path: Path) -> None:
    folder = next(Path(tmp_path).parent.glob("compare*/results/*"))
    assert "<svg" in (folder / "report.html").read_text()
    assert "indexed" in (folder / "report.md").read_text()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_wrong_variant_is_caught_with_the_first_differing_row(
    tmp_path: Path, engine: str, postgres_server: object
) -> None:
    design = write_design(tmp_path, stale=WRONG, stale__queries=WRONG_QUERIES)
    run = compare(design, tmp_path / "results", engines=(engine,))
    measured = operation(run.engines[0], "stale", "totals_by_status")
    assert measured.status == "failed"
    assert measured.answer is not None and not measured.answer.is_same
    assert "base has (" in measured.answer.difference and "variant has (" in measured.answer.difference


def test_a_subtly_wrong_query_is_caught_before_any_write(tmp_path: Path) -> None:
    nearly = (
        "-- name: orders_of_user\nSELECT id, status, total FROM orders WHERE user_id = :user_id ORDER BY id LIMIT 20;\n"
    )
    design = write_design(tmp_path, indexed__queries=nearly, queries=None)
    (tmp_path / "workloads/tiny/queries.sql").write_text(
        "-- name: orders_of_user\n-- param: user_id = orders.user_id\nSELECT id, status, total FROM orders "
        "WHERE user_id = :user_id ORDER BY placed_at DESC, id DESC LIMIT 20;\n"
    )
    run = compare(design, tmp_path / "results", engines=("sqlite",))
    measured = operation(run.engines[0], "indexed", "orders_of_user")
    assert measured.answer is not None and not measured.answer.is_same
    assert "row 1" in measured.answer.difference and "user_id = " in measured.answer.difference


def test_a_variant_for_another_engine_is_a_gap(tmp_path: Path) -> None:
    design = write_design(
        tmp_path, indexed=None, only__postgres="-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n"
    )
    run = compare(design, tmp_path / "results", engines=("sqlite",))
    (gap,) = run.engines[0].variants[1:]
    assert gap.status == "unsupported" and "no migration for SQLite" in gap.reason


def test_what_nests_documents_is_tried_where_there_are_some_or_where_it_is_named() -> None:
    variants = read_design(ROOT / "schemas" / "ecommerce", ROOT / "workloads" / "ecommerce").variants
    nested = {"embedded", "expiring", "hybrid", "ledger", "referenced"}

    def tried(engine: str, *named: str) -> set[str]:
        return {variant.name for variant in pipeline.meant_for(engine, variants, named)}

    assert tried("mongodb") == {variant.name for variant in variants} >= nested
    assert tried("postgres") == tried("mongodb") - nested
    assert tried("postgres", "hybrid") == tried("postgres") | {"hybrid"}


def test_a_failing_up_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    up = "CREATE INDEX i ON orders (total);\nCREATE INDEX j ON orders (totl);"
    broken = f"-- migrate:up\n{up}\n-- migrate:down\nDROP INDEX i;\n"
    design = write_design(tmp_path, broken=broken)
    with pytest.raises(LabError, match=r"broken\.sql:3: .*totl") as caught:
        compare(design, tmp_path / "results", engines=("sqlite",))
    assert "total" in caught.value.hint


def test_a_down_that_leaves_something_is_told(tmp_path: Path) -> None:
    half = "-- migrate:up\nCREATE INDEX i ON orders (total);\n-- migrate:down\nSELECT 1;\n"
    with pytest.raises(LabError, match="index i is left over"):
        compare(write_design(tmp_path, half=half), tmp_path / "results", engines=("sqlite",))


def test_operations_and_variants_can_be_chosen(tmp_path: Path) -> None:
    run = compare(
        write_design(tmp_path, stale=WRONG),
        tmp_path / "results",
        engines=("sqlite",),
        variants=("indexed",),
        settings=Settings(budget_seconds=0.3),
        operations=("login",),
    )
    assert [variant.name for variant in run.engines[0].variants] == ["base", "indexed"]
    assert {o.name for variant in run.engines[0].variants for o in variant.operations} == {"login"}


def test_the_same_seed_gives_the_same_data_and_answers(tmp_path: Path) -> None:
    design = write_design(tmp_path)
    runs = [compare(design, tmp_path / "results", engines=("sqlite",)) for _ in range(2)]
    works = [[o.work for o in run.engines[0].variants[0].operations] for run in runs]
    assert works[0] == works[1]


def test_a_timed_out_query_misses_its_target(tmp_path: Path) -> None:
    slow = (
        "-- name: slow\n-- class: complex\nWITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t "
        "WHERE n < 300000000) SELECT count(*) FROM t;\n"
    )
    design = write_design(tmp_path, queries=slow)
    settings = Settings(budget_seconds=0.3, timeout_seconds=0.3)
    run = compare(design, tmp_path / "results", engines=("sqlite",), settings=settings)
    measured = operation(run.engines[0], "base", "slow")
    assert (measured.status, measured.target) == ("timed out", "missed")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_advice_is_measured_and_written_as_a_migration(tmp_path: Path, engine: str) -> None:
    design = write_design(tmp_path, indexed=None, data="[users]\nrows = 2000\n[orders]\nrows = 20000\n")
    options = pipeline.Options((engine,), scale=1.0, out=tmp_path / "results", settings=QUICK)
    recorder, trials = advising.advise(design, options, Budget(), Silent())
    accepted = [trial for trial in trials if trial.is_accepted]
    assert any("user_id" in str(trial.proposal.change) for trial in accepted)
    migrations = sorted((recorder.folder / "migrations").glob("*.sql"))
    assert len(migrations) == len(accepted)
    text = next(text for path in migrations if "DROP INDEX" in (text := path.read_text()) and "TRIGGER" not in text)
    assert ("CONCURRENTLY" in text) == ("-- migrate:up transaction:false" in text) == (engine == "postgres")
    assert re.search(r"-- migrate:down.*\nDROP INDEX", text)


def test_a_comparison_may_advise_as_well(tmp_path: Path) -> None:
    design = write_design(tmp_path, data="[users]\nrows = 2000\n[orders]\nrows = 20000\n")
    options = pipeline.Options(("sqlite",), scale=1.0, out=tmp_path / "results", settings=QUICK)
    advice = advising.beside_variants(options, Budget(seconds=8), Silent())
    recorder = pipeline.compare(design, options, Silent(), advice)
    run, _ = results.load(recorder.folder)
    assert [variant.name for variant in run.engines[0].variants] == ["base", "indexed"]
    assert any(trial.is_accepted for trial in run.advice[0].trials)
    assert "Advice" in (recorder.folder / "report.md").read_text()
    assert (recorder.folder / "advice-sqlite" / "index-strategy.md").exists()
    assert len(results.load_history(recorder.folder.parent)[0]) == 1
