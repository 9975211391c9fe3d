"""Imports across the packages of a monorepo, extended tsconfig files, and mixins over mixins."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.readers import read

FILES = {
    "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n  - apps/*\n",
    "packages/db/package.json": '{"name": "@acme/db", "exports": {".": {"import": "./dist/index.js"}, '
    '"./schema/*": {"types": "./dist/schema/*.d.ts"}}}',
    "packages/db/src/index.ts": 'export * from "./schema/users";',
    "packages/db/src/schema/users.ts": """
import { pgTable, text, pgEnum } from "drizzle-orm/pg-core";
import { stamps, ROLES } from "@acme/shared";
export const role = pgEnum("role", ROLES);
export const users = pgTable("users", { id: text("id").primaryKey(), role: role("role"), ...stamps });
""",
    "packages/shared/package.json": '{"name": "@acme/shared", "main": "src/index.ts"}',
    "packages/shared/src/index.ts": """
import { timestamp } from "drizzle-orm/pg-core";
export const stamps = { madeAt: timestamp("made_at").notNull() };
export { ROLES } from "./roles";
""",
    "packages/shared/src/roles.ts": 'export const ROLES = ["a", "b"] as const;',
    "apps/api/src/schema.ts": """
import { pgTable, text } from "drizzle-orm/pg-core";
import { users } from "@acme/db/schema/users";
export const posts = pgTable("posts", { id: text("id").primaryKey(), by: text("by").references(() => users.id) });
export * from "@acme/db";
""",
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_packages_of_a_workspace_import_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path / "apps")
    schema = read(Path("api/src/schema.ts"))
    assert {table.name for table in schema.tables} == {"posts", "users"}
    assert [column.name for column in schema.table("users").columns] == ["id", "role", "made_at"]
    assert schema.enums[0].values == ("a", "b")
    assert [key.table for _, key in schema.foreign_keys()] == ["users"]
    assert schema.losses == ()


def test_npm_names_its_packages_in_package_json(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name != "pnpm-workspace.yaml"}
    write(tmp_path, files | {"package.json": '{"workspaces": {"packages": ["packages/*"]}}'})
    assert len(read(tmp_path / "apps/api/src/schema.ts").tables) == 2


def test_a_tsconfig_has_the_paths_of_those_it_extends(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "tsconfig.json": '{"extends": "./config/base"}',
            "config/base.json": '{ // shared\n "compilerOptions": {"baseUrl": "..", "paths": {"~db/*": ["db/*"],}, } }',
            "db/base.ts": 'import { text } from "drizzle-orm/pg-core"; export const id = { id: text().primaryKey() };',
            "src/schema.ts": 'import { pgTable } from "drizzle-orm/pg-core"; import { id } from "~db/base";\n'
            'export const a = pgTable("a", { ...id });',
        },
    )
    assert [column.name for column in read(tmp_path / "src/schema.ts").table("a").columns] == ["id"]


def test_a_mixin_over_a_mixin_keeps_what_both_add(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "entities.ts": """
import { Column, CreateDateColumn, Entity, PrimaryColumn } from "typeorm";
function withId<T extends Class>(base: T) {
  class Derived extends base { @PrimaryColumn("varchar") id: string; }
  return Derived;
}
function withTimes<T extends Class>(base: T) {
  class Derived extends base { @CreateDateColumn() madeAt: Date; }
  return Derived;
}
class Base {}
export const Both = withId(withTimes(Base));
@Entity() export class Plain extends withId(Base) { @Column() a: string; }
@Entity() export class Rich extends Both { @Column() b: string; }
"""
        },
    )
    schema = read(tmp_path / "entities.ts")
    assert {table.name: [column.name for column in table.columns] for table in schema.tables} == {
        "plain": ["id", "a"],
        "rich": ["madeAt", "id", "b"],
    }
