"""`queries.sql` and `<variant>.sql`: what they say is kept; what is wrong in them is told with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import readers, workloads
from lab.errors import LabError
from lab.model.schema import Position
from lab.model.workload import Ago, Between, Choice, FromColumn, Operation, Parameter, Workload
from lab.workloads.script import read_script, write_script

ROOT = Path(__file__).parents[2]
SCHEMA = readers.read(
    Path("schema.sql"),
    "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE);"
    "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, placed_at timestamptz NOT NULL)",
)
QUERIES = """\
-- All of it. Note: this is no header.

-- name: order_history
-- class: simple
-- weight: 20
-- doc: A customer's newest orders.
-- param: user_id = orders.user_id
SELECT id, placed_at -- as text
FROM orders WHERE user_id = :user_id
ORDER BY placed_at DESC, id DESC LIMIT 20;

-- name: orders_by_day
-- class: complex
-- param: since = 7d..30d ago
SELECT placed_at::date AS day, count(*) FROM orders WHERE placed_at >= :since GROUP BY 1;

-- engine: sqlite

SELECT date(placed_at), count(*) FROM orders
WHERE placed_at >= :since GROUP BY 1;

-- name: add_user
-- param: email = 'a;b -- c'
INSERT INTO users (id, email) VALUES (1, :email)
"""


def read(tmp_path: Path, text: str, originals: dict[str, Operation] | None = None) -> tuple[Operation, ...]:
    file = tmp_path / "queries.sql"
    file.write_text(text)
    return read_script(file, SCHEMA, originals)


def test_every_header_is_read(tmp_path: Path) -> None:
    file = str(tmp_path / "queries.sql")
    history, by_day, add = read(tmp_path, QUERIES)
    assert history == Operation(
        "order_history",
        "simple",
        {
            "": "SELECT id, placed_at -- as text\nFROM orders WHERE user_id = :user_id\n"
            "ORDER BY placed_at DESC, id DESC LIMIT 20"
        },
        (Parameter("user_id", FromColumn("orders", "user_id"), Position(file, 7)),),
        20.0,
        is_write=False,
        is_ordered=True,
        description="A customer's newest orders.",
        position=Position(file, 3),
        positions={"": Position(file, 8)},
    )
    assert (by_day.target_class, by_day.weight, by_day.is_ordered) == ("complex", 1.0, False)
    assert by_day.parameters == (Parameter("since", Ago(7, 30), Position(file, 14)),)
    assert by_day.text("sqlite").startswith("SELECT date(placed_at)")
    assert by_day.text("postgres").startswith("SELECT placed_at::date")
    assert by_day.positions == {"": Position(file, 15), "sqlite": Position(file, 19)}
    assert (add.is_write, add.target_class, add.parameters[0].rule) == (True, "simple", Choice(("a;b -- c",)))


@pytest.mark.parametrize(
    ("sql", "is_write", "is_ordered"),
    [
        ("SELECT 1", False, False),
        ("SELECT id FROM users ORDER BY id", False, True),
        ("(SELECT id FROM users) ORDER BY id", False, True),
        ("SELECT id FROM users UNION SELECT id FROM orders ORDER BY id", False, True),
        ("SELECT * FROM (SELECT id FROM users ORDER BY id) u", False, False),
        ("WITH u AS (SELECT id FROM users) SELECT id FROM u ORDER BY id", False, True),
        ("SELECT count(*) OVER (ORDER BY id) FROM users", False, False),
        ("SELECT id FROM users FOR UPDATE", False, False),
        ("UPDATE users SET email = 'x'", True, False),
        ("DELETE FROM users", True, False),
        ("WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone", True, False),
        ("INSERT INTO users SELECT id, 'x' FROM orders ORDER BY id", True, False),
    ],
)
def test_writes_and_order_are_seen_in_the_statement(tmp_path: Path, sql: str, is_write: bool, is_ordered: bool) -> None:
    (found,) = read(tmp_path, f"-- name: q\n{sql};\n")
    assert (found.is_write, found.is_ordered) == (is_write, is_ordered)


NAME = "-- name: q\n"
MISTAKES = [
    # what the file says, the line, what is said, what to type
    ("SELECT 1;", 1, "this query has no name", "put `-- name: …` above it"),
    ("-- doc: x\nSELECT 1;", 1, "`doc` stands before any query", "begin with `-- name: …`"),
    ("-- nmae: q\nSELECT 1;", 1, "there is no header 'nmae'", "did you mean `-- name: …`?"),
    (NAME, 1, "q has no SQL", "write the query below its header"),
    ("-- name: my query\nSELECT 1;", 1, "'my query' cannot name a query", "`-- name: order_history`"),
    ("-- name:\nSELECT 1;", 1, "'' cannot name a query", "`-- name: order_history`"),
    (NAME + "SELECT 1;\n" + NAME + "SELECT 2;", 3, "there are two queries called q", "rename one of them"),
    (NAME + "-- clas: simple\nSELECT 1;", 2, "there is no header 'clas'", "did you mean `-- class: …`?"),
    (NAME + "-- Weight: 3\nSELECT 1;", 2, "there is no header 'Weight'", "did you mean `-- weight: …`?"),
    (NAME + "SELECT 1;\n-- nam: r\nSELECT 2;", 3, "there is no header 'nam'", "did you mean `-- name: …`?"),
    (NAME + "-- class: hard\nSELECT 1;", 2, "there is no class 'hard'", "write one of: simple, complex"),
    (NAME + "-- weight: many\nSELECT 1;", 2, "'many' is no weight", "`-- weight: 10`"),
    (NAME + "-- weight: 0\nSELECT 1;", 2, "'0' is no weight", "a number above 0"),
    (NAME + "-- weight: -1\nSELECT 1;", 2, "'-1' is no weight", "a number above 0"),
    (NAME + "-- weight: nan\nSELECT 1;", 2, "'nan' is no weight", "a number above 0"),
    (NAME + "-- weight: inf\nSELECT 1;", 2, "'inf' is no weight", "a number above 0"),
    (NAME + "-- class: simple\n-- class: complex\nSELECT 1;", 3, "q has `class` already, in line 2", "keep one"),
    (NAME + "-- param: a = 1\n-- param: a = 2\nSELECT :a;", 3, "q has `param: a` already, in line 2", "keep one"),
    (NAME + "-- param: a\nSELECT :a;", 2, "cannot read `a`", "`-- param: user_id = users.id`"),
    (NAME + "-- param: a b = 1\nSELECT :a;", 2, "cannot read `a b = 1`", "`-- param: user_id = users.id`"),
    (NAME + "-- param: a = user.id\nSELECT :a;", 2, "there is no table user", "did you mean users?"),
    (NAME + "-- param: a = 1\nSELECT :b;", 3, "parameter :b of q has no rule", "add `-- param: b = 1..100`"),
    (NAME + "SELECT 1 FROM users WHERE email ILIKE '%' || :q;", 2, ":q of q has no rule", "q = word users.email`"),
    (NAME + "SELECT 1 FROM users WHERE lower(email) LIKE lower(:q);", 2, ":q of q has", "q = word users.email`"),
    (NAME + "SELECT 1\nFROM users\nWHERE email > :mail;", 4, ":mail of q has no rule", "mail = users.email`"),
    (NAME + "SELECT id FROM orders WHERE user_id < :u;", 2, ":u of q has no rule", "`-- param: u = orders.user_id`"),
    (NAME + "-- param: user_idd = 1\n-- param: user_id = 1\nSELECT :user_id;", 2, "not use :user_idd", "user_id?"),
    (NAME + "-- param: a = 1\nSELECT 1;", 2, "q does not use :a", "there are none"),
    (NAME + "-- param: a = 1\nSELECT ':a', a::int FROM x -- :a\n;", 2, "q does not use :a", "there are none"),
    (NAME + "SELECT 1; SELECT 2;", 2, "2 statements stand here", "one statement a query; name each"),
    (NAME + "\nSELECT 1\nFROM users WHRE id = = 1;", 4, "cannot read this SQL", "put `-- engine: postgres`"),
    (NAME + "-- engine: sqlit\nSELECT 1;", 2, "there is no engine called 'sqlit'", "did you mean sqlite?"),
    (NAME + "-- engine:\nSELECT 1;", 2, "there is no engine called ''", "postgres"),
    (NAME + "-- engine: sqlite\nSELECT 1; SELECT 2;", 3, "2 statements stand here", "one statement a query"),
    (NAME + "SELECT 1;\n-- engine: sqlite\n\nSELECT\n:x;", 6, "parameter :x of q has no rule", "`-- param: x ="),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_type(
    tmp_path: Path, text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(LabError) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path}/queries.sql:{line}: ")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "\x1b" not in caught.value.message


def test_comments_that_resemble_no_header_are_kept_or_passed_over(tmp_path: Path) -> None:
    text = (
        "-- Queries: all.\n-- name: q\n-- Note: read often.\nSELECT 1 -- class: none\n-- Remark: x\nFROM users;\n\n"
        "-- The next one.\n-- name: r\nSELECT 2; -- that was all\n"
    )
    one, other = read(tmp_path, text)
    assert one.text("sqlite") == "SELECT 1 -- class: none\n-- Remark: x\nFROM users"
    assert other.text("sqlite") == "SELECT 2; -- that was all"


def test_a_text_for_one_engine_is_taken_as_it_stands(tmp_path: Path) -> None:
    odd = "SELECT id FROM users WHERE email GLOB ~~ :a || x #- y"
    (found,) = read(tmp_path, f"-- name: q\n-- param: a = 1\nSELECT :a;\n-- engine: sqlite\n{odd};\n")
    assert found.text("sqlite") == odd
    (alone,) = read(tmp_path, f"-- name: q\n-- param: a = 1\n-- engine: sqlite\n{odd};\n")
    assert (alone.sql, alone.is_write) == ({"sqlite": odd}, False)
    (write,) = read(tmp_path, "-- name: q\n-- engine: sqlite\nINSERT OR WHATEVER ((;\n")
    assert write.is_write


def test_windows_files_are_read(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_bytes(b"\xef\xbb\xbf" + QUERIES.replace("\n", "\r\n").encode())
    assert [found.name for found in read_script(file, SCHEMA)] == ["order_history", "orders_by_day", "add_user"]
    file.write_bytes(b"-- name: q\nSELECT '\xff';")
    with pytest.raises(LabError, match="is not UTF-8 text: byte 19"):
        read_script(file, SCHEMA)


# A variant's queries


def originals(tmp_path: Path) -> dict[str, Operation]:
    return {operation.name: operation for operation in read(tmp_path, QUERIES)}


def test_a_rewrite_inherits_what_its_header_leaves_out(tmp_path: Path) -> None:
    before = originals(tmp_path)
    (found,) = read(tmp_path, "-- name: order_history\nSELECT 1 FROM history WHERE user_id = :user_id;\n", before)
    old = before["order_history"]
    assert (found.target_class, found.weight, found.description, found.parameters) == (
        old.target_class,
        old.weight,
        old.description,
        old.parameters,
    )
    assert found.sql == {"": "SELECT 1 FROM history WHERE user_id = :user_id"}
    assert not found.is_ordered
    assert found.position == Position(f"{tmp_path}/queries.sql", 1)


def test_a_rewrite_for_one_engine_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    before = originals(tmp_path)
    text = "-- name: orders_by_day\n-- engine: sqlite\nSELECT day FROM days WHERE day >= :since ORDER BY 1;\n"
    (found,) = read(tmp_path, text, before)
    assert found.text("sqlite").startswith("SELECT day FROM days")
    assert found.text("postgres") == before["orders_by_day"].text("postgres")
    assert found.positions["sqlite"].line == 3 and found.positions[""].line == 15


def test_a_rewrite_of_the_common_text_replaces_every_engines(tmp_path: Path) -> None:
    (found,) = read(tmp_path, "-- name: orders_by_day\nSELECT 1 WHERE :since > '';\n", originals(tmp_path))
    assert found.text("sqlite") == found.text("postgres") == "SELECT 1 WHERE :since > ''"


def test_a_rewrite_need_not_use_every_parameter_and_may_change_one(tmp_path: Path) -> None:
    before = originals(tmp_path)
    (found,) = read(tmp_path, "-- name: order_history\nSELECT 1;\n", before)
    assert found.parameters == before["order_history"].parameters
    text = "-- name: order_history\n-- weight: 3\n-- param: user_id = 1..9\nSELECT :user_id;\n"
    (changed,) = read(tmp_path, text, before)
    assert (changed.weight, changed.parameters[0].rule) == (3.0, Between(1, 9))


def test_a_rewrite_of_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"queries\.sql:1: order_histry is no query of queries\.sql") as caught:
        read(tmp_path, "-- name: order_histry\nSELECT 1;\n", originals(tmp_path))
    assert caught.value.hint == "did you mean order_history?"


# A workload's folder


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.sql").write_text(text)
    return tmp_path


def test_a_folder_holds_queries_and_what_variants_rewrite(tmp_path: Path) -> None:
    home = folder(tmp_path, queries=QUERIES, fast="-- name: order_history\nSELECT 2 WHERE :user_id > 0;\n")
    found = workloads.read(home, SCHEMA, ["fast", "small"])
    assert found.origin == str(home / "queries.sql")
    assert found.for_variant("fast")[0].text("") == "SELECT 2 WHERE :user_id > 0"
    assert found.for_variant("small") == found.for_variant("base") == found.operations


def test_without_queries_the_workload_is_derived(tmp_path: Path) -> None:
    assert workloads.read(tmp_path / "none", SCHEMA, []) == workloads.derive(SCHEMA)


@pytest.mark.parametrize(
    ("files", "message", "hint"),
    [
        (
            {"queries": QUERIES, "fats": "-- name: q\nSELECT 1;"},
            "fats.sql: there is no variant fats",
            "did you mean fast?",
        ),
        ({"queries": QUERIES, "zzz": "-- name: q\nSELECT 1;"}, "zzz.sql: there is no variant zzz", "bear its name"),
        ({"queries": "-- nothing\n"}, "queries.sql:1: no query stands here", "`-- name: …`"),
        ({"queries": QUERIES, "fast": "\n"}, "fast.sql:1: no query stands here", "remove the file"),
        ({"queries": QUERIES, "fast": "-- name: q\nSELECT 1;"}, "fast.sql:1: q is no query", "there are: "),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, files: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        workloads.read(folder(tmp_path, **files), SCHEMA, ["fast"])
    assert message in caught.value.message
    assert hint in caught.value.hint


# Written


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    before = read(tmp_path, QUERIES)
    after = read(tmp_path, write_script(Workload(before, {}, "a test")))
    assert [plain(operation) for operation in after] == [plain(operation) for operation in before]


def plain(operation: Operation) -> object:
    """All but where it was written."""
    rules = tuple((parameter.name, parameter.rule) for parameter in operation.parameters)
    shape = (operation.target_class, operation.weight, operation.is_write, operation.is_ordered)
    return operation.name, shape, dict(operation.sql), rules, operation.description


def test_no_weight_loses_a_digit(tmp_path: Path) -> None:
    for weight in (1.0, 0.1234567891, 1e-7, 123456789.0):
        written = write_script(Workload((Operation("q", "simple", {"": "SELECT 1"}, weight=weight),)))
        assert read(tmp_path, written)[0].weight == weight


def test_a_description_stays_one_line(tmp_path: Path) -> None:
    written = write_script(Workload((Operation("q", "simple", {"": "SELECT 1"}, description="two\nlines"),)))
    assert read(tmp_path, written)[0].description == "two lines"


def test_the_shops_workload_is_valid_and_rewrites_read_like_the_originals() -> None:
    schema = readers.read(ROOT / "schemas/ecommerce/schema.prisma")
    names = ["denormalized", "search", "summary", "indexed", "embedded", "hybrid"]
    found = workloads.read(ROOT / "workloads/ecommerce", schema, names)
    assert len(found.operations) > 30
    assert set(found.rewrites) == {"denormalized", "search", "summary", "embedded", "hybrid"}
    for variant, operations in found.rewrites.items():
        originals = {operation.name: operation for operation in found.operations}
        for operation in operations:
            assert operation.is_ordered == originals[operation.name].is_ordered, (variant, operation.name)
