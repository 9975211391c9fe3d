"""One comparison over several engines: each base is held against the first engine's answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import write_design

from lab import pipeline, results
from lab.bench import Settings, Silent
from lab.engines.engine import Server, UnknownName
from lab.model.run import OperationRun, Run
from lab.report import render

MONGODB = """\
def orders_of_user(user_id):
    return {
        "find": "orders",
        "filter": {"user_id": user_id},
        "sort": {"placed_at": -1, "_id": -1},
        "limit": %d,
        "projection": {"_id": 1, "status": 1, "total": 1},
    }


def login(email):
    return {"find": "users", "filter": {"email": email}, "projection": {"_id": 1}}


def totals_by_status():
    group = {"_id": "$status", "orders": {"$sum": 1}, "total": {"$sum": "$total"}}
    return {
        "aggregate": "orders",
        "pipeline": [{"$group": group}, {"$project": {"_id": 1, "orders": 1, "total": 1}}],
        "cursor": {},
    }


def place_order(user_id, total, placed_at, id="fresh orders.id"):
    order = {"_id": id.long, "user_id": user_id.long, "status": "new", "total": total.decimal}
    return {"insert": "orders", "documents": [{**order, "placed_at": placed_at.date}]}
"""
REDIS = """\
LAYOUT = {
    "users": [["HSET", "user:{id}", "{*}"], ["SET", "user:email:{email}", "{id}"]],
    "orders": [["HSET", "order:{id}", "{*}"]],
}
GAPS = {"orders_of_user": "takes a list that is not kept", "totals_by_status": "would read every order"}


def login(email):
    return ["GET", f"user:email:{email}"]
"""


def compare(home: Path, engines: tuple[str, ...], mongodb: str = MONGODB % 20, redis: str = REDIS) -> Run:
    design = write_design(home)
    (home / "workloads/tiny/mongodb.py").write_text(mongodb)
    (home / "workloads/tiny/redis.py").write_text(redis)
    options = pipeline.Options(engines, scale=1.0, out=home / "results", settings=Settings(budget_seconds=0.6))
    return pipeline.compare(design, options, Silent()).run


def operations(run: Run, engine: str, variant: str = "base") -> dict[str, OperationRun]:
    part = next(part for part in run.engines if part.server.engine == engine)
    found = part.variant(variant)
    assert found is not None
    return {operation.name: operation for operation in found.operations}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, mongodb_server: Server, redis_server: Server) -> Run:
    return compare(tmp_path_factory.mktemp("across"), ("sqlite", "mongodb", "redis"))


def test_each_engine_measures_what_it_serves(run: Run) -> None:
    assert {name: o.status for name, o in operations(run, "mongodb").items()} == dict.fromkeys(
        ("orders_of_user", "login", "totals_by_status", "place_order"), "measured"
    )
    assert {name: (o.status, o.reason.splitlines()[0]) for name, o in operations(run, "redis").items() if o.reason} == {
        "orders_of_user": ("unsupported", "takes a list that is not kept"),
        "totals_by_status": ("unsupported", "would read every order"),
        "place_order": ("unsupported", f"{redis_file(run)} has no function place_order"),
    }


def redis_file(run: Run) -> str:
    return str(Path(run.design.workload.origin).with_name("redis.py"))


def test_the_base_is_held_against_the_first_engine(run: Run) -> None:
    answers = {name: o.answer for name, o in operations(run, "mongodb").items() if o.answer}
    assert set(answers) == {"orders_of_user", "login", "totals_by_status"}
    assert all(answer.is_same and answer.other_engine.startswith("SQLite 3.") for answer in answers.values())
    assert all(o.answer is None for o in operations(run, "sqlite").values())


def test_an_index_is_an_index_on_mongodb_too(run: Run) -> None:
    indexed, base = operations(run, "mongodb", "indexed"), operations(run, "mongodb")
    assert "orders_user_idx" in indexed["orders_of_user"].plan and "COLLSCAN" in base["orders_of_user"].plan
    assert indexed["orders_of_user"].work["documents examined"] < base["orders_of_user"].work["documents examined"]
    part = next(part for part in run.engines if part.server.engine == "mongodb")
    assert part.variants[1].migration is not None and part.variants[1].migration.is_restored
    assert part.overhead is not None and 0 < part.overhead.estimate < 0.01


def test_the_report_says_so(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = next(tmp_path_factory.getbasetemp().glob("across*/results/*"))
    text = render(*results.load(folder), "md")
    assert "3 reads give the rows of SQLite 3." in text
    assert "takes a list that is not kept" in text


def test_one_that_differs_fails_there_with_its_first_row(tmp_path: Path, mongodb_server: Server) -> None:
    run = compare(tmp_path, ("sqlite", "mongodb"), MONGODB % 3)
    for variant in ("base", "indexed"):
        wrong = operations(run, "mongodb", variant)["orders_of_user"]
        assert wrong.status == "failed"
        assert wrong.reason.startswith("differs from SQLite 3.")
        assert "row 4: SQLite 3." in wrong.reason and "MongoDB " in wrong.reason and "no such row" in wrong.reason
        assert "user_id = " in wrong.reason
    assert operations(run, "mongodb")["login"].status == "measured"
    assert operations(run, "sqlite")["orders_of_user"].status == "measured"


def test_the_engine_that_serves_an_operation_first_is_the_reference(
    tmp_path: Path, mongodb_server: Server, redis_server: Server
) -> None:
    run = compare(tmp_path, ("redis", "mongodb"))
    answers = {name: o.answer.other_engine for name, o in operations(run, "mongodb").items() if o.answer}
    assert set(answers) == {"login"} and answers["login"].startswith("Redis ")


def test_a_field_misspelt_is_told_before_anything_is_loaded(tmp_path: Path, mongodb_server: Server) -> None:
    with pytest.raises(UnknownName, match=r"mongodb\.py:1: orders has no field usr_id .*orders_of_user") as caught:
        compare(tmp_path, ("mongodb",), (MONGODB % 20).replace('"user_id": user_id}', '"usr_id": user_id}'))
    assert "did you mean user_id?" in caught.value.hint
