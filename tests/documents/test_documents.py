"""A design's documents: complete, the same bytes each time, and readable at 300 tables."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT

from lab import readers, workloads
from lab.design import read_design
from lab.docs import document, erd, mermaid, retention
from lab.docs.groups import group_tables
from lab.docs.layout import place
from lab.docs.predicates import looked_up, tables_read
from lab.documenting import write_documents
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.errors import LabError
from lab.model.data import DataSpec
from lab.model.design import Design
from lab.model.schema import Schema
from lab.model.workload import Operation
from lab.report.blocks import Code

SVG = "{http://www.w3.org/2000/svg}"


def of_sql(sql: str) -> Design:
    schema = readers.read(Path("x.sql"), sql)
    return Design("x", "x.sql", schema, (), workloads.derive(schema), DataSpec())


def large(tables: int = 300) -> Schema:
    """Domains of 25 tables, each of which refers to earlier ones of its own, and now and then to another's."""
    lines = []
    for number in range(tables):
        first = number - number % 25
        columns = [f"field_{n} text" for n in range(number % 13)]
        parents = {first + (number % 25) // 2, first, (number * 7) % max(number, 1) if number % 9 == 0 else first}
        columns += [f"t{p}_id bigint REFERENCES t{p} (id)" for p in sorted(parents) if p < number]
        lines.append(f"CREATE TABLE t{number} (id bigint PRIMARY KEY{''.join(', ' + column for column in columns)});")
    return readers.read(Path("large.sql"), "\n".join(lines))


@pytest.fixture(scope="module")
def saas() -> Design:
    return read_design(ROOT / "schemas" / "saas", ROOT / "workloads" / "saas")


@pytest.fixture(scope="module")
def files(saas: Design) -> dict[str, str]:
    return dict(document(saas, "postgres"))


def test_every_column_has_its_line(saas: Design, files: dict[str, str]) -> None:
    page, text = files["index.html"], files["README.md"]
    for table in saas.schema.tables:
        part = page.split(f'id="table-{table.name}"', 1)[1].split("</details>", 1)[0]
        for column in table.columns:
            assert column.name in re.sub(r"<wbr>", "", part)
            assert column.name in text
    assert all(operation.name in text for operation in saas.workload.operations)


def test_the_page_fetches_nothing(files: dict[str, str]) -> None:
    page = files["index.html"]
    assert "default-src 'none'" in page
    assert not re.search(r"<(?:script|img|link)[^>]+(?:src|href)=", page)


def test_the_same_design_gives_the_same_bytes(tmp_path: Path) -> None:
    """Also in a process that puts its sets in another order."""
    program = (
        "import sys; from pathlib import Path; from lab.documenting import write_documents; "
        "write_documents(sys.argv[1], Path(sys.argv[2]))"
    )
    source = str(ROOT / "schemas" / "ecommerce" / "schema.prisma")
    environment = {"PYTHONHASHSEED": "1", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program, source, str(tmp_path / "a")], check=True, env=environment, cwd=ROOT)
    write_documents(source, tmp_path / "b")
    made = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert made[0] == made[1]
    assert set(made[0]) == {"index.html", "README.md", "erd.svg", "erd.mmd", "schema.sql"}


def test_no_table_of_a_large_schema_lies_on_another() -> None:
    schema = large()
    groups = group_tables(schema)
    assert 6 <= len(groups) <= 60
    assert sorted(table.name for group in groups for table in group.tables) == sorted(t.name for t in schema.tables)
    tree = ElementTree.fromstring(erd.draw(schema, groups))
    cards = [group for group in tree.iter(f"{SVG}g") if group.get("class") == "card"]
    assert len(cards) == 300
    boxes = []
    for card in cards:
        body = card.find(f"{SVG}rect")
        assert body is not None
        x, y, width, height = (float(body.get(name) or 0) for name in ("x", "y", "width", "height"))
        boxes.append((x, y, x + width, y + height))
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    lines = [path for path in tree.iter(f"{SVG}path") if "line" in str(path.get("class"))]
    assert len(lines) == sum(1 for _ in schema.foreign_keys())


