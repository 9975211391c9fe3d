"""`data.toml`: what it says is kept, and what is wrong in it is said with its line and what to type."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from generated import ECOMMERCE, SOURCES, parsed

from lab import readers
from lab.datagen import Generator, read_spec, write_spec
from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Position

SCHEMA = parsed("""
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, city text, zip text,
  created_at timestamptz NOT NULL, boss_id int REFERENCES users, name varchar(5), small smallint, tags text[],
  rows int);
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, state state NOT NULL,
  total numeric(6, 2), placed_at timestamptz NOT NULL, paid_at timestamptz, note text, is_gift boolean, on_day date,
  token uuid);
CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, login text UNIQUE);
CREATE TABLE logins (id int PRIMARY KEY, login text REFERENCES profiles (login));
""")


def read(tmp_path: Path, text: str) -> DataSpec:
    file = tmp_path / "data.toml"
    file.write_text(text)
    return read_spec(file, SCHEMA)


def test_all_settings_are_kept(tmp_path: Path) -> None:
    spec = read(
        tmp_path,
        """\
locale = "de_DE"
now = 2025-06-01T12:00:00+02:00
history_days = 90

[users]
rows = 2_000
grows = false

[users.city]
kind = "city"
nulls = 0.1

[users.zip]
depends_on = "city"

[users.boss_id]
tree_depth = 3

[orders]
per = "users"
mean = 2.5
fewest = 1
most = 9

[orders.user_id]
skew = 0.3

[orders.state]
values = { new = 1, paid = 9 }

[orders.total]
range = [1, 99.5]
distribution = "normal"

[orders.note]
words = [2, 8]

