"""`lab compare` under load: what is kept, printed and refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import write_design

from lab import pipeline, report, results
from lab.bench import Settings, Silent, Traffic
from lab.errors import LabError
from lab.load_options import read_seconds, read_traffic
from lab.model.run import Run


@pytest.mark.parametrize(
    ("text", "seconds"), [("10ms", 0.01), ("1.5s", 1.5), ("2m", 120.0), ("3", 3.0), ("250 µs", 250e-6)]
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert read_seconds("--think", text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"clients": 0}, "--clients must be from 1 to 32"),
        ({"clients": 99}, "--clients must be from 1 to 32"),
        ({"rate": 0.0}, "--rate must be above 0"),
        ({"rate": float("nan")}, "--rate must be above 0"),
        ({"rate": 5.0, "think": "1ms"}, "--think is for clients that wait"),
        ({"rate": 5.0, "is_sweep": True}, "--rate-sweep looks for the rate"),
        ({"duration": "soon"}, "cannot read --duration soon"),
        ({"duration": "0s"}, "cannot read --duration 0s"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], said: str) -> None:
    given = {"clients": None, "rate": None, "think": "", "duration": "", "is_sweep": False, "budget_seconds": 30.0}
    with pytest.raises(LabError, match=said) as caught:
        read_traffic(**{**given, **options})  # type: ignore[arg-type]
    assert caught.value.hint


def test_nothing_asked_is_no_load() -> None:
    assert read_traffic(None, None, "", "", False, 30.0) is None
    assert read_traffic(None, 50.0, "", "2s", False, 30.0) == Traffic(1, 50.0, 0.0, 2.0)


def compare(home: Path, traffic: Traffic, engine: str = "sqlite") -> tuple[Run, Path]:
    settings = Settings(budget_seconds=0.5, traffic=traffic)
    options = pipeline.Options((engine,), scale=1.0, out=home / "results", settings=settings)
    recorder = pipeline.compare(write_design(home), options, Silent())
    return recorder.run, recorder.folder


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_every_variant_is_put_under_load(tmp_path: Path, engine: str, postgres_server: object) -> None:
    run, folder = compare(tmp_path, Traffic(clients=2, rate=150.0, duration_seconds=1.0), engine)
    part = results.load(folder)[0].engines[0]
    assert {load.variant for load in part.loads} == {"base", "indexed"}
    for load in part.loads:
        assert load.is_complete and load.response and load.service
        assert (load.model, load.clients, load.connections, load.rate) == ("open", 2, 8, 150.0)
        assert sum(o.errors for o in load.operations) == 0
        assert {o.name for o in load.operations} == {"orders_of_user", "login", "totals_by_status", "place_order"}
    requests = results.load_requests(folder)
    assert requests is not None
    assert requests.num_rows == sum(load.response.count for load in part.loads if load.response)
    assert run.engines[0].variants[1].migration and run.engines[0].variants[1].migration.is_restored
    for format_ in ("html", "md"):
        assert "150 a second over 2 clients" in (folder / f"report.{format_}").read_text()


def test_a_closed_loop_says_so(tmp_path: Path) -> None:
    run, _ = compare(tmp_path, Traffic(clients=1, think_seconds=0.004, duration_seconds=1.0))
    (first, _) = run.engines[0].loads
    assert (first.model, first.rate, first.connections) == ("closed", None, 1)
    assert 0 < first.answered_rate < 1 / 0.003


def test_a_rate_sweep_brackets_what_a_variant_bears(tmp_path: Path) -> None:
    run, folder = compare(tmp_path, Traffic(sweep_seconds=8.0))
    sweeps = {sweep.variant: sweep for sweep in run.engines[0].sweeps}
    assert set(sweeps) == {"base", "indexed"}
    assert all(sweep.highest_met and sweep.steps for sweep in sweeps.values())
    steps = [sweep.steps for sweep in sweeps.values()]
    assert abs(len(steps[0]) - len(steps[1])) <= 1
    assert "Highest rate" in (folder / "report.md").read_text()


def test_an_interrupted_load_is_kept(tmp_path: Path) -> None:
    write_design(tmp_path)
    command = ["compare", "schemas/tiny", "-e", "sqlite", "--scale", "1", "--time-budget", "0.3", "--rate", "50"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lab.cli", *command, "--duration", "60s"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("results/*/requests.parquet")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert "stopped by SIGTERM" in told and "Traceback" not in told
    (folder,) = tmp_path.glob("results/*")
    run, samples = results.load(folder)
    (load,) = run.engines[0].loads
    assert load.response and load.response.count > 10 and not load.is_complete
    assert "it was cut short" in report.render(run, samples, "md")
