"""The gate from the command line: a design against a folder, a revision and a run."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from test_cli import flat, lab
from tiny import SCHEMA, write_design

INDEX = "\nCREATE INDEX orders_user_idx ON orders (user_id, placed_at DESC, id DESC);\n"
QUICK = ["--engine", "sqlite", "--scale", "1", "--time-budget", "2"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose design has an index; the working tree has lost it."""
    write_design(tmp_path, schema=SCHEMA + INDEX, indexed=None)
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "With its index"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *command], cwd=tmp_path, check=True)
    (tmp_path / "schemas/tiny/schema.sql").write_text(SCHEMA)
    return tmp_path


def test_a_lost_index_is_a_regression_against_a_revision(repository: Path) -> None:
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "Regressed" in answer.stdout
    assert "VM steps rose from" in flat(answer.stdout)
    assert next((repository / "results").glob("*/report.html")).exists()


def test_an_index_more_is_none(repository: Path) -> None:
    shutil.copytree(repository / "schemas/tiny", repository / "schemas/before")
    shutil.copytree(repository / "workloads/tiny", repository / "workloads/before")
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA + INDEX)
    answer = lab(repository, "check", "schemas/tiny", "--against", "schemas/before", *QUICK, "--json")
    verdict = json.loads(answer.stdout)
    found = {each["operation"]: each["outcome"] for each in verdict["operations"]}
    assert found["orders_of_user"] == "pass"
    assert "regressed" not in found.values()
    assert answer.returncode == {"pass": 0, "unclear": 2}[verdict["outcome"]]


def test_a_run_may_be_the_reference(repository: Path) -> None:
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA + INDEX)
    made = lab(repository, "compare", "schemas/tiny", *QUICK)
    assert made.returncode == 0, made.stderr
    (run,) = (repository / "results").iterdir()
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA)
    answer = lab(repository, "check", "schemas/tiny", "--against", str(run), *QUICK, "--operation", "orders_of_user")
    assert answer.returncode == 1, answer.stdout + answer.stderr


def test_a_wrong_answer_is_a_regression(repository: Path) -> None:
    (repository / "schemas/tiny/schema.sql").write_text(SCHEMA + INDEX)
    queries = repository / "workloads/tiny/queries.sql"
    queries.write_text(queries.read_text().replace("status, total FROM", "status, total + 1 AS total FROM"))
    answer = lab(repository, "check", "schemas/tiny", "--against", "HEAD", *QUICK)
    assert answer.returncode == 1
    assert "answers differently" in flat(answer.stdout)


@pytest.mark.parametrize(
    ("against", "said"),
    [("no-such-branch", "no-such-branch is no folder, no run and no revision"), ("HEAD~9", "HEAD~9")],
)
def test_a_reference_there_is_not_is_explained(repository: Path, against: str, said: str) -> None:
    answer = lab(repository, "check", "schemas/tiny", "--against", against, *QUICK)
    assert answer.returncode == 2
    assert said in flat(answer.stderr) and "hint: " in answer.stderr and "Traceback" not in answer.stderr
