from __future__ import annotations

import pytest

from lab.errors import LabError
from lab.provision import Spec, parse_spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("sqlite", Spec("sqlite")),
        ("postgres:16", Spec("postgres", "16")),
        ("PostgreSQL:18.6@local", Spec("postgres", "18.6", "local")),
        ("pg", Spec("postgres")),
    ],
)
def test_a_spec_is_read(text: str, spec: Spec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize("text", ["sqlite", "postgres:16", "postgres:16@local"])
def test_a_spec_prints_as_it_was_written(text: str) -> None:
    assert str(parse_spec(text)) == text


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("postgers", "no engine called 'postgers'", "did you mean postgres?"),
        ("oracle", "no engine called 'oracle'", "known engines"),
        ("postgres:new", "cannot read the version 'new'", "postgres:18"),
        ("postgres@moon", "cannot run at 'moon'", "known places"),
        ("", "cannot read the engine ''", "sqlite"),
        ("postgres:", "cannot read the engine 'postgres:'", "postgres:16"),
    ],
)
def test_a_wrong_spec_is_explained(text: str, message: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        parse_spec(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
