"""Which reader reads what, and that references hold whoever read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError, did_you_mean
from lab.model.schema import (
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Partitioning,
    Position,
    Schema,
    Table,
    Type,
)
from lab.readers import READERS, read
from lab.readers.references import check
from lab.readers.types import parse_type

HERE = Position("schema.sql", 7)
USERS = Table("users", (Column("id", Type("bigint"), False), Column("Email", Type("text"))), Key(("id",)))


def orders(**parts: object) -> Table:
    columns = (Column("id", Type("bigint"), False), Column("user_id", Type("bigint")))
    return Table("orders", columns, Key(("id",)), position=HERE, **parts)  # type: ignore[arg-type]


def test_every_reader_loads(tmp_path: Path) -> None:
    texts = {".prisma": "model A {\n  id Int @id\n}\n", ".sql": 'CREATE TABLE "A" (id int PRIMARY KEY);'}
    texts |= dict.fromkeys(
        (suffix for suffix in READERS if suffix not in texts),
        'export const a = pgTable("A", {}); import { pgTable } from "drizzle-orm/pg-core";',
    )
    assert set(texts) == set(READERS)
    for suffix, text in texts.items():
        file = tmp_path / f"schema{suffix}"
        file.write_text(text)
        assert [table.name for table in read(file).tables] == ["A"]
        column = text.index("pgTable") + 1 if "pgTable" in text else 1
        assert read(Path(f"memory{suffix}"), text).tables[0].position == Position(f"memory{suffix}", 1, column)


def test_a_byte_order_mark_and_upper_case_suffix_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "SCHEMA.SQL"
    file.write_bytes(b"\xef\xbb\xbfCREATE TABLE a (id int PRIMARY KEY);\r\n")
    assert read(file).tables[0].name == "a"


def test_a_folder_of_prisma_files_is_one_schema(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "old").mkdir(parents=True)
    (tmp_path / "node_modules" / "old" / "schema.prisma").write_text("model A {\n  id Int @id\n}\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "main.prisma").write_text('datasource db {\n  provider = "mysql"\n}\n')
    (tmp_path / "models" / "a.prisma").write_text("model A {\n  id Int @id\n  bs B[]\n}\n")
    (tmp_path / "models" / "b.prisma").write_text(
        "model B {\n  id Int @id\n  aId Int\n  a A @relation(fields: [aId], references: [id])\n}\n"
    )
    schema = read(tmp_path)
    assert schema.provider == "mysql"
    assert {table.name: str(table.position) for table in schema.tables} == {
        "A": f"{tmp_path}/models/a.prisma:1",
        "B": f"{tmp_path}/models/b.prisma:1",
    }


def test_a_folder_with_schema_sql_is_read(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE a (id int PRIMARY KEY);")
    assert read(tmp_path).tables[0].name == "a"


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("absent.prisma", None, "there is no file {}", "near.sql"),
        ("schema.ts", "export {}", "{} defines no tables of Drizzle and no entities of TypeORM", "in which they are"),
        ("schema.txt", "model", ".txt files cannot be read", ".prisma, .sql or .ts"),
        ("schema", "model", "a file without a suffix cannot be read", ".prisma, .sql or .ts"),
        ("empty.prisma", "", "{} defines no tables", "add a model"),
        ("empty.sql", "-- nothing\n", "{} defines no tables", "a table"),
        ("folder", ..., "{} holds no schema", "a folder of .prisma files"),
        ("latin.sql", b"CREATE TABLE gr\xf6\xdfe (id int);", "{} is not UTF-8 text: byte 15", "UTF-8"),
    ],
)
def test_sources_that_cannot_be_read(tmp_path: Path, name: str, text: object, message: str, hint: str) -> None:
    (tmp_path / "near.sql").write_text("")
    source = tmp_path / name
    if isinstance(text, bytes):
        source.write_bytes(text)
    elif isinstance(text, str):
        source.write_text(text)
    elif text is ...:
        source.mkdir()
    with pytest.raises(LabError) as caught:
        read(source)
    assert message.format(source) in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        (orders(uniques=(Key(("user",)),)), "key of orders names unknown column user", "did you mean user_id?"),
        (
            orders(foreign_keys=(ForeignKey(("userid",), "users", ("id",)),)),
            "foreign key (userid) of orders names unknown column userid",
            "did you mean user_id?",
        ),
        (
            orders(foreign_keys=(ForeignKey(("user_id",), "user", ("id",)),)),
            "foreign key (user_id) of orders refers to unknown table user",
            "did you mean users?",
        ),
        (
            orders(foreign_keys=(ForeignKey(("user_id",), "users", ("ids",)),)),
            "names unknown column ids",
            "did you mean id?",
        ),
        (
            orders(foreign_keys=(ForeignKey(("user_id", "id"), "users", ("id",)),)),
            "refers to (id) of users: 2 columns against 1",
            "as many columns",
        ),
        (
            orders(foreign_keys=(ForeignKey(("user_id",), "users", ("Email",)),)),
            "refers to (Email) of users, which is no key of it",
            "make (Email) unique in users",
        ),
        (
            orders(indexes=(Index("i", "orders", (IndexPart("placed"),)),)),
            "index i names unknown column placed",
            "columns of orders: id, user_id",
        ),
        (
            orders(indexes=(Index("i", "orders", (IndexPart("id"),), include=("usr_id",)),)),
            "index i names unknown column usr_id",
            "did you mean user_id?",
        ),
        (
            orders(indexes=(Index("i", "orders", (IndexPart("lower(ids)", is_expression=True),)),)),
            "index i names unknown column ids",
            "did you mean id?",
        ),
        (
            orders(indexes=(Index("i", "orders", (IndexPart("id"),), where="orders.usr_id > 0"),)),
            "the WHERE of index i names unknown column usr_id",
            "did you mean user_id?",
        ),
        (orders(checks=(Check("total > 0"),)), "check (total > 0) names unknown column total", "columns of orders"),
        (
            orders(partitioning=Partitioning("range", ("idd",))),
            "the partition key of orders names unknown column idd",
            "did you mean id?",
        ),
        (
            orders(indexes=(Index("orders", "orders", (IndexPart("id"),)),)),
            "the name orders of an index of orders is taken by table orders",
            "another name",
        ),
        (
            orders(uniques=(Key(("id",), "twice"),), indexes=(Index("twice", "orders", (IndexPart("id"),)),)),
            "the name twice of an index of orders is taken by a key of orders",
            "another name",
        ),
    ],
)
def test_references_that_do_not_hold(table: Table, message: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        check(Schema((USERS, table)))
    assert caught.value.message.startswith("schema.sql:7: ")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_mixed_case_column_is_suggested_in_quotes() -> None:
    table = Table("t", USERS.columns, Key(("id",)), checks=(Check("email <> ''"),), position=HERE)
    with pytest.raises(LabError, match="names unknown column email") as caught:
        check(Schema((table,)))
    assert caught.value.hint == 'did you mean "Email"?'


def test_the_same_name_twice() -> None:
    with pytest.raises(LabError, match="table users is defined twice"):
        check(Schema((USERS, USERS)))
    with pytest.raises(LabError, match="column id of t is defined twice"):
        check(Schema((Table("t", (USERS.columns[0], USERS.columns[0])),)))
    with pytest.raises(LabError, match="the name users of an enum is taken by table users"):
        check(Schema((USERS,), (Enum("users", ("a",)),)))


def test_references_that_hold() -> None:
    table = orders(
        foreign_keys=(ForeignKey(("user_id",), "users", ("id",)),),
        checks=(Check("orders.id > 0 AND user_id IN (1, 2)"), Check("orders IS NOT NULL")),
        indexes=(
            Index("a", "orders", (IndexPart("coalesce(user_id, id)", is_expression=True),), where="tableoid = 1"),
        ),
    )
    check(Schema((USERS, table)))


@pytest.mark.parametrize(
    ("written", "type_", "is_whole"),
    [
        ("circle", Type("circle"), True),
        ("timestamp(3) with time zone", Type("timestamptz", (3,)), True),
        ("TIMESTAMP WITHOUT TIME ZONE", Type("timestamp"), True),
        ("character varying(20)", Type("varchar", (20,)), True),
        ("numeric(10, 2)[]", Type("numeric", (10, 2), 1), True),
        ("int4[][3]", Type("integer", (), 2), True),
        ("vector(1536)", Type("vector", (1536,)), True),
        ("geometry(Point, 4326)", Type("geometry"), False),
    ],
)
def test_types_as_people_write_them(written: str, type_: Type, is_whole: bool) -> None:
    assert parse_type(written) == (type_, is_whole)


def test_hints_name_the_closest_or_the_first_few() -> None:
    assert did_you_mean("Usres", ["users", "orders"], "tables") == "did you mean users?"
    assert did_you_mean("zzz", ["users", "orders"], "tables") == "tables: users, orders"
    assert did_you_mean("zzz", [], "tables") == "there are no tables"
    assert did_you_mean("zzz", [f"table{n}" for n in range(20)], "tables").endswith("table11 and 8 more")


def test_the_other_side_of_a_list_is_told_with_its_column(tmp_path: Path) -> None:
    text = "model A {\n  id Int @id\n  bs B[]\n}\nmodel B {\n  id Int @id\n}\n"
    with pytest.raises(LabError, match=r"relation A\.bs has no opposite field in B") as caught:
        read(tmp_path / "schema.prisma", text)
    added = caught.value.hint.removeprefix("add to model B: ").replace(", and ", "\n  ")
    assert added == "a A? @relation(fields: [aId], references: [id])\n  aId Int?"
    mended = read(tmp_path / "schema.prisma", text.replace("B {\n", f"B {{\n  {added}\n"))
    assert mended.table("B").foreign_keys[0].table == "A"


def test_a_file_that_is_not_there_is_told_by_the_closest_that_is(tmp_path: Path) -> None:
    for name in ("hospital.sql", "forum.prisma"):
        (tmp_path / name).write_text("")
    (tmp_path / "dangling.sql").symlink_to(tmp_path / "gone.sql")
    with pytest.raises(LabError, match="there is no file") as caught:
        read(tmp_path / "hospitel.sql")
    assert caught.value.hint == f"did you mean {tmp_path / 'hospital.sql'}?"
