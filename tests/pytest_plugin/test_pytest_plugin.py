"""The pytest plugin as its users meet it: in runs of pytest of their own, on real servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from tiny import QUERIES, write_design

pytest_plugins = ["pytester"]

TEST = """\
import pytest

@pytest.mark.lab("schemas/tiny", engines=[{engines}], scale=1)
def test_tiny(lab_operation):
    lab_operation.measure()
"""
QUICK = ("--benchmark-only", "--benchmark-max-time=0.05", "-W", "error")


def run(pytester: pytest.Pytester, *arguments: str, engines: str = '"sqlite"', test: str = TEST) -> pytest.RunResult:
    pytester.makepyfile(test_tiny=test.replace("{engines}", engines))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def said(result: pytest.RunResult) -> str:
    return " ".join((result.stdout.str() + result.stderr.str()).split())


@pytest.fixture
def own_state(state: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A place for servers that no other test uses, so that what is left there can be told."""
    folder = state / f"own-{abs(hash(request.node.name))}"
    folder.mkdir()
    folder.chmod(0o711)
    monkeypatch.setenv("LAB_STATE", str(folder))
    yield folder
    assert not servers(folder), "a test left a server"


def servers(state: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in (state / "servers").glob("*-*"))


def wait(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, f"not within a minute: {what}"
        time.sleep(0.1)


# What is measured


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory, state: Path) -> list[Path]:
    home = tmp_path_factory.mktemp("two_runs")
    write_design(home)
    (home / "test_tiny.py").write_text(TEST.replace("{engines}", '"sqlite", "postgres"'))
    files = [home / name for name in ("first.json", "second.json")]
    for file in files:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *QUICK, f"--benchmark-json={file}"]
        answer = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
        assert "16 passed" in answer.stdout, answer.stdout
    return files


def test_each_operation_is_a_benchmark_on_each_variant_and_engine(two_runs: list[Path]) -> None:
    found = {entry["name"]: entry for entry in json.loads(two_runs[0].read_text())["benchmarks"]}
    assert len(found) == 16
    base, indexed = (found[f"orders_of_user[postgres-{variant}]"] for variant in ("base", "indexed"))
    assert base["group"] == indexed["group"] == "orders_of_user"
    assert base["params"] == {"engine": "postgres", "variant": "base", "operation": "orders_of_user"}
    assert base["extra_info"].keys() >= {"version", "origin", "scale", "target", "plan_hash"}
    assert base["extra_info"]["version"].split(".")[0].isdigit()
    assert base["extra_info"]["work"]["rows read"] == 3000
    assert indexed["extra_info"]["work"]["rows read"] < 100
    assert base["extra_info"]["plan_hash"] != indexed["extra_info"]["plan_hash"]
    assert 0 < base["extra_info"]["rows"] <= 20
    assert len(base["stats"]["data"]) == base["stats"]["rounds"] >= 5


def test_plans_and_work_repeat_where_times_do_not(two_runs: list[Path]) -> None:
    first, second = (json.loads(file.read_text())["benchmarks"] for file in two_runs)
    assert [b["extra_info"]["plan_hash"] for b in first] == [b["extra_info"]["plan_hash"] for b in second]
    reads = [[b["extra_info"]["work"] for b in run if b["group"] != "place_order"] for run in (first, second)]
    assert reads[0] == reads[1]


