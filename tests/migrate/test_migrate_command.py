"""`lab migrate` as a user types it: plans, files, a database taken up and down again, and mistakes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import LabError

OLD = "CREATE TABLE t (id int PRIMARY KEY, n int, gone text);"
NEW = "CREATE TABLE t (id int PRIMARY KEY, m int NOT NULL DEFAULT 0); CREATE INDEX i ON t (m);"


@pytest.fixture
def sources(tmp_path: Path) -> tuple[str, str]:
    for name, text in (("a.sql", OLD), ("b.sql", NEW)):
        (tmp_path / name).write_text(text)
    return str(tmp_path / "a.sql"), str(tmp_path / "b.sql")


def lab(*words: str) -> str:
    result = CliRunner().invoke(app, ["migrate", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> LabError:
    with pytest.raises(LabError) as caught:
        CliRunner().invoke(app, ["migrate", *words], catch_exceptions=False)
    return caught.value


def test_a_plan_fits_into_eighty_columns(sources: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = lab(*sources, "--rename", "t.n=m", "--no-renames")
    assert "drop column t.gone" in said
    assert "needs --allow-data-loss" in said
    assert max(map(len, said.splitlines())) <= 80


def test_json_holds_every_step_with_its_sql(sources: tuple[str, str]) -> None:
    document = json.loads(lab(*sources, "--rename", "t.n=m", "--no-renames", "--json"))
    assert [step["number"] for step in document["steps"]] == list(range(1, len(document["steps"]) + 1))
    assert any("CONCURRENTLY" in sql for step in document["steps"] for sql in step["up"])
    assert {step["phase"] for step in document["steps"]} == {"expand", "migrate", "contract"}


def test_a_database_goes_up_and_down_and_says_how_far_it_is(sources: tuple[str, str], tmp_path: Path) -> None:
    database, home = tmp_path / "live.db", tmp_path / "migrations"
    with sqlite3.connect(database) as connection:
        connection.execute(OLD)
        connection.execute("INSERT INTO t VALUES (1, 5, 'x')")
    connection.close()
    words = (*sources, "--engine", "sqlite", "--rename", "t.n=m", "--no-renames", "--out", str(home))
    assert "say --allow-data-loss" in refused(*words).hint
    assert "wrote" in lab(*words, "--allow-data-loss")
    assert "loses" in refused(str(home), str(database), "--apply").message
    assert "ran 2" in lab(str(home), str(database), "--apply", "--allow-data-loss")
    assert "nothing to do" in lab(str(home), str(database), "--apply")
    assert "applied" in lab(str(home), str(database), "--status")
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT id, m FROM t").fetchall() == [(1, 5)]
    connection.close()
    assert "--to" in refused(str(home), str(database), "--rollback").hint
    assert "undid 2" in lab(str(home), str(database), "--rollback", "--to", "0")
    file, _ = sorted(home.glob("*.sql"))
    lab(str(home), str(database), "--apply", "--allow-data-loss")
    file.write_text(file.read_text() + "-- more\n")
    assert "was changed after it had run" in refused(str(home), str(database), "--apply").message


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.sql", "nowhere.sql"], "there is no file nowhere.sql"),
        (["schemas/ecommerce:nothing", "schemas/ecommerce"], "has no variant nothing"),
        (["no-such-revision:schemas/ecommerce", "schemas/ecommerce"], "no-such-revision"),
        (["nowhere", "x.db", "--apply"], "there is no folder nowhere"),
        (["nowhere", "x.db", "--apply", "--status"], "exclude each other"),
        (["schemas/ecommerce", "schemas/ecommerce", "--format", "liquibase"], "--format is 'liquibase'"),
        (["schemas/ecommerce", "schemas/ecommerce", "--engine", "redis"], "migrations are not planned for redis"),
        (["schemas/ecommerce", "schemas/ecommerce", "--rename", "user=users"], "there is no table user"),
    ],
)
def test_mistakes_are_named(words: list[str], message: str) -> None:
    assert message in refused(*words).message


def test_the_same_schema_twice_is_nothing_to_do() -> None:
    assert "nothing to do" in lab("schemas/ecommerce", "schemas/ecommerce")
