"""MySQL and SQLite take what the audit advises for them, and Prisma's fixes are lines of its schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from audit_cases import FOUND
from auditing import Case, is_sql, schema

from lab.audit import audit
from lab.engines import load_engine
from lab.engines.engine import Server, StatementError, Text
from lab.errors import LabError
from lab.model.finding import Finding
from lab.readers import read


def for_engine(case: Case, engine: str) -> Iterator[Finding]:
    found = audit(replace(schema(case.ddl), provider=engine))
    return (finding for finding in found if finding.rule == case.rule and "…" not in finding.fix)


def lines(fix: str) -> list[str]:
    """Those that are SQL, and no words."""
    return [line for line in fix.splitlines() if is_sql(line)]


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.rule}-{case.subject}")
def test_sqlite_takes_the_fix(case: Case) -> None:
    fixes = list(for_engine(case, "sqlite"))
    engine = load_engine("sqlite")
    ddl = engine.create_sql(schema(case.ddl))
    if case.is_refused or any("index" in loss.what for loss in ddl.losses):
        return
    with closing(sqlite3.connect(":memory:")) as connection:
        for sql in (*ddl.before, *ddl.after):
            connection.execute(sql)
        for finding in fixes:
            connection.executescript("\n".join(lines(finding.fix)))


# One for each kind of change: what a case of it needs is made on a real server, which takes a second.
_OF_MYSQL = (
    "drop_redundant_indexes",
    "allow_set_null",
    "bound_ratings",
    "decide_booleans",
    "timestamp_rows",
    "spell_snake_case",
    "key_natural_names",
    "match_reference_types",
    "state_delete_actions",
    "store_money_exactly",
    "default_creation_times",
)


@pytest.mark.parametrize("rule", _OF_MYSQL)
def test_mysql_takes_the_fix(rule: str, mysql_server: Server) -> None:
    engine = load_engine("mysql")
    cases = [(case, list(for_engine(case, "mysql"))) for case in FOUND if case.rule == rule and not case.is_refused]
    case, fixes = next((case, fixes) for case, fixes in cases if any(lines(each.fix) for each in fixes))
    ddl = engine.create_sql(schema(case.ddl))
    engine.create_database(mysql_server, "fixed")
    connection = engine.connect(mysql_server, "fixed")
    try:
        connection.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
        for finding in fixes:
            try:
                connection.run([Text(line) for line in lines(finding.fix)])
            except (StatementError, LabError) as error:
                raise AssertionError(f"{finding.fix}: {error}") from error
    finally:
        connection.close()
        engine.drop_database(mysql_server, "fixed")


PRISMA = """
datasource db {
  provider = "mysql"
  relationMode = "prisma"
}
model Team {
  id    Int    @id @default(autoincrement())
  posts Post[]
}
model Post {
  id     Int      @id @default(autoincrement())
  teamId Int      @map("team_id")
  team   Team     @relation(fields: [teamId], references: [id])
  isOn   Boolean? @map("is_on")
  @@map("posts")
}
"""


def of_prisma(text: str) -> Sequence[Finding]:
    return audit(read(Path("schema.prisma"), text), texts={"schema.prisma": text})


def test_a_prisma_schema_is_mended_in_its_own_words() -> None:
    text = PRISMA.replace('provider = "mysql"\n  relationMode = "prisma"', 'provider = "postgresql"')
    fixes = {finding.rule: finding.fix for finding in of_prisma(text)}
    assert fixes["index_foreign_keys"] == "add @@index([teamId]) to model Post"
    assert fixes["decide_booleans"].startswith("in a migration: UPDATE posts SET is_on = false")


def test_a_unique_field_of_prisma_is_an_index() -> None:
    text = """
datasource db {
  provider = "postgresql"
}
model User {
  id        Int       @id
  email     String    @unique
  deletedAt DateTime?
}
"""
    (fix,) = (finding.fix for finding in of_prisma(text) if finding.rule == "free_deleted_keys")
    assert fix.startswith('in a migration: DROP INDEX "User_email_key";\nCREATE UNIQUE INDEX "User_email_key"')


def test_a_moment_that_is_missing_is_a_field_of_prisma() -> None:
    text = """
datasource db {
  provider = "postgresql"
}
model Post {
  id     Int     @id
  title  String
  body   String
  likes  Int
  is_on  Boolean @default(true)
  is_hot Boolean @default(true)
}
"""
    (fix,) = (finding.fix for finding in of_prisma(text) if finding.rule == "timestamp_rows")
    assert fix == (
        'add createdAt DateTime @default(now()) @db.Timestamptz(3) @map("created_at") and '
        'updatedAt DateTime @default(now()) @updatedAt @db.Timestamptz(3) @map("updated_at") to model Post'
    )


def test_mysql_is_advised_no_check_it_refuses() -> None:
    text = (
        "CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, parent_id int, FOREIGN KEY (parent_id) REFERENCES t (id));"
    )
    found = audit(read(Path("schema.sql"), text, "mysql"))
    (fix,) = (finding.fix for finding in found if finding.rule == "guard_self_references")
    assert "let a trigger BEFORE UPDATE of `t` refuse a row unless parent_id <> id" in fix


def test_what_most_tables_have_in_common_is_said_once() -> None:
    tables = "".join(f"CREATE TABLE t{n} (id bigint PRIMARY KEY, made_at timestamp NOT NULL);\n" for n in range(20))
    found = [finding for finding in audit(schema(tables)) if finding.rule == "zone_timestamps"]
    assert len(found) == 1
    assert "20 places in 20 of 20 tables" in found[0].message


def test_an_index_of_mysql_is_dropped_by_the_name_it_has() -> None:
    ddl = "".join(
        f"CREATE TABLE `t{n}` (`id` int NOT NULL AUTO_INCREMENT PRIMARY KEY, `a` int, KEY `k` (`a`), KEY `l` (`a`));\n"
        for n in range(2)
    )
    found = [finding for finding in audit(read(Path("schema.sql"), ddl)) if finding.rule == "drop_redundant_indexes"]
    assert [finding.fix for finding in found] == ["DROP INDEX `l` ON `t0`;", "DROP INDEX `l` ON `t1`;"]
