"""Textbook cases, and what must hold of any dependencies."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.normalize.decompose import Decomposition, Target, decompose
from lab.normalize.dependencies import Dependency, candidate_keys, closure, depends, implies, minimal_cover, project
from lab.normalize.judge import judge

COLUMNS = "abcdef"
dependencies = st.lists(
    st.builds(
        depends,
        st.sets(st.sampled_from(COLUMNS), min_size=1, max_size=3),
        st.sets(st.sampled_from(COLUMNS), min_size=1, max_size=2),
    ),
    max_size=6,
)


def fd(text: str) -> Dependency:
    left, right = text.split("->")
    return depends(left.split(), right.split())


def fds(*texts: str) -> list[Dependency]:
    return [fd(text) for text in texts]


def columns_of(found: Decomposition) -> list[set[str]]:
    return [set(part.columns) for part in (found.main, *found.others)]


ADDRESS = "id street zip city state", fds("id -> street zip city state", "zip -> city", "city -> state")
LECTURES = "student course lecturer", fds("student course -> lecturer", "lecturer -> course")
LINES = (
    "order line customer name email product title quantity",
    fds(
        "order line -> customer name email product title quantity",
        "order -> customer name email",
        "customer -> name email",
        "email -> customer",
        "product -> title",
    ),
)


@pytest.mark.parametrize(
    ("case", "form", "offending"),
    [
        (ADDRESS, "2NF", {"zip -> city": "3NF", "city -> state": "3NF"}),
        (LECTURES, "3NF", {"lecturer -> course": "BCNF"}),
        (("order line note", fds("order line -> note")), "BCNF", {}),
        (("a b c d", fds("a b -> c", "b -> d")), "1NF", {"b -> d": "2NF"}),
    ],
)
def test_the_form_is_that_of_the_textbooks(
    case: tuple[str, list[Dependency]], form: str, offending: dict[str, str]
) -> None:
    found = judge(case[0].split(), case[1])
    assert found.form == form
    assert {str(each.dependency): each.breaks for each in found.offences} == offending


def test_an_address_without_its_city_is_in_third_form() -> None:
    found = decompose(ADDRESS[0].split(), ADDRESS[1], "3nf")
    assert columns_of(found) == [{"id", "street", "zip"}, {"zip", "city"}, {"city", "state"}]
    assert not found.lost


def test_boyce_codds_form_of_lectures_loses_a_dependency_and_says_so() -> None:
    assert columns_of(decompose(LECTURES[0].split(), LECTURES[1], "3nf")) == [{"student", "course", "lecturer"}]
    found = decompose(LECTURES[0].split(), LECTURES[1], "bcnf")
    assert columns_of(found) == [{"student", "lecturer"}, {"lecturer", "course"}]
    assert found.lost == (fd("student course -> lecturer"),)


def test_what_determines_each_other_becomes_one_table_referred_to_by_the_first() -> None:
    found = decompose(LINES[0].split(), LINES[1], "3nf")
    assert columns_of(found) == [
        {"order", "line", "product", "quantity"},
        {"order", "customer"},
        {"customer", "name", "email"},
        {"product", "title"},
    ]
    customers = next(part for part in found.others if "name" in part.columns)
    assert customers.keys == (frozenset({"customer"}), frozenset({"email"}))


@settings(deadline=None)
@given(dependencies)
def test_a_minimal_cover_says_the_same_with_nothing_to_spare(given_: list[Dependency]) -> None:
    cover = minimal_cover(given_)
    assert all(implies(cover, each) for each in given_)
    assert all(implies(given_, each) for each in cover)
    for each in cover:
        assert not implies([other for other in cover if other != each], each)


@settings(deadline=None)
@given(dependencies)
def test_candidate_keys_are_the_minimal_superkeys(given_: list[Dependency]) -> None:
    everything = frozenset(COLUMNS)
    supers = [
        frozenset(chosen)
        for size in range(1, len(COLUMNS) + 1)
        for chosen in combinations(COLUMNS, size)
        if closure(chosen, given_) == everything
    ]
    minimal = {each for each in supers if not any(other < each for other in supers)}
    assert set(candidate_keys(COLUMNS, given_)) == minimal


@settings(max_examples=60, deadline=None)
@given(dependencies, st.sampled_from(("3nf", "bcnf")))
def test_parts_join_without_loss_and_third_form_loses_no_dependency(given_: list[Dependency], target: Target) -> None:
    found = decompose(COLUMNS, given_, target)
    known = set(found.main.columns)
    for part in found.others:
        # Joined by a key of the part: each row finds one row at most (Aho, Beeri and Ullman 1979).
        assert part.key <= known
        assert part.columns <= closure(part.key, given_)
        known |= part.columns
    assert known == set(COLUMNS)
    cover = minimal_cover(given_)
    inside = [each for part in (found.main, *found.others) for each in project(cover, part.columns)]
    if target == "3nf":
        assert all(implies(inside, each) for each in given_)
        assert not found.lost
    for each in found.lost:
        assert implies(given_, each)


@settings(max_examples=60, deadline=None)
@given(dependencies, st.sampled_from(("3nf", "bcnf")))
def test_each_part_is_in_the_form_that_was_asked_for(given_: list[Dependency], target: Target) -> None:
    found = decompose(COLUMNS, given_, target)
    for part in (found.main, *found.others):
        inside = [
            Dependency(left, (closure(left, given_) & part.columns) - left)
            for size in range(1, len(part.columns) + 1)
            for left in map(frozenset, combinations(sorted(part.columns), size))
        ]
        found_of_it = judge(sorted(part.columns), [each for each in inside if each.right])
        assert found_of_it.form in ("3NF", "BCNF"), part.columns
        if target == "bcnf":
            assert all(each.dependency.right <= part.key for each in found_of_it.offences), part.columns
