"""Which row a row refers to."""

from __future__ import annotations

import tracemalloc
from collections import Counter, defaultdict

import numpy as np
import pytest
from generated import ecommerce, generator, orphans, repeated_keys, rows, values, whole
from hypothesis import given, settings
from hypothesis import strategies as st

import lab.datagen.fan_out as fan_out_module
from lab.datagen.fan_out import FanOut, fan_out
from lab.datagen.popularity import Distinct, Popular
from lab.datagen.references import NO_ROW, Couples, Digit, Existing, Other
from lab.datagen.scattered import scatter
from lab.datagen.seed import stream
from lab.datagen.siblings import AmongChildren, DistinctAmongChildren, SiblingTree
from lab.datagen.spreads import SPREADS
from lab.datagen.trees import tree
from lab.errors import LabError
from lab.model.data import ColumnSpec, TableSpec

KEY = stream(1, "references")
repeatable = settings(derandomize=True, max_examples=60, deadline=None)
counts = st.integers(1, 300)
sizes = st.lists(st.integers(0, 12), min_size=1, max_size=40).filter(any)


@repeatable
@given(sizes, st.lists(st.integers(0, 500), max_size=30), st.sampled_from([1, 3, 1000]))
def test_children_of_long_tables_have_the_parents_they_have_in_short_ones(
    children: list[int], some: list[int], kept: int
) -> None:
    """Whether rows lie near each other or anywhere, and beyond the last one; whether the bounds of every parent are
    kept or those of blocks of parents."""
    whose = np.repeat(np.arange(len(children)), children)
    ends = np.cumsum(children)
    parents = np.array(some, np.int64) % len(children)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fan_out_module, "_SHORT", 0)
        patch.setattr(fan_out_module, "_MOST_KEPT", kept)
        rule = grouped(children)
        for rows in (np.array(some, np.int64), np.arange(len(whose) // 3, len(whose)), np.arange(0)):
            expected = np.append(whose, len(children) - 1).take(rows, mode="clip")
            assert (rule.parents(rows) == expected).all()
            assert (rule.parents(rows) == expected).all()
        for asked in (parents, np.arange(len(children))):
            assert (rule.sizes(asked) == np.array(children).take(asked)).all()
            assert (rule.starts(asked) == (ends - children).take(asked)).all()
            assert (rule.firsts(asked) == [_first(children, parent) for parent in asked]).all()


def _first(children: list[int], parent: int) -> int:
    """The first child of the parent or of the last one before it that has any."""
    having = [other for other in range(parent + 1) if children[other]]
    return sum(children[: having[-1]]) if having else NO_ROW


def test_children_are_as_many_however_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = fan_out(KEY, 5_000, 2.5, 0, 6, 14_000).sizes(np.arange(5_000))
    monkeypatch.setattr(fan_out_module, "_MOST_KEPT", 100)
    planned = fan_out(KEY, 5_000, 2.5, 0, 6, 14_000)
    assert planned.count == everything.sum() == 14_000
    assert (planned.sizes(np.arange(5_000)) == everything).all()
    assert (planned.parents(np.arange(14_000)) == np.repeat(np.arange(5_000), everything)).all()


@pytest.mark.parametrize("spread", SPREADS)
def test_a_plan_of_ten_times_as_many_parents_takes_no_more_memory(spread: str) -> None:
    def peak(parents: int) -> int:
        tracemalloc.start()
        assert fan_out(KEY, parents, 2.5, 0, None, 3 * parents, spread).count == 3 * parents
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1000)  # what is kept of a law
    assert peak(3_000_000) < 1.3 * peak(300_000)


def test_no_row_has_no_children() -> None:
    assert grouped([2, 0, 3]).sizes(np.array([NO_ROW, 0, 1, 2])).tolist() == [0, 2, 0, 3]


def grouped(children: list[int]) -> FanOut:
    return FanOut(len(children), np.array(children, np.int64).take)


def all_rows(rule: FanOut) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(rule.count)


# The rules by themselves


@repeatable
@given(sizes)
def test_children_lie_parent_by_parent(children: list[int]) -> None:
    rule = grouped(children)
    wanted = [parent for parent, size in enumerate(children) for _ in range(size)]
    ranks = [rank for size in children for rank in range(size)]
    assert rule.parents(all_rows(rule)).tolist() == wanted
    assert rule.ranks(all_rows(rule)).tolist() == ranks
    assert rule.sizes(np.arange(len(children))).tolist() == children
    assert (rule.fewest, rule.most) == (min(children), max(children))


@repeatable
@given(counts, st.floats(0.1, 20), st.integers(0, 5), st.integers(5, 30), st.one_of(st.none(), st.integers(1, 3000)))
def test_no_parent_has_fewer_or_more_children_than_allowed(
    parents: int, mean: float, fewest: int, most: int, total: int | None
) -> None:
    rule = fan_out(KEY, parents, mean, fewest, most, total)
    children = rule.sizes(np.arange(parents))
    assert fewest <= children.min() and children.max() <= most
    if total is not None:
        assert rule.count == min(max(total, parents * fewest), parents * most)


def test_children_are_as_many_as_the_mean_says_and_some_parents_have_many() -> None:
    children = fan_out(KEY, 20_000, 2.5, 1, 60).sizes(np.arange(20_000))
    assert children.mean() == pytest.approx(2.5, rel=0.02)
    assert (children == 1).mean() > 0.3
    assert children.max() > 12


@repeatable
@given(counts)
def test_scattering_loses_no_row(count: int) -> None:
    assert sorted(scatter(np.arange(count), count).tolist()) == list(range(count))


@repeatable
@given(counts, st.sampled_from([0.0, 0.5, 1.0, 1.7, 5.0]))
def test_the_popular_are_rows_that_are_there(count: int, skew: float) -> None:
    found = Popular(KEY, count, skew).parents(np.arange(500))
    assert found.min() >= 0 and found.max() < count


def test_skew_makes_hot_parents() -> None:
    def share_of_the_top(skew: float) -> float:
        tally = Counter(Popular(KEY, 10_000, skew).parents(np.arange(100_000)).tolist())
        return sum(times for _, times in tally.most_common(100)) / 100_000

    uniform, mild, strong = map(share_of_the_top, (0.0, 0.6, 1.2))
    assert uniform < 0.03
    assert 0.1 < mild < 0.3
    assert strong > 0.6


def test_hot_parents_are_not_simply_the_oldest() -> None:
    tally = Counter(Popular(KEY, 10_000, 1.0).parents(np.arange(50_000)).tolist())
    hottest = [parent for parent, _ in tally.most_common(50)]
    assert 2_000 < np.mean(hottest) < 8_000


@repeatable
@given(sizes, counts, st.sampled_from([0.0, 0.6, 1.0]))
def test_siblings_share_no_parent(children: list[int], count: int, skew: float) -> None:
    rule = grouped([min(size, count) for size in children])
    found = Distinct(rule, KEY, count, skew).parents(all_rows(rule))
    pairs = list(zip(rule.parents(all_rows(rule)).tolist(), found.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert all(0 <= parent < count for parent in found)


def test_siblings_prefer_the_popular_too() -> None:
    rule = grouped([3] * 5_000)

    def share_of_the_top(skew: float) -> float:
        tally = Counter(Distinct(rule, KEY, 1_000, skew).parents(all_rows(rule)).tolist())
        return sum(times for _, times in tally.most_common(10)) / rule.count

    assert share_of_the_top(0.0) < 0.02
    assert share_of_the_top(1.0) > 0.2


@repeatable
@given(counts, st.integers(0, 400))
def test_only_existing_rows_are_referred_to(count: int, limit: int) -> None:
    rule = Existing(Popular(KEY, count, 0.6), lambda rows: np.full(len(rows), min(limit, count)))
    assert rule.parents(np.arange(200)).max() < max(min(limit, count), 1)


@repeatable
@given(st.integers(2, 300))
def test_the_other_row_is_never_the_named_one(count: int) -> None:
    named = Popular(stream(2, "named"), count, 0.6)
    found = Other(Popular(KEY, count - 1, 0.6), named).parents(np.arange(300))
    assert (found != named.parents(np.arange(300))).all()
    assert found.min() >= 0 and found.max() < count


@repeatable
@given(st.integers(1, 12), st.integers(1, 12))
def test_digits_count_through_every_combination_once(one: int, other: int) -> None:
    numbers = np.arange(one * other)
    pairs = set(zip(Digit(1, one).parents(numbers), Digit(one, other).parents(numbers), strict=True))
    assert len(pairs) == one * other


@repeatable
@given(st.integers(1, 500), st.integers(1, 20))
def test_a_tree_has_no_circle_and_the_depth_asked_for(count: int, depth: int) -> None:
    parents = tree(KEY, count, depth).parents(np.arange(count))
    levels: list[int] = []
    for row, parent in enumerate(parents.tolist()):
        assert parent < row
        levels.append(1 if parent == NO_ROW else levels[parent] + 1)
    assert max(levels) == min(depth, count)


@repeatable
@given(sizes, st.integers(1, 6))
def test_a_tree_of_siblings_stays_among_them_and_within_its_depth(children: list[int], depth: int) -> None:
    rule = grouped(children)
    parents = SiblingTree(rule, KEY, depth).parents(all_rows(rule))
    group = rule.parents(all_rows(rule))
    levels: list[int] = []
    for row, parent in enumerate(parents.tolist()):
        assert parent == NO_ROW or (parent < row and group[parent] == group[row])
        levels.append(1 if parent == NO_ROW else levels[parent] + 1)
    assert max(levels) <= depth


@repeatable
@given(st.lists(st.integers(1, 9), min_size=2, max_size=20))
def test_one_of_the_owners_children_is_chosen(children: list[int]) -> None:
    rule, owner = grouped(children), Popular(stream(3, "owner"), len(children), 0.5)
    numbers = np.arange(200)
    found = AmongChildren(owner, rule, KEY).parents(numbers)
    assert (rule.parents(found) == owner.parents(numbers)).all()


@repeatable
@given(st.lists(st.integers(2, 9), min_size=2, max_size=20))
def test_siblings_share_none_of_the_owners_children(children: list[int]) -> None:
    rule, group = grouped(children), grouped([2] * 30)
    owner = Digit(2, len(children))
    found = DistinctAmongChildren(owner, rule, group, KEY).parents(all_rows(group))
    assert (rule.parents(found) == owner.parents(all_rows(group))).all()
    assert len(set(zip(group.parents(all_rows(group)), found, strict=True))) == group.count


def test_couples_refer_to_a_row_once() -> None:
    assert Couples().parents(np.arange(6)).tolist() == [NO_ROW, 0, NO_ROW, 2, NO_ROW, 4]


# In schemas

USERS = "CREATE TABLE users (id int PRIMARY KEY, name text UNIQUE);"


def test_skew_in_the_spec_reaches_the_rows() -> None:
    sql = USERS + "CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users)"

    def hottest(skew: float) -> int:
        spec = {"users": rows(1_000), "orders": rows(20_000, user_id=ColumnSpec(skew=skew))}
        return Counter(values(generator(sql, spec), "orders", "user_id")).most_common(1)[0][1]

    assert hottest(0.0) < 60
    assert hottest(1.0) > 1_000


def test_a_unique_reference_is_one_to_one() -> None:
    sql = USERS + "CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text)"
    made = generator(sql, {"users": rows(50)})
    assert values(made, "profiles", "user_id") == values(made, "users", "id")


def test_a_child_may_refer_to_a_unique_text() -> None:
    sql = USERS + "CREATE TABLE posts (id int PRIMARY KEY, author text NOT NULL REFERENCES users (name))"
    made = generator(sql, {"users": rows(1_500), "posts": rows(3_000)})
    assert list(orphans(made)) == []
    assert whole(made, "posts")["author"].null_count == 0


def test_a_composite_reference_names_one_row() -> None:
    made = generator(
        "CREATE TABLE teams (region text, number int, PRIMARY KEY (region, number));"
        "CREATE TABLE rooms (id int PRIMARY KEY, region text, number int,"
        "FOREIGN KEY (region, number) REFERENCES teams)",
        {"teams": rows(40), "rooms": rows(300)},
    )
    assert list(orphans(made)) == []
    found = whole(made, "rooms")
    assert [a is None for a in found["region"].to_pylist()] == [b is None for b in found["number"].to_pylist()]
    assert 0 < found["region"].null_count < 100


def test_a_unique_reference_to_the_own_table_makes_couples() -> None:
    made = generator("CREATE TABLE users (id int PRIMARY KEY, mentor_id int UNIQUE REFERENCES users)")
    mentors = [mentor for mentor in values(made, "users", "mentor_id") if mentor is not None]
    assert len(mentors) == len(set(mentors)) == 500
    assert list(orphans(made)) == []


def test_a_required_reference_to_the_own_table_ends_at_a_root_that_names_itself() -> None:
    made = generator("CREATE TABLE parts (id int PRIMARY KEY, whole_id int NOT NULL REFERENCES parts)")
    above = dict(zip(values(made, "parts", "id"), values(made, "parts", "whole_id"), strict=True))
    assert all(above[above[above[above[part]]]] == above[above[above[part]]] for part in above)


def test_the_category_tree_is_as_deep_as_data_toml_says() -> None:
    made = ecommerce(0.02)
    above = dict(zip(values(made, "categories", "id"), values(made, "categories", "parent_id"), strict=True))

    def depth(category: object) -> int:
        parent = above[category]
        return 1 if parent is None else 1 + depth(parent)

    assert max(map(depth, above)) == 4
    assert Counter(map(depth, above)).keys() == {1, 2, 3, 4}


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (id int PRIMARY KEY, b_id int); CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);"
        "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b",
        "CREATE TABLE a (id int PRIMARY KEY, b_id int NOT NULL, at timestamptz NOT NULL);"
        "CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a, at timestamptz NOT NULL);"
        "ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b",
        "CREATE TABLE a (id int PRIMARY KEY, c_id int, created_at timestamptz NOT NULL);"
        "CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a, created_at timestamptz NOT NULL);"
        "CREATE TABLE c (id int PRIMARY KEY, b_id int REFERENCES b, created_at timestamptz NOT NULL);"
        "ALTER TABLE a ADD FOREIGN KEY (c_id) REFERENCES c",
    ],
)
def test_tables_may_refer_to_each_other_in_a_circle(sql: str) -> None:
    made = generator(sql)
    assert list(orphans(made)) == []


