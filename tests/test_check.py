"""The gate from the command line: a design against a folder, a revision, a run and a variant."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_cli import flat, lab
from tiny import DATA, INDEXED, QUERIES, SCHEMA, write_design

INDEX = "\nCREATE INDEX orders_user_idx ON orders (user_id, placed_at DESC, id DESC);\n"
QUICK = ["--engine", "sqlite", "--scale", "1", "--time-budget", "4"]
ONE = ["--operation", "orders_of_user"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose design has an index; the working tree has lost it."""
    write_design(tmp_path, schema=SCHEMA + INDEX, indexed=None)
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "With its index"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *command], cwd=tmp_path, check=True)
    (tmp_path / "schemas/tiny/schema.sql").write_text(SCHEMA)
    return tmp_path


def with_index(repository: Path) -> Path:
    """As it was committed."""
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA + INDEX)
    return repository


def reasons(stdout: str, operation: str) -> dict[str, str]:
    """What the JSON says of an operation: kind and outcome."""
    (found,) = (each for each in json.loads(stdout)["operations"] if each["operation"] == operation)
    return {reason["kind"]: reason["outcome"] for reason in found["reasons"]}


def test_a_lost_index_is_a_regression_in_every_form(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["--markdown", "comment.md", "--junit", "check.xml"]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repository / "summary.md"))
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK, *files)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "Regressed against HEAD" in answer.stdout
    assert "VM steps rose from" in flat(answer.stdout)
    assert max(map(len, answer.stdout.splitlines()[:-1])) <= 80
    comment = (repository / "comment.md").read_text()
    assert "**✗** Regressed against `HEAD`" in comment and comment in (repository / "summary.md").read_text()
    cases = ElementTree.parse(repository / "check.xml").getroot().iter("testcase")
    failed = {case.get("name") for case in cases if case.find("failure") is not None}
    assert "orders_of_user" in failed and "login" not in failed
    assert "Check" in next((repository / "results").glob("*/report.html")).read_text()


def test_an_index_more_serves_reads_and_its_price_is_told(repository: Path) -> None:
    shutil.copytree(repository / "schemas/tiny", repository / "schemas/before")
    shutil.copytree(repository / "workloads/tiny", repository / "workloads/before")
    with_index(repository)
    answer = lab(repository, "check", "schemas/tiny", "--against", "schemas/before", *QUICK, "--json")
    verdict = json.loads(answer.stdout)
    found = {each["operation"]: each["outcome"] for each in verdict["operations"]}
    assert found["orders_of_user"] == "pass"
    assert "regressed" not in {outcome for operation, outcome in found.items() if operation != "place_order"}
    assert answer.returncode == {"pass": 0, "regressed": 1, "unclear": 2}[verdict["outcome"]]


def test_nothing_changed_is_no_regression(repository: Path) -> None:
    answer = lab(with_index(repository), "check", "schemas/tiny", "--against", "HEAD", *QUICK, "--json")
    assert answer.returncode in (0, 2), answer.stdout + answer.stderr
    assert reasons(answer.stdout, "login").get("work") is None


def test_a_run_may_be_the_reference(repository: Path) -> None:
    made = lab(with_index(repository), "compare", "schemas/tiny", *QUICK)
    assert made.returncode == 0, made.stderr
    (run,) = (repository / "results").iterdir()
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA)
    answer = lab(repository, "check", "schemas/tiny", "--against", str(run), *QUICK, *ONE)
    assert answer.returncode == 1, answer.stdout + answer.stderr


def test_a_variant_may_be_the_reference(repository: Path) -> None:
    (repository / "schemas/tiny/variants").mkdir(exist_ok=True)
    (repository / "schemas/tiny/variants/indexed.sql").write_text(INDEXED)
    answer = lab(repository, "check", "schemas/tiny", "--against", "indexed", *QUICK, *ONE, "--json")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    found = reasons(answer.stdout, "orders_of_user")
    assert (found["latency"], found["work"]) == ("regressed", "regressed")


def test_a_wrong_answer_is_a_regression(repository: Path) -> None:
    queries = with_index(repository) / "workloads/tiny/queries.sql"
    queries.write_text(queries.read_text().replace("status, total FROM", "status, total + 1 AS total FROM"))
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK, *ONE)
    assert answer.returncode == 1
    assert "answers differently" in flat(answer.stdout) and "rewritten" in flat(answer.stdout)


