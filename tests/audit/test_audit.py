"""The audit as a whole: on the schemas of this repository, and on what Prisma says in its own way."""

from __future__ import annotations

from pathlib import Path

import pytest
from auditing import ROLES, USERS, schema

from lab.audit import audit
from lab.model.finding import Finding
from lab.readers import read

ROOT = Path(__file__).parent.parent.parent
SCHEMAS = [
    *ROOT.glob("schemas/*/schema.*"),
    *ROOT.glob("examples/*.prisma"),
    *ROOT.glob("tests/readers/*/*.prisma"),
    *(path for path in ROOT.glob("tests/readers/*/*.sql") if path.name != "kitchen_sink.sql"),  # odd on purpose
]


def of_prisma(models: str, datasource: str = 'provider = "postgresql"') -> list[Finding]:
    text = f"datasource db {{\n{datasource}\n}}\n{models}"
    return list(audit(read(Path("schema.prisma"), text)))


def rules(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


@pytest.mark.parametrize("source", SCHEMAS, ids=lambda path: path.name)
def test_schemas_that_work_have_no_errors(source: Path) -> None:
    assert [finding for finding in audit(read(source)) if finding.severity == "error"] == []


def test_ecommerce_lacks_indexes_and_frees_no_deleted_keys() -> None:
    findings = audit(read(ROOT / "schemas/ecommerce/schema.prisma"))
    assert rules(list(findings)) == {"index_foreign_keys", "free_deleted_keys", "touch_changed_rows", "plan_retention"}
    deleted = {finding.subject for finding in findings if finding.rule == "free_deleted_keys"}
    assert deleted == {"users.email", "products.slug", "product_variants.sku"}


def test_the_blog_is_found_out() -> None:
    findings = list(audit(read(ROOT / "examples/blog.prisma")))
    unindexed = {finding.subject for finding in findings if finding.rule == "index_foreign_keys"}
    assert unindexed == {"Post.authorId", "Comment.postId", "Comment.authorId"}
    assert "table User has the name of a reserved word" in [finding.message for finding in findings]
    assert not any("_PostToTag" in finding.message for finding in findings)


def test_findings_are_in_the_order_of_the_source() -> None:
    findings = audit(read(ROOT / "examples/blog.prisma"))
    lines = [finding.position.line for finding in findings if finding.position]
    assert len(lines) == len(findings)
    assert lines == sorted(lines)


def test_nothing_is_found_in_an_empty_schema() -> None:
    assert audit(schema("CREATE VIEW v AS SELECT 1 AS one;")) == ()


def test_a_good_schema_has_no_findings() -> None:
    ddl = (
        "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE\n"
        "  CHECK (email = lower(email)),\n"
        "  created_at timestamptz NOT NULL DEFAULT now());\n"
        "CREATE TABLE posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL,\n"
        "  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,\n"
        "  created_at timestamptz NOT NULL DEFAULT now());\n"
        "CREATE INDEX ON posts (user_id);\n"
        "COMMENT ON TABLE users IS 'Who writes.'; COMMENT ON TABLE posts IS 'What they wrote.';"
    )
    assert audit(schema(ddl)) == ()


def test_tables_of_tools_are_left_alone() -> None:
    tool = "CREATE TABLE schema_migrations (version varchar(255) NOT NULL UNIQUE, at timestamp);\n"
    child = "CREATE TABLE notes (id bigint PRIMARY KEY, version varchar(9) REFERENCES schema_migrations (version));"
    findings = audit(schema(tool + child))
    assert {finding.subject for finding in findings} <= {"notes", "schema"}


def test_every_finding_names_its_rule() -> None:
    findings = audit(schema(USERS + ROLES))
    assert findings
    assert {finding.rule for finding in findings} == {"relate_tables", "describe_tables"}


PAIR = """
model users {
  id    Int     @id
  posts posts[]
}
model posts {
  id      Int   @id
  user_id Int
  user    users @relation(fields: [user_id], references: [id], onDelete: NoAction)
}
"""


def test_no_action_is_written_on_purpose_in_prisma() -> None:
    assert "state_delete_actions" not in rules(of_prisma(PAIR))


def test_mysql_indexes_foreign_keys_itself() -> None:
    assert "index_foreign_keys" in rules(of_prisma(PAIR))
    assert "index_foreign_keys" not in rules(of_prisma(PAIR, 'provider = "mysql"'))


def test_references_the_database_is_not_to_know_of_are_not_missed() -> None:
    found = rules(of_prisma(PAIR, 'provider = "postgresql"\nrelationMode = "prisma"'))
    assert not found & {"declare_references", "relate_tables"}


def test_databases_without_a_type_are_not_asked_for_it() -> None:
    model = "model files {\n  id Int @id\n  uuid String\n  made_at DateTime @default(now())\n}\n"
    assert rules(of_prisma(model)) >= {"zone_timestamps", "retype_texts"}
    assert not rules(of_prisma(model, 'provider = "sqlite"')) & {"zone_timestamps", "retype_texts"}


def test_prisma_is_told_to_map_names() -> None:
    (finding,) = [
        found for found in of_prisma("model Post {\n  id Int @id\n  madeBy Int\n}\n") if "snake" in found.rule
    ]
    assert finding.fix.endswith('-- and in the Prisma schema: @@map("post"), @map("made_by")')


def test_prisma_is_told_to_write_comments() -> None:
    (finding,) = [found for found in of_prisma("model posts {\n  id Int @id\n}\n") if "describe" in found.rule]
    assert finding.fix == "write a line /// before each model"
