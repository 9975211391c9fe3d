"""Findings as SARIF 2.1.0 (OASIS standard, 27 March 2020), which code hosts show beside the lines they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from lab.model.finding import Finding, RulePage, Severity
from lab.model.schema import Position

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "note"}


def sarif_log(findings: Sequence[Finding], pages: Sequence[RulePage], version: str) -> dict[str, Any]:
    """One run of the audit. A finding of what has no page, such as a suppression, has no rule index."""
    places = {page.name: place for place, page in enumerate(pages)}
    driver = {"name": "lab audit", "version": version, "rules": [_rule(page) for page in pages]}
    results = [_result(finding, places.get(finding.rule)) for finding in findings]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(page: RulePage) -> dict[str, Any]:
    return {
        "id": page.name,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": f"{page.title}\n\n{page.text}"},
        "help": {"text": page.text},
        "defaultConfiguration": {"level": _LEVELS[page.severity]},
    }


def _result(finding: Finding, place: int | None) -> dict[str, Any]:
    text = f"{finding.message}: {finding.why}." + (f"\n\nTo mend it:\n{finding.fix}" if finding.fix else "")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "partialFingerprints": {"subject/v1": f"{finding.rule}:{finding.subject}"},
    }
    if place is not None:
        result["ruleIndex"] = place
    if finding.position:
        result["locations"] = [_location(finding.position, finding.subject)]
    return result


def _location(position: Position, subject: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(position.file.replace("\\", "/"))},
            "region": {"startLine": position.line, "startColumn": position.column},
        },
        "logicalLocations": [{"fullyQualifiedName": subject}],
    }
