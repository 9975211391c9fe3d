"""The rules' manual pages."""

from __future__ import annotations

import pytest
from conftest import ROOT

from lab.audit import RULES
from lab.audit.manual import explain, manual, page_text
from lab.errors import LabError


def test_the_documentation_is_current() -> None:
    assert (ROOT / "docs/audit-rules.md").read_text() == manual(), "run: python -m docs.audit_rules"


def test_there_is_a_page_for_every_rule() -> None:
    assert manual().count("\n## ") == len(RULES) >= 60


def test_a_page_says_whom_it_is_for_and_what_may_be_set() -> None:
    text = page_text(explain("narrow-flag-indexes"))
    assert "(note; speaks of cockroachdb, postgres, sqlite; few_values = 3)" in text


def test_a_rule_that_does_not_exist() -> None:
    with pytest.raises(LabError, match="there is no rule list_statse") as raised:
        explain("list_statse")
    assert raised.value.hint == "did you mean list_states?"
