"""`lab scale` as a person meets it: sizes measured, plans imagined, what is kept when it ends early."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from test_cli import flat, lab
from tiny import QUERIES, write_design

from lab import scaling
from lab.bench import Bed, Settings, Silent
from lab.bench.imagine import imagined_plans, planned
from lab.bench.load import BASE as BASE_DATABASE
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.growth import predictions
from lab.model.change import BASE
from lab.pipeline import Options, load_bed, prepare_bed
from lab.scaling import Reach, read_sizes

QUICK = ["scale", "schemas/tiny", "--engine", "sqlite", "--scale", "1", "--time-budget", "0.2", "--variant", "indexed"]
FEW = [*QUICK, "--operation", "login", "--operation", "place_order"]


def growth_of(home: Path) -> dict[str, Any]:
    (run,) = (home / "results").iterdir()
    found: dict[str, Any] = json.loads((run / "run.json").read_text())["growth"]
    return found


def test_sizes_are_measured_and_what_they_ask_is_reported(tmp_path: Path) -> None:
    data = "[users]\nrows = 300\ngrows = false\n[orders]\nrows = 3000\n"
    write_design(tmp_path, data=data)
    answer = lab(tmp_path, *QUICK, "--sizes", "1,2,4", "--rate", "2000")
    assert answer.returncode == 0, answer.stderr
    assert "Nothing is predicted: SQLite cannot import statistics" in flat(answer.stdout)
    growth = growth_of(tmp_path)
    assert [(size["factor"], size["rows"]) for size in growth["sizes"]] == [(1, 3300), (2, 6300), (4, 12300)]
    assert {(law["operation"], law["variant"]) for law in growth["laws"]} >= {("login", "base"), ("login", "indexed")}
    assert {table["table"]: table["grows"] for table in growth["tables"]} == {"users": False, "orders": True}
    ten = next(each for each in growth["capacities"] if each["factor"] == 10)
    assert ten["rate"] == 20_000 and ten["rows"] == pytest.approx(30_300) and ten["writes"] > 0
    assert growth["shard_keys"][0]["table"] == "orders"
    (run,) = (tmp_path / "results").iterdir()
    page = (run / "report.md").read_text()
    assert (
        "### What to do, and when" in page
        and "The design caps what does not grow with the size: `users` (300 rows)" in page
    )


def test_a_size_the_data_has_no_unique_values_for_is_left_out(tmp_path: Path) -> None:
    data = '[users]\nrows = 30\n[users.email]\nvalues = ["' + '", "'.join(f"u{n}@x.de" for n in range(70)) + '"]\n'
    write_design(tmp_path, data=data + "[orders]\nrows = 300\n")
    answer = lab(tmp_path, *FEW, "--sizes", "1,2,5")
    assert answer.returncode == 0, answer.stderr
    growth = growth_of(tmp_path)
    assert [size["factor"] for size in growth["sizes"]] == [1, 2]
    assert [left["factor"] for left in growth["left_out"]] == [5]
    assert "5x was not measured" in flat(answer.stdout) and "email" in growth["left_out"][0]["reason"]


def test_a_disk_that_may_not_be_filled_leaves_the_rest_to_prediction(tmp_path: Path) -> None:
    write_design(tmp_path)
    answer = lab(tmp_path, *FEW, "--sizes", "1,10", "--disk-budget", "1MB")
    assert answer.returncode == 0, answer.stderr
    growth = growth_of(tmp_path)
    assert [size["factor"] for size in growth["sizes"]] == [1]
    assert "of disk, and 0.0 GB may be used" in growth["left_out"][0]["reason"]


def test_an_interrupted_scale_keeps_the_sizes_it_has(tmp_path: Path, state: Path) -> None:
    write_design(tmp_path)
    before = set((state / "servers").iterdir()) if (state / "servers").exists() else set()
    command = [sys.executable, "-m", "lab.cli", *FEW, "--sizes", "1,2,200"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    deadline = time.monotonic() + 60
    while "size 200" not in process.stderr.readline() and time.monotonic() < deadline:
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and "what was measured is kept" in flat(told) and "Traceback" not in told
    assert [size["factor"] for size in growth_of(tmp_path)["sizes"]] == [1, 2]
    assert set((state / "servers").iterdir()) == before
    (run,) = (tmp_path / "results").iterdir()
    answer = lab(tmp_path, "report", str(run), "--format", "md")
    assert answer.returncode == 0 and "### Beyond what was measured" in answer.stdout


@pytest.mark.parametrize("text", ["2,4", "1", "1,1,2", "1,5,2", "1,inf", "1,nan"])
def test_sizes_that_do_not_grow_from_1_are_refused(text: str) -> None:
    with pytest.raises(LabError, match="factors that grow from 1"):
        Reach(read_sizes(text))


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        ({"to": 5.0}, "--to 5 is not between"),
        ({"to": float("nan")}, "--to nan is not between"),
        ({"to": 1e9}, "--to 1e\\+09 is not between"),
        ({"rate": -1.0}, "--rate -1 is no number"),
        ({"within_seconds": 0.0}, "--within 0 leaves no time"),
    ],
)
def test_a_reach_that_makes_no_sense_is_refused(reach: dict[str, float], said: str) -> None:
    with pytest.raises(LabError, match=said):
        Reach(**reach)  # type: ignore[arg-type]


def test_sizes_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(LabError, match="cannot read the sizes 'big'"):
        read_sizes("big")


def bed_at(server: Server, folder: Path, scale: float) -> Bed:
    design = read_design(folder)
    load_engine("postgres").drop_database(server, BASE_DATABASE)
    return prepare_bed(server, design, (), Generator(design.schema, design.data, scale, 1), Silent())


def test_plans_imagined_at_100x_see_100_times_the_rows(tmp_path: Path, postgres_server: Server) -> None:
    queries = QUERIES + "\n-- name: everything\nSELECT id, total FROM orders;\n"
    queries += "\n-- name: mine\n-- session: app.owner = '7'\n"
    queries += "SELECT total FROM orders WHERE user_id = current_setting('app.owner')::integer;\n"
    folder = write_design(tmp_path, queries=queries)
    small = planned(bed_at(postgres_server, folder, 1), (BASE,), 1.0)
    bed = bed_at(postgres_server, folder, 2)
    large = planned(bed, (BASE,), 2.0)
    plans = {plan.operation: plan for plan in imagined_plans(bed, (BASE,), small, large, 2.0, [50.0])}
    now = {plan.operation: plan for plan in large["base"].plans}
    assert plans["everything"].factor == 100.0
    assert re.search(r"Seq Scan on orders", plans["everything"].plan)
    assert plans["everything"].cost == pytest.approx(50 * now["everything"].cost, rel=0.05)
    assert plans["login"].plan == now["login"].plan
    assert set(plans) == set(now) >= {"mine"}
    bed.engine.drop_database(postgres_server, BASE_DATABASE)
    assert not [name for name in bed.engine.list_databases(postgres_server) if "imagined" in name]
    assert next(predictions([plans["login"]], [now["login"]], [])).p50 is None


def test_nothing_is_predicted_from_rows_of_a_size_that_failed(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size before has made way for it: what the server holds then is neither."""

    def refuse_the_third(*given: Any) -> Bed:
        if given[3].scale == 4:
            raise LabError("the disk is full")
        return load_bed(*given)

    folder = write_design(tmp_path)
    monkeypatch.setattr(scaling, "load_bed", refuse_the_third)
    chosen = Options(("postgres",), (), ("login",), 1.0, tmp_path / "results", Settings(budget_seconds=0.2))
    growth = scaling.scale(folder, chosen, Reach((1.0, 2.0, 4.0)), Silent()).run.growth
    assert growth is not None and [size.factor for size in growth.sizes] == [1.0, 2.0]
    assert growth.left_out[0].reason == "the disk is full"
    assert growth.predictions == ()
    assert growth.not_predicted == "the rows of size 2 made way for those of size 4, which failed"
