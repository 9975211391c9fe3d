"""How far a run has come, told on a terminal and to a file."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from tiny import write_design

from lab import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_rate_and_what_is_left() -> None:
    assert progress.rate(41_000, 2, "rows") == "20,500 rows/s"
    assert progress.rate(3, 2, "variants") == "1.5 variants/s"
    assert progress.rate(0, 0, "rows") == "0.0 rows/s"
    assert progress.time_left(100, 400, 60) == "3:00 left"
    assert progress.time_left(1, 7201, 1) == "2:00:00 left"
    assert progress.time_left(0, 10, 5) == "0:00 left"


def test_a_file_gets_a_line_for_a_stage_and_some_while_it_runs(clock: list[float]) -> None:
    told = io.StringIO()
    with progress.Lines(Console(file=told, width=100)) as lines:
        lines.stage("rows", 1000, "rows")
        for _ in range(4):
            clock[0] += 8
            lines.advance(250, "orders")
        lines.stage("statistics")
        clock[0] += 1
    assert told.getvalue().splitlines() == [
        "rows, 500 of 1,000 rows (31 rows/s, 0:16 left)",
        "rows, 1,000 rows (32.0 s, 31 rows/s)",
        "statistics (1.0 s)",
    ]


def test_a_terminal_shows_rate_and_time_left(clock: list[float]) -> None:
    told = io.StringIO()
    console = Console(file=told, width=80, force_terminal=True, color_system=None, get_time=lambda: clock[0])
    with progress.Bars(console) as bars:
        bars.stage("rows", 1_000_000, "rows")
        clock[0] += 10
        bars.advance(250_000, "order_items")
        bars.refresh()
    assert "250000/1000000 25,000 rows/s, 0:30 left" in told.getvalue()
    assert max(map(len, told.getvalue().split("\r"))) < 200


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_load_is_stopped_cleanly(tmp_path: Path, state: Path, engine: str, postgres_server: object) -> None:
    before = set((state / "servers").iterdir())
    write_design(tmp_path, data="[users]\nrows = 50_000\n[orders]\nrows = 20_000_000\n")
    command = [sys.executable, "-m", "lab.cli", "compare", "schemas/tiny", "-e", engine, "--scale", "1"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while "rehearsal" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert "stopped by SIGINT" in told and "Traceback" not in told
    assert set((state / "servers").iterdir()) == before
