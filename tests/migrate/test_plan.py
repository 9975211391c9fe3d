"""What plans promise: phases in order, locks that are brief, drops that say what they lose, files that read back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import skip_or_fail
from pair_files import NAMES, read_pair

from lab import readers
from lab.errors import LabError
from lab.migrate import folder
from lab.migrate.diff import diff
from lab.migrate.formats import FORMATS, write_as
from lab.migrate.planners import plan
from lab.migrate.step import PHASES, Plan


def planned(old: str, new: str, engine: str = "postgres") -> Plan:
    return plan(diff(readers.read(Path("a.sql"), old), readers.read(Path("b.sql"), new)), engine)


@pytest.mark.parametrize("name", NAMES)
def test_phases_come_in_order_and_nobody_is_kept_waiting_for_long(name: str) -> None:
    steps = plan(read_pair(name).diff, "postgres").steps
    phases = [PHASES.index(step.phase) for step in steps]
    assert phases == sorted(phases)
    assert all(step.up.lock.is_brief for step in steps if step.up.lock.blocks in ("reads and writes", "writes"))


def test_indexes_are_built_and_constraints_checked_beside_the_writers() -> None:
    steps = planned(
        "CREATE TABLE t (id int PRIMARY KEY, n int);",
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL CHECK (n > 0)); CREATE INDEX i ON t (n);",
    ).steps
    sql = [text for step in steps for text in step.up.sql]
    assert any(text.startswith("CREATE INDEX CONCURRENTLY") for text in sql)
    assert sum("NOT VALID" in text for text in sql) == 2
    assert sum("VALIDATE CONSTRAINT" in text for text in sql) == 2
    check = sql.index('ALTER TABLE "t" VALIDATE CONSTRAINT "t_n__not_null"')
    assert check < sql.index('ALTER TABLE "t" ALTER COLUMN "n" SET NOT NULL')


def test_a_drop_says_what_it_loses_and_a_required_column_asks_for_values() -> None:
    dropped = planned("CREATE TABLE t (id int PRIMARY KEY, n int);", "CREATE TABLE t (id int PRIMARY KEY);")
    assert dropped.destroys == ("the values of t.n",)
    for engine in ("postgres", "mysql", "sqlite"):
        with pytest.raises(LabError, match=r"t\.note is NOT NULL without a default") as caught:
            planned("CREATE TABLE t (id int);", "CREATE TABLE t (id int, note text NOT NULL);", engine)
        assert "--fill 't.note=" in caught.value.hint


@pytest.mark.parametrize("format_", FORMATS)
def test_files_of_each_tool_hold_every_step(format_: str, tmp_path: Path) -> None:
    steps = plan(read_pair("column_renamed").diff, "postgres")
    paths = write_as(format_, steps, tmp_path / "out")
    whole = "".join(path.read_text() for path in paths)
    first_words = [step.up.sql[-1].splitlines()[0][:40].replace('"', "") for step in steps.steps if step.up.sql]
    assert all(words in whole.replace('"', "") for words in first_words)
    for path in paths:
        if path.suffix == ".py":
            compile(path.read_text(), path.name, "exec")
    with pytest.raises(LabError, match=r"holds migrations already|is not empty"):
        write_as(format_, steps, tmp_path / "out")


def test_files_read_back_as_they_were_written_and_a_change_shows(tmp_path: Path) -> None:
    steps = plan(read_pair("primary_key_type").diff, "postgres")
    folder.write(steps, tmp_path / "out")
    found = folder.read(tmp_path / "out")
    assert found == folder.migrations(steps) or [m.checksum for m in found] == [
        m.checksum for m in folder.migrations(steps)
    ]
    path = sorted((tmp_path / "out").glob("*.sql"))[0]
    path.write_text(path.read_text().replace("users", "people"))
    assert folder.read(tmp_path / "out")[0].checksum != found[0].checksum


def test_squawk_finds_nothing(tmp_path: Path) -> None:
    program = shutil.which("squawk")
    if program is None:
        skip_or_fail("squawk is not installed", "npm install --global squawk-cli@2.66.0")
    assert program is not None
    files = []
    for name in NAMES:
        for step in plan(read_pair(name).diff, "postgres").steps:
            text = folder.file_text(step, "postgres").partition("-- migrate:down")[0]
            path = tmp_path / f"{name}.{len(files)}.sql"
            path.write_text(text)
            files.append(str(path))
    done = subprocess.run([program, "--reporter", "gcc", *files], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)
