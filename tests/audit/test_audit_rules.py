"""What rules find, what they leave alone, and that their advice helps."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from audit_cases import FOUND, SILENT
from auditing import FILE, Case, Silence, findings, is_renaming, is_sql

import lab.audit
from lab.audit import RULES

FOLDER = Path(lab.audit.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if "_" in path.stem.strip("_"))


def name_of(rule: ModuleType) -> str:
    return rule.__name__.rpartition(".")[2]


def test_every_module_named_by_a_verb_and_a_noun_is_a_rule() -> None:
    assert sorted(map(name_of, RULES)) == MODULES


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_every_rule_has_a_manual_page(rule: ModuleType) -> None:
    page = rule.__doc__ or ""
    assert page.split("\n\n")[0].endswith("."), "the first line says what is right"
    assert all(f"\n{part}: " in page for part in ("Problem", "Why", "Remedy")), page


@pytest.mark.parametrize("rule", MODULES)
def test_every_rule_has_a_failing_and_a_passing_case(rule: str) -> None:
    assert any(case.rule == rule for case in FOUND)
    assert any(case.rule == rule for case in SILENT)


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.rule}-{case.subject}")
def test_found(case: Case) -> None:
    (finding,) = findings(case.rule, case.ddl)
    assert (finding.severity, finding.subject) == (case.severity, case.subject)
    assert case.message in finding.message
    assert finding.position is not None
    assert finding.position.file == FILE
    assert f"{finding.position.line}:{finding.position.column}" == case.place
    assert case.fix in finding.fix


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case.rule}-{case.subject}")
def test_the_words_of_a_finding(case: Case) -> None:
    for finding in findings(case.rule, case.ddl):
        assert finding.fix
        for text in (finding.message, finding.why):
            assert text and not text.endswith(".") and "\n" not in text
        if is_sql(finding.fix):
            assert all(line.endswith(";") for line in finding.fix.splitlines())


@pytest.mark.parametrize("case", SILENT, ids=lambda case: f"{case.rule}-{case.reason}")
def test_silent(case: Silence) -> None:
    assert findings(case.rule, case.ddl) == []


FIXABLE = [case for case in FOUND for found in findings(case.rule, case.ddl) if is_sql(found.fix)]


@pytest.mark.parametrize(
    "case",
    [case for case in FIXABLE if not any(is_renaming(found.fix) for found in findings(case.rule, case.ddl))],
    ids=lambda case: f"{case.rule}-{case.subject}",
)
def test_the_fix_removes_the_finding(case: Case) -> None:
    (finding,) = findings(case.rule, case.ddl)
    statement = case.ddl if case.ddl.rstrip().endswith(";") else f"{case.ddl};"
    assert findings(case.rule, f"{statement}\n{finding.fix}") == []
