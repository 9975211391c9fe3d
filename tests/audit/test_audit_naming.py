"""What names tell."""

from __future__ import annotations

import pytest

from lab.audit.naming import free_name, is_plural, is_same_noun, is_snake_case, like, listed, plural, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unit_price", ("unit", "price")),
        ("unitPrice", ("unit", "price")),
        ("HTTPStatus", ("http", "status")),
        ("line2Text", ("line2", "text")),
        ("first name", ("first", "name")),
        ("_A", ("a",)),
        ("größe", ("größe",)),
        ("", ()),
    ],
)
def test_words(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("one", "many"),
    [("user", "users"), ("category", "categories"), ("day", "days"), ("address", "addresses"), ("person", "people")],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many
    assert is_plural(many) is True
    assert is_plural(one) is False
    assert is_same_noun(one, many) and is_same_noun(many, one)


def test_nouns_without_a_plural() -> None:
    assert is_plural("history") is None


def test_nouns_are_the_same_but_for_case_and_number() -> None:
    assert is_same_noun("order_item", "OrderItems")
    assert not is_same_noun("item", "order_items")
    assert not is_same_noun("", "orders")


@pytest.mark.parametrize(
    ("name", "expected"), [("a_1", True), ("größe", True), ("aB", False), ("a b", False), ("1", False)]
)
def test_snake_case(name: str, expected: bool) -> None:
    assert is_snake_case(name) is expected


def test_new_names_are_like_those_beside_them() -> None:
    assert like("created_at", ["id", "user_id"]) == "created_at"
    assert like("created_at", ["id", "userId"]) == "createdAt"


def test_one_name_in_camel_case_sets_no_fashion() -> None:
    assert like("created_at", ["id", "licenceNo", "ward_id", "born_on"]) == "created_at"
    assert like("created_at", ["id", "licenceNo", "wardId", "born_on"]) == "createdAt"


def test_lists_are_cut_short() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("a_idx", set()) == "a_idx"
    assert free_name("a_idx", {"a_idx", "a_idx_2"}) == "a_idx_3"
    assert len(free_name("ö" * 60, {"b"}).encode()) <= 63
