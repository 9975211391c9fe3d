"""The `data.toml` that `lab init` writes: valid as it is, and with any of its examples taken up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from generated import ROOT, SOURCES, parsed

from lab import readers
from lab.datagen import Generator, read_spec, write_spec
from lab.model.data import ColumnSpec, TableSpec
from lab.model.schema import Schema

EVERYTHING = """
CREATE TYPE state AS ENUM ('new', 'old "as the hills"');
CREATE TABLE "Odd Makers" (id int PRIMARY KEY, name text NOT NULL, parent_id int REFERENCES "Odd Makers" (id));
CREATE TABLE things (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  maker_id int NOT NULL REFERENCES "Odd Makers" (id),
  state state NOT NULL,
  size text CHECK (size IN ('S', 'M')),
  city text, zip text, note text, label varchar(9),
  price numeric(8, 2) NOT NULL, quantity int NOT NULL, amount numeric(10, 2), weight real,
  attributes jsonb, tags text[], is_old boolean NOT NULL,
  made_at timestamptz NOT NULL, sold_at timestamptz
);
CREATE TABLE parts (
  thing_id bigint NOT NULL REFERENCES things (id), number int NOT NULL, kind text, PRIMARY KEY (thing_id, number)
);
"""
EXAMPLE = re.compile(r"# ([a-z_]+ = .*)")


def everything() -> Schema:
    return parsed(EVERYTHING)


def blocks(text: str) -> Iterator[tuple[list[int], str]]:
    """The lines of each example; what follows another without which it says nothing belongs to it."""
    lines, found = text.splitlines(), []
    for number, line in enumerate(lines):
        if match := EXAMPLE.fullmatch(line):
            name = match[1].partition(" = ")[0]
            together = name in ("distribution", "within_days", "correlates_with")
            found = [*found, number] if together else [number]
            following = EXAMPLE.fullmatch(lines[number + 1]) if number + 1 < len(lines) else None
            if not (following and following[1].startswith(("distribution", "within_days", "correlates_with"))):
                yield found, name


def accepted(text: str, schema: Schema, tmp_path: Path) -> Generator:
    path = tmp_path / "data.toml"
    path.write_text(text)
    return Generator(schema, read_spec(path, schema), 0.01, 1)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_it_says_what_is_inferred_without_it(source: Path, tmp_path: Path) -> None:
    schema = readers.read(source)
    made = accepted(write_spec(schema), schema, tmp_path)
    assert set(made.tables) == {table.name for table in schema.tables}


@pytest.mark.parametrize("source", [None, *SOURCES], ids=lambda path: path.stem if path else "everything")
def test_every_example_is_valid_where_it_stands(source: Path | None, tmp_path: Path) -> None:
    schema = readers.read(source) if source else everything()
    text = write_spec(schema)
    tried = 0
    for numbers, _ in blocks(text):
        lines = text.splitlines()
        for number in numbers:
            lines[number] = lines[number].removeprefix("# ")
        made = accepted("\n".join(lines), schema, tmp_path)
        for table in made.tables:
            assert made.batch(table, 0).num_rows
        tried += 1
    assert tried > 8


def test_it_names_every_setting(tmp_path: Path) -> None:
    text = write_spec(everything())
    assert "No column here takes" not in text
    settings = {field.name for spec in (TableSpec, ColumnSpec) for field in fields(spec)} - {"columns", "position"}
    assert {name for name in settings if not re.search(rf"^(# )?{name} = ", text, re.M)} == set()


def test_it_says_which_settings_nothing_here_takes() -> None:
    assert "# No column here takes: " in write_spec(parsed("CREATE TABLE t (id int PRIMARY KEY)"))


def test_the_manual_explains_every_setting() -> None:
    manual = (ROOT / "docs/data.md").read_text()
    settings = {field.name for spec in (TableSpec, ColumnSpec) for field in fields(spec)} - {"columns", "position"}
    assert {name for name in settings if f"`{name}`" not in manual} == set()


def test_the_manuals_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/data.md").read_text(), re.DOTALL)
    monkeypatch.chdir(ROOT)
    found: dict[str, object] = {}
    exec(program, found)
    assert found["batch"].num_rows == 10_000  # type: ignore[attr-defined]
