"""Rewritten queries through the whole advisor: asked for the same pages, and measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from test_pipeline import Silent
from tiny import write_design

from lab import advising, pipeline
from lab.advise import Budget
from lab.bench import Bed, Settings
from lab.engines import load_engine
from lab.model.change import AddIndex
from lab.model.run import Proposal, Trial, VariantRun
from lab.model.schema import Index, IndexPart

QUERIES = """\
-- name: page
-- param: skip = 0..2500
SELECT id, placed_at FROM orders ORDER BY placed_at DESC, id DESC LIMIT 20 OFFSET :skip;

-- name: buyer
-- weight: 30
-- param: id = users.id
SELECT email FROM users WHERE id = :id;

-- name: broken
SELECT email FROM users WHERE abs(-9223372036854775807 - 1) > id;
"""


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory, state: Path) -> dict[str, Trial]:
    home = tmp_path_factory.mktemp("paged")
    design = write_design(home, indexed=None, queries=QUERIES)
    options = pipeline.Options(("sqlite",), scale=1.0, out=home / "results", settings=Settings(1.0))
    recorder, found = advising.advise(design, options, Budget(), Silent())
    broken = recorder.run.engines[0].variants[0].operation("broken")
    assert broken and broken.status == "failed"  # and what fails on the base ends no trying
    left = {path.name for path in recorder.folder.iterdir()}
    assert "queries.sql" in left or not any(t.is_accepted and (t.proposal.rewrites or t.proposal.batch) for t in found)
    return {trial.proposal.change.name: trial for trial in found}


def test_pages_by_key_are_the_pages_by_offset(trials: dict[str, Trial]) -> None:
    page = trials["page_by_key"].measurement.operation("page")
    assert page and page.status == "measured" and page.answer
    assert page.answer.is_same and page.answer.rows > 0 and "OFFSET" not in page.sql
    assert page.work["VM steps"] < 1000  # a page's rows; by OFFSET it is all rows before


def test_a_batch_is_measured_beside_the_single_lookup(trials: dict[str, Trial]) -> None:
    trial = trials["buyer_of_20"]
    batch = trial.measurement.operation("buyer_of_20")
    assert batch and batch.summary and batch.rows > 1
    assert trial.verdict.startswith("20 keys at once take")


def test_a_change_that_was_measured_in_a_set_only_tells_its_sql() -> None:
    index = Index("orders_status_idx", "orders", (IndexPart("status"),))
    trial = Trial(Proposal("rule", AddIndex(index), "because"), VariantRun("a", "", "measured"), True, "one of 3")
    bed = cast(Bed, SimpleNamespace(engine=load_engine("sqlite")))
    migration = advising._with_texts(trial, bed).measurement.migration
    assert migration and migration.up_seconds is None
    assert migration.up_sql == 'CREATE INDEX "orders_status_idx" ON "orders" ("status");'
    assert migration.down_sql == 'DROP INDEX "orders_status_idx";'
    rejected = replace(trial, is_accepted=False)
    assert advising._with_texts(rejected, bed) == rejected
