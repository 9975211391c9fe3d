"""The values of single columns: their types, ranges, texts, lists and dependencies."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from generated import ecommerce, generator, repeated_keys, rows, values, whole
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.datagen import pools
from lab.datagen.bounds import Bounds
from lab.datagen.numbered import numbered, numbered_addresses
from lab.datagen.numbers import numbers
from lab.datagen.seed import bits, normal, stream, uniform
from lab.datagen.values import arrow_type, number_array
from lab.errors import LabError
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Type

KEY = stream(1, "values")
repeatable = settings(derandomize=True, max_examples=80, deadline=None)

# Random numbers


def test_numbers_by_counter_are_uniform_and_normal() -> None:
    u, z = uniform(KEY, np.arange(100_000)), normal(KEY, np.arange(100_000))
    assert u.min() >= 0 and u.max() < 1
    assert np.histogram(u, 10, (0, 1))[0] == pytest.approx(10_000, rel=0.05)
    assert (z.mean(), z.std()) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01))


def test_streams_of_different_names_have_nothing_in_common() -> None:
    one, other = uniform(stream(1, "a", "bc"), np.arange(10_000)), uniform(stream(1, "ab", "c"), np.arange(10_000))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert len(np.unique(bits(KEY, np.arange(100_000)))) == 100_000


# Types

TYPES = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "oid": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "numeric": pa.decimal128(18, 2),
    "numeric(12, 2)": pa.decimal128(12, 2),
    "numeric(5)": pa.decimal128(5, 0),
    "numeric(3, -2)": pa.decimal128(5, 0),
    "numeric(65, 30)": pa.decimal128(38, 18),
    "money": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
    "uuid": pa.binary(16),
    "bytea": pa.binary(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "timestamptz(3)": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "time": pa.time64("us"),
    **dict.fromkeys(
        "text varchar(9) varchar char char(3) citext name json jsonb inet cidr macaddr macaddr8 interval timetz xml "
        "bit(8) varbit(5) point line lseg box path polygon circle int4range int8range numrange tsrange tstzrange "
        "daterange int4multirange datemultirange tsquery jsonpath pg_lsn hstore ltree".split(),
        pa.string(),
    ),
    "vector(3)": pa.string(),
    "some_domain": pa.string(),
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("is_list", [False, True], ids=["single", "array"])
def test_every_type_has_its_arrow_type_and_values(kind: str, is_list: bool) -> None:
    made = generator(
        f"CREATE TABLE t (id int PRIMARY KEY, c {kind}{'[]' if is_list else ''} NOT NULL)", {"t": rows(300)}
    )
    found = whole(made, "t")["c"]
    assert found.type == (pa.list_(TYPES[kind]) if is_list else TYPES[kind])
    assert found.null_count == 0
    flat = pc.list_flatten(found) if is_list else found
    assert len(set(flat.to_pylist())) >= 2
    found.validate(full=True)


SPELLED = {
    "inet": r"10\.\d+\.\d+\.\d+",
    "macaddr": r"([0-9a-f]{2}:){5}[0-9a-f]{2}",
    "interval": r"\d+ hours",
    "timetz": r"\d\d:\d\d:\d\d\.\d{6}\+00",
    "bit(8)": r"[01]{8}",
    "varbit(5)": r"[01]{1,5}",
    "point": r"\(\d+,\d+\)",
    "int4range": r"\[\d+,\d+\)",
    "daterange": r"\[\d{4}-\d\d-\d\d,\d{4}-\d\d-\d\d\)",
    "json": r"\{.*\}",
}


@pytest.mark.parametrize("kind", SPELLED)
def test_types_sent_as_text_are_spelled_as_the_server_reads_them(kind: str) -> None:
    found = values(generator(f"CREATE TABLE t (id int PRIMARY KEY, c {kind} NOT NULL)"), "t", "c")
    assert all(re.fullmatch(SPELLED[kind], str(text)) for text in found)


def test_uuids_are_of_version_four() -> None:
    found: list[Any] = values(generator("CREATE TABLE t (id uuid PRIMARY KEY)", {"t": rows(2_000)}), "t", "id")
    assert len(set(found)) == 2_000
    assert all(octets[6] >> 4 == 4 and octets[8] >> 6 == 2 for octets in found)


def test_ranges_never_overlap_so_that_an_exclusion_constraint_holds() -> None:
    found = sorted(values(generator("CREATE TABLE t (id int PRIMARY KEY, during tsrange NOT NULL)"), "t", "during"))
    ends = [re.findall(r'"([^"]+)"', str(text)) for text in found]
    assert all(one[1] <= other[0] for one, other in pairwise(ends))


def test_what_is_not_known_is_null_where_it_may_be_and_text_where_it_may_not() -> None:
    made = generator("CREATE TABLE t (id int PRIMARY KEY, a isbn UNIQUE, b isbn NOT NULL)")
    found = whole(made, "t")
    assert found["a"].null_count == 1_000
    assert found["b"].null_count == 0
    told = generator(
        "CREATE TABLE t (id int PRIMARY KEY, a isbn)", {"t": rows(9, a=ColumnSpec(kind="isbn13", nulls=0))}
    )
    assert all(re.fullmatch(r"[\d-]{17}", str(text)) for text in values(told, "t", "a"))


# Numbers

NUMBER_TYPES = st.sampled_from(
    [
        Type("smallint"),
        Type("integer"),
        Type("bigint"),
        Type("numeric", (12, 2)),
        Type("numeric", (7, 0)),
        Type("numeric", (65, 30)),
        Type("double precision"),
    ]
)
NAMES = st.sampled_from(["n", "price", "rating", "quantity", "age", "weight_grams", "discount", "latitude"])


@repeatable
@given(
    NUMBER_TYPES,
    NAMES,
    st.floats(-5_000, 5_000),
    st.floats(2, 9_000),
    st.sampled_from([None, "uniform", "normal", "lognormal"]),
    st.booleans(),
)
def test_numbers_stay_in_their_range(
    kind: Type, name: str, low: float, span: float, distribution: str | None, is_check: bool
) -> None:
    column = Column(name, kind, is_nullable=False)
    spec = ColumnSpec(range=None if is_check else (low, low + span), distribution=distribution)
    bounds = Bounds(low=low, high=low + span) if is_check else Bounds()
    made = number_array(numbers(column, spec, bounds, uniform(KEY, np.arange(500))), kind)
    found = [float(number) for number in made.to_pylist()]
    assert low - 1e-9 <= min(found) and max(found) <= low + span + 1e-9
    assert len(set(found)) >= 2


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        (Bounds(low=5_000), 5_000, 5_899),
        (Bounds(high=0.5), -898.5, 0.5),
        (Bounds(low=0.02, high=0.04), 0.02, 0.04),
        (Bounds(low=100, high=300), 100, 300),
    ],
)
def test_a_check_moves_the_usual_range(bounds: Bounds, low: float, high: float) -> None:
    column = Column("price", Type("numeric", (12, 2)))
    found = numbers(column, ColumnSpec(), bounds, uniform(KEY, np.arange(3_000)))
    assert low <= found.min() and found.max() <= high
    assert found.std() > 0


def test_prices_are_mostly_small_and_sometimes_large() -> None:
    found: list[Any] = values(ecommerce(0.05), "product_variants", "price")
    assert Decimal(3) <= min(found) and Decimal(500) < max(found) <= Decimal(900)
    assert sum(20 <= price <= 120 for price in found) > 0.6 * len(found)


def test_decimals_of_any_scale_are_exact() -> None:
    found = number_array(np.array([0.0, 1.5, -2.25, 999_999.0]), Type("numeric", (65, 30)))
    assert found.to_pylist() == [Decimal(0), Decimal("1.5"), Decimal("-2.25"), Decimal(999_999)]
    assert number_array(np.array([-0.01, 12345678.91]), Type("numeric", (10, 2))).to_pylist() == [
        Decimal("-0.01"),
        Decimal("12345678.91"),
    ]


def test_a_small_type_is_never_overrun() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, size_bytes smallint NOT NULL, amount numeric(3, 1) NOT NULL,"
        "ratio numeric(4, 4) NOT NULL)"
    )
    found = whole(made, "t")
    assert pc.max(found["amount"]).as_py() <= Decimal("99.9")
    assert pc.max(found["ratio"]).as_py() < 1


# Texts


@repeatable
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=15), min_size=1, max_size=5),
    st.one_of(st.none(), st.integers(4, 40)),
    st.integers(1, 30_000),
)
def test_numbered_texts_differ_fit_and_follow_from_their_row_alone(
    texts: list[str], longest: int | None, first: int
) -> None:
    numbers_of_rows = np.arange(first, first + 300)
    pool = pa.array([texts[row % len(texts)] for row in numbers_of_rows.tolist()], pa.string())
    found = numbered(pool, np.arange(300), numbers_of_rows, 0, longest).to_pylist()
    assert len(set(found)) == 300
    assert longest is None or max(map(len, found)) <= longest
    assert numbered(pool, np.array([7]), numbers_of_rows[7:8], 0, longest).to_pylist() == found[7:8]


def test_numbered_texts_of_one_length_keep_it() -> None:
    for length in (2, 3, 8, 12, 64):
        count = min(36**length - 1, 2_000)
        texts = pa.array(["x" * length] * count)
        found = numbered(texts, np.arange(count), np.arange(count), length, length).to_pylist()
        assert {len(text) for text in found} == {length}
        assert len(set(found)) == count


def test_numbered_addresses_are_addresses() -> None:
    found = numbered_addresses(
        pa.array(["ann@example.com", "bob@example.com"]), np.array([0, 1]), np.array([6, 7]), 0, 30
    ).to_pylist()
    assert found == ["ann7@example.org", "bob8@example.org"]
    long = numbered_addresses(pa.array(["a" * 90 + "@example.com"]), np.array([0]), np.array([41]), 0, 25).to_pylist()[
        0
    ]
    assert long.endswith("42@example.org") and len(long) == 25
    assert (
        len(numbered_addresses(pa.array(["ann@example.com"]), np.array([0]), np.array([6]), 0, 10).to_pylist()[0]) <= 10
    )


def test_emails_are_unique_lower_case_and_fit() -> None:
    emails: list[Any] = values(ecommerce(0.05), "users", "email")
    assert len(set(map(str.lower, emails))) == 1_000
    assert all(re.fullmatch(r"[a-z0-9.-]+@example\.(com|org|net)", email) for email in emails)


def test_tokens_have_the_declared_length() -> None:
    assert {len(str(token)) for token in values(ecommerce(0.02), "sessions", "token_hash")} == {64}


def test_words_are_as_many_as_asked_for() -> None:
    texts: list[Any] = values(ecommerce(0.02), "products", "description")
    lengths = [len(text.split()) for text in texts]
    assert min(lengths) >= 20 and max(lengths) <= 80
    assert len(set(lengths)) > 20


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("users", "name", "name"),
        ("brands", "name", "company"),
        ("countries", "name", "country"),
        ("products", "displayName", "title"),
        ("users", "emailAddress", "email"),
        ("users", "ip", "ipv4"),
        ("shops", "ship_to", "title"),
        ("users", "firstName", "first_name"),
        ("addresses", "zipCode", "postcode"),
        ("orders", "estate", "title"),
        ("pages", "tzName", "timezone"),
    ],
)
def test_a_text_is_what_its_column_is_called(table: str, column: str, kind: str) -> None:
    assert pools.kind_of(table, column) == kind


def test_every_kind_guessed_from_a_name_can_be_made() -> None:
    for _, kind in pools._KINDS:
        pool = pools.pool(kind, "en_US")
        assert len(pool) >= 5 and pool.null_count == 0
        pools.check_kind(kind, "en_US")


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        ("emial", "Faker knows no 'emial'", "did you mean"),
        ("zzzz", "Faker knows no 'zzzz'", "faker.readthedocs.io"),
        ("seed_instance", "Faker knows no 'seed_instance'", ""),
        ("date_this_year", "Faker's 'date_this_year' differs from day to day", "leave `kind` out"),
        ("credit_card_expire", "differs from day to day", "leave `kind` out"),
    ],
)
def test_kinds_that_cannot_be_made_are_refused(kind: str, message: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        pools.check_kind(kind, "en_US")
    assert message in caught.value.message and hint in caught.value.hint


def test_a_pool_depends_on_no_other() -> None:
    def fresh(*kinds: str) -> dict[str, list[str]]:
        pools.pool.cache_clear()
        pools._made.cache_clear()
        return {kind: pools.pool(kind, "en_US").to_pylist() for kind in kinds}

    assert fresh("city", "name", "email") == fresh("email", "name", "city")


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR", "ja_JP"])
def test_texts_are_those_of_the_locale(locale: str) -> None:
    assert pools.pool("city", locale).to_pylist() != pools.pool("city", "en_US").to_pylist()


@repeatable
@given(st.integers(1, 30), st.integers(0, 30))
def test_a_pool_is_cut_and_padded_to_the_lengths_asked_for(longest: int, less: int) -> None:
    shortest = max(longest - less, 0)
    found = pools.pool("paragraph", "en_US", shortest, longest).to_pylist()
    assert all(max(shortest, 1) <= len(text) <= longest for text in found)
    assert len(set(found)) == len(found)


# Keys of every kind

KEY_TYPES = (
    "smallint integer bigint numeric(9,2) real text varchar(6) char(4) citext uuid bytea jsonb date timestamptz time "
    "inet macaddr interval bit(16) point int4range timetz isbn"
).split()


@pytest.mark.parametrize("kind", KEY_TYPES)
def test_a_key_of_any_type_never_repeats(kind: str) -> None:
    made = generator(f"CREATE TABLE t (k {kind} NOT NULL UNIQUE, a int)", {"t": rows(2_000)})
    assert list(repeated_keys(made)) == []
    assert len(set(values(made, "t", "k"))) == 2_000


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (e e NOT NULL, c varchar(9) NOT NULL, PRIMARY KEY (e, c))",
        "CREATE TABLE t (id bigint NOT NULL, on_day date NOT NULL, PRIMARY KEY (id, on_day))",
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b))",
        "CREATE TABLE t (a boolean NOT NULL, b smallint NOT NULL, UNIQUE (a, b), UNIQUE (b))",
        "CREATE TABLE t (a int NOT NULL, at timestamptz NOT NULL, UNIQUE (a, at))",
        "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL); CREATE UNIQUE INDEX i ON t (a)",
        "CREATE TABLE t (id int PRIMARY KEY, a int, b text); CREATE UNIQUE INDEX i ON t (a, b) WHERE a > 3",
    ],
)
def test_composite_keys_and_unique_indexes_never_repeat(sql: str) -> None:
    made = generator(sql, {"t": rows(3_000)})
    assert list(repeated_keys(made)) == []
    assert made.row_count("t") == 3_000


def test_a_unique_index_on_an_expression_holds() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL); CREATE UNIQUE INDEX i ON t (lower(name))"
    )
    names: list[Any] = values(made, "t", "name")
    assert len(set(map(str.lower, names))) == 1_000


@pytest.mark.parametrize(
    "column", ["position smallint NOT NULL", "locale loc NOT NULL", "is_draft boolean NOT NULL", "name text NOT NULL"]
)
def test_siblings_are_told_apart(column: str) -> None:
    made = generator(
        "CREATE TYPE loc AS ENUM ('de', 'en', 'fr'); CREATE TABLE pages (id int PRIMARY KEY);"
        f"CREATE TABLE parts (page_id int NOT NULL REFERENCES pages, {column}, body text,"
        f"PRIMARY KEY (page_id, {column.split()[0]}))",
        {"pages": rows(200)},
    )
    assert list(repeated_keys(made)) == []
    assert made.row_count("parts") > 200


def test_line_numbers_count_from_one() -> None:
    images = whole(ecommerce(0.02), "product_images")
    places: dict[object, list[int]] = defaultdict(list)
    for product, position in zip(images["product_id"].to_pylist(), images["position"].to_pylist(), strict=True):
        places[product].append(position)
    assert all(positions == list(range(1, len(positions) + 1)) for positions in places.values())


# Choices, lists, NULLs, dependencies


def test_values_come_as_often_as_their_weights_say() -> None:
    tally = Counter(values(ecommerce(0.2), "orders", "status"))
    assert tally["delivered"] / 20_000 == pytest.approx(0.74, abs=0.02)
    assert tally["returned"] / 20_000 == pytest.approx(0.03, abs=0.01)
    assert set(tally) == {"delivered", "shipped", "paid", "cancelled", "pending", "returned"}


def test_values_may_be_numbers_truths_times_and_amounts() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, n int, p numeric(5, 2), b boolean, d date, u uuid, at timestamptz)",
        {
            "t": rows(
                200,
                n=ColumnSpec(values={"1": 1, "12": 1}, nulls=0),
                p=ColumnSpec(values={"0.00": 1, "4.90": 1}, nulls=0),
                b=ColumnSpec(values={"true": 1}, nulls=0),
                d=ColumnSpec(values={"2025-02-03": 1}, nulls=0),
                u=ColumnSpec(values={"c0ffee00-0000-4000-8000-000000000000": 1}, nulls=0),
                at=ColumnSpec(values={"2025-02-03T04:05:06+00:00": 1}, nulls=0),
            )
        },
    )
    assert set(values(made, "t", "n")) == {1, 12}
    assert set(values(made, "t", "p")) == {Decimal("0.00"), Decimal("4.90")}
    assert set(values(made, "t", "b")) == {True}
    assert set(map(str, values(made, "t", "d"))) == {"2025-02-03"}
    assert set(map(str, values(made, "t", "at"))) == {"2025-02-03 04:05:06+00:00"}
    assert {octets.hex()[:6] for octets in values(made, "t", "u")} == {"c0ffee"}  # type: ignore[attr-defined]


def test_values_of_a_key_are_given_out_one_by_one() -> None:
    made = generator(
        "CREATE TABLE currencies (code char(3) PRIMARY KEY)",
        {"currencies": rows(3, code=ColumnSpec(values={"USD": 1, "EUR": 1, "GBP": 1}))},
    )
    assert values(made, "currencies", "code") == ["USD", "EUR", "GBP"]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_nulls_are_as_many_as_asked_for(share: float) -> None:
    made = generator("CREATE TABLE t (id int PRIMARY KEY, a text)", {"t": rows(5_000, a=ColumnSpec(nulls=share))})
    assert whole(made, "t")["a"].null_count / 5_000 == pytest.approx(share, abs=0.03)


def test_what_seldom_happens_is_mostly_null() -> None:
    made = generator(
        'CREATE TABLE t (id int PRIMARY KEY, deleted_at date, "cancelledAt" date, banner text, banned_at date)'
    )
    nulls = {column: whole(made, "t")[column].null_count for column in made.columns("t")}
    assert nulls["id"] == 0
    assert min(nulls["deleted_at"], nulls["cancelledAt"], nulls["banned_at"]) > 900
    assert nulls["banner"] < 200


def test_a_city_has_one_postal_code_and_one_region() -> None:
    found = whole(ecommerce(0.2), "addresses")
    cities = list(zip(found["country_code"].to_pylist(), found["city"].to_pylist(), strict=True))
    for column in ("postal_code", "region"):
        by_city: dict[object, set[object]] = defaultdict(set)
        for city, value in zip(cities, found[column].to_pylist(), strict=True):
            by_city[city].add(value)
        assert max(map(len, by_city.values())) == 1
        assert len(set(found[column].to_pylist())) > 20


@pytest.mark.parametrize("kind", ["text", "int", "numeric(9, 2)", "boolean", "state", "jsonb", "uuid"])
def test_a_column_that_depends_on_another_follows_it(kind: str) -> None:
    made = generator(
        f"CREATE TYPE state AS ENUM ('a', 'b', 'c'); CREATE TABLE t (id int PRIMARY KEY, model text, c {kind})",
        {"t": rows(3_000, c=ColumnSpec(depends_on=("model",)))},
    )
    by_model: dict[object, set[object]] = defaultdict(set)
    for model, value in zip(values(made, "t", "model"), values(made, "t", "c"), strict=True):
        by_model[model].add(value)
    assert max(map(len, by_model.values())) == 1
    assert len(set(values(made, "t", "c"))) >= 2


def test_columns_that_depend_on_each_other_are_refused() -> None:
    sql = "CREATE TABLE t (id int PRIMARY KEY, a text, b text)"
    with pytest.raises(LabError, match=r"t\.a depends on itself, by way of b"):
        generator(sql, {"t": rows(9, a=ColumnSpec(depends_on=("b",)), b=ColumnSpec(depends_on=("a",)))})


def test_a_city_that_depends_on_its_code_is_no_circle() -> None:
    sql = "CREATE TABLE t (id int PRIMARY KEY, city text NOT NULL, postal_code text NOT NULL)"
    made = generator(sql, {"t": rows(3_000, city=ColumnSpec(depends_on=("postal_code",)))})
    pairs = set(zip(values(made, "t", "postal_code"), values(made, "t", "city"), strict=True))
    assert len({code for code, _ in pairs}) == len(pairs)


def test_arrays_hold_up_to_three_elements_some_none() -> None:
    found: list[Any] = values(generator("CREATE TABLE t (id int PRIMARY KEY, tags text[] NOT NULL)"), "t", "tags")
    assert {len(tags) for tags in found} == {0, 1, 2, 3}
    assert len({tag for tags in found for tag in tags}) > 50


def test_arrays_of_enums_and_short_texts_hold_what_they_may() -> None:
    made = generator(
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (id int PRIMARY KEY, e e[] NOT NULL, c char(3)[] NOT NULL,"
        "v varchar(5)[] NOT NULL, n numeric(3, 1)[] NOT NULL)"
    )
    flat = {column: pc.list_flatten(whole(made, "t")[column]).to_pylist() for column in ("e", "c", "v", "n")}
    assert set(flat["e"]) == {"a", "b"}
    assert {len(text) for text in flat["c"]} == {3}
    assert max(len(text) for text in flat["v"]) <= 5
    assert max(flat["n"]) <= Decimal("99.9")


def test_the_arrow_type_of_an_array_is_a_list_whatever_its_dimensions() -> None:
    assert arrow_type(Type("integer", (), 2)) == pa.list_(pa.int32())