def test_keys_that_are_each_other_are_refused() -> None:
    sql = (
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);"
        "ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b"
    )
    with pytest.raises(LabError, match=r"schema\.sql:1: .*a\.id.*no row could be the first") as caught:
        generator(sql)
    assert "take out one of these foreign keys" in caught.value.hint


TENANTS = """
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE customers (
  tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, PRIMARY KEY (tenant_id, id)
);
CREATE TABLE products (
  tenant_id int NOT NULL REFERENCES tenants, id int NOT NULL, parent_id int, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES products
);
CREATE TABLE orders (
  id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, customer_id int NOT NULL, product_id int,
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers, FOREIGN KEY (tenant_id, product_id) REFERENCES products
);
CREATE TABLE likes (
  tenant_id int NOT NULL, customer_id int NOT NULL, product_id int NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, product_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers, FOREIGN KEY (tenant_id, product_id) REFERENCES products
);
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_references_that_share_a_tenant_stay_within_it(seed: int) -> None:
    made = generator(TENANTS, {"tenants": rows(30)}, seed=seed)
    assert list(orphans(made)) == []
    assert list(repeated_keys(made)) == []
    assert whole(made, "products")["parent_id"].null_count < made.row_count("products")


@pytest.mark.parametrize("unique", ["order_id", "tenant_id, order_id"])
@pytest.mark.parametrize("spec", [{}, {"invoices": TableSpec(per="tenants", mean=3)}])
def test_a_tenants_row_may_be_one_to_one_with_another(unique: str, spec: dict[str, TableSpec]) -> None:
    sql = f"""{TENANTS}
    ALTER TABLE orders ADD UNIQUE (tenant_id, id);
    CREATE TABLE invoices (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, order_id int NOT NULL,
      UNIQUE ({unique}), FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id));
    """
    made = generator(sql, {"tenants": rows(30), **spec})
    assert [*orphans(made), *repeated_keys(made)] == []
    assert made.row_count("invoices") >= 10


def test_a_key_made_of_what_other_rows_have_too_is_refused() -> None:
    sql = (
        "CREATE TABLE teams (region text, number int, PRIMARY KEY (region, number));"
        "CREATE TABLE t (region text, number int, UNIQUE (number), FOREIGN KEY (region, number) REFERENCES teams)"
    )
    with pytest.raises(LabError, match=r"t would have 60 rows, but its key \(number\) is made of what other") as caught:
        generator(sql, {"teams": rows(20), "t": rows(60)})
    assert "make the key wider" in caught.value.hint


def test_references_that_share_a_column_but_no_meaning_are_null_where_they_may_be() -> None:
    sql = (
        "CREATE TABLE a (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE b (x int, z int, PRIMARY KEY (x, z));"
        "CREATE TABLE c (id int PRIMARY KEY, x int NOT NULL, y int NOT NULL, z int {null}, "
        "FOREIGN KEY (x, y) REFERENCES a, FOREIGN KEY (x, z) REFERENCES b)"
    )
    made = generator(sql.format(null=""))
    assert list(orphans(made)) == []
    assert whole(made, "c")["z"].null_count == made.row_count("c")
    with pytest.raises(LabError, match=r"foreign keys to a and b share x, which must name one row") as caught:
        generator(sql.format(null="NOT NULL"))
    assert "one table" in caught.value.hint


def test_nobody_follows_themselves_where_a_check_forbids_it() -> None:
    made = generator(
        USERS + "CREATE TABLE follows (follower int NOT NULL REFERENCES users, followed int NOT NULL REFERENCES users,"
        "PRIMARY KEY (follower, followed), CHECK (follower <> followed));"
        "CREATE TABLE messages (id int PRIMARY KEY, sender int NOT NULL REFERENCES users, recipient int NOT NULL "
        "REFERENCES users, CHECK (sender <> recipient))",
        {"users": rows(20), "follows": TableSpec(per="users", fewest=3, mean=10, most=19), "messages": rows(500)},
    )
    for table, one, other in (("follows", "follower", "followed"), ("messages", "sender", "recipient")):
        pairs = list(zip(values(made, table, one), values(made, table, other), strict=True))
        assert all(a != b for a, b in pairs)
    assert list(repeated_keys(made)) == []


def test_two_different_rows_of_one_are_refused() -> None:
    sql = (
        USERS + "CREATE TABLE m (id int PRIMARY KEY, a int NOT NULL REFERENCES users, b int NOT NULL REFERENCES users,"
        "CHECK (a <> b))"
    )
    with pytest.raises(LabError, match="m names two different rows of users, which has only one"):
        generator(sql, {"users": rows(1)})


def test_an_order_goes_to_an_address_of_its_own_user() -> None:
    made = ecommerce(0.02)
    owner = dict(zip(values(made, "addresses", "id"), values(made, "addresses", "user_id"), strict=True))
    orders = whole(made, "orders")
    for column in ("shipping_address_id", "billing_address_id"):
        pairs = zip(orders["user_id"].to_pylist(), orders[column].to_pylist(), strict=True)
        assert all(owner[address] == user for user, address in pairs)


def test_an_address_is_the_users_whatever_the_order_of_the_columns() -> None:
    made = generator(
        "CREATE TABLE users (id int PRIMARY KEY, created_at timestamptz NOT NULL);"
        "CREATE TABLE addresses (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);"
        "CREATE TABLE orders (id int PRIMARY KEY, address_id int NOT NULL REFERENCES addresses,"
        "user_id int NOT NULL REFERENCES users, created_at timestamptz NOT NULL)",
        {"users": rows(100), "addresses": TableSpec(per="users", fewest=1, mean=2), "orders": rows(1_000)},
    )
    owner = dict(zip(values(made, "addresses", "id"), values(made, "addresses", "user_id"), strict=True))
    pairs = zip(values(made, "orders", "user_id"), values(made, "orders", "address_id"), strict=True)
    assert all(owner[address] == user for user, address in pairs)


def test_a_combination_of_optional_parents_does_not_repeat() -> None:
    made = generator(
        USERS + "CREATE TABLE tags (id int PRIMARY KEY);"
        "CREATE TABLE marks (id int PRIMARY KEY, user_id int REFERENCES users, tag_id int REFERENCES tags,"
        "UNIQUE (user_id, tag_id))",
        {"users": rows(20), "tags": rows(7), "marks": rows(140)},
    )
    assert list(repeated_keys(made)) == []
    assert list(orphans(made)) == []


def test_grouped_rows_respect_fewest_and_most() -> None:
    made = ecommerce(0.02)
    children: dict[str, Counter[object]] = defaultdict(Counter)
    for table, column in (("addresses", "user_id"), ("order_items", "order_id"), ("product_images", "product_id")):
        children[table].update(values(made, table, column))
    for table, parent, fewest, most in (
        ("addresses", "users", 1, 12),
        ("order_items", "orders", 1, 20),
        ("product_images", "products", 1, 9),
    ):
        tally = children[table].values()
        assert len(tally) == made.row_count(parent)
        assert (min(tally), max(tally) <= most) == (fewest, True)


def test_rows_of_one_parent_name_different_rows_that_were_there_before_it() -> None:
    made = generator(
        """
        CREATE TABLE products (id int PRIMARY KEY, created_at timestamptz NOT NULL);
        CREATE TABLE orders (id int PRIMARY KEY, created_at timestamptz NOT NULL);
        CREATE TABLE items (order_id int REFERENCES orders, product_id int REFERENCES products,
            PRIMARY KEY (order_id, product_id));
        """,
        {"products": rows(500), "orders": rows(4000), "items": TableSpec(per="orders", mean=3)},
    )
    products, orders = (whole(made, name)["created_at"].to_pylist() for name in ("products", "orders"))
    items = whole(made, "items")
    pairs = list(zip(items["order_id"].to_pylist(), items["product_id"].to_pylist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    late = [pair for pair in pairs if products[pair[1] - 1] > orders[pair[0] - 1]]
    assert len(late) < 0.01 * len(pairs)  # of the first orders, when there are fewer products than items
    assert len({product for _, product in pairs}) > 450
