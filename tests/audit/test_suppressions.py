"""Comments that leave one place alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.audit import audit
from lab.model.finding import Finding
from lab.readers import read

PRISMA = 'datasource db {\n  provider = "postgresql"\n}\n'


def found(text: str, file: str = "schema.sql") -> list[Finding]:
    return list(audit(read(Path(file), text), texts={file: text}))


def of(rule: str, text: str, file: str = "schema.sql") -> list[str]:
    return [finding.subject for finding in found(text, file) if finding.rule == rule]


def test_behind_a_column_it_speaks_of_the_line() -> None:
    table = "CREATE TABLE items (\n  id bigint PRIMARY KEY,\n  state text,{}\n  kind text\n);"
    assert of("list_states", table.format("")) == ["items.state", "items.kind"]
    assert of("list_states", table.format(" -- lab:ignore list_states: words of a partner")) == ["items.kind"]


def test_on_a_line_of_its_own_it_speaks_of_the_next() -> None:
    said = "\n  -- lab:ignore list_states: words of a partner\n  -- and more\n\n"
    text = f"CREATE TABLE items (\n  id bigint PRIMARY KEY,\n  kind text,{said}  state text\n);"
    assert of("list_states", text) == ["items.kind"]
    assert of("suppressions", text) == []


def test_before_a_table_it_speaks_of_its_columns() -> None:
    said = "-- lab:ignore list_states: words of a partner\n"
    text = "CREATE TABLE items (\n  id bigint PRIMARY KEY,\n  state text\n);\nCREATE TABLE bits (id bigint, kind text);"
    assert of("list_states", said + text) == ["bits.kind"]


def test_of_the_whole_file() -> None:
    text = "CREATE TABLE items (id bigint PRIMARY KEY,\n  state text, kind text);\n"
    assert of("list_states", text + "-- lab:ignore-file list_states: words of a partner") == []


def test_in_prisma_it_is_no_comment_of_the_column() -> None:
    said = "  /// lab:ignore list-states: words of a partner\n"
    text = f"{PRISMA}/// Things.\nmodel items {{\n  id Int @id\n{said}  state String\n  kind String\n}}\n"
    assert of("list_states", text, "schema.prisma") == ["items.kind"]
    assert read(Path("schema.prisma"), text).table("items").column("state").comment == ""


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("-- lab:ignore list_states", "a suppression of list_states gives no reason"),
        ("-- lab:ignore list_states:  ", "a suppression of list_states gives no reason"),
        ("-- lab:ignore list_statse: why", "a suppression names list_statse, which is no rule"),
        ("-- lab:ignore", "a suppression names no rule"),
    ],
)
def test_one_that_says_too_little_suppresses_nothing(said: str, message: str) -> None:
    text = f"CREATE TABLE items (\n  id bigint PRIMARY KEY,\n  state text {said}\n);"
    (finding,) = [finding for finding in found(text) if finding.rule == "suppressions"]
    assert (finding.message, finding.severity) == (message, "warning")
    assert str(finding.position) == "schema.sql:3"
    assert of("list_states", text) == ["items.state"]


def test_a_wrong_name_is_put_right() -> None:
    (finding,) = [
        each for each in found("-- lab:ignore list_statse: x\nCREATE TABLE a (id int);") if each.rule == "suppressions"
    ]
    assert finding.fix == "did you mean list_states?"


def test_one_that_suppresses_nothing_is_found() -> None:
    text = "-- lab:ignore list_states: gone\nCREATE TABLE items (id bigint PRIMARY KEY);"
    (finding,) = [finding for finding in found(text) if finding.rule == "suppressions"]
    assert finding.message == "a suppression of list_states suppresses nothing"
    assert str(finding.position) == "schema.sql:1"