def test_operations_that_come_and_go_are_told(repository: Path) -> None:
    schema = SCHEMA + INDEX + "CREATE TABLE notes (id bigint PRIMARY KEY, note text NOT NULL);\n"
    (repository / "schemas/tiny/schema.sql").write_text(schema)
    queries = QUERIES.replace("-- name: login", "-- name: sign_in")
    queries += "\n-- name: a_note\n-- param: id = notes.id\nSELECT note FROM notes WHERE id = :id;\n"
    (repository / "workloads/tiny/queries.sql").write_text(queries)
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK, "--json")
    notes = " ".join(json.loads(answer.stdout)["notes"])
    assert "sign_in, a_note" in notes and "no longer there, so not compared: login" in notes
    assert reasons(answer.stdout, "a_note") == {"status": "pass"}


def test_both_sides_get_the_rows_asked_for_now(repository: Path) -> None:
    (repository / "schemas/tiny/data.toml").write_text(DATA.replace("3000", "6000"))
    answer = lab(with_index(repository), "check", "schemas/tiny", "--against", "HEAD", *QUICK, *ONE, "--json")
    assert "data.toml changed" in " ".join(json.loads(answer.stdout)["notes"])
    assert reasons(answer.stdout, "orders_of_user").get("answer") is None
    assert "data" not in reasons(answer.stdout, "")


def test_budgets_are_read_from_beside_the_schema(repository: Path) -> None:
    budgets = repository / "schemas/tiny/budgets.toml"
    budgets.write_text('[operations.orders_of_user]\nmay_regress = "until the index is back"\nuntil = 2999-01-01\n')
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK, *ONE)
    assert answer.returncode in (0, 2), answer.stdout
    assert "may regress until 2999-01-01: until the index is back" in flat(answer.stdout)
    budgets.write_text("[operations.orders_of_usr]\np95_ms = 5\n")
    wrong = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK)
    assert wrong.returncode == 2 and "did you mean orders_of_user?" in flat(wrong.stderr)
    assert "schemas/tiny/budgets.toml:1: there is no operation called orders_of_usr" in flat(wrong.stderr)


@pytest.mark.parametrize(
    ("against", "said"),
    [("no-such-branch", "no-such-branch is no folder, no run and no revision"), ("HEAD~9", "HEAD~9")],
)
def test_a_reference_there_is_not_is_explained(repository: Path, against: str, said: str) -> None:
    answer = lab(repository, "check", "schemas/tiny", "--against", against, *QUICK)
    assert answer.returncode == 2
    assert said in flat(answer.stderr) and "hint: " in answer.stderr and "Traceback" not in answer.stderr


def test_a_head_that_cannot_be_built_names_its_line(repository: Path) -> None:
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA + "\nCREATE INDEX broken ON orders (no_such);\n")
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK)
    assert answer.returncode == 2 and "schemas/tiny/schema.sql:" in flat(answer.stderr)
    assert "the reference" not in flat(answer.stderr)


def test_a_reference_that_cannot_be_built_is_blamed_by_name(repository: Path) -> None:
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA + "\nCREATE INDEX broken ON orders (no_such);\n")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, "commit", "-qam", "Broken"], cwd=repository, check=True)
    answer = lab(with_index(repository), "check", "schemas/tiny", "--against", "HEAD", *QUICK)
    assert answer.returncode == 2
    said = flat(answer.stderr)
    assert "the reference, HEAD, cannot be built: schemas/tiny/schema.sql:" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "mdd"], "did you mean md?"),
        (["--margin", "-1"], "--margin must be a share"),
        (["--junit", "no/such/folder.xml"], "cannot write no/such/folder.xml"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_built(repository: Path, options: list[str], said: str) -> None:
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK, *options)
    assert answer.returncode == 2 and said in flat(answer.stderr)
    assert not (repository / "results").exists()


def test_an_interrupted_check_says_so_and_keeps_what_there_is(repository: Path) -> None:
    command = [sys.executable, "-m", "lab.cli", "check", "schemas/tiny", "--against", "HEAD", *QUICK[:-1], "60"]
    process = subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True)
    while not list((repository / "results").glob("*/samples.parquet")) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(0.3)  # not longer: what is sure after a second is not measured for a minute
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "stopped by SIGINT" in flat(said) and "Traceback" not in said
    (run,) = (repository / "results").iterdir()
    assert lab(repository, "report", str(run), "--format", "md").returncode == 0
