"""The right side of `-- param: name = rule`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import readers
from lab.errors import LabError
from lab.model.rule_text import print_rule
from lab.model.schema import Position
from lab.model.workload import Ago, Between, Choice, Fresh, FromColumn, Rule, Word
from lab.workloads.parameters import parse_rule

SCHEMA = readers.read(
    Path("schema.sql"),
    'CREATE TABLE users (id int PRIMARY KEY, email text, "2fa" text, "odd.name" text, "größe" int);'
    'CREATE TABLE "Order Lines" (id int PRIMARY KEY, word text); CREATE TABLE word (fresh int)',
)
HERE = Position("queries.sql", 3)
repeatable = settings(derandomize=True, max_examples=200, deadline=None)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("users.email", FromColumn("users", "email")),
        ("  users.email  ", FromColumn("users", "email")),
        ('users."2fa"', FromColumn("users", "2fa")),
        ('users."odd.name"', FromColumn("users", "odd.name")),
        ("users.größe", FromColumn("users", "größe")),
        ('"Order Lines".id', FromColumn("Order Lines", "id")),
        ("word users.email", Word("users", "email")),
        ("word.fresh", FromColumn("word", "fresh")),
        ("word word.fresh", Word("word", "fresh")),
        ("fresh users.email", Fresh("users", "email")),
        ("1..100", Between(1, 100)),
        ("-5 .. 5", Between(-5, 5)),
        ("0.5..9.5", Between(0.5, 9.5)),
        ("1..9.5", Between(1, 9.5)),
        ("7d..30d ago", Ago(7, 30)),
        ("0.5d .. 1d  ago", Ago(0.5, 1)),
        ("one of 'a', 'b', 3", Choice(("a", "b", 3))),
        ("one of 'a, b', 'c,d','it''s'", Choice(("a, b", "c,d", "it's"))),
        ("one of true, NULL, -1.5", Choice((True, None, -1.5))),
        ("'x'", Choice(("x",))),
        ("'users.email'", Choice(("users.email",))),
        ("'1..2'", Choice(("1..2",))),
        ("5", Choice((5,))),
        ("0.5", Choice((0.5,))),
        ("true", Choice((True,))),
        ("null", Choice((None,))),
        ("''", Choice(("",))),
    ],
)
def test_rules_are_read(text: str, rule: Rule) -> None:
    found = parse_rule(text, SCHEMA, HERE)
    assert found == rule
    if isinstance(found, Choice) and isinstance(rule, Choice):
        assert list(map(type, found.values)) == list(map(type, rule.values))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("users", "cannot read the rule `users`", "write orders.user_id"),
        ("", "cannot read the rule ``", "write orders.user_id"),
        ("one of", "cannot read the rule `one of`", "one of 'a', 'b'"),
        ("one of a, b", "cannot read the rule", "one of 'a', 'b'"),
        ("one of 'a' 'b'", "cannot read the rule", "one of 'a', 'b'"),
        ("one of 'a',", "cannot read the rule", "one of 'a', 'b'"),
        ("'a', 'b'", "cannot read the rule", "one of 'a', 'b'"),
        ("'a", "cannot read the rule", "one of 'a', 'b'"),
        ("1...5", "cannot read the rule", "1..100"),
        ("7d ago", "cannot read the rule", "7d..30d ago"),
        ("words users.email", "cannot read the rule", "word products.name"),
        ("9..1", "the range `9..1` is empty", "write the lower bound first"),
        ("30d..7d ago", "the range `30d..7d ago` is empty", "write the lower bound first"),
        ("user.email", "there is no table user", "did you mean users?"),
        ("users.emial", "table users has no column emial", "did you mean email?"),
        ("fresh users.zzz", "table users has no column zzz", "there are: id, email"),
        ("zzz.id", "there is no table zzz", "there are: users"),
    ],
)
def test_what_is_no_rule_is_told_with_its_line(text: str, message: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        parse_rule(text, SCHEMA, HERE)
    assert caught.value.message.startswith("queries.sql:3: ")
    assert message in caught.value.message
    assert hint in caught.value.hint


columns = st.sampled_from([(table.name, column.name) for table in SCHEMA.tables for column in table.columns])
whole = st.integers(-(10**9), 10**9)
numbers = st.floats(-1e6, 1e6)
texts = st.text(st.characters(exclude_characters="\n\r\0", codec="utf-8"), max_size=12)
constants = st.one_of(texts, whole, numbers, st.booleans(), st.none())
rules = st.one_of(
    columns.map(lambda pair: FromColumn(*pair)),
    columns.map(lambda pair: Word(*pair)),
    columns.map(lambda pair: Fresh(*pair)),
    st.tuples(whole, whole).map(lambda pair: Between(*sorted(pair))),
    st.tuples(numbers, numbers).map(lambda pair: Between(*sorted(pair))),
    st.tuples(numbers, numbers).map(lambda pair: Ago(*sorted(pair))),
    st.lists(constants, min_size=1, max_size=4).map(lambda values: Choice(tuple(values))),
)


@repeatable
@given(rules)
def test_a_printed_rule_reads_back(rule: Rule) -> None:
    printed = print_rule(rule)
    found = parse_rule(printed, SCHEMA, HERE)
    assert found == rule
    assert print_rule(found) == printed


def test_numbers_and_truths_are_not_confused() -> None:
    assert print_rule(Choice((0, 1, True, False, 4.9))) == "one of 0, 1, true, false, 4.9"
