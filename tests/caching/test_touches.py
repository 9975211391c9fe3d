"""Which writes end which cached answers, by the statements alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import write_design

from lab.caching.touches import Read, Unreadable, Write, touch
from lab.design import read_design
from lab.model.caching import Touch
from lab.model.design import Design
from lab.model.workload import Ago, Operation, Parameter
from lab.readers import read

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shop() -> Design:
    return read_design(ROOT / "schemas/ecommerce")


def between(shop: Design, read: str, write: str) -> Touch | None:
    found = {operation.name: operation for operation in shop.workload.operations}
    return touch(Read(found[read], shop.schema), Write(found[write], shop.schema))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    return read_design(write_design(tmp_path_factory.mktemp("tiny"))).schema


def operation(sql: str, *names: str, is_write: bool = False) -> Operation:
    parameters = tuple(Parameter(name, Ago(0, 1)) for name in names)
    return Operation("it", "simple", {"": sql}, parameters, is_write=is_write)


@pytest.mark.parametrize(
    ("read", "write", "reach", "lookups"),
    [
        ("order_detail", "change_order_status", "key", {"order_id": ":order_id"}),
        ("order_history", "place_order", "key", {"user_id": ":user_id"}),
        (
            "order_history",
            "add_order_item",
            "looked up",
            {"user_id": "SELECT user_id FROM orders WHERE id = :order_id"},
        ),
        ("cart_with_items", "add_to_cart", "looked up", {"user_id": "SELECT user_id FROM carts WHERE id = :cart_id"}),
        (
            "product_rating",
            "write_review",
            "looked up",
            {"product_id": "SELECT v.product_id FROM product_variants AS v WHERE v.id = :variant_id"},
        ),
        ("low_stock_report", "record_movement", "key", {}),
        ("category_listing", "write_review", "every key", {}),
        ("session_by_token", "open_session", "every key", {}),
    ],
)
def test_the_shop_s_writes_end_its_answers(
    shop: Design, read: str, write: str, reach: str, lookups: dict[str, str]
) -> None:
    found = between(shop, read, write)
    assert found is not None
    assert (found.reach, dict(found.lookups)) == (reach, lookups)


@pytest.mark.parametrize(
    ("read", "write"),
    [
        ("product_page", "write_review"),
        ("payments_of_order", "place_order"),
        ("stock_by_sku", "record_movement"),
        # A new order's number is made by the database: nobody can have asked for it before.
        ("order_detail", "place_order"),
    ],
)
def test_what_reads_other_rows_is_left_alone(shop: Design, read: str, write: str) -> None:
    assert between(shop, read, write) is None


READ = "SELECT status, total FROM orders WHERE user_id = :user_id"


@pytest.mark.parametrize(
    ("write", "found"),
    [
        ("UPDATE orders SET placed_at = :at WHERE user_id = :u", None),
        ("UPDATE orders SET total = 1 WHERE user_id = :u", Touch("it", "key", (("user_id", ":u"),))),
        # Whose it was is not whose it becomes.
        ("UPDATE orders SET user_id = :v WHERE user_id = :u", Touch("it", "every key")),
        ("UPDATE orders SET total = 1 WHERE placed_at < :at", Touch("it", "every key")),
        ("DELETE FROM orders WHERE user_id = :u", Touch("it", "key", (("user_id", ":u"),))),
        # Orders go with their users: ON DELETE CASCADE.
        ("DELETE FROM users WHERE id = :u", Touch("it", "every key")),
        ("INSERT INTO users (email) VALUES (:e)", None),
        (
            "INSERT INTO orders (id, user_id, total) VALUES (1, :u, 2) ON CONFLICT (id) DO UPDATE SET total = 2",
            Touch("it", "every key"),
        ),
    ],
)
def test_columns_keys_and_cascades_count(tiny, write: str, found: Touch | None) -> None:  # type: ignore[no-untyped-def]
    read = Read(operation(READ, "user_id"), tiny)
    assert touch(read, Write(operation(write, "u", "v", "at", "e", is_write=True), tiny)) == found


def test_an_alternative_does_not_fix_a_key(tiny) -> None:  # type: ignore[no-untyped-def]
    read = Read(operation("SELECT total FROM orders WHERE user_id = :user_id OR total > 5", "user_id"), tiny)
    write = Write(operation("UPDATE orders SET total = 9 WHERE user_id = :u", "u", is_write=True), tiny)
    assert touch(read, write) == Touch("it", "every key")


def test_what_changes_by_itself_is_known(tiny) -> None:  # type: ignore[no-untyped-def]
    assert Read(operation("SELECT count(*) FROM orders WHERE placed_at > now()"), tiny).changes_by_itself
    assert not Read(operation("SELECT count(*) FROM orders"), tiny).changes_by_itself


def test_what_cannot_be_parsed_says_so(tiny) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unreadable):
        Read(operation("SELECT FROM WHERE ("), tiny)


def test_names_of_any_spelling_are_seen() -> None:
    """As Prisma makes them; taken for unknown, a write would have ended no answer."""
    schema = read(
        Path("schema.sql"), 'CREATE TABLE "Post" ("id" bigint PRIMARY KEY, "authorId" bigint NOT NULL, "title" text);'
    )
    posts = operation('SELECT "id", "title" FROM "Post" WHERE "authorId" = :author', "author")
    rename = operation('UPDATE "Post" SET "title" = :title WHERE "id" = :id', "title", "id", is_write=True)
    found = touch(Read(posts, schema), Write(rename, schema))
    assert found is not None and found.reach == "looked up"
    assert dict(found.lookups) == {"author": 'SELECT "authorId" FROM "Post" WHERE id = :id'}
