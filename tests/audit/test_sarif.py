"""SARIF is what its schema says, and points at the right lines.

`sarif-2.1.0-rtm.5.json` is the JSON schema of the OASIS standard.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT

from lab.audit import audit
from lab.audit.manual import pages
from lab.readers import read
from lab.report.sarif import sarif_log

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text())


@pytest.mark.parametrize("source", ["examples/blog.prisma", "schemas/ecommerce/schema.prisma"])
def test_it_is_valid(source: str) -> None:
    log = sarif_log(audit(read(ROOT / source)), pages(), "1.0")
    jsonschema.Draft7Validator(SCHEMA).validate(log)
    assert log["runs"][0]["results"]


def test_results_point_at_the_lines_and_the_rules() -> None:
    text = "CREATE TABLE a (\n  id bigint PRIMARY KEY,\n  state text\n);"
    (run,) = sarif_log(audit(read(Path("my schema.sql"), text)), pages(), "1.0")["runs"]
    (result,) = [each for each in run["results"] if each["ruleId"] == "list_states"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20schema.sql"},
        "region": {"startLine": 3, "startColumn": 3},
    }
    assert text.splitlines()[2][2:].startswith("state")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "list_states"
    assert result["level"] == "note"


def test_an_empty_schema_has_no_results() -> None:
    log = sarif_log((), pages(), "1.0")
    jsonschema.Draft7Validator(SCHEMA).validate(log)
    assert log["runs"][0]["results"] == []
