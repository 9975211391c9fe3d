"""Settings of data.toml that shape values: what the rows look like with each."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generated import generator, parsed, rows, values, whole

from lab.datagen import Generator, read_spec
from lab.datagen.fan_out import fan_out
from lab.datagen.seed import stream
from lab.datagen.spreads import SPREADS
from lab.errors import LabError
from lab.model.data import ColumnSpec, TableSpec

SHOP = """
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, price numeric(8, 2) NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, total numeric(10, 2) NOT NULL, shipping numeric(6, 2) NOT NULL);
CREATE TABLE lines (
  order_id int NOT NULL REFERENCES orders (id),
  product_id int NOT NULL REFERENCES products (id),
  product_name text NOT NULL,
  quantity int NOT NULL,
  unit_price numeric(8, 2) NOT NULL,
  amount numeric(10, 2) NOT NULL
);
"""
SHOP_DATA = """
[orders.total]
expression = "sum(lines.amount) + shipping"
[lines]
per = "orders"
[lines.product_name]
expression = "products.name"
[lines.unit_price]
expression = "products.price"
[lines.amount]
expression = "quantity * unit_price"
"""


def told(tmp_path: Path, sql: str, text: str, scale: float = 1.0) -> Generator:
    path = tmp_path / "data.toml"
    path.write_text(text)
    schema = parsed(sql)
    return Generator(schema, read_spec(path, schema), scale, 1)


def one(text: str, tmp_path: Path, kind: str = "text", count: int = 5_000) -> list[Any]:
    made = told(tmp_path, f"CREATE TABLE t (id int PRIMARY KEY, a {kind} NOT NULL)", f"[t]\nrows = {count}\n{text}")
    return values(made, "t", "a")


def test_amounts_are_worked_out_from_prices_and_totals_from_amounts(tmp_path: Path) -> None:
    made = told(tmp_path, SHOP, SHOP_DATA)
    products = {row["id"]: row for row in whole(made, "products").to_pylist()}
    sums: Counter[int] = Counter()
    for line in whole(made, "lines").to_pylist():
        product = products[line["product_id"]]
        assert (line["product_name"], line["unit_price"]) == (product["name"], product["price"])
        assert line["amount"] == line["quantity"] * line["unit_price"]
        sums[line["order_id"]] += line["amount"]
    for order in whole(made, "orders").to_pylist():
        assert order["total"] == sums[order["id"]] + order["shipping"]


def test_a_check_that_is_an_equation_is_one() -> None:
    made = generator("CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL CHECK (c = a * b - 1))")
    assert all(row["c"] == row["a"] * row["b"] - 1 for row in whole(made, "t").to_pylist())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[orders.total]\nexpression = "sum(lines.amount)"', "sums up rows that do not belong"),
        ('[lines]\nper = "orders"\n[orders.total]\nexpression = "sum(lines.amount)"\n[lines.amount]\n'
         'expression = "orders.total"', "is worked out from itself"),
        ('[lines.amount]\nexpression = "quantity * prize"', "there is no column of lines called prize"),
        ('[lines.amount]\nexpression = "quantity * ("', "is no expression"),
        ('[lines.amount]\nexpression = "random()"', "is not known in an expression"),
        ('[orders.total]\nexpression = "products.price"', "orders does not refer to products"),
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_worked_out_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabError, match=message) as caught:
        told(tmp_path, SHOP, text)
    assert "data.toml:" in caught.value.message and caught.value.hint


def ranks(found: list[Any]) -> np.ndarray:
    return np.argsort(np.argsort(np.array(found, np.float64), kind="stable"), kind="stable").astype(np.float64)


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.0, 0.5, 0.95])
def test_two_columns_correlate_as_told(correlation: float) -> None:
    weight = ColumnSpec(range=(1, 90), distribution="lognormal", correlation=correlation, correlates_with="price")
    made = generator(
        "CREATE TABLE t (price numeric(9, 4), weight double precision)",
        {"t": rows(20_000, price=ColumnSpec(range=(1, 900), nulls=0.0), weight=ColumnSpec(**_set(weight, nulls=0.0)))},
    )
    table = whole(made, "t")
    found = np.corrcoef(ranks(table["price"].to_pylist()), ranks(table["weight"].to_pylist()))[0, 1]
    assert found == pytest.approx(correlation, abs=0.03)


def _set(spec: ColumnSpec, **changes: Any) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in ColumnSpec.__slots__} | changes


def test_a_column_correlates_with_the_order_of_rows(tmp_path: Path) -> None:
    found = one("[t.a]\ncorrelation = 0.8", tmp_path, "int")
    assert np.corrcoef(ranks(found), np.arange(len(found)))[0, 1] == pytest.approx(0.8, abs=0.03)


def test_common_values_have_their_shares(tmp_path: Path) -> None:
    counts = Counter(one('[t.a]\ncommon = { "on hold" = 0.3, done = 0.1 }', tmp_path))
    assert counts["on hold"] / 5_000 == pytest.approx(0.3, abs=0.02)
    assert counts["done"] / 5_000 == pytest.approx(0.1, abs=0.02)
    assert len(counts) > 500


def test_a_histogram_has_equally_many_between_its_bounds(tmp_path: Path) -> None:
    found = np.array(one("[t.a]\nhistogram = [0, 1, 10, 100]", tmp_path, "double precision"))
    assert np.histogram(found, [0, 1, 10, 100])[0] / 5_000 == pytest.approx([1 / 3] * 3, abs=0.02)


@pytest.mark.parametrize("kind", ["text", "int"])
@pytest.mark.parametrize("distinct", [7, 400, 2500])
def test_there_are_so_many_different_values(tmp_path: Path, kind: str, distinct: int) -> None:
    found = one(
        f"[t.a]\ndistinct = {distinct}" + ("\nrange = [1, 1_000_000]" if kind == "int" else ""), tmp_path, kind, 20_000
    )
    assert len(set(found)) == pytest.approx(distinct, rel=0.02)


@pytest.mark.parametrize(("fewest", "most"), [(1, 3), (20, 40), (200, 300)])
def test_texts_have_so_many_characters(tmp_path: Path, fewest: int, most: int) -> None:
    lengths = [len(text) for text in one(f"[t.a]\nlength = [{fewest}, {most}]", tmp_path)]
    assert fewest <= min(lengths) and max(lengths) <= most
    assert np.mean(lengths) == pytest.approx((fewest + most) / 2, rel=0.15)


def test_a_column_may_have_a_locale_of_its_own(tmp_path: Path) -> None:
    text = '[t]\nrows = 2000\n[t.a]\nkind = "name"\nlocale = "ja_JP"\n[t.b]\nkind = "name"'
    made = told(tmp_path, "CREATE TABLE t (a text NOT NULL, b text NOT NULL)", text)
    assert all(ord(text[0]) > 0x3000 for text in values(made, "t", "a"))
    assert all(ord(text[0]) < 0x300 for text in values(made, "t", "b"))


def test_arrays_have_elements_as_told(tmp_path: Path) -> None:
    found = one('[t.a]\nitems = [2, 4]\nvalues = ["red", "blue"]', tmp_path, "text[]")
    assert {len(items) for items in found} == {2, 3, 4}
    assert {item for items in found for item in items} == {"red", "blue"}


def test_documents_have_the_shape_told(tmp_path: Path) -> None:
    shape = (
        '[t.a.shape]\ncolor = { kind = "color_name" }\nweight = { range = [5, 9], nulls = 0.5 }\n'
        'tags = { values = ["a", "b"], items = [1, 2] }\nflag = { values = [true] }\n'
        'maker = { shape = { name = { kind = "company" }, since = { range = [1990, 2000] } } }'
    )
    found = [json.loads(text) for text in one(shape, tmp_path, "jsonb")]
    assert {frozenset(document) for document in found} == {
        frozenset(("color", "weight", "tags", "flag", "maker")), frozenset(("color", "tags", "flag", "maker"))
    }  # fmt: skip
    assert {document["weight"] for document in found if "weight" in document} == set(range(5, 10))
    assert all(set(document["tags"]) <= {"a", "b"} and document["flag"] is True for document in found)
    assert all(1990 <= document["maker"]["since"] <= 2000 for document in found)


def test_a_document_looks_as_its_name_says() -> None:
    made = generator("CREATE TABLE t (settings jsonb NOT NULL, shipping_address jsonb NOT NULL)")
    row = whole(made, "t").to_pylist()[0]
    assert {"theme", "language"} <= set(json.loads(row["settings"]))
    assert {"street", "city", "postal_code"} <= set(json.loads(row["shipping_address"]))


def test_several_columns_determine_one_together(tmp_path: Path) -> None:
    made = told(
        tmp_path,
        "CREATE TABLE t (country text NOT NULL, city text NOT NULL, zone text NOT NULL)",
        '[t]\nrows = 5000\n[t.country]\nvalues = ["US", "DE"]\n[t.city]\nvalues = ["Berlin", "Salem"]\n'
        '[t.zone]\nkind = "uuid4"\ndepends_on = ["country", "city"]',
    )
    zones: dict[tuple[str, str], set[str]] = {}
    for row in whole(made, "t").to_pylist():
        zones.setdefault((row["country"], row["city"]), set()).add(row["zone"])
    assert {len(found) for found in zones.values()} == {1}
    assert len({zone for found in zones.values() for zone in found}) == 4


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("mean", [0.3, 4.0, 700.0])
def test_children_are_spread_as_told_about_the_mean(spread: str, mean: float) -> None:
    found = fan_out(stream(1, spread), 3_000, mean, 0, None, None, spread)
    sizes = found.sizes(np.arange(3_000))
    assert sizes.mean() == pytest.approx(mean, rel=0.12)
    wanted = {"constant": 0.55, "poisson": mean**0.5, "uniform": mean + 0.3, "geometric": (mean * mean + mean) ** 0.5}
    if spread in wanted:
        assert sizes.std() <= 1.15 * wanted[spread] + 0.1
    if spread == "poisson":
        assert sizes.std() == pytest.approx(mean**0.5, rel=0.1)
    if spread == "zipf":
        assert sizes.max() > 50 * mean


def test_the_reference_rows_are_grouped_by_may_be_named_by_its_column() -> None:
    sql = """CREATE TABLE people (id int PRIMARY KEY); CREATE TABLE mails (id int PRIMARY KEY,
    sender_id int NOT NULL REFERENCES people (id), recipient_id int NOT NULL REFERENCES people (id))"""
    made = generator(sql, {"mails": TableSpec(per="recipient_id", mean=3, children="constant")})
    found = values(made, "mails", "recipient_id")
    assert found == sorted(found)  # type: ignore[type-var]
    assert values(made, "mails", "sender_id") != sorted(values(made, "mails", "sender_id"))  # type: ignore[type-var]


def test_a_comment_says_what_a_name_does_not() -> None:
    made = generator("CREATE TABLE t (x text NOT NULL); COMMENT ON COLUMN t.x IS 'Email address of the owner.'")
    assert all("@" in str(text) for text in values(made, "t", "x"))