def test_names_are_escaped() -> None:
    design = of_sql(
        """CREATE TABLE "<b>&'x" (id bigint PRIMARY KEY, "a""b" text); COMMENT ON TABLE "<b>&'x" IS '<i>';"""
    )
    made = document(design, "postgres")
    ElementTree.fromstring(made["erd.svg"])
    assert "<b>&'x" not in made["index.html"]
    assert "_b_x {" in made["erd.mmd"] or "b_x {" in made["erd.mmd"]


def test_mermaid_knows_how_many() -> None:
    design = of_sql(
        "CREATE TABLE a (id bigint PRIMARY KEY);"
        "CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a (id));"
        "CREATE TABLE c (a_id bigint PRIMARY KEY REFERENCES a (id), b_id bigint REFERENCES b (id));"
    )
    text = mermaid.write(group_tables(design.schema))
    assert '  a ||--o{ b : "a_id"' in text
    assert '  a ||--o| c : "a_id"' in text
    assert '  b |o--o{ c : "b_id"' in text


def test_boxes_without_lines_stand_in_rows() -> None:
    (placed,) = place([({f"t{n}": (100.0, 50.0) for n in range(16)}, ())])
    assert len({round(x) for x, _ in placed.boxes.values()}) == 4


def test_an_index_says_what_it_is_for(files: dict[str, str]) -> None:
    line = next(
        line for line in files["README.md"].splitlines() if "tasks_organization_id_project_id_status_idx" in line
    )
    assert "→ projects" in line
    assert "project_board" in line


def test_an_index_is_shown_with_its_order_and_its_operator_class() -> None:
    sql = (
        "CREATE TABLE a (id bigint PRIMARY KEY, b jsonb, c int);"
        "CREATE INDEX a_b ON a USING gin (b jsonb_path_ops); CREATE INDEX a_c ON a (c DESC NULLS LAST, id);"
    )
    made = document(of_sql(sql), "postgres")["README.md"]
    assert "| a | a_b | b jsonb_path_ops | GIN |" in made
    assert "| a | a_c | c DESC NULLS LAST, id | B-tree |" in made


def test_references_without_an_index_are_listed() -> None:
    sql = (
        "CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a (id));"
    )
    assert "- b (a_id) → a" in document(of_sql(sql), "postgres")["README.md"]
    assert "InnoDB makes an index" in document(of_sql(sql), "mysql")["README.md"]


def test_comments_decide_how_long_rows_are_kept(files: dict[str, str]) -> None:
    retention = files["README.md"].split("## Retention and archival", 1)[1].split("\n## ", 1)[0]
    assert re.search(r"usage_events \| Kept for thirteen months", retention)
    assert re.search(r"invoices \| 10 years", retention)


@pytest.mark.parametrize("name", ["postgres", "sqlite", "mysql"])
def test_the_jobs_delete_what_is_past(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    engine = load_engine(name)
    design = of_sql(
        "CREATE SCHEMA auth; CREATE TABLE auth.tokens (id bigint PRIMARY KEY, expires_at timestamptz NOT NULL);"
    )
    table = "auth.tokens" if name == "postgres" else "tokens"
    (job,) = [block.text for block in retention.section(design.schema, name).blocks if isinstance(block, Code)]
    engine.create_database(server, "jobs")
    database = engine.connect(server, "jobs")
    ddl = engine.create_sql(design.schema)
    database.run(Text(sql) for sql in (*ddl.before, *ddl.after))
    rows = "(1, '2020-01-01 00:00:00'), (2, '2999-01-01 00:00:00')"
    database.run([Text(f"INSERT INTO {table} (id, expires_at) VALUES {rows}"), Text(job)])
    assert database.rows(f"SELECT id FROM {table}", {}) == [(2,)]
    database.close()
    engine.drop_database(server, "jobs")


def test_what_a_query_reads_and_looks_for(saas: Design) -> None:
    operations = {operation.name: operation for operation in saas.workload.operations}
    assert tables_read(operations["task_comments"], saas.schema) == ["comments", "memberships", "users"]
    assert looked_up(operations["project_board"], saas.schema) == {
        "tasks": {"organization_id", "project_id", "status", "deleted_at"}
    }
    assert tables_read(Operation("odd", "simple", {"": "SELEC"}), saas.schema) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(LabError, match=r"cannot write to .*taken"):
        write_documents(str(ROOT / "examples" / "blog.prisma"), tmp_path / "taken")