[orders.paid_at]
after = "placed_at"
within_days = 3
""",
    )
    file = str(tmp_path / "data.toml")
    assert (spec.locale, spec.history_days, spec.origin) == ("de_DE", 90, file)
    assert spec.now == datetime(2025, 6, 1, 10, tzinfo=UTC)
    assert spec.tables["users"] == TableSpec(
        rows=2_000,
        grows=False,
        columns={
            "city": ColumnSpec(kind="city", nulls=0.1, position=Position(file, 9)),
            "zip": ColumnSpec(depends_on=("city",), position=Position(file, 13)),
            "boss_id": ColumnSpec(tree_depth=3, position=Position(file, 16)),
        },
        position=Position(file, 5),
    )
    orders = spec.tables["orders"]
    assert (orders.per, orders.mean, orders.fewest, orders.most) == ("users", 2.5, 1, 9)
    assert orders.columns["user_id"].skew == 0.3
    assert orders.columns["state"].values == {"new": 1.0, "paid": 9.0}
    assert (orders.columns["total"].range, orders.columns["total"].distribution) == ((1.0, 99.5), "normal")
    assert orders.columns["note"].words == (2, 8)
    assert (orders.columns["paid_at"].after, orders.columns["paid_at"].within_days) == ("placed_at", 3)


@pytest.mark.parametrize(
    ("column", "written", "wanted"),
    [
        ("state", '["new", "paid"]', {"new": 1.0, "paid": 1.0}),
        ("total", "[1, 4.9]", {"1": 1.0, "4.9": 1.0}),
        ("is_gift", "[true, false]", {"true": 1.0, "false": 1.0}),
        ("on_day", "[2025-01-02]", {"2025-01-02": 1.0}),
        ("total", '{ "0.00" = 3 }', {"0.00": 3.0}),
    ],
)
def test_values_may_be_listed_as_what_they_are(
    tmp_path: Path, column: str, written: str, wanted: dict[str, float]
) -> None:
    assert read(tmp_path, f"[orders.{column}]\nvalues = {written}\n").tables["orders"].columns[column].values == wanted


def test_a_time_without_a_zone_is_in_utc(tmp_path: Path) -> None:
    assert read(tmp_path, "now = 2025-06-01T12:00:00\n").now == datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_a_column_may_be_called_like_a_setting(tmp_path: Path) -> None:
    spec = read(tmp_path, "[users]\nrows = 5\n[users.city]\nnulls = 0\n").tables["users"]
    assert spec.rows == 5
    assert read(tmp_path, "[users.rows]\nnulls = 0.5\n").tables["users"].columns["rows"].nulls == 0.5


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "data.toml"
    file.write_bytes(b"\xef\xbb\xbf[users]\r\nrows = 7\r\n")
    assert read_spec(file, SCHEMA).tables["users"].rows == 7


MISTAKES = [
    # what the file says, the line, what is said of it, and what to type
    ("[users\nrows = 1", 1, "not valid TOML", "a table is [users]"),
    ("[users]\nrows = 10 20", 2, "not valid TOML", "rows = 20_000"),
    ("[usrs]\nrows = 1", 1, "there is no table called usrs", "did you mean users?"),
    ("[zzz]\nrows = 1", 1, "there is no table called zzz", "there are: users"),
    ("locale = 3", 1, "locale: ", 'write locale = "en_US"'),
    ('\nlocale = "xx_YY"', 2, "Faker knows no locale 'xx_YY'", "write locale ="),
    ("lokale = 'en_US'", 1, "there is no setting called lokale", "did you mean locale?"),
    ("now = 'soon'", 1, "now: ", "write now = 2026-01-01T00:00:00Z"),
    ("history_days = 0", 1, "history_days: input should be greater than 0, not 0", "write history_days = 730"),
    ("history_days = inf", 1, "history_days: ", "write history_days = 730"),
    ("[users]\n\nrows = 0", 3, "rows: input should be greater than 0, not 0", "write rows = 20_000"),
    ("[users]\nrows = 1.5", 2, "rows: ", "write rows = 20_000"),
    ("[users]\nrow = 5", 2, "there is no setting called row", "did you mean rows?"),
    ("[users]\nemail = 5", 2, "email is a column of users", "write [users.email]"),
    ("[users.emial]\nkind = 'email'", 1, "there is no column of users called emial", "did you mean email?"),
    ("[users.email]\nkinds = 'email'", 2, "there is no setting called kinds", "did you mean kind?"),
    ("users.email.kinds = 'email'", 1, "there is no setting called kinds", "did you mean kind?"),
    ("[users]\nemail = { kinds = 'email' }", 2, "there is no setting called kinds", "did you mean kind?"),
    ("[users]\nrows = 5\n\n[users.email]\n# kind\nkind = 'emial'", 6, "Faker knows no 'emial'", "did you mean"),
    ("[users.city]\nkind = 'date_this_year'", 2, "differs from day to day", "leave `kind` out"),
    ("[users.city]\nkind = 'bothify_all'", 2, "Faker knows no", ""),
    ("[users.email]\nnulls = 0.5", 2, "users.email is NOT NULL", "remove `nulls`"),
    ("[profiles.login]\nnulls = 0.5", 2, "logins refers to profiles.login", "remove `nulls`"),
    ("[users.city]\nnulls = 1.5", 2, "nulls: input should be less than or equal to 1, not 1.5", "write nulls = 0.4"),
    ("[orders.total]\nrange = [9, 1]", 2, "the range is empty", "write the lower bound first: range = [1, 9]"),
    ("[orders.total]\nrange = [1]", 2, "range: ", "write range = [1, 900]"),
    ("[orders.total]\nrange = [1, 100_000]", 2, "numeric(6,2) ends at 9,999.99", "stay between"),
    ("[users.small]\nrange = [1, 40_000]", 2, "smallint ends at 32,767", "stay between"),
    ("[orders.total]\nrange = [1, inf]", 2, "range: ", "write range = [1, 900]"),
    ("[orders.total]\ndistribution = 'normla'", 2, "distribution: ", '"lognormal"'),
    ("[orders.note]\nwords = [9, 2]", 2, "fewest comes first", "write words = [2, 9]"),
    ("[orders.note]\nwords = [0, 2]", 2, "words: ", "write words = [20, 80]"),
    ("[orders.note]\nrange = [1, 2]", 2, "`range` is for numbers, and orders.note is of type text", "remove it"),
    ("[orders.total]\nkind = 'name'", 2, "`kind` is for texts, and orders.total is of type numeric(6,2)", "remove it"),
    ("[orders.total]\nwords = [1, 2]", 2, "`words` is for texts", "remove it"),
    ("[orders.total]\nskew = 1", 2, "`skew` is for references", "below the column that refers to a table"),
    ("[orders.user_id]\nskew = 9", 2, "skew: ", "write skew = 0.6"),
    ("[orders.user_id]\nrange = [1, 2]", 2, "`range` is for numbers, and orders.user_id is a reference", "parent"),
    ("[orders.user_id]\nvalues = [1]", 2, "`values` is for single values", "parent's values"),
    ("[orders.user_id]\ntree_depth = 3", 2, "`tree_depth` is for references to the own table", "remove it"),
    ("[users.boss_id]\ntree_depth = 0", 2, "tree_depth: ", "write tree_depth = 4"),
    ("[orders.state]\nvalues = ['new', 'payed']", 2, "'payed' is no value of state", "did you mean paid?"),
    ("[orders.state]\nvalues = {}", 2, "values: there is no value in it", "write values = { paid = 9, open = 1 }"),
    ("[orders.state]\nvalues = { new = -1 }", 2, "values: input should be greater than 0, not -1", "write values ="),
    ("[orders.state]\nvalues = [[1]]", 2, "values: a value is a text, a number", "write values ="),
    ("[orders.total]\nvalues = ['dear']", 2, "'dear' is no numeric(6,2)", "a numeric(6,2) column can hold"),
    ("[orders.is_gift]\nvalues = ['maybe']", 2, "'maybe' is no boolean", "a boolean column can hold"),
    ("[orders.on_day]\nvalues = ['soon']", 2, "'soon' is no date", "a date column can hold"),
    ("[orders.token]\nvalues = ['12']", 2, "'12' is no uuid", "a uuid column can hold"),
    ("[users.name]\nvalues = ['toolong']", 2, "'toolong' is no varchar(5)", "a varchar(5) column can hold"),
    ("[users.zip]\ndepends_on = 'town'", 2, "there is no column of users called town", "there are: "),
    ("[users.zip]\ndepends_on = 'zip'", 2, "zip cannot depend on itself", "another column"),
    ("[orders.paid_at]\ndepends_on = 'note'", 2, "`depends_on` is for values", "remove it"),
    ("[orders.note]\nafter = 'placed_at'", 2, "`after` is for times", "remove it"),
    ("[orders.note]\nwithin_days = 3", 2, "`within_days` is for times", "remove it"),
    ("[orders.paid_at]\nwithin_days = 0", 2, "within_days: ", "write within_days = 14"),
    ("[orders.paid_at]\nafter = 'plced_at'", 2, "no column of orders called plced_at", "did you mean placed_at?"),
    ("[orders.paid_at]\nafter = 'note'", 2, "orders.note is no time", "there are: on_day, paid_at, placed_at"),
    ("[orders.paid_at]\nafter = 'paid_at'", 2, "paid_at cannot follow itself", "another column"),
    ("[orders.paid_at]\nafter = 'user.created_at'", 2, "orders does not refer to user", "parent.column"),
    ("[orders.paid_at]\nafter = 'users.created'", 2, "there is no column of users called created", "created_at"),
    ("[orders.paid_at]\nafter = 'users.city'", 2, "users.city is no time", "created_at"),
    ("[orders]\nper = 'usr'", 2, "there is no table called usr", "did you mean users?"),
    ("[orders]\nper = 'profiles'", 2, "orders does not refer to profiles", "name a table it refers to: users"),
    ("[users]\nper = 'users'", 2, "users cannot lie grouped by itself", "tree_depth"),
    ("[profiles]\nper = 'users'", 2, "profiles has one row at most for each of users", "write `rows`"),
    ("[orders]\nmean = 3", 2, "`mean` needs `per`", "name the parent: users"),
    ("[orders]\nrows = 9\nmost = 3", 3, "`most` needs `per`", "name the parent: users"),
    ("[orders]\nper = 'users'\nfewest = 5\nmost = 2", 4, "at most 2 is less than at least 5", "write most = 5"),
    ("[orders]\nper = 'users'\nmean = 1\nfewest = 2", 3, "a mean of 1 cannot be reached", "of 2 or more"),
    ("[orders]\nper = 'users'\nmean = 9\nmost = 4", 3, "a mean of 9 cannot be reached", "between 0 and 4"),
    ("[orders]\nper = 'users'\nmean = 0", 3, "mean: input should be greater than 0, not 0", "write mean = 2.5"),
    ("[orders]\nper = 'users'\nfewest = -1", 3, "fewest: ", "write fewest = 1"),
    ("[orders]\nper = 'users'\nmean = 2\nrows = 7", 4, "orders has both `rows` and `mean`", "keep one"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_type(
    tmp_path: Path, text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(LabError) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path}/data.toml:{line}: ")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.message[-1] != "." and "\n" not in caught.value.message


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "data.toml"
    file.write_bytes(b"locale = '\xff'")
    with pytest.raises(LabError, match="is not UTF-8 text: byte 10"):
        read_spec(file, SCHEMA)


def test_a_place_is_found_whatever_way_it_is_written(tmp_path: Path) -> None:
    for text, line in (
        ('[ "users" . email ]\nnulls = 0.5', 2),
        ("users.email.nulls = 0.5", 1),
        ("[users]\nrows = 3\nemail = { kind = 'email', nulls = 0.5 }", 3),
        ("[users]\nemail.nulls = 0.5", 2),
        ("[users.email]\n  'nulls'   = 0.5", 2),
    ):
        with pytest.raises(LabError, match=rf"data\.toml:{line}: users\.email is NOT NULL"):
            read(tmp_path, text)


# Written for a new design


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_what_is_written_for_a_schema_reads_back_as_the_same_rows(source: Path, tmp_path: Path) -> None:
    schema = readers.read(source)
    file = tmp_path / "data.toml"
    file.write_text(write_spec(schema))
    spec = read_spec(file, schema)
    assert set(spec.tables) == {table.name for table in schema.tables}
    told, inferred = Generator(schema, spec, 1.0, 1), Generator(schema, DataSpec(), 1.0, 1)
    assert {t: told.row_count(t) for t in told.tables} == {t: inferred.row_count(t) for t in inferred.tables}


def test_odd_names_are_quoted(tmp_path: Path) -> None:
    schema = parsed(
        'CREATE TABLE "now" (id int PRIMARY KEY); CREATE TABLE "a.b" (id int PRIMARY KEY);'
        'CREATE TABLE "say ""hi""" (id int PRIMARY KEY, x int NOT NULL REFERENCES "a.b",'
        'y int NOT NULL REFERENCES "now", UNIQUE (x, y)); CREATE TABLE "größe" (id int PRIMARY KEY)'
    )
    file = tmp_path / "data.toml"
    file.write_text(write_spec(schema))
    spec = read_spec(file, schema)
    assert spec.tables.keys() == {"now", "a.b", 'say "hi"', "größe"}
    assert spec.tables['say "hi"'].per == "a.b"


def test_the_shops_own_file_is_valid() -> None:
    schema = readers.read(ECOMMERCE)
    spec = read_spec(ECOMMERCE.parent / "data.toml", schema)
    assert set(spec.tables) == {table.name for table in schema.tables}