def test_pytest_benchmark_compares_two_runs(two_runs: list[Path]) -> None:
    command = [Path(sys.executable).parent / "pytest-benchmark", "compare", *two_runs, "--group-by=fullname"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("test_tiny[login-postgres-indexed]") >= 1
    assert "first" in answer.stdout and "second" in answer.stdout


def test_a_test_may_judge_what_was_measured(pytester: pytest.Pytester, state: Path) -> None:
    write_design(pytester.path)
    judging = TEST.replace(
        "lab_operation.measure()",
        "measured = lab_operation.measure()\n    assert measured.summary.p95.high < measured.target_seconds\n"
        "    assert measured.work['VM steps'] < 1000, lab_operation.name",
    )
    result = run(pytester, *QUICK, "--lab-operation=login", "--lab-operation=totals_by_status", test=judging)
    result.assert_outcomes(passed=2, failed=2)
    assert "AssertionError: totals_by_status" in said(result)


def test_a_write_finds_none_of_another_tests_rows(pytester: pytest.Pytester, state: Path) -> None:
    queries = QUERIES + "\n-- name: add_user\n-- param: email = fresh users.email\n"
    write_design(pytester.path, queries=queries + "INSERT INTO users (email) VALUES (:email);\n")
    twice = TEST + TEST.partition("\n\n")[2].replace("test_tiny", "test_again")
    result = run(pytester, *QUICK, "--lab-operation=add_user", engines='"sqlite", "postgres"', test=twice)
    result.assert_outcomes(passed=8)


def test_the_command_line_narrows_and_replaces(pytester: pytest.Pytester, state: Path) -> None:
    write_design(pytester.path)
    options = "--lab-engine=sqlite", "--lab-variant=indexed", "--lab-operation=login", "--lab-scale=0.5"
    result = run(pytester, "-v", *QUICK, *options, engines='"postgres"')
    result.assert_outcomes(passed=1)
    assert "test_tiny[login-sqlite-indexed]" in said(result)


# What goes wrong


@pytest.mark.parametrize(
    ("options", "marker", "sentence", "remedy"),
    [
        ((), '"schemas/tinny"', "there is no design at", "schemas/tiny"),
        ((), '"schemas/tiny", engines=["sqlit"]', "there is no engine called 'sqlit'", "did you mean sqlite?"),
        ((), '"schemas/tiny", engines="sqlite"', "engines is a list", 'engines=["sqlite"]'),
        ((), '"schemas/tiny", variants=["indexd"]', "there is no variant called indexd", "did you mean indexed?"),
        ((), '"schemas/tiny", operations=["logon"]', "there is no operation called logon", "did you mean login?"),
        ((), '"schemas/tiny", operation=["login"]', "unexpected keyword argument 'operation'", "@pytest.mark.lab("),
        (("--lab-engine=sqlit",), '"schemas/tiny"', "there is no engine called 'sqlit'", "did you mean sqlite?"),
        (("--lab-operation=logon",), '"schemas/tiny"', "no operation called logon", "did you mean login?"),
        (("--lab-scale=0",), '"schemas/tiny"', "--lab-scale must be a number above 0", "--lab-scale 0.1"),
        (("-p", "no:benchmark"), '"schemas/tiny"', "need pytest-benchmark", "pip install"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    pytester: pytest.Pytester, state: Path, options: tuple[str, ...], marker: str, sentence: str, remedy: str
) -> None:
    write_design(pytester.path)
    result = run(pytester, *options, test=TEST.replace('"schemas/tiny", engines=[{engines}], scale=1', marker))
    assert result.ret in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERRUPTED)
    assert sentence in said(result)
    assert remedy in said(result)
    assert "Traceback" not in said(result)


def test_a_test_without_a_marker_is_told_to_name_a_design(pytester: pytest.Pytester, state: Path) -> None:
    result = run(pytester, test="def test_tiny(lab_operation): pass")
    assert "test_tiny: the test names no design" in said(result)


@pytest.mark.parametrize("ci", [False, True])
def test_a_missing_server_skips_for_a_person_and_fails_in_ci(
    pytester: pytest.Pytester, state: Path, monkeypatch: pytest.MonkeyPatch, ci: bool
) -> None:
    monkeypatch.setenv("CI", "1") if ci else monkeypatch.delenv("CI", raising=False)
    write_design(pytester.path)
    result = run(pytester, "-rs", *QUICK, engines='"sqlite:9"')
    result.assert_outcomes(**({"errors": 8} if ci else {"skipped": 8}))
    assert "there is no SQLite 9 here" in said(result) and "write sqlite" in said(result)


def test_a_broken_design_fails_also_for_a_person(
    pytester: pytest.Pytester, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    write_design(pytester.path, queries=QUERIES.replace("WHERE email =", "WHERE emial ="))
    result = run(pytester, *QUICK)
    result.assert_outcomes(errors=8)
    assert "queries.sql:9: SQLite says: no such column: emial" in said(result)
    assert "Traceback" not in said(result)


def test_a_variant_for_another_engine_is_skipped(pytester: pytest.Pytester, state: Path) -> None:
    clustered = "-- Rows in order.\n-- migrate:up\nCLUSTER orders USING orders_pkey;\n-- migrate:down\nSELECT 1;\n"
    write_design(pytester.path, clustered__postgres=clustered, indexed=None)
    result = run(pytester, "-rs", *QUICK)
    result.assert_outcomes(passed=4, skipped=4)
    assert "clustered is not for sqlite: variant clustered has no migration for SQLite" in said(result)


def test_a_variant_that_answers_differently_fails(pytester: pytest.Pytester, state: Path) -> None:
    rewritten = "-- name: login\nSELECT id + 1 AS id FROM users WHERE email = :email;\n"
    write_design(pytester.path, indexed__queries=rewritten)
    result = run(pytester, *QUICK)
    result.assert_outcomes(passed=7, errors=1)
    assert "variant indexed answers login differently from the base" in said(result)


def test_a_statement_that_fails_in_mid_course_fails_the_test(pytester: pytest.Pytester, state: Path) -> None:
    queries = "-- name: twice\n-- param: email = users.email\nINSERT INTO users (email) VALUES (:email);\n"
    write_design(pytester.path, queries=queries, indexed=None)
    result = run(pytester, *QUICK, engines='"sqlite", "postgres"')
    result.assert_outcomes(failed=2)
    assert "SQLite says: UNIQUE constraint failed: users.email" in said(result)
    assert 'duplicate key value violates unique constraint "users_email_key"' in said(result)
    assert "Traceback" not in said(result)


# Sharing

LOOKING = (
    TEST
    + """\
    import os
    from pathlib import Path
    found = sorted(path.name.partition("-")[0] for path in Path(os.environ["LAB_STATE"]).glob("servers/*-*"))
    assert len(found) == len(set(found)), found
    Path(f"seen-{os.environ['PYTEST_XDIST_WORKER']}-{'-'.join(found)}").touch()
"""
)


def test_workers_share_one_server_an_engine(pytester: pytest.Pytester, own_state: Path) -> None:
    write_design(pytester.path)
    result = run(pytester, "-n2", "-W", "error", engines='"sqlite", "postgres"', test=LOOKING)
    result.assert_outcomes(passed=16)
    workers = {path.name.split("-")[1] for path in pytester.path.glob("seen-*")}
    assert workers == {"gw0", "gw1"}
    assert not servers(own_state)
    assert not [path for path in (own_state / "shared").iterdir() if path.is_dir()]


def test_a_killed_worker_takes_nothing_from_the_others_and_leaves_nothing(
    pytester: pytest.Pytester, own_state: Path
) -> None:
    write_design(pytester.path)
    killing = TEST + (
        "    if (lab_operation.name, lab_operation.variant) == ('login', 'base'):\n"
        "        import os, signal\n        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = run(pytester, "-n2", engines='"postgres"', test=killing)
    result.assert_outcomes(passed=7, failed=1)
    assert not servers(own_state)


@pytest.mark.parametrize("is_keeper_killed", [False, True])
def test_a_killed_run_leaves_nothing(pytester: pytest.Pytester, own_state: Path, is_keeper_killed: bool) -> None:
    write_design(pytester.path)
    pytester.makepyfile(
        test_tiny=TEST.replace("{engines}", '"postgres"').replace(
            "lab_operation.measure()", "open('begun', 'w').close()\n    import time; time.sleep(60)"
        )
    )
    running = subprocess.Popen([sys.executable, "-m", "pytest", "-p", "no:cacheprovider"], stdout=subprocess.DEVNULL)
    wait((pytester.path / "begun").exists, "the first test begins")
    assert servers(own_state) == ["postgres"]
    if is_keeper_killed:
        (keeper,) = (own_state / "shared").glob("*/keeper.json")
        os.kill(json.loads(keeper.read_text())["pid"], signal.SIGKILL)
    running.kill()
    running.wait()
    if is_keeper_killed:  # nobody is left to clean up: the next run does
        run(pytester, "--lab-operation=login", *QUICK).assert_outcomes(passed=2)
    wait(lambda: not servers(own_state), "the server goes")
    assert not [path for path in (own_state / "shared").iterdir() if path.is_dir()]


def test_the_shops_example_runs_in_a_checkout(state: Path) -> None:
    options = ["--benchmark-only", "--benchmark-max-time=0.05", "--lab-scale=0.02", "--lab-engine=sqlite"]
    command = [sys.executable, "-m", "pytest", "workloads/", "-p", "no:cacheprovider", *options]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "6 passed" in answer.stdout, answer.stdout
