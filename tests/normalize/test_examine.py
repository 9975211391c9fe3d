"""Verdicts on tables with rows: what is claimed, what is shown only, what is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Column, ForeignKey, Key, Schema, Table, Type
from lab.normalize import TableVerdict, examine
from lab.normalize.declared import declared
from lab.normalize.first_form import repeated_values
from lab.normalize.rejoin import rejoins
from lab.normalize.split import Split, split
from lab.readers.prisma import read as read_prisma
from lab.readers.sql import read as read_sql

COUNT = 4000


def table(name: str, key: str = "id", **types: str) -> Table:
    columns = tuple(Column(each, Type(kind), is_nullable=False) for each, kind in {key: "bigint", **types}.items())
    return Table(name, columns, Key((key,)))


def offences(verdict: TableVerdict) -> set[str]:
    return {str(each.dependency) for each in verdict.judgement.offences}


def addresses(mistakes: int = 0) -> tuple[Table, pa.Table]:
    zips = [n * 7919 % 300 for n in range(COUNT)]
    cities = [f"city {zip_ % 90}" for zip_ in zips]
    for place in range(mistakes):
        cities[place * 37] = "elsewhere"
    rows = pa.table(
        {
            "id": list(range(COUNT)),
            "street": [f"street {n * 31 % 3571}" for n in range(COUNT)],
            "zip": [f"{zip_:05}" for zip_ in zips],
            "city": cities,
            "floor": [n * 13 % 11 for n in range(COUNT)],
        }
    )
    return table("addresses", street="text", zip="text", city="text", floor="bigint"), rows


def test_a_city_follows_from_its_postal_code() -> None:
    own, rows = addresses()
    verdict = examine(own, (), rows)
    assert verdict.judgement.form == "2NF"
    assert offences(verdict) == {"zip -> city"}
    found = split(verdict, Schema((own,)), "3nf")
    assert isinstance(found, Split)
    assert [column.name for column in found.slim.columns] == ["id", "street", "zip", "floor"]
    assert [(other.name, [c.name for c in other.columns]) for other in found.others] == [("zips", ["zip", "city"])]
    assert rejoins(rows, found)


def test_a_split_that_loses_rows_does_not_rejoin() -> None:
    own, rows = addresses()
    found = split(examine(own, (), rows), Schema((own,)), "3nf")
    assert isinstance(found, Split)
    _, wrong = addresses(mistakes=3)
    assert not rejoins(wrong, found)


def test_few_mistakes_are_shown_with_examples_and_not_asserted() -> None:
    own, rows = addresses(mistakes=5)
    verdict = examine(own, (), rows)
    assert verdict.judgement.form == "BCNF"
    (nearly,) = (each for each in verdict.nearly if each.dependency.left == {"zip"})
    assert nearly.violations == 5
    assert "elsewhere" in {value for pair in nearly.values for row in pair for value in row}


def test_a_small_table_proves_nothing() -> None:
    own, rows = addresses()
    assert examine(own, (), rows.slice(0, 12)).judgement.form == "BCNF"


def test_rows_that_contradict_a_declaration_forbid_the_split_and_not_the_verdict() -> None:
    own, rows = addresses(mistakes=5)
    own = Table(own.name, own.columns, own.primary_key, comment="fd: zip -> city")
    schema = Schema((own,))
    verdict = examine(own, declared(schema, None, {})["addresses"], rows)
    assert verdict.judgement.form == "2NF"
    found = split(verdict, schema, "3nf")
    assert isinstance(found, str)
    assert "5 rows contradict it" in found


def test_the_price_of_an_order_line_is_held_for_a_snapshot() -> None:
    own = table("order_lines", product_id="bigint", title="text", unit_price="bigint", quantity="bigint")
    products = [n * 7919 % 200 for n in range(COUNT)]
    rows = pa.table(
        {
            "id": list(range(COUNT)),
            "product_id": products,
            "title": [f"title {product}" for product in products],
            "unit_price": [product % 41 * 100 for product in products],
            "quantity": [n * 13 % 7 for n in range(COUNT)],
        }
    )
    verdict = examine(own, (), rows)
    assert {str(each.dependency) for each in verdict.snapshots} >= {"product_id -> unit_price"}
    assert all("unit_price" not in each for each in offences(verdict))
    said = Table(own.name, own.columns, own.primary_key, comment="fd: product_id -> unit_price")
    counted = examine(said, declared(Schema((said,)), None, {})["order_lines"], rows)
    assert any("unit_price" in each for each in offences(counted))


def test_an_owner_named_beside_what_is_the_owners_is_no_offence() -> None:
    own = table("orders", user_id="bigint", address_id="bigint", weight="bigint")
    references = tuple(ForeignKey((f"{name}_id",), f"{name}s", ("id",)) for name in ("user", "address"))
    own = replace(own, foreign_keys=references)
    rows = pa.table(
        {
            "id": list(range(COUNT)),
            "user_id": [n * 7919 % 500 % 70 for n in range(COUNT)],
            "address_id": [n * 7919 % 500 for n in range(COUNT)],
            "weight": [n * 13 % 11 for n in range(COUNT)],
        }
    )
    verdict = examine(own, (), rows)
    assert verdict.judgement.form == "BCNF"
    assert [str(each.dependency) for each in verdict.snapshots] == ["address_id -> user_id"]


def test_a_table_without_a_key_gets_one_from_its_rows() -> None:
    own, rows = addresses()
    verdict = examine(Table("addresses", own.columns), (), rows)
    assert verdict.found_keys == (frozenset({"id"}),)
    assert offences(verdict) == {"zip -> city"}


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        ({"tel1": "text", "tel2": "text"}, None, True),
        ({"address_line1": "text", "address_line2": "text"}, None, None),
        ({"tags": "text"}, {"tags": ["red,green", "blue", "red, blue"] * 20}, True),
        ({"name": "text"}, {"name": [f"Miller, {n}" for n in range(60)]}, None),
        ({"agent": "text"}, {"agent": ["Mozilla/5.0 (X11; Linux) Gecko (KHTML, like Gecko)"] * 60}, None),
        ({"note": "text"}, {"note": ["It came late, and broken. Sent back."] * 60}, None),
        ({"tags": "text[]"}, None, False),
        ({"member_ids": "bigint[]"}, None, True),
        ({"items": "jsonb"}, {"items": ['[{"sku": 1}]'] * 20}, False),
        ({"settings": "jsonb"}, {"settings": ['{"theme": "dark"}'] * 20}, None),
    ],
)
def test_first_form_is_judged_with_care(
    columns: dict[str, str], rows: dict[str, list[str]] | None, expected: bool | None
) -> None:
    """True: broken for certain; False: perhaps; None: not."""
    types = {name: Type(kind.removesuffix("[]"), dimensions=kind.count("[]")) for name, kind in columns.items()}
    own = Table("t", tuple(Column(name, kind) for name, kind in types.items()))
    found = repeated_values(own, pa.table(rows) if rows else None)
    assert [each.is_certain for each in found] == ([] if expected is None else [expected])


SQL = """\
-- Where people live.
-- fd: zip -> city
CREATE TABLE homes (
  id bigint PRIMARY KEY,
  zip text NOT NULL, -- a comment
  -- fd: city -> state
  city text NOT NULL,
  state text NOT NULL
);
COMMENT ON TABLE homes IS 'Homes.
fd: zip -> state';
"""


def test_dependencies_are_declared_in_comments_and_data_toml() -> None:
    schema = read_sql([(Path("homes.sql"), SQL)])
    spec = DataSpec({"homes": TableSpec(columns={"zip": ColumnSpec(depends_on=("city", "state"))})})
    found = declared(schema, spec, {"homes.sql": SQL})["homes"]
    assert {str(each.dependency): each.where for each in found} == {
        "zip -> state": "homes.sql:3",
        "zip -> city": "homes.sql:2",
        "city -> state": "homes.sql:6",
        "city, state -> zip": "data.toml",
    }


def test_dependencies_are_declared_in_prisma() -> None:
    text = "/// fd: zip -> city\nmodel Home {\n  id Int @id\n  zip String\n  city String\n}\n"
    (found,) = declared(read_prisma([(Path("a.prisma"), text)]), None, {})["Home"]
    assert str(found.dependency) == "zip -> city"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("fd: zip -> town", "homes.sql:2: fd: homes has no column town"),
        ("fd: zip = city", "homes.sql:2: cannot read fd: zip = city"),
        ("fd: zip -> zip", "homes.sql:2: fd: zip -> zip says nothing"),
    ],
)
def test_a_mistaken_declaration_is_told_with_its_line(said: str, message: str) -> None:
    text = SQL.replace("fd: zip -> city", said)
    with pytest.raises(LabError) as caught:
        declared(read_sql([(Path("homes.sql"), text)]), None, {"homes.sql": text})
    assert message in caught.value.message
