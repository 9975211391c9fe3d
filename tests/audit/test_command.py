"""`lab audit` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

DDL = "CREATE TABLE visits (\n  page text,\n  state text\n);\nCREATE TABLE notes (id bigint PRIMARY KEY, state text);\n"
KEYED = DDL.replace("page text", "page text PRIMARY KEY")


def lab(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab.cli", "audit", *arguments], cwd=folder, capture_output=True, text=True
    )


def test_errors_end_with_1(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(DDL)
    answer = lab(tmp_path, "schema.sql")
    assert answer.returncode == 1
    assert "visits has no primary key [require_primary_keys]" in " ".join(answer.stdout.split())


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 0), ("note", 1)])
def test_from_which_severity_on_is_for_the_user_to_say(tmp_path: Path, fail_on: str, code: int) -> None:
    (tmp_path / "schema.sql").write_text(KEYED)
    assert lab(tmp_path, "schema.sql", "--fail-on", fail_on).returncode == code


def test_normal_forms_are_said_where_dependencies_are(tmp_path: Path) -> None:
    declared = "-- fd: zip -> city\nCREATE TABLE a (id int PRIMARY KEY, city text, zip text);\n"
    (tmp_path / "schema.sql").write_text(declared + KEYED)
    assert "normal forms: 2 tables in BCNF, 1 in 2NF (a: zip -> city)" in lab(tmp_path, "schema.sql").stdout
    (tmp_path / "schema.sql").write_text(KEYED)
    assert "normal forms" not in lab(tmp_path, "schema.sql").stdout


def test_settings_lie_beside_the_schema(tmp_path: Path) -> None:
    folder = tmp_path / "design"
    folder.mkdir()
    (folder / "schema.sql").write_text(KEYED)
    (folder / "audit.toml").write_text('fail_on = "warning"\n[rules]\nlist_states = "warning"\n')
    assert lab(tmp_path, "design/schema.sql").returncode == 1
    assert lab(tmp_path, "design").returncode == 1
    (tmp_path / "other.toml").write_text('[rules]\nlist_states = "off"\n')
    answer = lab(tmp_path, "design", "--config", "other.toml")
    assert answer.returncode == 0 and "list_states" not in answer.stdout


def test_comments_in_the_file_are_heard(tmp_path: Path) -> None:
    said = "-- lab:ignore require_primary_keys: filled by the proxy alone\n"
    (tmp_path / "schema.sql").write_text(said + DDL)
    assert lab(tmp_path, "schema.sql").returncode == 0


def test_json_and_sarif_are_for_machines(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(DDL)
    findings = json.loads(lab(tmp_path, "schema.sql", "--json").stdout)
    assert findings == json.loads(lab(tmp_path, "schema.sql", "--format", "json").stdout)
    first = next(each for each in findings if each["rule"] == "require_primary_keys")
    assert first["position"] == {"file": "schema.sql", "line": 1, "column": 1}
    log = json.loads(lab(tmp_path, "schema.sql", "--format", "sarif").stdout)
    assert len(log["runs"][0]["results"]) == len(findings)


def test_another_engine_is_asked_for_other_things(tmp_path: Path) -> None:
    reference = "CREATE TABLE pages (id bigint PRIMARY KEY, note_id bigint REFERENCES notes (id));\n"
    (tmp_path / "schema.sql").write_text(KEYED + reference)
    assert "index_foreign_keys" in lab(tmp_path, "schema.sql", "--engine", "postgres:16").stdout
    assert "index_foreign_keys" not in lab(tmp_path, "schema.sql", "--engine", "mysql").stdout


def test_a_page_of_the_manual(tmp_path: Path) -> None:
    answer = lab(tmp_path, "--explain", "list_states")
    assert answer.returncode == 0
    assert answer.stdout.startswith("A column that holds one of a few words says which.")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "no schema to judge", "lab audit schema.prisma"),
        (["schema.sql", "--format", "xml"], "--format is 'xml'", "sarif"),
        (["schema.sql", "--fail-on", "errors"], "--fail-on is 'errors'", "error, warning, note"),
        (["schema.sql", "--config", "none.toml"], "cannot read none.toml", "--config"),
        (["schema.sql", "--engine", "postgrse"], "postgrse", "postgres"),
        (["--explain", "list_statse"], "there is no rule list_statse", "did you mean list_states?"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: list[str], message: str, hint: str) -> None:
    (tmp_path / "schema.sql").write_text(KEYED)
    answer = lab(tmp_path, *arguments)
    assert answer.returncode == 2
    assert message in answer.stderr and hint in answer.stderr
