"""A design whose variant nests documents, compared from its files to its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from nests import DATA, SCHEMA

from lab import pipeline, results
from lab.bench import Settings, Silent, expiries
from lab.cli import main
from lab.engines.engine import Server
from lab.engines.mongodb import database, moving
from lab.engines.mongodb.commands import Command
from lab.errors import LabError
from lab.model.nesting import WORK
from lab.model.run import Run
from lab.report import render

MAPPING = """\
# Lines lie in their order.
[embed.lines]
into = "orders"
most = 500

[expire]
orders = { by = "placed_at", days = 30 }

[indexes]
orders = ["lines.number"]
"""
QUERIES = """\
-- name: order_with_lines
-- weight: 8
-- param: order_id = orders.id
SELECT o.id, o.total, l.number, l.sku FROM orders o JOIN lines l ON l.order_id = o.id
WHERE o.id = :order_id ORDER BY l.number;

-- name: order_total
-- weight: 2
-- param: order_id = orders.id
SELECT id, total FROM orders WHERE id = :order_id;

-- name: add_line
-- param: order_id = orders.id
-- param: number = fresh lines.number
INSERT INTO lines (order_id, number, sku) VALUES (:order_id, :number, 'new');
"""
BASE = """\
_ROW = {"_id": 1, "total": 1, "number": "$line._id.number", "sku": "$line.sku"}


def _order(order_id, *stages):
    return {"aggregate": "orders", "pipeline": [{"$match": {"_id": order_id}}, *stages], "cursor": {}}


def order_with_lines(order_id):
    join = {"from": "lines", "localField": "_id", "foreignField": "_id.order_id", "as": "line"}
    return _order(order_id, {"$lookup": join}, {"$unwind": "$line"}, {"$sort": {"line._id": 1}}, {"$project": _ROW})


def order_total(order_id):
    return {"find": "orders", "filter": {"_id": order_id}, "projection": {"_id": 1, "total": 1}}


def add_line(order_id, number):
    line = {"_id": {"order_id": order_id.long, "number": number}, "sku": "new", "details": None}
    return {"insert": "lines", "documents": [line]}
"""
NESTED = """\
from mongodb import _ROW, _order


def order_with_lines(order_id):
    row = {**_ROW, "number": "$lines.number", "sku": "$lines.sku"}
    return _order(order_id, {"$unwind": "$lines"}, {"$sort": {"lines.number": 1}}, {"$project": row})


def add_line(order_id, number):
    line = {"number": number, "sku": "new", "details": None}
    return {"update": "orders", "updates": [{"q": {"_id": order_id}, "u": {"$push": {"lines": line}}}]}
