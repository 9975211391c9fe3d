"""What belongs together in a row, and what follows what, with nothing said but names."""

from __future__ import annotations

import re

import numpy as np
import pytest
from generated import generator, rows, whole

from lab.datagen import places
from lab.datagen.composed import ADDRESS, SLUG, WHOLE, Composed, spelled
from lab.datagen.vocabulary import COMPANY, parts_of

PEOPLE = """
CREATE TABLE people (id int PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, full_name text NOT NULL,
    email text NOT NULL UNIQUE, username text NOT NULL UNIQUE);
CREATE TABLE tags (id int PRIMARY KEY, name text NOT NULL UNIQUE, slug text NOT NULL UNIQUE);
CREATE TABLE countries (code char(2) PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE cities (id int PRIMARY KEY, country_code char(2) NOT NULL REFERENCES countries, name text NOT NULL,
    time_zone text NOT NULL);
CREATE TABLE offices (id int PRIMARY KEY, city text NOT NULL, postal_code text NOT NULL, country text NOT NULL);
CREATE TABLE shipments (id int PRIMARY KEY, status text NOT NULL, created_at timestamptz NOT NULL,
    ordered_at timestamptz, shipped_at timestamptz, delivered_at timestamptz, min_weight int NOT NULL,
    max_weight int NOT NULL, period_start date NOT NULL, period_end date NOT NULL);
"""


def table(name: str, count: int = 3000) -> dict[str, list[object]]:
    made = generator(PEOPLE, {name: rows(count)} | ({"cities": rows(300)} if name == "countries" else {}))
    return {column: whole(made, name)[column].to_pylist() for column in made.columns(name)}


def test_a_person_is_addressed_by_name() -> None:
    found = table("people")
    assert len(set(found["email"])) == len(set(found["username"])) == 3000
    for first, last, name, email in zip(
        *(found[c] for c in ("first_name", "last_name", "full_name", "email")), strict=True
    ):
        assert name == f"{first} {last}"
        assert str(email).startswith(f"{spelled(str(first))}.{spelled(str(last))}@example.")


def test_unique_names_are_words_and_slugs_are_theirs() -> None:
    found = table("tags", 150)
    assert len(set(found["name"])) == 150
    assert not any(re.search(r"\d", str(name)) for name in found["name"])
    assert [spelled(str(name)) for name in found["name"]] == found["slug"]


def test_more_names_than_combinations_are_counted() -> None:
    found = table("tags", 1000)
    assert len(set(found["name"])) == len(set(found["slug"])) == 1000


@pytest.mark.parametrize("parts", [COMPANY, *map(parts_of, ("products", "terms", "medications", "routes", "anything"))])
def test_combinations_are_told_apart_however_they_are_spelled(parts: tuple[tuple[str, ...], ...]) -> None:
    composed = Composed(parts)
    numbers = np.arange(min(3 * composed.count, 30_000))
    for form in (WHOLE, SLUG, ADDRESS):
        assert len(set(composed.texts(form, numbers).to_pylist())) == len(numbers)


def test_a_city_lies_in_its_country() -> None:
    found = table("offices")
    country_of_city = {
        (place.city, place.postcode): place.country
        for code in ("US", "GB", "DE", "FR", "CA", "ES", "IT", "NL", "AU", "BR", "PL", "SE")
        for place in places._of_country(code)
    }
    cities = zip(found["city"], found["postal_code"], strict=True)
    assert [country_of_city[city] for city in cities] == found["country"]  # type: ignore[index]
    assert len(set(found["country"])) == 12


def test_a_city_lies_in_the_country_it_refers_to() -> None:
    made = generator(PEOPLE, {"countries": rows(30), "cities": rows(300)})
    assert len(set(whole(made, "countries")["code"].to_pylist())) == 30
    found = whole(made, "cities")
    for code, city, zone in zip(*(found[c].to_pylist() for c in ("country_code", "name", "time_zone")), strict=True):
        assert (city, zone) in {(place.city, place.timezone) for place in places._of_country(code)}


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("FR", "FR"),
        ("France", "FR"),
        ("fr-CA", "CA"),
        ("de_AT", "AT"),
        ("ja", "JP"),
        ("usa", "US"),
        ("nowhere", None),
        ("", None),
    ],
)
def test_countries_are_known_by_code_name_and_locale(said: str, country: str | None) -> None:
    assert places.country_of(said) == country


def test_what_comes_later_is_later_and_missing_with_what_came_before() -> None:
    found = table("shipments")
    stages = list(zip(*(found[c] for c in ("created_at", "ordered_at", "shipped_at", "delivered_at")), strict=True))
    for stage in stages:
        there = [moment for moment in stage if moment is not None]
        assert there == sorted(there)  # type: ignore[type-var]
        assert stage[: len(there)] == tuple(there)
    assert 0 < sum(None in stage for stage in stages) < 2000
    for low, high in (("min_weight", "max_weight"), ("period_start", "period_end")):
        assert all(a <= b for a, b in zip(found[low], found[high], strict=True))  # type: ignore[operator]


def test_a_status_is_one_of_its_table() -> None:
    assert set(table("shipments")["status"]) == {"delivered", "in_transit", "shipped", "pending", "returned", "lost"}


CODES = """
CREATE TABLE goods (id int PRIMARY KEY, sku varchar(20) NOT NULL UNIQUE, code text NOT NULL UNIQUE,
    token_hash char(64) NOT NULL UNIQUE, isbn text NOT NULL UNIQUE, short_code varchar(4) NOT NULL UNIQUE)
"""


def test_unique_codes_are_spelled_like_codes() -> None:
    found = whole(generator(CODES, {"goods": rows(5000)}), "goods")
    shapes = {"sku": "[A-Z]{3}-[0-9]{5}", "code": "[0-9A-Z]{7}", "token_hash": "[0-9a-f]{64}"}
    shapes |= {"isbn": r"978-\d-\d{4}-\d{4}-\d", "short_code": ".{1,4}"}
    for column, shape in shapes.items():
        texts = found[column].to_pylist()
        assert len(set(texts)) == 5000
        assert all(re.fullmatch(shape, text) for text in texts)
