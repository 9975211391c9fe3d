"""`lab convert` as a person types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sources import ROOT
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import LabError

AIRLINE = str(ROOT / "tests/corpus/airline.sql")


def convert(*arguments: str) -> tuple[str, str]:
    """What it prints, and what it says on stderr."""
    done = CliRunner().invoke(app, ["convert", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout, done.stderr


def test_the_text_is_printed_and_the_losses_beside_it() -> None:
    text, losses = convert(AIRLINE, "--to", "prisma")
    assert "model Flight {" in text and re.search(r"bookings +Booking\[\]", text)
    assert re.search(r"airline\.sql:\d+: constraint one_at_a_time of flights: not written", losses)


def test_a_file_is_written(tmp_path: Path) -> None:
    target = tmp_path / "entities.ts"
    text, losses = convert(AIRLINE, "--to", "typeorm", "--out", str(target))
    assert text == ""
    assert "class Booking {" in target.read_text()
    assert "bookings_passenger" in losses


def test_machines_read_json() -> None:
    text, _ = convert(AIRLINE, "--to", "sql", "--engine", "mysql", "--json")
    found = json.loads(text)
    assert (found["kind"], found["engine"]) == ("sql", "mysql")
    assert found["text"].startswith("-- dialect: mysql\n")
    exclusion = [loss for loss in found["losses"] if "one_at_a_time" in loss["what"]]
    assert exclusion and exclusion[0]["position"]["file"].endswith("airline.sql")


def test_without_an_engine_it_is_the_sources_own() -> None:
    text, _ = convert(str(ROOT / "tests/corpus/shop_mysql.prisma"), "--to", "drizzle")
    assert "drizzle-orm/mysql-core" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "primsa"], "schemas are not written as primsa"),
        (["--to", "typeorm", "--engine", "mongodb"], "there is no typeorm for mongodb"),
        (["--to", "sql", "--engine", "redis"], "there is no sql for redis"),
    ],
)
def test_mistakes_are_sentences(arguments: list[str], said: str) -> None:
    with pytest.raises(LabError, match=said):
        CliRunner().invoke(app, ["convert", AIRLINE, *arguments], catch_exceptions=False, standalone_mode=False)


@pytest.mark.parametrize(("engine", "said"), [("mysql", "columns a and A of t"), ("sqlite", "columns a and A of t")])
def test_names_an_engine_cannot_tell_apart_are_told(engine: str, said: str, tmp_path: Path) -> None:
    source = tmp_path / "t.sql"
    source.write_text('-- dialect: postgres\nCREATE TABLE t (a integer, "A" integer);\n')
    with pytest.raises(LabError, match=f"cannot tell {said} apart"):
        CliRunner().invoke(app, ["convert", str(source), "--engine", engine], catch_exceptions=False)


def test_a_partial_unique_index_that_changes_its_meaning_says_so() -> None:
    _, losses = convert(str(ROOT / "tests/corpus/clinic.sql"), "--to", "prisma", "--engine", "mysql")
    assert "patients_mail_key: not unique" in losses and "WHERE deleted_at IS NULL" in losses


@pytest.mark.parametrize("kind", ["drizzle", "typeorm"])
def test_a_check_mysql_refuses_is_not_written_for_it(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "t.sql"
    source.write_text(
        "CREATE TABLE t (id bigserial PRIMARY KEY, parent_id bigint REFERENCES t, size int CHECK (size > 0),"
        " CONSTRAINT no_loop CHECK (parent_id <> id));"
    )
    text, losses = convert(str(source), "--to", kind, "--engine", "mysql")
    assert "no_loop" not in text and "t_size_check" in text
    assert "check no_loop of t: not enforced: MySQL checks no AUTO_INCREMENT column" in losses
    assert "no_loop" in convert(str(source), "--to", kind, "--engine", "postgres")[0]