"""


def write_design(home: Path, mapping: str = MAPPING, nested: str = NESTED) -> Path:
    files = {
        "schemas/nests/schema.sql": SCHEMA,
        "schemas/nests/data.toml": DATA,
        "schemas/nests/variants/whole.mongodb.toml": mapping,
        "workloads/nests/queries.sql": QUERIES,
        "workloads/nests/mongodb.py": BASE,
        "workloads/nests/whole.mongodb.py": nested,
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home / "schemas/nests"


def compare(home: Path, mapping: str = MAPPING, nested: str = NESTED) -> Run:
    settings = Settings(budget_seconds=0.6)
    options = pipeline.Options(("mongodb",), scale=1.0, out=home / "results", settings=settings)
    return pipeline.compare(write_design(home, mapping, nested), options, Silent()).run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, mongodb_server: Server) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expiries, "_PHASE_SECONDS", 1.2)
        return compare(tmp_path_factory.mktemp("nested"))


def test_the_variant_answers_as_the_base_and_finds_its_way_back(run: Run) -> None:
    whole = run.engines[0].variant("whole")
    assert whole is not None and whole.migration is not None
    assert whole.status == "measured" and whole.migration.is_restored is True
    assert [relation.name for relation in whole.relations] == ["invoices", "orders", "payments", "refunds", "users"]
    answers = {o.name: o.answer for o in whole.operations}
    assert answers["order_with_lines"] is not None and answers["order_with_lines"].is_same
    assert answers["order_with_lines"].rows > 0
    assert {o.status for o in whole.operations} == {"measured"}
    assert '"$unionWith": {"coll": "lines"' in whole.migration.up_sql


def test_the_relation_is_measured_both_ways_at_the_workloads_mix(run: Run) -> None:
    (nesting,) = run.engines[0].nestings
    assert (nesting.child, nesting.parent, nesting.is_mix_known) == ("lines", "orders", True)
    assert nesting.weights == {"whole": 8.0, "children": 0.0, "parent": 2.0, "append": 1.0}
    assert [point.children for point in nesting.points] == [1, 4, 16, 64, 256, 1024, 4096]
    assert all(set(point.ratios) == set(WORK) for point in nesting.points)
    assert nesting.points[-1].seconds["whole"][0] > nesting.points[0].seconds["whole"][0]
    assert nesting.most_children == 6 and 0 < nesting.mean_children < 6


def test_what_expires_is_removed_while_the_workload_goes_on(run: Run) -> None:
    (removal,) = run.engines[0].removals
    assert (removal.variant, removal.collection, removal.column) == ("whole", "orders", "placed_at")
    assert 20 < removal.documents <= 100 and removal.removed_rate > 0
    assert set(removal.ratios) == {"order_with_lines", "order_total", "add_line"}
    assert removal.processor_seconds is None or removal.processor_seconds.high > removal.processor_seconds.low


def test_it_is_kept_and_reported(run: Run, tmp_path: Path) -> None:
    import pyarrow as pa

    from lab.bench.samples import SCHEMA as SAMPLES

    results.save(tmp_path, run, SAMPLES.empty_table())
    loaded, samples = results.load(tmp_path)
    assert loaded.engines[0].nestings == run.engines[0].nestings
    assert isinstance(samples, pa.Table)
    text = render(loaded, samples, "md")
    assert "Embed or reference" in text and "`lines` in `orders`" in text
    assert "What expires" in text and "Removing `orders` by `placed_at`" in text


def test_an_operation_left_as_it_was_is_told_where_its_rows_went(tmp_path: Path, mongodb_server: Server) -> None:
    nested = NESTED.partition("def add_line")[0]
    with pytest.raises(LabError) as caught:
        compare(tmp_path, nested=nested)
    assert "there is no collection lines (in operation add_line)" in caught.value.message
    assert caught.value.hint.startswith(
        "whole keeps lines in orders.lines: write the operation anew in whole.mongodb.py"
    )


def test_a_server_killed_while_it_nests_ends_the_run_with_a_sentence(
    tmp_path: Path,
    state: Path,
    mongodb_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = set((state / "servers").glob("*"))
    perform = moving.perform

    def kill_first(command: Command, target: Any) -> dict[str, Any]:
        """In the copy, not in the rehearsal."""
        if "aggregate" in command and target.name.endswith("lab_v1"):
            (folder,) = set((state / "servers").glob("*")) - before
            psutil.Process(json.loads((folder / "lease.json").read_text())["server_pid"]).kill()
        return perform(command, target)

    monkeypatch.setattr(database, "perform", kill_first)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # pytest's stay
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["lab", "compare", str(write_design(tmp_path)), "-e", "mongodb", "--scale", "1"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2
    assert "the MongoDB server went away" in told and "Traceback" not in told
    assert set((state / "servers").glob("*")) == before
    (folder,) = (tmp_path / "results").iterdir()
    run, samples = results.load(folder)
    assert not run.is_complete
    base = run.engines[0].variant("base")
    assert base is not None and base.relations
    assert "whole" in render(run, samples, "md")


def test_too_many_for_the_bound_is_told_before_the_load(tmp_path: Path, mongodb_server: Server) -> None:
    with pytest.raises(LabError, match=r"lines in orders: the data give one of them 6, more than most = 3"):
        compare(tmp_path, mapping=MAPPING.replace("most = 500", "most = 3"))
