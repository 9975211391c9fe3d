from __future__ import annotations

from dataclasses import replace

import pytest
from report_runs import POSTGRES, QUERIES, SQLITE, make_run, small_run, timed_out

from lab.model.run import ServerInfo
from lab.report.labels import anchor, engine_labels, mark_of, redact


def labels_of(*servers: ServerInfo) -> list[str]:
    return list(engine_labels(make_run(QUERIES[:1], ("base",), servers)[0]).values())


@pytest.mark.parametrize(
    ("servers", "labels"),
    [
        ((SQLITE, POSTGRES), ["SQLite 3.46", "PostgreSQL 18"]),
        (
            (POSTGRES, replace(POSTGRES, spec="postgres:18.3", version="PostgreSQL 18.3 on x86_64")),
            ["PostgreSQL 18.1", "PostgreSQL 18.3"],
        ),
        ((POSTGRES, replace(POSTGRES, spec="postgres://a:b@host/x")), ["postgres:18", "postgres://a:***@host/x"]),
        ((ServerInfo("mariadb", "mariadb", "11.4.2-MariaDB", "local"),), ["MariaDB 11.4"]),
        ((ServerInfo("duckdb", "duckdb", "", "local"),), ["duckdb"]),
    ],
)
def test_engines_are_told_apart(servers: tuple[ServerInfo, ...], labels: list[str]) -> None:
    assert labels_of(*servers) == labels


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("postgres://ann:secret@host/db", "postgres://ann:***@host/db"),
        ("mysql+pymysql://:secret@host", "mysql+pymysql://:***@host"),
        ("host=x password=secret dbname=y", "host=x password=*** dbname=y"),
        ("postgres://host/db", "postgres://host/db"),
        ("sqlite", "sqlite"),
    ],
)
def test_passwords_are_redacted(text: str, without: str) -> None:
    assert redact(text) == without


def test_marks() -> None:
    operation = small_run()[0].engines[0].variants[1].operations[0]
    assert mark_of(operation) == "✓"
    assert mark_of(replace(operation, target="cannot tell")) == "?"
    assert mark_of(timed_out(operation)) == "✗"
    assert mark_of(None) == ""


def test_anchors_keep_letters_of_any_script() -> None:
    assert anchor("op", "PostgreSQL 18", "größe?") == "op-postgresql-18-größe"
