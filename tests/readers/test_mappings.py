"""Mappings as files: what they say is kept; what is wrong in them is told with line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from nests import EMBEDDED, NEWEST, SCHEMA

from lab.engines import sqlite
from lab.errors import LabError
from lab.readers.mappings import read_mapping, read_mappings
from lab.readers.sql import read

NESTS = read([(Path("schema.sql"), SCHEMA)])
TREE = read(
    [
        (
            Path("schema.sql"),
            "CREATE TABLE nodes (id bigint PRIMARY KEY, parent_id bigint REFERENCES nodes (id), owner_id bigint);\n"
            "CREATE TABLE owners (id bigint PRIMARY KEY, node_id bigint REFERENCES nodes (id));\n"
            "ALTER TABLE nodes ADD FOREIGN KEY (owner_id) REFERENCES owners (id);\n"
            "CREATE TABLE tags (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners (id));\n"
            "ALTER TABLE nodes ADD COLUMN tag_id bigint REFERENCES tags (id);\n",
        )
    ]
)


SERIES = """\
[timeseries.orders]
time = "placed_at"
meta = "user_id"
"""


def complaint(text: str, schema: object = NESTS) -> str:
    with pytest.raises(LabError) as caught:
        read_mapping(text, "v.mongodb.toml", schema)  # type: ignore[arg-type]
    return str(caught.value)


def test_the_innermost_come_first_and_only_what_is_touched_is_kept() -> None:
    mapping = read_mapping(EMBEDDED, "v.mongodb.toml", NESTS)
    assert mapping.embeddings[0].relation == "refunds in payments"
    assert mapping.moved() == {"lines", "payments", "refunds", "invoices"}
    by_name = {e.child: e for e in mapping.embeddings}
    assert by_name["invoices"].is_single and by_name["invoices"].most is None
    assert (by_name["lines"].most, by_name["lines"].field, by_name["payments"].field) == (50, "lines", "paid")
    assert mapping.added_fields("orders") == ("buyer", "lines", "paid", "invoice")
    assert str(by_name["payments"].position) == "v.mongodb.toml:9"
    newest = read_mapping(NEWEST, "v.mongodb.toml", NESTS)
    assert newest.moved() == frozenset() and {table.name for table in newest.schema.tables} == {"users", "orders"}


def test_a_file_is_a_variant_for_mongodb_alone(tmp_path: Path) -> None:
    (tmp_path / "whole.mongodb.toml").write_text(EMBEDDED)
    (variant,) = read_mappings(tmp_path, NESTS, ("mongodb", "sqlite"))
    assert (variant.name, variant.engines) == ("whole", ("mongodb",))
    assert variant.description == "An order is one document. With what was paid for it."
    with pytest.raises(LabError, match="no migration for SQLite"):
        sqlite.change_sql(variant.changes[0])


@pytest.mark.parametrize("name", ["whole.toml", "whole.sqlite.toml", "whole.mongo.toml", "base.mongodb.toml"])
def test_a_file_of_another_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(EMBEDDED)
    with pytest.raises(LabError) as caught:
        read_mappings(tmp_path, NESTS, ("mongodb", "sqlite"))
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[embed.line]\ninto = 'orders'\nmost = 2\n", ":1: there is no table called line\n  hint: did you mean lines?"),
        (
            "[embed.lines]\n\ninto = 'order'\nmost = 2\n",
            ":3: there is no table called order\n  hint: did you mean orders?",
        ),
        ("[embed.lines]\nmost = 2\n", ":1: into is missing"),
        (
            "[embed.lines]\ninto = 'users'\nmost = 2\n",
            ":2: lines has no foreign key to users\n  hint: lines refers to: orders",
        ),
        ("[embed.users]\ninto = 'orders'\nmost = 2\n", "it refers to none"),
        ("[embed.lines]\ninto = 'orders'\n", ":1: lines in orders has no bound, and a document ends at 16 MB"),
        ("[embed.lines]\ninto = 'orders'\nmost = 2\nlatest = 3\n", "has two bounds"),
        ("[embed.lines]\ninto = 'orders'\nlatest = 3\n", "has no order to tell the latest by"),
        ("[embed.lines]\ninto = 'orders'\nlatest = 3\nby = 'numbr'\n", ":4: there is no column of lines called numbr"),
        ("[embed.lines]\ninto = 'orders'\nmost = 3\nby = 'number'\n", "`by` without `latest`"),
        ("[embed.lines]\ninto = 'orders'\nmost = 0\n", ":3: most: input should be greater than 0"),
        (
            "[embed.lines]\ninto = 'orders'\nmots = 3\n",
            ":3: there is no setting called mots\n  hint: did you mean most?",
        ),
        ("[embed.invoices]\ninto = 'orders'\nmost = 3\n", "one row at most"),
        (
            "[embed.orders]\ninto = 'users'\nmost = 3\n",
            'more than once\n  hint: write via = "user_id" or via = "seller_id"',
        ),
        ("[embed.orders]\ninto = 'users'\nvia = 'total'\nmost = 3\n", ":3: total of orders does not refer to users"),
        ("[embed.lines]\ninto = 'orders'\nas = 'total'\nmost = 3\n", "orders has a field total already"),
        ("[embed.lines]\ninto = 'orders'\nas = '_lines'\nmost = 3\n", "no name for a field"),
        (
            "[copy.orders.buyer]\nfrom = 'users'\nvia = 'user_id'\ncolumns = ['nam']\n",
            ":4: there is no column of users called nam",
        ),
        ("[indexes]\nordrs = ['id']\n", ":2: there is no table called ordrs"),
        ("[indexes]\norders = ['user_id, totl desc']\n", ":2: orders has no field totl\n  hint: did you mean total?"),
        ("[indexes]\norders = ['user_id down']\n", "'user_id down' is no key of an index"),
        (
            "[embed.lines]\ninto = 'orders'\nmost = 3\n[indexes]\nlines = ['sku']\n",
            'index those: orders = ["lines.sku"]',
        ),
        ("[embed.lines]\ninto = 'orders'\nmost = 3\n[indexes]\norders = ['lines.skuu']\n", "lines has no field skuu"),
        (EMBEDDED.replace('"paid.id"', '"paid.id, lines.sku"'), "keys in two arrays, lines and paid"),
        (
            "[expire]\norders = { by = 'placed' }\n",
            ":2: there is no column of orders called placed\n  hint: did you mean",
        ),
        ("[expire]\norders = { by = 'total' }\n", ":2: total of orders is no time"),
        ("[expire]\norders = { days = 2 }\n", ":2: by is missing"),
        (
            EMBEDDED + "[expire]\ninvoices = { by = 'printed_at' }\n",
            "invoices has no collection, its rows go with their",
        ),
        ("[timeseries.orders]\nmeta = 'user_id'\n", ":1: time is missing"),
        (
            "[timeseries.orders]\ntime = 'placed'\n",
            ":2: there is no column of orders called placed\n  hint: did you mean placed_at",
        ),
        ("[timeseries.orders]\ntime = 'total'\n", ":1: total of orders is no time"),
        ("[timeseries.invoices]\ntime = 'printed_at'\n", ":1: printed_at of invoices may be null, and every"),
        ("[timeseries.orders]\ntime = 'placed_at'\nmeta = 'placed_at'\n", "both the time and the meta field"),
        ("[timeseries.orders]\ntime = 'placed_at'\nmeta = 'user'\n", ":3: there is no column of orders called user"),
        (
            "[timeseries.order]\ntime = 'placed_at'\n",
            ":1: there is no table called order\n  hint: did you mean orders?",
        ),
        (
            "[timeseries.orders]\ntime = 'placed_at'\ngranularity = 'days'\n",
            ":3: granularity: input should be 'seconds'",
        ),
        ("[timeseries.orders]\ntime = 'placed_at'\ndays = -1\n", ":3: days: input should be greater than"),
        ("[timeseries.orders]\ntime = 'placed_at'\nunit = 'h'\n", ":3: there is no setting called unit"),
        (SERIES + SERIES, ":4: not valid TOML"),
        (
            SERIES + "[embed.lines]\ninto = 'orders'\nmost = 9\n",
            ":1: orders cannot be a time-series collection and part of",
        ),
        (SERIES + "[embed.orders]\ninto = 'users'\nvia = 'user_id'\nmost = 9\n", "and part of orders in users"),
        (SERIES + "[copy.orders.buyer]\nfrom = 'users'\nvia = 'user_id'\ncolumns = ['name']\n", "hold copies of users"),
        (
            SERIES + "[expire]\norders = { by = 'placed_at', days = 3 }\n",
            ":5: orders is a time-series collection, which has an expiry of its own\n  hint: write days = 90",
        ),
        (SERIES + "[indexes]\norders = ['user_id, totl']\n", "orders has no field totl"),
        ("# nothing\n", ":1: the mapping says nothing"),
        ("[embed.lines\n", ":1: not valid TOML"),
    ],
)
def test_a_mistake_is_a_sentence(text: str, said: str) -> None:
    assert said in complaint(text)


def test_a_time_series_is_kept_with_its_position() -> None:
    mapping = read_mapping(SERIES + "granularity = 'hours'\ndays = 2\n", "v.mongodb.toml", NESTS)
    (series,) = mapping.series
    assert (series.collection, series.time, series.meta) == ("orders", "placed_at", "user_id")
    assert (series.granularity, series.seconds) == ("hours", 172_800)
    assert str(series.position) == "v.mongodb.toml:1"
    assert [table.name for table in mapping.schema.tables] == ["orders"]
    assert read_mapping(SERIES, "v.mongodb.toml", NESTS).series[0].seconds is None


def test_no_table_lies_in_itself() -> None:
    assert "nodes cannot lie in nodes" in complaint("[embed.nodes]\ninto = 'nodes'\nmost = 2\n", TREE)
    both = "[embed.nodes]\ninto = 'owners'\nmost = 2\n[embed.owners]\ninto = 'nodes'\nmost = 2\n"
    assert ":1: the mapping embeds both ways: nodes in owners, and owners in nodes" in complaint(both, TREE)
    circle = "[embed.nodes]\ninto = 'tags'\nmost = 2\n[embed.tags]\ninto = 'owners'\nmost = 2\n"
    circle += "[embed.owners]\ninto = 'nodes'\nmost = 2\n"
    assert "circle: nodes in tags in owners in nodes" in complaint(circle, TREE)
