"""What is followed in TypeScript and what is not; nothing of it is ever a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read

PG = 'import { pgTable, text, serial, integer, index, pgEnum } from "drizzle-orm/pg-core";\n'
ORM = 'import { Column, Entity, ManyToOne, PrimaryGeneratedColumn } from "typeorm";\n'


def drizzle(text: str) -> Schema:
    return read(Path("schema.ts"), PG + text)


def columns(schema: Schema) -> dict[str, list[str]]:
    return {table.name: [column.name for column in table.columns] for table in schema.tables}


def losses(schema: Schema) -> list[str]:
    return [f"{loss.position}: {loss.what}: {loss.consequence}" for loss in schema.losses]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const N = 'a'; export const t = pgTable(`x_${N}`, { [N]: text() });", {"x_a": ["a"]}),
        ("const mk = (n: string) => pgTable(n, { id: serial() });\nexport const [t] = ['a'].map(mk);", {"a": ["id"]}),
        (
            "function c(o = 'd') { const x = { [o]: text() }; return x; }\nexport const t = pgTable('t', c());",
            {"t": ["d"]},
        ),
        ("const a = { x: text(), y: text() }; const { x, ...r } = a; export const t = pgTable('t', r);", {"t": ["y"]}),
        ("enum E { A = 'p' }\nexport const t = pgTable(E.A, { id: text() } as const);", {"p": ["id"]}),
        ("const t = pgTable('t', { id: text() }); export { t as u };", {"t": ["id"]}),
        ("export const t = pgTable('t', { id: text() }, undefined);", {"t": ["id"]}),
        ("export const { t } = { t: pgTable('t', { id: text() }) };", {"t": ["id"]}),
    ],
)
def test_what_is_known_from_the_text_alone_is_followed(text: str, expected: dict[str, list[str]]) -> None:
    schema = drizzle(text)
    assert columns(schema) == expected
    assert losses(schema) == []


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        (
            "import { more } from 'pkg';\nexport const t = pgTable('t', { id: text(), ...more });",
            "schema.ts:3: columns of t from ...more: left out: what is spread here is not in the files read",
        ),
        (
            "export const t = pgTable('t', { id: text().default(process.env.X) });",
            "schema.ts:2: default process.env.X of t.id: not set: it is not known as SQL of PostgreSQL",
        ),
        (
            "export const t = pgTable('t', { id: text() }, (t) => [index('i').on(t.nothing)]);",
            "schema.ts:2: index index('i') of t: left out: one of its columns is not known",
        ),
        (
            "import { kinds } from 'pkg'; const kind = pgEnum('kind', kinds);\n"
            "export const t = pgTable('t', { k: kind() });",
            "schema.ts:3: values of enum pgEnum('kind', kinds) of t.k: kept as text: not known",
        ),
        (
            "const hidden = pgTable('hidden', { id: text() }); export const t = pgTable('t', { id: text() });",
            "schema.ts:2: table hidden: not created: it is not exported",
        ),
        (
            "const f = (n) => f(n); export const t = pgTable('t', { id: text(), x: f(1) });",
            "schema.ts:2: column x of t: left out: it calls itself too deeply",
        ),
    ],
)
def test_what_only_running_would_tell_is_named_with_its_place(text: str, loss: str) -> None:
    schema = drizzle(text)
    assert losses(schema) == [loss]
    assert schema.tables[0].name == "t"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("export const t = pgTable(process.env.T, {});", "schema.ts:2: the name of table"),
        ("export const t = pgTable('t', {", "schema.ts:2:"),
    ],
)
def test_mistakes_are_sentences_with_their_place(text: str, message: str) -> None:
    with pytest.raises(LabError) as caught:
        drizzle(text)
    assert message in caught.value.message
    assert caught.value.hint


def test_files_import_each_other_by_aliases_too(tmp_path: Path) -> None:
    (tmp_path / "tsconfig.json").write_text('{ // paths\n "compilerOptions": { "paths": { "#db/*": ["./lib/*"], } } }')
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "users.ts").write_text(
        PG + 'import { posts } from "../schema";\nexport const users = pgTable("users", '
        "{ id: serial().primaryKey(), first: integer().references(() => posts.id) });"
    )
    (tmp_path / "schema.ts").write_text(
        PG + 'import { users } from "#db/users";\nexport * from "#db/users.js";\nexport const posts = '
        'pgTable("posts", { id: serial().primaryKey(), by: integer().references(() => users.id) });'
    )
    schema = read(tmp_path / "schema.ts")
    assert columns(schema) == {"users": ["id", "first"], "posts": ["id", "by"]}
    assert {(table.name, key.table) for table, key in schema.foreign_keys()} == {("users", "posts"), ("posts", "users")}


def test_mysql_names_indexes_within_their_table() -> None:
    text = (
        'import { index, int, mysqlTable } from "drizzle-orm/mysql-core";\n'
        'export const a = mysqlTable("a", { x: int() }, (t) => [index("x_idx").on(t.x)]);\n'
        'export const b = mysqlTable("b", { x: int() }, (t) => [index("x_idx").on(t.x)]);\n'
    )
    schema = read(Path("schema.ts"), text)
    assert [index.name for table in schema.tables for index in table.indexes] == ["a_x_idx", "b_x_idx"]
    assert "name x_idx of an index of b" in schema.losses[-1].what


def test_a_decorator_of_the_users_own_is_followed_or_named() -> None:
    text = ORM + (
        "const Id = () => PrimaryGeneratedColumn('uuid');\n"
        "function Odd() { return (target: object, key: string) => {}; }\n"
        "function mixin(base) { class Mixed extends base { @Id() id: string } return Mixed; }\n"
        "@Entity() export class A extends mixin(class {}) {\n"
        "  @Odd() odd: string;\n  @Column() name: string | null;\n  @Column() thing: { a: 1 };\n"
        "  @ManyToOne(() => Missing) missing: Missing;\n}\n"
    )
    schema = read(Path("entities.ts"), text)
    assert columns(schema) == {"a": ["id", "name", "thing"]}
    found = losses(schema)
    assert any(loss.startswith("entities.ts:6: decorator @Odd(): left out") for loss in found)
    assert any("column a.thing: kept as text: its type cannot be known" in loss for loss in found)
    assert any("relation missing of a to Missing: left out" in loss for loss in found)


def test_one_library_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(PG + "export const t = pgTable('t', { id: text() });")
    (tmp_path / "b.ts").write_text(ORM + "@Entity() export class A { @PrimaryGeneratedColumn() id: number }")
    with pytest.raises(LabError, match="one schema is read at a time"):
        read(tmp_path)
