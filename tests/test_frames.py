"""A run as DataFrames: shapes, units, agreement with the run, and the documentation's own example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from tiny import write_design

import lab
from lab import advising, pipeline
from lab.advise import Budget
from lab.bench import Settings, Silent
from lab.errors import LabError
from lab.frames import RunFrames

ADVISED = "[users]\nrows = 1000\n[orders]\nrows = 8000\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Path:
    """Where a run of the tiny design lies in results/."""
    home = tmp_path_factory.mktemp("frames")
    clustered = "-- Rows in order.\n-- migrate:up\nCLUSTER orders USING orders_pkey;\n-- migrate:down\nSELECT 1;\n"
    design = write_design(home, clustered__postgres=clustered)
    options = pipeline.Options(("sqlite",), scale=1.0, out=home / "results", settings=Settings(0.5))
    pipeline.compare(design, options, Silent())
    return home


@pytest.fixture(scope="module")
def run(home: Path) -> RunFrames:
    return lab.read_run(next((home / "results").iterdir()))


def test_a_run_is_named_by_its_folder_or_its_file(home: Path, run: RunFrames) -> None:
    (file,) = home.glob("results/*/run.json")
    assert lab.read_run(str(file)).samples.equals(run.samples)


@pytest.mark.parametrize("name", ["", "run.json", "nowhere", "schemas/tiny/schema.sql"])
def test_what_holds_no_run_is_told(home: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(LabError, match="there is no run"):
        lab.read_run((tmp_path if name == "run.json" else home) / name)


def test_summaries_are_those_of_the_samples(run: RunFrames) -> None:
    keys = ["engine", "variant", "operation"]
    counted = run.samples.groupby(keys)["latency_seconds"].agg(["size", "mean"])
    measured = run.summaries.set_index(keys)
    assert (measured["samples"] == counted["size"].reindex(measured.index)).all()
    assert np.allclose(measured["mean_seconds"], counted["mean"].reindex(measured.index))
    assert (measured["p50_low_seconds"] <= measured["p50_seconds"]).all()
    assert (measured["p50_seconds"] <= measured["p95_seconds"]).all()
    assert set(measured.xs("orders_of_user", level="operation")["target_seconds"]) == {0.05}


def test_every_variant_but_the_base_is_compared(run: RunFrames) -> None:
    assert set(run.comparisons["variant"]) == {"indexed"}
    won = run.comparisons.set_index("operation").loc["orders_of_user"]
    assert won["direction"] == "faster" and won["ratio_low"] <= won["ratio"] <= won["ratio_high"] < 1
    assert bool(run.comparisons.set_index("operation").loc["place_order", "is_write"])


def test_work_sizes_variants_and_loads(run: RunFrames) -> None:
    steps = run.work.pivot(index="operation", columns="variant", values="amount").loc["orders_of_user"]
    assert steps["indexed"] < steps["base"]
    sizes = run.sizes.set_index(["variant", "table"])
    assert sizes.loc[("base", "orders"), "rows"] == 3000
    assert sizes.loc[("indexed", "orders"), "index_bytes"] > sizes.loc[("base", "orders"), "index_bytes"]
    variants = run.variants.set_index("variant")
    assert variants.loc["indexed", "is_restored"] and variants.loc["indexed", "up_seconds"] > 0
    assert variants.loc["clustered", "status"] == "unsupported"
    (load,) = run.loads.to_dict("records")
    assert (load["rows"], load["orphans"]) == (3300, 0)
    assert 0 < load["overhead_seconds"] < load["load_seconds"]


def test_trials_are_a_frame_too(tmp_path: Path, state: Path) -> None:
    design = write_design(tmp_path, indexed=None, data=ADVISED)
    options = pipeline.Options(("sqlite",), scale=1.0, out=tmp_path / "results", settings=Settings(1.0))
    recorder, trials = advising.advise(design, options, Budget(), Silent())
    frame = lab.read_run(recorder.folder).trials
    assert list(frame["is_accepted"]) == [trial.is_accepted for trial in trials]
    assert frame["verdict"].str.len().gt(0).all()


def test_a_run_without_measurements_has_the_same_columns(home: Path, run: RunFrames, tmp_path: Path) -> None:
    bare = "-- name: none\nSELECT 1;\n"
    design = write_design(tmp_path, indexed=None, queries=bare)
    options = pipeline.Options(("sqlite",), scale=0.1, out=tmp_path / "results", settings=Settings(0.1))
    other = lab.read_run(pipeline.compare(design, options, Silent()).folder)
    assert list(other.comparisons.columns) == list(run.comparisons.columns) and other.comparisons.empty


def test_importing_the_lab_imports_no_pandas() -> None:
    check = "import sys, lab; print(sorted({'pandas', 'pyarrow', 'numpy', 'pydantic'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_worked_example_runs(home: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/analysis.md").read_text(), re.DOTALL)
    script = "\n".join(blocks)
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=home, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "orders_of_user" in answer.stdout and "ratio_of_reads" in answer.stdout


def test_the_example_script_names_winners_and_refuses_what_is_no_run(home: Path) -> None:
    (folder,) = (home / "results").iterdir()
    script = [sys.executable, str(ROOT / "examples/which_wins.py")]
    answer = subprocess.run([*script, folder], capture_output=True, text=True, check=True)
    assert "sqlite  orders_of_user: indexed, " in answer.stdout
    wrong = subprocess.run([*script, home], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1 and "there is no run in" in wrong.stderr and "Traceback" not in wrong.stderr


def test_the_documentation_names_every_column(run: RunFrames) -> None:
    text = (ROOT / "docs/analysis.md").read_text()
    for name in ("samples", "summaries", "comparisons", "work", "sizes", "variants", "loads", "trials"):
        for column in getattr(run, name).columns:
            plain = re.sub(r"^p\d+(_low|_high)?_seconds$", "p95_seconds", column)
            assert f"`{plain}`" in text, f"docs/analysis.md does not name {name}.{column}"
