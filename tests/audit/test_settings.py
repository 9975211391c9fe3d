"""`audit.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.audit import RULES, audit
from lab.audit.settings import Settings, read_settings
from lab.errors import LabError
from lab.readers import read

DDL = "CREATE TABLE items (id bigint PRIMARY KEY, state text, b int, c int);"


def settings(text: str) -> Settings:
    return read_settings(text, "audit.toml", RULES)


def severities(text: str) -> dict[str, str]:
    return {found.rule: found.severity for found in audit(read(Path("schema.sql"), DDL), settings(text))}


def test_nothing_said_changes_nothing() -> None:
    assert severities("") == {found.rule: found.severity for found in audit(read(Path("schema.sql"), DDL))}
    assert settings("").fail_on is None


def test_a_rule_is_off() -> None:
    assert "list_states" in severities("")
    assert "list_states" not in severities('[rules]\nlist_states = "off"')


def test_a_rule_is_graver() -> None:
    assert severities('[rules]\nlist_states = "error"')["list_states"] == "error"


def test_a_threshold_is_lower() -> None:
    said = severities('[rules]\nsplit_wide_tables = { severity = "warning", most_columns = 3 }')
    assert said["split_wide_tables"] == "warning"
    assert "split_wide_tables" not in severities("")


def test_from_which_severity_on_it_fails() -> None:
    assert settings('fail_on = "warning"').fail_on == "warning"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[rules]\n\nlist_statse = 'off'", "audit.toml:3: there is no rule list_statse", "list_states"),
        ("[rules]\nlist_states = 'of'", "audit.toml:2: list_states is 'of'", "off"),
        ("[rules]\nlist_states = 3", "audit.toml:2: list_states is 3", "list_states ="),
        ("fail = 'error'", "audit.toml:1: there is no setting fail", "fail_on"),
        ("fail_on = 'errors'", "audit.toml:1: fail_on is 'errors'", "error"),
        ("rules = 1", "audit.toml:1: rules is no table", "[rules]"),
        (
            "[rules]\nsplit_wide_tables = { most = 3 }",
            "audit.toml:2: there is no split_wide_tables setting most",
            "most",
        ),
        (
            "[rules]\nsplit_wide_tables = { most_columns = 'a' }",
            "audit.toml:2: most_columns of split_wide_tables",
            "60",
        ),
        ("[rules\n", "audit.toml: not valid TOML", "list_states"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, message: str, hint: str) -> None:
    with pytest.raises(LabError) as raised:
        settings(text)
    assert raised.value.message.startswith(message)
    assert hint in raised.value.hint
