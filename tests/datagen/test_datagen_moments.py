"""When things happened: in order, after what they follow, more of them lately."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from generated import ecommerce, generator, orphans, parsed, repeated_keys, rows, values, whole

from lab.datagen import Generator
from lab.datagen.moments import Growth, steady
from lab.datagen.seed import stream
from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Position, Type

NOW = DataSpec().now
USERS = "CREATE TABLE users (id int PRIMARY KEY, created_at timestamptz NOT NULL);"


def by_id(made: Any, table: str, column: str, key: str = "id") -> dict[object, Any]:
    found = whole(made, table)
    return dict(zip(found[key].to_pylist(), found[column].to_pylist(), strict=True))


@pytest.mark.parametrize("scale", [0.001, 0.02])
@pytest.mark.parametrize(
    ("table", "moment", "reference", "parent", "birth"),
    [
        ("sessions", "created_at", "user_id", "users", "created_at"),
        ("addresses", "created_at", "user_id", "users", "created_at"),
        ("products", "created_at", "brand_id", "brands", "created_at"),
        ("product_variants", "created_at", "product_id", "products", "created_at"),
        ("product_images", "created_at", "product_id", "products", "created_at"),
        ("carts", "created_at", "user_id", "users", "created_at"),
        ("cart_items", "created_at", "cart_id", "carts", "created_at"),
        ("wishlist_items", "created_at", "wishlist_id", "wishlists", "created_at"),
        ("orders", "placed_at", "user_id", "users", "created_at"),
        ("orders", "placed_at", "coupon_id", "coupons", "created_at"),
        ("order_items", "created_at", "order_id", "orders", "placed_at"),
        ("order_status_history", "created_at", "order_id", "orders", "placed_at"),
        ("order_status_history", "created_at", "changed_by_id", "users", "created_at"),
        ("payments", "created_at", "order_id", "orders", "placed_at"),
        ("reviews", "created_at", "product_id", "products", "created_at"),
        ("audit_log", "created_at", "actor_id", "users", "created_at"),
        ("categories", "created_at", "parent_id", "categories", "created_at"),
    ],
)
def test_a_child_is_never_older_than_its_parent(
    scale: float, table: str, moment: str, reference: str, parent: str, birth: str
) -> None:
    made = ecommerce(scale)
    births = by_id(made, parent, birth)
    found = whole(made, table)
    pairs = list(zip(found[moment].to_pylist(), found[reference].to_pylist(), strict=True))
    assert all(births[key] <= made_at for made_at, key in pairs if key is not None)


@pytest.mark.parametrize(
    ("table", "earlier", "later", "days"),
    [
        ("users", "created_at", "updated_at", 400),
        ("users", "created_at", "email_verified_at", 3),
        ("sessions", "created_at", "last_seen_at", 1),
        ("sessions", "last_seen_at", "expires_at", 30),
        ("sessions", "last_seen_at", "revoked_at", 5),
        ("coupons", "created_at", "starts_at", 14),
        ("coupons", "starts_at", "ends_at", 60),
        ("orders", "placed_at", "updated_at", 14),
    ],
)
def test_a_time_follows_another_of_its_row_within_the_days_given(
    table: str, earlier: str, later: str, days: float
) -> None:
    found = whole(ecommerce(0.02), table)
    apart = [b - a for a, b in zip(found[earlier].to_pylist(), found[later].to_pylist(), strict=True) if b is not None]
    assert timedelta(0) <= min(apart)
    assert max(apart) <= timedelta(days=days)
    assert max(apart) > timedelta(days=days) / 4


def test_history_ends_now_and_begins_as_long_ago_as_told() -> None:
    orders = values(ecommerce(0.05), "orders", "placed_at")
    assert NOW - timedelta(days=730) <= min(orders) and max(orders) <= NOW
    assert min(orders) < NOW - timedelta(days=700) and max(orders) > NOW - timedelta(days=1)


def test_rows_come_in_the_order_of_their_creation_more_of_them_lately() -> None:
    orders: list[Any] = values(ecommerce(0.05), "orders", "placed_at")
    assert orders == sorted(orders)
    middle = NOW - timedelta(days=365)
    assert sum(moment > middle for moment in orders) > 0.6 * len(orders)


def test_only_what_ends_lies_in_the_future() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, created_at timestamptz NOT NULL, seen_at timestamptz NOT NULL,"
        "expires_at timestamptz NOT NULL, valid_until date NOT NULL, sent_at timestamptz NOT NULL)"
    )
    found = whole(made, "t")
    assert max(found["seen_at"].to_pylist()) <= NOW and max(found["sent_at"].to_pylist()) <= NOW
    assert max(found["expires_at"].to_pylist()) > NOW
    assert max(found["valid_until"].to_pylist()) > NOW.date()
    pairs = zip(found["created_at"].to_pylist(), found["expires_at"].to_pylist(), strict=True)
    assert all(end - start >= timedelta(days=1) for start, end in pairs)


def test_people_are_born_long_before() -> None:
    made = generator(
        'CREATE TABLE people (id int PRIMARY KEY, date_of_birth date NOT NULL, "joinedAt" timestamptz NOT NULL)'
    )
    births: list[Any] = values(made, "people", "date_of_birth")
    assert date(1940, 1, 1) < min(births) and max(births) < date(2008, 2, 1)
    assert min(values(made, "people", "joinedAt")) > NOW - timedelta(days=731)


def test_a_birth_is_not_when_a_row_was_made() -> None:
    made = generator(
        "CREATE TABLE people (id int PRIMARY KEY, born date NOT NULL);"
        "CREATE TABLE visits (id int PRIMARY KEY, person_id int NOT NULL REFERENCES people, at timestamptz NOT NULL)",
        {"visits": TableSpec(per="people", mean=2)},
    )
    assert min(values(made, "visits", "at")) > NOW - timedelta(days=731)


@pytest.mark.parametrize(
    ("kind", "step"),
    [("timestamptz(0)", 1_000_000), ("timestamptz(3)", 1_000), ("timestamp(2)", 10_000), ("timestamptz", 1)],
)
def test_times_are_as_fine_as_declared_and_children_still_later(kind: str, step: int) -> None:
    made = generator(
        "CREATE TABLE users (id int PRIMARY KEY, created_at timestamp NOT NULL);"
        f"CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, created_at {kind} NOT NULL,"
        f"updated_at {kind} NOT NULL)",
        {
            "users": rows(300),
            "posts": TableSpec(per="users", mean=5, columns={"created_at": ColumnSpec(within_days=1e-6)}),
        },
    )
    births, posts = by_id(made, "users", "created_at"), whole(made, "posts")
    for user, created, updated in zip(
        posts["user_id"].to_pylist(), posts["created_at"].to_pylist(), posts["updated_at"].to_pylist(), strict=True
    ):
        assert created.microsecond % step == 0
        assert births[user] <= created.replace(tzinfo=None)
        assert created <= updated


def test_no_child_is_made_before_the_first_parent() -> None:
    made = generator(
        "CREATE TABLE shops (id int PRIMARY KEY, created_at timestamptz NOT NULL CHECK (created_at >= '2025-06-01'));"
        "CREATE TABLE sales (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops,"
        "created_at timestamptz NOT NULL)",
        {"shops": rows(40), "sales": rows(4_000)},
    )
    births, sales = by_id(made, "shops", "created_at"), whole(made, "sales")
    pairs = list(zip(sales["shop_id"].to_pylist(), sales["created_at"].to_pylist(), strict=True))
    assert all(births[shop] <= moment for shop, moment in pairs)
    assert len({shop for shop, _ in pairs}) > 30


def test_a_table_without_a_time_of_its_own_hides_none_of_its_parents() -> None:
    made = generator(
        USERS + "CREATE TABLE tags (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users)",
        {"users": rows(10), "tags": rows(500)},
    )
    assert len(set(values(made, "tags", "user_id"))) == 10


@pytest.mark.parametrize(("kind", "apart"), [("date", timedelta(days=1)), ("timestamptz", timedelta(microseconds=1))])
def test_a_time_in_a_key_differs_among_siblings(kind: str, apart: timedelta) -> None:
    made = generator(
        USERS + f"CREATE TABLE visits (user_id int NOT NULL REFERENCES users, day {kind} NOT NULL,"
        "PRIMARY KEY (user_id, day))",
        {"users": rows(200), "visits": TableSpec(per="users", mean=6, most=40)},
    )
    assert list(repeated_keys(made)) == []
    births, visits = by_id(made, "users", "created_at"), whole(made, "visits")
    for user, day in zip(visits["user_id"].to_pylist(), visits["day"].to_pylist(), strict=True):
        assert (births[user].date() if kind == "date" else births[user]) <= day


@pytest.mark.parametrize("kind", ["date", "timestamptz(0)", "timestamp"])
def test_a_time_that_is_a_key_never_repeats(kind: str) -> None:
    made = generator(f"CREATE TABLE days (day {kind} PRIMARY KEY, note text)", {"days": rows(3_000)})
    days: list[Any] = values(made, "days", "day")
    assert len(set(days)) == 3_000 and days == sorted(days)
    assert max(str(day) for day in days) <= "2026-01-01 00:00:00+00:00"


def test_a_check_sets_the_order_of_two_times() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, created_at timestamptz NOT NULL, opens date NOT NULL,"
        "closes date NOT NULL, CHECK (closes > opens))",
        {"t": rows(3_000)},
    )
    found = whole(made, "t")
    assert all(a < b for a, b in zip(found["opens"].to_pylist(), found["closes"].to_pylist(), strict=True))


def test_the_main_time_may_follow_another() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, created_at timestamptz NOT NULL, ordered_at timestamptz NOT NULL)",
        {"t": rows(500, created_at=ColumnSpec(after="ordered_at", within_days=2))},
    )
    found = whole(made, "t")
    assert all(a <= b for a, b in zip(found["ordered_at"].to_pylist(), found["created_at"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": "b", "b": "a"}, "t.a follows itself: it follows t.b, which follows t.a"),
        ({"a": "users.created_at", "b": "a"}, None),
    ],
)
def test_times_that_follow_each_other_are_refused(columns: dict[str, str], message: str | None) -> None:
    sql = USERS + (
        "CREATE TABLE t (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, a timestamptz NOT NULL,"
        "b timestamptz NOT NULL)"
    )
    where = Position("data.toml", 7)
    spec = {"t": rows(50, **{name: ColumnSpec(after=after, position=where) for name, after in columns.items()})}
    if message is None:
        assert list(orphans(generator(sql, spec))) == []
        return
    with pytest.raises(LabError) as caught:
        generator(sql, spec)
    assert caught.value.message == f"data.toml:7: {message}"
    assert "after" in caught.value.hint


def test_circles_across_tables_are_refused() -> None:
    sql = (
        "CREATE TABLE a (id int PRIMARY KEY, b_id int, at timestamptz NOT NULL);"
        "CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a, at timestamptz NOT NULL);"
        "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b"
    )
    spec = {"a": rows(9, at=ColumnSpec(after="b.at")), "b": rows(9, at=ColumnSpec(after="a.at"))}
    with pytest.raises(LabError, match=r"a\.at follows itself: it follows b\.at, which follows a\.at"):
        generator(sql, spec)


def test_growth_says_how_many_rows_there_were_at_any_time() -> None:
    growth = Growth(stream(1, "growth"), 5_000, 1_000_000, 90_000_000_000_000)
    moments = growth.at(np.arange(5_000))
    assert (np.diff(moments) >= 0).all()
    asked = np.linspace(0, 100_000_000_000_000, 777).astype(np.int64)
    counts = growth.count_before(asked)
    made = np.searchsorted(moments, asked, side="right")
    assert (counts <= made).all() and (made - counts).max() <= 1


def test_steady_times_say_so_exactly() -> None:
    curve = steady(100, DataSpec(), Type("date"))
    days = curve.at(np.arange(100))
    assert curve.count_before(days).tolist() == list(range(1, 101))
    assert curve.count_before(days - 1).tolist() == list(range(100))
    assert datetime.fromtimestamp(days[-1] / 1e6, UTC) == NOW


def test_now_and_history_are_the_specs() -> None:
    spec = DataSpec({}, now=datetime(2020, 5, 1, tzinfo=UTC), history_days=10)
    found: list[Any] = values(Generator(parsed(USERS), spec, 1.0, 1), "users", "created_at")
    assert datetime(2020, 4, 21, tzinfo=UTC) <= min(found) and max(found) <= datetime(2020, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "column", "made", "parent", "parent_made"),
    [
        ("order_items", "variant_id", "created_at", "product_variants", "created_at"),
        ("orders", "shipping_address_id", "placed_at", "addresses", "created_at"),
        ("inventory_movements", "variant_id", "created_at", "product_variants", "created_at"),
    ],
)
def test_no_row_refers_to_a_younger_one_by_any_path(
    table: str, column: str, made: str, parent: str, parent_made: str
) -> None:
    shop = ecommerce(0.1)
    ages = dict(zip(values(shop, parent, "id"), values(shop, parent, parent_made), strict=True))
    rows_ = whole(shop, table)
    pairs = zip(rows_[column].to_pylist(), rows_[made].to_pylist(), strict=True)
    younger = [key for key, moment in pairs if key is not None and ages[key] > moment]  # type: ignore[operator]
    assert younger == []


def test_no_single_row_takes_the_place_of_all_younger_ones() -> None:
    shop = ecommerce(0.1)
    counts = Counter(values(shop, "order_items", "variant_id"))
    assert counts.most_common(1)[0][1] < 0.03 * shop.row_count("order_items")


@pytest.mark.parametrize(("table", "column"), [("order_items", "created_at"), ("order_items", "variant_id")])
def test_rows_are_the_same_whether_their_parents_times_are_looked_up_or_made(table: str, column: str) -> None:
    looked_up = values(ecommerce(0.1), table, column)
    alone = Generator(ecommerce(0.1).schema, ecommerce(0.1).spec, 0.1, ecommerce(0.1).seed)
    numbers = range(0, len(looked_up), 997)
    made = [alone.column(table, column, np.array([number]))[0].as_py() for number in numbers]
    assert made == [looked_up[number] for number in numbers]


@pytest.mark.parametrize("kind", ["timestamptz", "timestamp(0)", "date"])
def test_moments_that_tell_siblings_apart_lie_all_over_the_history(kind: str) -> None:
    """Not one after the other at its beginning, where hardly a row was there to refer to."""
    sql = f"""{USERS} CREATE TABLE rooms (id int PRIMARY KEY);
    CREATE TABLE bookings (id int PRIMARY KEY, room_id int NOT NULL REFERENCES rooms, user_id int NOT NULL
    REFERENCES users, starts {kind} NOT NULL, UNIQUE (room_id, starts))"""
    made = generator(sql, {"users": rows(500), "rooms": rows(40), "bookings": rows(2000)})
    assert not list(repeated_keys(made))
    found: list[Any] = sorted(values(made, "bookings", "starts"))  # type: ignore[type-var]
    span = found[-1] - found[0]
    assert span > timedelta(days=650)
    assert found[0] + 0.3 * span < found[len(found) // 2] < found[0] + 0.7 * span
    most = Counter(values(made, "bookings", "user_id")).most_common(1)[0][1]
    assert most < 0.2 * 2000


def test_more_siblings_than_days_still_have_a_day_each() -> None:
    sql = """CREATE TABLE rooms (id int PRIMARY KEY); CREATE TABLE nights (id int PRIMARY KEY, room_id int NOT NULL
    REFERENCES rooms, night date NOT NULL, UNIQUE (room_id, night))"""
    made = generator(sql, {"rooms": rows(2), "nights": rows(4000)})
    assert not list(repeated_keys(made))
