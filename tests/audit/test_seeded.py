"""What the audit finds of defects put into clean schemas, and what it says beside them."""

from __future__ import annotations

import pytest

from benchmarks.audit import Outcome, clean, figures, findings, large_schema, outcomes
from lab.audit import RULES, audit


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return list(outcomes())


def test_nothing_is_found_in_clean_schemas() -> None:
    assert {name: findings(name, schema) for name, schema in clean().items()} == dict.fromkeys(clean(), ())


def test_recall_and_precision(found: list[Outcome]) -> None:
    recall, precision = figures(found)
    assert recall >= 0.95
    assert precision >= 0.90


def test_every_kind_of_defect_found_a_place(found: list[Outcome]) -> None:
    assert {each.rule for each in found} - {"(clean)"} == {rule.RULE for rule in RULES}


def test_300_models_are_judged() -> None:
    schema = large_schema()
    assert len(schema.tables) >= 300
    assert audit(schema)
